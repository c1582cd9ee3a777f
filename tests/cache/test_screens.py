"""What members see through the cache, and what the core is asked for, from the front door to the practice core."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import aiohttp
import pytest

from bff.cache.record_cache import RecordCache
from bff.services import open_services
from bff.store.keyvalue import in_redis
from tests.conftest import settings_for
from tests.support.servers import OPERATIONS, Bff, Core, running_bff
from tests.support.services import redis_url
from tests.support.serving import Served, given_up, serving, until

Found = TypeVar("Found")

DUAN, GAO = "13800000001", "13800000002"
BOTH = {"QueryAccount": 1, "QueryLoans": 1}
STATUS = "query ($id: ID!) { me { application(id: $id) { status } } }"
LISTS = "{ me { account { contributions(first: 3) { totalCount } withdrawals { totalCount } } } }"


@dataclass
class Clock:
    """The server's."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def caching(fresh_core: Core, tmp_path: Path, clock: Clock) -> Iterator[Bff]:
    with running_bff(settings_for(fresh_core, tmp_path / "bff", cache=True, request_timeout=60), now=clock) as bff:
        yield bff


def signed_in(bff: Bff, core: Core, who: str = DUAN) -> str:
    token = bff.sign_in(who)
    core.calls()
    return token


def total(bff: Bff, token: str) -> str:
    found: str = bff.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"]
    return found


def apply(bff: Bff, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    payload = bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"]
    assert payload["userErrors"] == []
    return payload["application"]


def serial_of(bff: Bff, application_id: str) -> str:
    with sqlite3.connect(bff.services.settings.data_dir / "bff.sqlite3") as store:
        (serial,) = store.execute("SELECT serial FROM application WHERE id = ?", (application_id,)).fetchone()
    store.close()
    return str(serial)


def test_a_screen_costs_two_calls_cold_and_none_warm(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    cold = caching.execute("AccountInfo", token=token)
    assert fresh_core.calls() == BOTH
    assert caching.execute("AccountInfo", token=token) == cold
    assert fresh_core.calls() == {}
    assert "extensions" not in cold


def test_lists_are_kept_as_a_screen_opens_with_them(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    first = caching.data(LISTS, token=token)
    assert fresh_core.calls() == {"QueryAccountDetails": 2}
    assert caching.data(LISTS, token=token) == first
    assert fresh_core.calls() == {}
    for _ in range(2):
        caching.data("ContributionDetails", {"first": 3, "from": "2018-07-01"}, token)
    assert fresh_core.calls() == {"QueryAccountDetails": 2}


def test_rows_of_different_loans_and_lists_do_not_mix(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    document = "{ me { account { contributions { edges { node { id } } } withdrawals { edges { node { id } } } } } }"
    for _ in range(2):
        account = caching.data(document, token=token)["me"]["account"]
        ids = [{edge["node"]["id"] for edge in account[name]["edges"]} for name in ("contributions", "withdrawals")]
        assert not ids[0] & ids[1]


def test_a_minute_later_the_core_is_asked_again(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    clock.move(60)
    total(caching, token)
    assert fresh_core.calls() == {"QueryAccount": 2, "QueryLoans": 2}


def test_two_hundred_screens_at_once_make_one_call_an_operation(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    patient = settings_for(fresh_core, tmp_path / "bff", cache=True, core_timeout=60, request_timeout=60)
    with running_bff(patient, now=clock) as bff:
        token = signed_in(bff, fresh_core)
        fresh_core.break_("*", "delay", ms=300)
        answers = asyncio.run(_at_once([bff.url], token, 200))
    assert fresh_core.calls() == BOTH
    assert answers == [answers[0]] * 200
    assert answers[0]["data"]["me"]["account"]["balance"]["total"] == "30921.43"


async def _at_once(urls: list[str], token: str, times: int) -> list[Any]:
    body = {"query": OPERATIONS["AccountInfo"]}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:

        async def one(url: str) -> Any:
            async with client.post(f"{url}/graphql", json=body) as answer:
                return await answer.json()

        return await asyncio.gather(*(one(urls[number % len(urls)]) for number in range(times)))


def test_an_application_drops_what_was_read_before_it(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    apply(caching, token)
    fresh_core.calls()
    total(caching, token)
    assert fresh_core.calls() == BOTH


def test_an_application_of_one_member_leaves_the_others(caching: Bff, fresh_core: Core) -> None:
    other = signed_in(caching, fresh_core, GAO)
    total(caching, other)
    apply(caching, signed_in(caching, fresh_core))
    fresh_core.calls()
    assert total(caching, other) == "41230.18"
    assert fresh_core.calls() == {}


def test_who_sees_an_application_completed_sees_the_new_balance(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(caching, fresh_core)
    application = apply(caching, token)
    assert total(caching, token) == "30921.43"
    decided = {"status": "COMPLETED", "reason": "已转账"}
    fresh_core.control("PUT", f"applications/{serial_of(caching, application['id'])}", decided)
    clock.move(2)
    seen = caching.data(STATUS, {"id": application["id"]}, token)["me"]["application"]
    assert seen["status"] == "COMPLETED"
    assert total(caching, token) == "29421.43"


def test_looking_at_an_application_that_did_not_change_drops_nothing(
    caching: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = signed_in(caching, fresh_core)
    application = apply(caching, token)
    total(caching, token)
    fresh_core.calls()
    for _ in range(3):
        caching.data(STATUS, {"id": application["id"]}, token)
        clock.move(2)
    total(caching, token)
    assert fresh_core.calls() == {"QueryApplication": 3}


def test_however_many_watch_an_application_the_core_is_asked_once_in_two_seconds(
    caching: Bff, fresh_core: Core
) -> None:
    token = signed_in(caching, fresh_core)
    application = apply(caching, token)
    fresh_core.calls()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: caching.data(STATUS, {"id": application["id"]}, token), range(10)))
    assert fresh_core.calls() == {"QueryApplication": 1}


def test_an_application_whose_reply_was_lost_drops_as_well(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    fresh_core.break_("SubmitApplication", "lost_reply")
    assert apply(caching, token)["status"] == "CONFIRMING"
    fresh_core.calls()
    total(caching, token)
    assert {name: count for name, count in fresh_core.calls().items() if name in BOTH} == BOTH


def test_a_quote_is_made_of_fresh_facts(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    fresh_core.calls()
    for _ in range(2):
        caching.data("WithdrawalForm", {"kind": "RENT"}, token)
    assert fresh_core.calls() == {"QueryAccount": 2, "QueryLoans": 2, "QueryWithdrawalBasis": 2}


@pytest.mark.parametrize("kind", ["reset", "closed", "hang", "html502"])
def test_while_the_core_is_away_a_screen_shows_what_was_known_and_how_old_it_is(
    kind: str, caching: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = signed_in(caching, fresh_core)
    known = caching.data("AccountInfo", token=token)
    clock.move(600)
    fresh_core.break_("*", kind)

    def ask() -> Any:
        return caching.execute("AccountInfo", token=token)

    answer = given_up(caching, 8, fresh_core, {"QueryAccount", "QueryLoans"}, ask) if kind == "hang" else ask()
    assert answer["data"] == known
    ages = answer["extensions"]["staleness"]
    assert set(ages) == {"account", "loans"}
    assert all(600 <= age < 660 for age in ages.values())


ROWS = """query($first: Int, $after: String, $from: Date, $to: Date) { me { account {
  contributions(first: $first, after: $after, from: $from, to: $to) {
    totalCount edges { cursor node { id date } } pageInfo { hasNextPage endCursor } } } } }"""


def rows(bff: Bff, token: str, **asked: Any) -> tuple[list[str], bool, int, bool]:
    """Dates, whether more follow, the total, and whether the answer is an old one."""
    answer = bff.execute(ROWS, asked, token)
    found = answer["data"]["me"]["account"]["contributions"]
    dates = [edge["node"]["date"] for edge in found["edges"]]
    return dates, found["pageInfo"]["hasNextPage"], found["totalCount"], "extensions" in answer


def test_while_the_core_is_closed_a_list_is_shown_whatever_page_was_seen(
    caching: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = signed_in(caching, fresh_core)
    dates, *_ = rows(caching, token, first=20)
    cursors = [edge["cursor"] for edge in contributions(caching, token, first=20)["edges"]]
    clock.move(600)
    fresh_core.break_("*", "closed")
    assert rows(caching, token, first=10) == (dates[:10], True, 60, True)
    more, has_next, total, old = rows(caching, token, first=100)
    assert (more[:20], len(more), has_next, total, old) == (dates, 21, True, 60, True)
    assert rows(caching, token, first=5, after=cursors[9]) == (dates[10:15], True, 60, True)
    assert rows(caching, token, **{"from": dates[7], "to": dates[3]}) == (dates[3:8], False, 5, True)
    for asked in ({"after": cursors[9], "from": "2000-01-01"}, {"to": "2015-01-01"}):
        answer = caching.execute(ROWS, asked, token)
        assert answer["errors"][0]["extensions"]["code"] == "CORE_CLOSED"


def test_a_list_that_is_known_whole_is_shown_whole_while_the_core_is_closed(
    caching: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = signed_in(caching, fresh_core)
    dates, *_ = rows(caching, token, first=100)
    cursors = [edge["cursor"] for edge in contributions(caching, token, first=100)["edges"]]
    clock.move(600)
    fresh_core.break_("*", "closed")
    assert rows(caching, token, first=100, after=cursors[39]) == (dates[40:], False, 60, True)
    assert rows(caching, token, first=10, to=dates[50]) == (dates[50:], False, 10, True)


def contributions(bff: Bff, token: str, **asked: Any) -> Any:
    return bff.data(ROWS, asked, token)["me"]["account"]["contributions"]


def test_a_shorter_page_is_part_of_a_longer_one(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    whole = rows(caching, token, first=20)
    fresh_core.calls()
    assert rows(caching, token, first=10) == (whole[0][:10], True, 60, False)
    assert fresh_core.calls() == {}
    assert len(rows(caching, token, first=30)[0]) == 30
    assert fresh_core.calls() == {"QueryAccountDetails": 1}


def test_data_that_cannot_be_trusted_are_not_covered_up_by_an_old_list(
    caching: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = signed_in(caching, fresh_core)
    rows(caching, token, first=100)
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE account_detail SET JZRQ = '20180230' WHERE GRZH = '990140300001'")
    clock.move(600)
    answer = caching.execute(ROWS, {"from": "2018-01-01"}, token)
    assert answer["errors"][0]["extensions"]["code"] == "CORE_UNAVAILABLE"


def test_only_what_is_old_is_called_old(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    clock.move(600)
    fresh_core.break_("loan", "reset")
    assert set(caching.execute("AccountInfo", token=token)["extensions"]["staleness"]) == {"loans"}


def test_neither_a_quote_nor_an_application_is_made_of_old_facts(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(caching, fresh_core)
    total(caching, token)
    clock.move(300)
    fresh_core.break_("QueryAccount", "reset")
    quote = caching.execute("WithdrawalForm", {"kind": "PROPERTY_FEE"}, token)
    assert quote["data"]["me"]["withdrawalQuote"] is None
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    applied = caching.execute("ApplyPropertyFeeWithdrawal", {"input": asked}, token)
    assert {each["errors"][0]["extensions"]["code"] for each in (quote, applied)} == {"CORE_UNAVAILABLE"}
    assert "SubmitApplication" not in fresh_core.calls()


def test_after_a_day_an_old_figure_is_shown_to_nobody(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    total(caching, signed_in(caching, fresh_core))
    clock.move(86400)
    token = signed_in(caching, fresh_core)
    fresh_core.break_("*", "reset")
    answer = caching.execute("AccountInfo", token=token)
    assert (answer["data"]["me"]["account"], answer["data"]["me"]["loans"]) == (None, None)


def test_what_is_cached_opens_nothing_to_a_locked_session(caching: Bff, fresh_core: Core) -> None:
    total(caching, signed_in(caching, fresh_core))
    answer = caching.execute("AccountInfo", token=caching.sign_in(DUAN, unlocked=False))
    assert answer["data"]["me"]["account"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"QUERY_PASSWORD_REQUIRED"}


def test_with_a_cap_a_moved_clock_of_the_core_is_seen(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    chosen = settings_for(fresh_core, tmp_path / "bff", cache=True, cache_fresh_at_most=2)
    with running_bff(chosen, now=clock) as bff:
        token = signed_in(bff, fresh_core)
        assert total(bff, token) == "30921.43"
        fresh_core.move_clock(date(2018, 11, 20))
        clock.move(2)
        assert total(bff, token) == "33047.43"


@pytest.mark.parametrize(
    ("chosen", "caches"),
    [({"workers": 2}, False), ({"workers": 2, "cache_url": "redis://127.0.0.1:1/0"}, True), ({"workers": 1}, True)],
)
async def test_several_processes_cache_only_where_they_see_each_others_changes(
    chosen: dict[str, Any], caches: bool, core: Core, tmp_path: Path
) -> None:
    async with open_services(settings_for(core, tmp_path, cache=True, **chosen)) as services:
        assert (services.cache is not None) is caches


async def _dropped(url: str, member: str) -> None:
    """Of what an earlier run may have left in this Redis."""
    cache = RecordCache(in_redis(url))
    await cache.invalidate(member)
    await cache.close()


@pytest.mark.services
def test_four_processes_make_one_call_an_operation_and_drop_together(fresh_core: Core, tmp_path: Path) -> None:
    """They share a store, a Redis and a session, as behind a load balancer."""
    url, folder = redis_url(), tmp_path / "bff"
    asyncio.run(_dropped(url, "990140300001"))
    with running_bff(settings_for(fresh_core, folder)) as bff:
        token = bff.sign_in(DUAN)
    with ExitStack() as stack:
        patient = {"cache_url": url, "core_timeout": 60, "request_timeout": 60}
        processes = [stack.enter_context(serving(fresh_core, folder, **patient)) for _ in range(4)]

        def first() -> list[Any]:
            asyncio.run(_dropped(url, "990140300001"))
            fresh_core.calls()
            return asyncio.run(_at_once([each.url for each in processes], token, 200))

        fresh_core.break_("*", "delay", ms=500)
        answers = with_its_storage(processes, first)
        assert fresh_core.calls() == BOTH
        assert answers == [answers[0]] * 200
        fresh_core.heal()
        away = sum(map(_times_away, processes))
        apply(processes[0], token)
        fresh_core.calls()
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda process: total(process, token), processes[1:]))
        # An application cannot be made twice; who was without Redis for a moment has asked for himself.
        assert fresh_core.calls() == BOTH or sum(map(_times_away, processes)) > away


def with_its_storage(processes: list[Served], work: Callable[[], Found]) -> Found:
    """What the work gives, done again where a process had no answer from Redis in time: it then makes calls of its
    own, as it should, and a machine that is busy enough brings that about."""
    for _ in range(10):
        until(lambda: all(each.client.get("/readyz").json()["cache"] == "ok" for each in processes))
        before = sum(map(_times_away, processes))
        found = work()
        if sum(map(_times_away, processes)) == before:
            return found
    raise AssertionError("Redis was away each time")


def _times_away(process: Served) -> int:
    """How often Redis was, for this process."""
    process.requests()  # all that was logged before is written by then
    return sum(each["event"] == "cache_away" for each in process.events())


LOAN = "{ me { loans { balance currentPeriod repayments(first: 3) { edges { node { balance } } } } } }"
ACCOUNT = "{ me { account { balance { total } contributions(first: 3) { edges { node { balance { total } } } } } } }"
QUOTE = "{ me { account { balance { total } } withdrawalQuote(kind: PROPERTY_FEE) { account { balance { total } } } } }"
LOAN_ROWS = "{ me { loans { number repayments(first: 2) { edges { node { balance } } } } } }"
ACCOUNT_ROWS = "{ me { account { contributions(first: 2) { edges { node { balance { total } } } } } } }"


def balances(found: Any) -> set[str]:
    """All that an answer says of what is there or owed."""
    match found:
        case {"balance": {"total": total}, **others}:
            return {total} | balances(others)
        case {"balance": str(balance), **others}:
            return {balance} | balances(others)
        case dict():
            return set().union(*map(balances, found.values()))
        case list():
            return balances(found[0]) if found else set()  # the newest row
    return set()


@pytest.mark.parametrize("opened", ["AccountInfo", LOAN_ROWS, ACCOUNT_ROWS])
@pytest.mark.parametrize(("document", "right"), [(LOAN, "183347.80"), (ACCOUNT, "35173.43"), (QUOTE, "35173.43")])
def test_what_the_cache_kept_does_not_stand_beside_what_is_newer(
    caching: Bff, fresh_core: Core, opened: str, document: str, right: str
) -> None:
    token = signed_in(caching, fresh_core)
    caching.data(opened, token=token)
    fresh_core.move_clock(date(2018, 12, 20))  # two installments and two contributions are posted
    answer = caching.execute(document, token=token)
    assert balances(answer["data"]) == {right}
    assert answer.keys() == {"data"}


def test_one_answer_is_read_again_at_most_once(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    caching.data("AccountInfo", token=token)
    fresh_core.calls()
    caching.data(LOAN, token=token)
    assert fresh_core.calls() == {"QueryLoans": 1, "QueryLoanDetails": 1}
    caching.data(LOAN, token=token)
    assert fresh_core.calls() == {}


def test_rows_alone_cost_no_further_call(caching: Bff, fresh_core: Core) -> None:
    """Of the loan they need its number, which never changes."""
    token = signed_in(caching, fresh_core)
    caching.data("AccountInfo", token=token)
    fresh_core.calls()
    caching.data("LoanDetails", token=token)
    assert fresh_core.calls() == {"QueryLoanDetails": 1}


def test_a_reading_that_fails_leaves_what_was_known_with_its_age(caching: Bff, fresh_core: Core, clock: Clock) -> None:
    token = signed_in(caching, fresh_core)
    caching.data("AccountInfo", token=token)
    clock.move(30)
    fresh_core.break_("QueryLoans", "html502")
    answer = caching.execute(LOAN, token=token)
    assert answer["data"]["me"]["loans"][0]["balance"] == "187167.54"
    assert 30 <= answer["extensions"]["staleness"]["loans"] <= 40


def test_numbers_shown_in_full_are_audited_once_though_an_answer_was_read_again(caching: Bff, fresh_core: Core) -> None:
    token = signed_in(caching, fresh_core)
    caching.data("AccountInfo", token=token)
    caching.data("{ me { phone(reveal: true) " + LOAN.removeprefix("{ me { "), token=token)
    with closing(sqlite3.connect(caching.services.settings.data_dir / "bff.sqlite3")) as store:
        assert store.execute("SELECT count(*) FROM audit WHERE event = 'reveal'").fetchone() == (1,)
