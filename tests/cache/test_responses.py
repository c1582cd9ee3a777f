"""Whole answers that are held: who is shown them, for how long, and which never are."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from prometheus_client import generate_latest

from bff.server.persisted_documents import sha256
from bff.server.response_cache import BYTES, ENTRIES, LARGEST, CacheSlot, ResponseCache
from tests.cache.test_screens import DUAN, GAO, _dropped, apply, signed_in, total
from tests.conftest import settings_for
from tests.graphql.small import Caller
from tests.support.servers import OPERATIONS, Bff, Clock, Core, running_bff
from tests.support.services import redis_url

NAMES = {DUAN: "段小梅", GAO: "高小华"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def holding(core: Core, folder: Path, clock: Clock, **more: object) -> Iterator[Bff]:
    with running_bff(settings_for(core, folder, cache=True, **more), now=clock) as bff:
        yield bff


@pytest.fixture
def bff(fresh_core: Core, tmp_path: Path, clock: Clock) -> Iterator[Bff]:
    with holding(fresh_core, tmp_path / "bff", clock) as bff:
        yield bff


def hits(bff: Bff) -> int:
    """Answers given as they were held, so far."""
    registry = bff.services.metrics.registry
    return int(registry.get_sample_value("bff_cache_reads_total", {"read": "response", "result": "hit"}) or 0)


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


def a_second_later(bff: Bff) -> None:
    bff.services.sessions.cache.clock = lambda: monotonic() + 1


# ----- held -----------------------------------------------------------------------------------------------------


def test_a_screen_asked_for_again_is_answered_with_the_same_bytes(bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    body, headers = {"query": OPERATIONS["AccountInfo"]}, {"Authorization": f"Bearer {token}"}
    first, second = (bff.client.post("/graphql", json=body, headers=headers) for _ in range(2))
    assert first.content == second.content
    assert hits(bff) == 1
    assert second.headers["cache-control"] == "no-store"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_two_of_one_members_sessions_share_what_they_may_both_see(bff: Bff) -> None:
    for _ in range(2):
        total(bff, bff.sign_in(DUAN))
    assert hits(bff) == 1


@pytest.mark.parametrize(
    "other",
    [
        ("{ me { name phone account { balance { total } } } }", {"a": 1}, None),
        ("{ me { name phone account { balance { total }  } } }", {}, None),
        ("query A { me { name phone account { balance { total } } } }", {}, None),
        ("query A { me { name } } query B { me { account { balance { total } } } }", {}, "B"),
    ],
)
def test_another_document_name_or_variable_is_another_answer(
    other: tuple[str, dict[str, Any], str | None], bff: Bff
) -> None:
    token = bff.sign_in(DUAN)
    document, variables, name = other
    bff.data("{ me { name phone account { balance { total } } } }", token=token)
    body = {"query": document, "variables": variables, "operationName": name}
    bff.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
    assert hits(bff) == 0


def test_variables_in_another_order_are_the_same(bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    document = "query ($a: Int, $b: Int) { me { account { x: contributions(first: $a) { totalCount }"
    document += " y: withdrawals(first: $b) { totalCount } } } }"
    bff.data(document, {"a": 3, "b": 4}, token)
    bff.data(document, {"b": 4, "a": 3}, token)
    assert hits(bff) == 1
    bff.data(document, {"b": 3, "a": 4}, token)
    assert hits(bff) == 1


def test_everybodys_answer_is_held_for_all(bff: Bff) -> None:
    first = bff.data("Faqs")
    assert bff.data("Faqs", token=bff.sign_in(DUAN)) == first
    assert hits(bff) == 1


def test_a_held_answer_is_counted_and_limited_as_any_other(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    with holding(fresh_core, tmp_path / "bff", clock, rate_limit_per_minute=3) as bff:
        token = bff.sign_in(DUAN)
        for _ in range(3):
            total(bff, token)
        answer = bff.execute("AccountInfo", token=token)
        assert codes(answer) == {"RATE_LIMITED"}
        counted = generate_latest(bff.services.metrics.registry).decode()
        assert 'bff_operations_total{operation="AccountInfo",outcome="ok",type="query"} 3.0' in counted
        assert 'bff_operation_seconds_count{operation="AccountInfo"} 4.0' in counted


# ----- nobody else's --------------------------------------------------------------------------------------------


def test_two_members_never_share_an_answer(bff: Bff) -> None:
    document = "query Screen($first: Int) { me { a: name phone account { number contributions(first: $first)"
    document += " { edges { node { id } } } } } }"
    tokens = {who: bff.sign_in(who) for who in NAMES}
    seen = [(who, bff.data(document, {"first": 2}, tokens[who])["me"]) for who in (DUAN, GAO) * 3]
    assert hits(bff) == 4
    assert {(who, me["a"]) for who, me in seen} == set(NAMES.items())
    assert len({me["account"]["number"] for _, me in seen}) == 2


def test_nobody_and_a_wrong_token_are_shown_nothing(bff: Bff) -> None:
    total(bff, bff.sign_in(DUAN))
    for token in (None, "wrong"):
        answer = bff.execute("AccountInfo", token=token)
        assert (answer["data"], codes(answer)) == ({"me": None}, {"UNAUTHENTICATED"})


def test_a_locked_session_is_not_shown_what_an_open_one_was(bff: Bff) -> None:
    total(bff, bff.sign_in(DUAN))
    answer = bff.execute("AccountInfo", token=bff.sign_in(DUAN, unlocked=False))
    assert answer["data"]["me"]["account"] is None
    assert codes(answer) == {"QUERY_PASSWORD_REQUIRED"}


def test_the_lock_lapses_over_a_held_answer(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    with holding(fresh_core, tmp_path / "bff", clock, unlock_lifetime=20) as bff:
        token = bff.sign_in(DUAN)
        total(bff, token)
        clock.move(seconds=20)
        assert codes(bff.execute("AccountInfo", token=token)) == {"QUERY_PASSWORD_REQUIRED"}


def test_a_token_ends_over_a_held_answer(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    with holding(fresh_core, tmp_path / "bff", clock, access_token_lifetime=20) as bff:
        token = bff.sign_in(DUAN)
        total(bff, token)
        clock.move(seconds=20)
        assert codes(bff.execute("AccountInfo", token=token)) == {"UNAUTHENTICATED"}


def test_who_signed_out_is_shown_nothing_more(bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    total(bff, token)
    bff.data("SignOut", token=token)
    assert codes(bff.execute("AccountInfo", token=token)) == {"UNAUTHENTICATED"}


def test_a_session_that_was_ended_from_another_device_is_shown_nothing_more(bff: Bff) -> None:
    token, other = bff.sign_in(DUAN), bff.sign_in(DUAN)
    total(bff, token)
    listed = bff.data("{ me { sessions { id current } } }", token=token)["me"]["sessions"]
    (session_id,) = [each["id"] for each in listed if each["current"]]
    bff.data("mutation ($id: ID!) { endSession(id: $id) { userErrors { code } } }", {"id": session_id}, other)
    assert codes(bff.execute("AccountInfo", token=token)) == {"UNAUTHENTICATED"}


def test_an_unlocked_session_is_open_at_once_under_the_token_that_was_locked(bff: Bff) -> None:
    token = bff.sign_in(DUAN, unlocked=False)
    assert codes(bff.execute("AccountInfo", token=token)) == {"QUERY_PASSWORD_REQUIRED"}
    bff.data("Unlock", {"queryPassword": "201810"}, token)
    assert total(bff, token) == "30921.43"


def ended_elsewhere(bff: Bff) -> None:
    """As another process does it: this one is told nothing."""
    with closing(sqlite3.connect(bff.services.settings.data_dir / "bff.sqlite3")) as store, store:
        store.execute("UPDATE session SET ended_at = created_at")


# ----- dropped --------------------------------------------------------------------------------------------------


def test_an_application_drops_the_members_answers_and_nobody_elses(bff: Bff, fresh_core: Core) -> None:
    token, other = bff.sign_in(DUAN), signed_in(bff, fresh_core, GAO)
    total(bff, token)
    total(bff, other)
    apply(bff, token)
    fresh_core.calls()
    total(bff, token)
    assert (hits(bff), fresh_core.calls()) == (0, {"QueryAccount": 1, "QueryLoans": 1})
    total(bff, other)
    assert hits(bff) == 1


@pytest.mark.services
def test_an_application_in_another_process_drops_them_as_well(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    url = redis_url()
    asyncio.run(_dropped(url, "990140300001"))
    with ExitStack() as stack:
        one, two = (stack.enter_context(holding(fresh_core, tmp_path / "bff", clock, cache_url=url)) for _ in range(2))
        token = one.sign_in(DUAN)
        total(one, token)
        total(one, token)
        assert hits(one) == 1
        apply(two, token)
        fresh_core.calls()
        total(one, token)
        assert (hits(one), fresh_core.calls()) == (1, {"QueryAccount": 1, "QueryLoans": 1})


def test_an_answer_is_held_no_longer_than_its_records_are_fresh(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    with holding(fresh_core, tmp_path / "bff", clock, cache_fresh_at_most=10) as bff:
        token = bff.sign_in(DUAN)
        assert total(bff, token) == "30921.43"
        fresh_core.move_clock(date(2018, 11, 20))
        clock.move(seconds=7.9)
        assert (total(bff, token), hits(bff)) == ("30921.43", 1)
        clock.move(seconds=2.1)
        assert (total(bff, token), hits(bff)) == ("33047.43", 1)


def test_everybodys_answer_is_held_no_longer_than_others_may_keep_it(bff: Bff, clock: Clock) -> None:
    for seconds in (0, 59.9, 0.1):
        clock.move(seconds=seconds)
        bff.data("Faqs")
    assert hits(bff) == 1


def test_others_may_keep_an_answer_as_long_as_it_is_held_here(bff: Bff, clock: Clock) -> None:
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(OPERATIONS["Faqs"])}}
    bff.client.post("/graphql", json={"query": OPERATIONS["Faqs"], "extensions": persisted})
    clock.move(seconds=20)
    answer = bff.client.get("/graphql", params={"extensions": json.dumps(persisted)})
    assert answer.headers["cache-control"] == "public, max-age=40"


# ----- never held -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "{ me { name } }",
        "{ me { sessions { id } } }",
        "{ me { applications { totalCount } } }",
        '{ me { account { contributions(from: "2018-07-01") { totalCount } } } }',
        "{ me { account { number } idNumber(reveal: true) } }",
        "{ me { account { number } idNumber(reveal: false) } }",
        "{ outlets { edges { node { name openNow } } } }",
        '{ faqs(search: "提取") { question } bulletins(search: "提取") { totalCount } }',
        "{ faqs { question } __schema { queryType { name } } }",
        "{ repaymentPlan(input: {amount: 100000, months: 12, annualRate: 3.25, method: EQUAL_INSTALLMENTS})"
        " { total: __typename } }",
    ],
)
def test_what_is_audited_fresh_or_of_this_moment_is_answered_anew(document: str, bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    for _ in range(2):
        bff.execute(document, token=token)
    assert hits(bff) == 0


def test_every_look_at_a_full_number_is_audited(bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    for _ in range(3):
        bff.data("{ me { idNumber(reveal: true) account { number } } }", token=token)
    counted = bff.services.metrics.registry.get_sample_value(
        "bff_security_events_total", {"event": "reveal", "outcome": "done"}
    )
    assert counted == 3.0


def test_a_quote_is_never_held(bff: Bff, fresh_core: Core) -> None:
    token = signed_in(bff, fresh_core)
    for _ in range(2):
        bff.data("WithdrawalForm", {"kind": "RENT"}, token)
    assert (hits(bff), fresh_core.calls()["QueryWithdrawalBasis"]) == (0, 2)


def test_neither_errors_nor_old_answers_are_held(bff: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(bff, fresh_core)
    fresh_core.break_("QueryLoans", "reset")
    for _ in range(2):
        assert codes(bff.execute("AccountInfo", token=token)) == {"CORE_UNAVAILABLE"}
    fresh_core.heal()
    clock.move(seconds=30)
    total(bff, token)
    clock.move(seconds=61)
    fresh_core.break_("*", "reset")
    for _ in range(2):
        assert "staleness" in bff.execute("AccountInfo", token=token)["extensions"]
    assert hits(bff) == 0


def test_without_a_cache_nothing_is_held(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    with running_bff(settings_for(fresh_core, tmp_path / "bff"), now=clock) as bff:
        token = signed_in(bff, fresh_core)
        for _ in range(2):
            total(bff, token)
            bff.data("Faqs")
        assert fresh_core.calls() == {"QueryAccount": 2, "QueryLoans": 2, "QueryFaqs": 2}


# ----- sessions that were seen a moment ago ---------------------------------------------------------------------


def test_a_session_that_another_process_ended_is_shown_nothing_after_a_second(bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    total(bff, token)
    ended_elsewhere(bff)
    a_second_later(bff)
    assert codes(bff.execute("AccountInfo", token=token)) == {"UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "document",
    ["mutation { signOut { userErrors { code } } }", "{ me { sessions { id } } }", "{ me { idNumber(reveal: true) } }"],
)
def test_what_is_not_held_hears_of_it_at_once(document: str, bff: Bff) -> None:
    token = bff.sign_in(DUAN)
    total(bff, token)
    ended_elsewhere(bff)
    assert codes(bff.execute(document, token=token)) == {"UNAUTHENTICATED"}


# ----- bounds ---------------------------------------------------------------------------------------------------


def slot(name: str) -> CacheSlot:
    return CacheSlot((name,), 0.0, 60.0, Caller(name))


def test_the_answers_asked_for_least_lately_go_first() -> None:
    held = ResponseCache(60, lambda: 0.0, lambda _: None)
    for number in range(ENTRIES):
        held.put(slot(str(number)), b"{}")
    assert held.get(slot("0")) is not None
    held.put(slot("one more"), b"{}")
    assert held.get(slot("1")) is None
    assert held.get(slot("0")) is not None


def test_answers_take_so_many_bytes_at_most() -> None:
    held, body = ResponseCache(60, lambda: 0.0, lambda _: None), bytes(LARGEST - 10)
    for number in range(17):
        held.put(slot(f"{number:010}"), body)
        held.put(slot(f"{number:010}"), body)
    assert [number for number in range(17) if held.get(slot(f"{number:010}"))] == list(range(1, 17))
    assert BYTES == 16 * LARGEST
    assert held.put(slot("more than ten"), body).until is None
