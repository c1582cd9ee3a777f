"""Rows of information that a core writes oddly: what the contract allows is read, what it does not costs that row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.support.rewriting import Written, rewriting
from tests.support.servers import Bff, Core, running_bff

LISTS = {
    "QueryOutlets": ("WD", "{ outlets(first: 100) { totalCount edges { node { id } } } }"),
    "QueryDevelopments": ("LP", "{ developments(first: 100) { totalCount edges { node { id } } } }"),
    "QueryArticles": ("WZ", "{ bulletins(first: 100) { totalCount edges { node { id } } } }"),
    "QueryFaqs": ("WT", "{ faqs { id } }"),
    "QueryChannels": ("QD", "{ serviceChannels { name } }"),
}
FIRST_ELEMENT = {"WD": "WDBH", "LP": "LPBH", "WZ": "WZBH", "WT": "WTBH", "QD": "QDMC"}
EVERY = {"QueryOutlets": 16, "QueryDevelopments": 40, "QueryArticles": 40, "QueryFaqs": 24, "QueryChannels": 8}


Rewrite = Callable[[str], str]


@dataclass
class Odd:
    """A server over a core whose replies the test changes."""

    bff: Bff
    changes: list[Rewrite]

    def data(self, query: str, variables: Any = None, token: str | None = None) -> Any:
        return self.bff.data(query, variables, token)


@pytest.fixture(scope="module")
def rewritten(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    changes: list[Rewrite] = []

    def write(reply: Written) -> Written:
        text = reply.body.decode()
        for change in changes:
            text = change(text)
        return replace(reply, body=text.encode())

    with rewriting(core, write) as other, running_bff(settings_for(other, tmp_path_factory.mktemp("odd"))) as bff:
        bff.tokens["me"] = bff.sign_in("13800000001")
        yield Odd(bff, changes)


@pytest.fixture
def odd(rewritten: Odd) -> Iterator[Odd]:
    yield rewritten
    rewritten.changes.clear()


def rows_of(answer: Any) -> list[Any]:
    (found,) = answer.values()
    return found if isinstance(found, list) else [edge["node"] for edge in found["edges"]]


def oddities(bff: Bff) -> dict[str, float]:
    return {
        sample.labels["where"]: sample.value
        for metric in bff.services.metrics.oddities.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def in_third_row(row: str, change: Rewrite) -> Rewrite:
    """Changes the third row of that name, from its first element to that of the fourth."""

    def rewrite(body: str) -> str:
        found = list(re.finditer(rf"<(?:\w+:)?{FIRST_ELEMENT[row]}>", body))
        begin, end = found[2].start(), found[3].start()
        return body[:begin] + change(body[begin:end]) + body[end:]

    return rewrite


def without_first(row: str) -> Rewrite:
    """What is not valid: a required element is missing."""
    name = FIRST_ELEMENT[row]
    return lambda text: re.sub(rf"<(\w+:)?{name}>.*?</(\w+:)?{name}>", "", text, count=1)


def blank_first(row: str) -> Rewrite:
    """What is valid and says nothing."""
    name = FIRST_ELEMENT[row]
    return lambda text: re.sub(rf"(<(?:\w+:)?{name}>).*?(</(?:\w+:)?{name}>)", r"\1 \2", text, count=1)


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("fault", [without_first, blank_first])
def test_an_odd_row_costs_that_row_and_is_counted(odd: Odd, operation: str, fault: Callable[[str], Rewrite]) -> None:
    row, query = LISTS[operation]
    odd.changes.append(in_third_row(row, fault(row)))
    where = f"{operation}.{row if fault is without_first else FIRST_ELEMENT[row]}"
    before = oddities(odd.bff).get(where, 0)
    assert len(rows_of(odd.data(query))) == EVERY[operation] - 1
    assert oddities(odd.bff)[where] == before + 1


def test_a_page_goes_on_behind_a_row_that_cannot_be_read(odd: Odd) -> None:
    query = """query ($after: String) { developments(first: 7, after: $after) {
      edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
    odd.changes.append(lambda body: re.sub(r"(<(?:\w+:)?LPBH>)LP0012(</)", r"\1 \2", body))
    seen: list[str] = []
    after, more = None, True
    while more:
        page = odd.data(query, {"after": after})["developments"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(seen) == [f"LP{number:04}" for number in range(1, 41) if number != 12]


def test_a_first_page_with_an_odd_row_still_has_a_next_one(odd: Odd) -> None:
    odd.changes.append(in_third_row("LP", blank_first("LP")))
    found = odd.data("{ developments(first: 7) { edges { node { id } } pageInfo { hasNextPage } } }")["developments"]
    assert (len(found["edges"]), found["pageInfo"]["hasNextPage"]) == (7, True)


@pytest.mark.parametrize(
    ("operation", "element", "text"),
    [("QueryOutlets", "WDMC", ""), ("QueryDevelopments", "ZHS", "many"), ("QueryArticles", "YM", "0")],
)
def test_what_is_wrong_with_every_row_or_beside_them_is_an_outage(
    odd: Odd, operation: str, element: str, text: str
) -> None:
    odd.changes.append(lambda body: re.sub(rf"(<(?:\w+:)?{element}>)[^<]*", rf"\g<1>{text}", body))
    (error,) = odd.bff.execute(LISTS[operation][1])["errors"]
    assert error["extensions"]["code"] == "CORE_UNAVAILABLE"


def test_outlets_open_now_are_not_told_by_a_calendar_with_a_hole(odd: Odd) -> None:
    day = "<x:TSR xmlns:x='urn:gjj:core:1'><x:RQ>20180230</x:RQ><x:SFGZR>0</x:SFGZR></x:TSR>"
    odd.changes.append(lambda body: re.sub(r"</((?:\w+:)?)RL>", rf"{day}</\1RL>", body))
    assert rows_of(odd.data("{ outlets(first: 3) { edges { node { openNow } } } }")) == [{"openNow": None}] * 3
    assert odd.data("{ interestRates { effectiveFrom } }")["interestRates"]["effectiveFrom"] == "2016-02-21"


@pytest.mark.parametrize(
    ("form", "latitude"), [(".5", 0.5), ("24.", 24.0), ("+24.95", 24.95), ("024.9500000", 24.95), (" 24.95\n", 24.95)]
)
def test_coordinates_are_read_in_every_form_that_the_contract_has(odd: Odd, form: str, latitude: float) -> None:
    change: Rewrite = lambda text: re.sub(r"(<(?:\w+:)?WD>)[^<]*", rf"\g<1>{form}", text, count=1)  # noqa: E731
    odd.changes.append(in_third_row("WD", change))
    found = rows_of(odd.data("{ outlets(first: 100) { edges { node { coordinates { latitude } } } } }"))
    assert (len(found), found[2]["coordinates"]["latitude"]) == (16, latitude)


@pytest.mark.parametrize("form", ["+30921.430", "030921.43 ", "30921.4300"])
def test_a_balance_is_read_in_every_form_that_the_contract_has(odd: Odd, form: str) -> None:
    odd.changes.append(lambda body: body.replace("30921.43", form))
    account = odd.data("AccountInfo", token=odd.bff.tokens["me"])["me"]["account"]
    assert account["balance"]["total"] == "30921.43"


@pytest.mark.parametrize("form", ["1E5", "NaN", "2,126.00", "2126.005", "", "６３７８"])
def test_a_row_of_money_is_never_left_out(odd: Odd, form: str) -> None:
    odd.changes.append(lambda body: re.sub(r"(FSE>)2126.00", rf"\g<1>{form}", body, count=1))
    answer = odd.bff.execute("ContributionDetails", {"first": 20}, odd.bff.tokens["me"])
    assert answer["errors"][0]["extensions"]["code"] == "CORE_UNAVAILABLE"
