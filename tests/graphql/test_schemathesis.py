"""Generated operations over the whole schema, the same ones each time: none of them is a 5xx, an internal error, or an
outage of a core that is well."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from tests.support.servers import ROOT, Bff

SCHEMA = schemathesis.graphql.from_path(ROOT / "schema.graphql")
FIELDS = [(root, field) for root in ("Query", "Mutation") for field in sorted(SCHEMA[root])]
ALLOWED = {"UNAUTHENTICATED", "QUERY_PASSWORD_REQUIRED", "BAD_USER_INPUT", "RATE_LIMITED", "OPERATION_TOO_LARGE"}
"""With a core that works and documents that are valid."""
RUN = settings(
    max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

DAYS = st.dates().map(str)
AMOUNTS = st.decimals(0, 10**9, places=2).map(str)
SCALARS = {
    "Date": DAYS,
    "DateTime": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}+08:00"),
    "Money": AMOUNTS,
    "Month": DAYS.map(lambda day: day[:7]),
    "Rate": st.decimals(0, 99, places=3).map(str),
}
for name, values in SCALARS.items():
    schemathesis.graphql.scalar(name, values.map(nodes.String))


@pytest.fixture(scope="module")
def tokens(bff: Bff) -> dict[str, str]:
    """A session for each field: some of what is generated ends its session, or gets its caller locked out."""
    return {field: bff.sign_in("13800000001") for _, field in FIELDS}


@pytest.mark.parametrize(("root", "field"), FIELDS, ids=[f"{root}.{field}" for root, field in FIELDS])
def test_whatever_is_asked_is_answered(bff: Bff, tokens: dict[str, str], root: str, field: str) -> None:
    @RUN
    @given(case=SCHEMA[root][field].as_strategy())
    def answered(case: schemathesis.Case[Any]) -> None:
        headers = {"Authorization": f"Bearer {tokens[field]}"}
        answer = bff.client.post("/graphql", json={"query": case.body}, headers=headers)
        assert answer.status_code == 200, case.body
        found = answer.json()
        codes = {error["extensions"]["code"] for error in found.get("errors", [])}
        assert codes <= ALLOWED, (case.body, found["errors"])
        assert codes or found["data"], case.body

    answered()
