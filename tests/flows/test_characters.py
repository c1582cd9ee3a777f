"""Characters that no message to a core can have: refused with the input, wherever the schema takes a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_list_type,
    is_required_argument,
)

from tests.conftest import settings_for
from tests.flows.applying import apply, everyone
from tests.flows.test_hostile_input import filled
from tests.support.servers import ROOT, Bff, Core, running_bff

RETIRING = "13800000004"
CHARACTERS = {
    "noncharacter FFFF": "\uffff",
    "noncharacter FFFE": "\ufffe",
    "noncharacter FDD0": "\ufdd0",
    "noncharacter beyond the BMP": "\U0002fffe",
    "NUL": "\x00",
    "control": "\x0b",
    "C1 control": "\x85",
    "DEL": "\x7f",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udc00",
    "line separator": "\u2028",
    "direction override": "\u202e",
    "byte order mark": "\ufeff",
}
OUR_FAULT = {"INTERNAL_ERROR", "CORE_UNAVAILABLE", "CORE_TIMEOUT", "CORE_REJECTED"}
SCHEMA = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


def takes_text(kind: Any) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(takes_text(field.type) for field in named.fields.values())
    return isinstance(named, GraphQLScalarType) and named.name in ("String", "ID")


def fields_with_text(schema: GraphQLSchema) -> Iterator[tuple[str, list[tuple[str, GraphQLField]]]]:
    """Each with the operation it is of and the way from the root to it."""
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        assert root is not None
        yield from ((kind, path) for path in _below(root, [], set()))


def _below(
    type_: GraphQLObjectType, path: list[tuple[str, GraphQLField]], seen: set[str]
) -> Iterator[list[tuple[str, GraphQLField]]]:
    for name, field in type_.fields.items():
        here = [*path, (name, field)]
        if any(takes_text(argument.type) for argument in field.args.values()):
            yield here
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType) or named.name in seen:
            continue
        if not any(map(is_required_argument, field.args.values())):
            yield from _below(named, here, {*seen, named.name})


def document(kind: str, path: list[tuple[str, GraphQLField]]) -> str:
    arguments = path[-1][1].args
    head = ", ".join(f"${name}: {each.type}" for name, each in arguments.items())
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    leaf = get_named_type(path[-1][1].type)
    composite = isinstance(leaf, GraphQLObjectType)
    errors = " userErrors { code }" if isinstance(leaf, GraphQLObjectType) and "userErrors" in leaf.fields else ""
    asked = f"{path[-1][0]}({passed})" + (f" {{ __typename{errors} }}" if composite else "")
    for name, _ in reversed(path[:-1]):
        asked = f"{name} {{ {asked} }}"
    return f"{kind}({head}) {{ {asked} }}"


FIELDS = {".".join(name for name, _ in path): (kind, path) for kind, path in fields_with_text(SCHEMA)}


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with running_bff(settings_for(core, tmp_path_factory.mktemp("characters"), trusted_proxies="127.0.0.1")) as bff:
        bff.tokens["me"] = bff.sign_in("13800000001")
        yield bff


def test_the_fields_that_reach_a_core_are_among_them() -> None:
    reaching = {"bulletins", "bulletin", "developments", "applyRetirementWithdrawal", "applyHomePurchaseWithdrawal"}
    assert reaching | {"requestSmsCode", "register", "me.account.contributions", "me.loans.repayments"} <= set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_character_that_no_message_can_have_is_the_inputs_fault(app: Bff, field: str) -> None:
    kind, path = FIELDS[field]
    for number, (name, character) in enumerate(CHARACTERS.items()):
        for text in (f"某厂{character}", character):
            arguments = path[-1][1].args.items()
            variables = {each: filled(argument.type, text) for each, argument in arguments if takes_text(argument.type)}
            variables |= {each: None for each, argument in arguments if is_list_type(argument.type)}
            answer = app.client.post(
                "/graphql",
                content=json.dumps({"query": document(kind, path), "variables": variables}).encode("ascii"),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {app.tokens['me']}",
                    # Each from an address of its own: what is tested is the input, not the limits.
                    "X-Forwarded-For": f"2001:db8:{list(FIELDS).index(field):x}:{number:x}::1",
                },
            )
            assert answer.status_code in (200, 400), answer.text
            told = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
            assert not told & OUR_FAULT, (name, text, answer.text)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("field", ["bulletins.search", "developments.search", "developments.district"])
def test_a_search_names_the_field_and_asks_nothing_of_the_core(
    app: Bff, core: Core, field: str, character: str
) -> None:
    core.calls()
    name, argument = field.split(".")
    asked = f"query($text: String!) {{ {name}({argument}: $text) {{ __typename }} }}"
    body = json.dumps({"query": asked, "variables": {"text": f"公积金{CHARACTERS[character]}贷款"}}).encode("ascii")
    answer = app.client.post("/graphql", content=body, headers={"Content-Type": "application/json"}).json()
    if "lone" not in character:
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", argument)
    assert core.calls() == {}


@pytest.mark.parametrize("character", ["\uffff", "\ufdd0", "\x0b", "\U0001ffff"])
def test_an_application_with_such_a_character_is_refused_and_the_right_one_taken(
    fresh_core: Core, tmp_path: Path, character: str
) -> None:
    form = {"certificateNumber": "TX001", "approvedOn": "2018-10-01", "expectedAmount": "239161.59"}
    with everyone(fresh_core, tmp_path / "bff") as app:
        token = app.sign_in(RETIRING)
        refused = apply(app, token, "ApplyRetirementWithdrawal", formerEmployer=f"某{character}厂", **form)
        assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [
            ("INVALID_INPUT", "formerEmployer")
        ]
        assert fresh_core.serials() == []
        taken = apply(app, token, "ApplyRetirementWithdrawal", formerEmployer="某厂", **form)
        assert (taken["userErrors"], taken["application"]["status"]) == ([], "ACCEPTED")
