"""What a cache promises, in memory and in Redis alike."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from bff.cache.record_cache import CachedRecord, RecordCache, key_of
from bff.legacy import deadline
from bff.legacy.errors import (
    CoreBadData,
    CoreBusy,
    CoreCallNotPermitted,
    CoreClosed,
    CoreError,
    CoreRejected,
    CoreTimeout,
    CoreUnreachable,
)
from bff.rules.application import Rejection
from bff.store.keyvalue import in_memory
from tests.cache.conftest import ROW, Clock, Origin, bulletin

AWAY: list[CoreError] = [
    CoreUnreachable("QueryArticle", "refused"),
    CoreTimeout("QueryArticle", "late"),
    CoreClosed("QueryArticle", None),
    CoreBusy("QueryArticle", "busy"),
    CoreCallNotPermitted("QueryArticle", "breaker open", 5.0),
]
ANSWERED: list[CoreError] = [
    CoreRejected("QueryArticle", Rejection.ACCOUNT_UNKNOWN, "2001", "账户不存在"),
    CoreBadData("QueryArticle", "GRZHYE: not the sum of its parts"),
]


async def number(cache: RecordCache, origin: Origin, member: str | None, *asked: object) -> str:
    answer = await cache.read(ROW, member, origin, *asked)
    assert answer.age is None
    return str(answer.record.id)


async def test_a_fresh_answer_costs_no_call(cache: RecordCache, origin: Origin, clock: Clock, member: str) -> None:
    assert await number(cache, origin, member) == "1"
    clock.at += 79
    assert await number(cache, origin, member) == "1"


async def test_an_answer_that_is_no_longer_fresh_is_asked_for_again(
    cache: RecordCache, origin: Origin, clock: Clock, member: str
) -> None:
    await number(cache, origin, member)
    clock.at += 100
    assert await number(cache, origin, member) == "2"


async def test_the_record_comes_back_as_it_was(cache: RecordCache, origin: Origin, member: str) -> None:
    await number(cache, origin, member)
    assert await cache.read(ROW, member, origin) == CachedRecord(bulletin("1"))


async def test_nothing_is_an_answer_that_is_kept_too(cache: RecordCache, member: str) -> None:
    calls = []

    async def nothing() -> Any:
        calls.append(1)

    assert [await cache.read(ROW, member, nothing) for _ in range(2)] == [CachedRecord(None)] * 2
    assert len(calls) == 1


async def test_two_hundred_at_once_are_one_call(cache: RecordCache, origin: Origin, member: str) -> None:
    assert set(await asyncio.gather(*(number(cache, origin, member) for _ in range(200)))) == {"1"}


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_while_the_core_is_away_an_old_answer_serves_with_its_age(
    cache: RecordCache, origin: Origin, clock: Clock, member: str, error: CoreError
) -> None:
    await number(cache, origin, member)
    clock.at += 600
    origin.error = error
    answers = await asyncio.gather(*(cache.read(ROW, member, origin) for _ in range(10)))
    assert answers == [CachedRecord(bulletin("1"), 600.0)] * 10
    assert origin.calls == 2


@pytest.mark.parametrize("error", ANSWERED, ids=lambda error: type(error).__name__)
async def test_an_old_answer_covers_up_no_new_one(
    cache: RecordCache, origin: Origin, clock: Clock, member: str, error: CoreError
) -> None:
    await number(cache, origin, member)
    clock.at += 600
    origin.error = error
    with pytest.raises(type(error)):
        await cache.read(ROW, member, origin)


async def test_what_is_too_old_serves_nobody(cache: RecordCache, origin: Origin, clock: Clock, member: str) -> None:
    await number(cache, origin, member)
    clock.at += 1000
    origin.error = AWAY[0]
    with pytest.raises(CoreUnreachable):
        await cache.read(ROW, member, origin)


async def test_a_failure_is_not_kept(cache: RecordCache, origin: Origin, member: str) -> None:
    origin.error = ANSWERED[0]
    with pytest.raises(CoreRejected):
        await cache.read(ROW, member, origin)
    origin.error = None
    assert await number(cache, origin, member) == "2"


async def test_what_was_dropped_is_asked_for_again_whatever_was_asked(
    cache: RecordCache, origin: Origin, member: str
) -> None:
    assert [await number(cache, origin, member, asked) for asked in (1, 2)] == ["1", "2"]
    await cache.invalidate(member)
    assert [await number(cache, origin, member, asked) for asked in (1, 2)] == ["3", "4"]


async def test_dropping_one_member_leaves_the_others_and_what_is_everybodys(
    cache: RecordCache, origin: Origin, member: str
) -> None:
    before = [await number(cache, origin, f"{member}0"), await number(cache, origin, None, member)]
    await cache.invalidate(member)
    assert [await number(cache, origin, f"{member}0"), await number(cache, origin, None, member)] == before


async def test_who_asks_after_a_drop_does_not_get_what_was_asked_before_it(
    cache: RecordCache, origin: Origin, member: str
) -> None:
    origin.gate.clear()
    before = asyncio.ensure_future(number(cache, origin, member))
    await origin.asked.wait()
    await cache.invalidate(member)
    after = asyncio.ensure_future(number(cache, origin, member))
    origin.gate.set()
    assert [await before, await after] == ["1", "2"]
    assert await number(cache, origin, member) == "2"


async def test_the_first_who_asked_may_leave(cache: RecordCache, origin: Origin, member: str) -> None:
    origin.gate.clear()
    first, second = (asyncio.ensure_future(number(cache, origin, member)) for _ in range(2))
    await origin.asked.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    origin.gate.set()
    assert (await second, origin.calls) == ("1", 1)


async def test_nobody_waits_longer_than_his_own_deadline_and_the_answer_is_kept_all_the_same(
    cache: RecordCache, origin: Origin, member: str
) -> None:
    origin.gate.clear()
    patient = asyncio.ensure_future(number(cache, origin, member))
    deadline.start(0.05)
    with pytest.raises(CoreTimeout):
        await cache.read(ROW, member, origin)
    deadline.clear()
    origin.gate.set()
    assert (await patient, await number(cache, origin, member)) == ("1", "1")


ALIKE: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [
    (("a", "b:c"), ("a:b", "c")),
    (("a", "bc"), ("ab", "c")),
    (("a,b",), ("a", "b")),
    (("1",), ("1", "")),
    (("1",), ("1", None)),
    (("1", "1"), ("1", 1)),
    (("1", None), ("1", "None")),
    (("1", "2018-10-25", None), ("1", None, date(2018, 10, 25))),
    (("990140300001",), ("990140300001\x00",)),
    (("990140300001",), ("990140300001 ",)),
    (("990140300001",), ("990140300001\n",)),
    (("990140300001",), ("９９０１４０３００００１",)),
    (("99014030000",), ("990140300001",)),
    (("*",), ("990140300001",)),
    (("é",), ("e\u0301",)),
    (("',)",), ("", ")")),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
async def test_two_members_never_share_an_answer(
    one: tuple[Any, ...], other: tuple[Any, ...], origin: Origin, clock: Clock
) -> None:
    """The first part is the account's number; the others are what is asked."""
    cache = RecordCache(in_memory(1000), clock)
    assert await number(cache, origin, one[0], *one[1:]) == "1"
    assert await number(cache, origin, other[0], *other[1:]) == "2"
    assert [key_of(ROW, each[0], "same", each[1:]) for each in (one, other)].count(
        key_of(ROW, one[0], "same", one[1:])
    ) == 1


async def test_a_cap_makes_all_of_it_old_sooner(origin: Origin, clock: Clock, member: str) -> None:
    cache = RecordCache(in_memory(10), clock, fresh_at_most=2.0)
    await number(cache, origin, member)
    clock.at += 2
    assert await number(cache, origin, member) == "2"


async def test_memory_forgets_what_was_not_asked_for_the_longest(origin: Origin, clock: Clock) -> None:
    cache = RecordCache(in_memory(3), clock)
    for asked in (1, 2, 3, 1, 4):
        await number(cache, origin, None, asked)
    assert [await number(cache, origin, None, asked) for asked in (1, 3, 4)] == ["1", "3", "4"]
    assert await number(cache, origin, None, 2) == "5"


async def test_what_another_version_wrote_differently_is_asked_for_again(
    cache: RecordCache, origin: Origin, member: str
) -> None:
    key = key_of(ROW, None, "", (member,))
    for written in (b"\xc1", b"\x93\xcb", b"\x01"):
        await cache.storage.set(key, written, 100.0)
        await number(cache, origin, None, member)
    assert origin.calls == 3


async def test_the_storage_holds_no_account_number_in_its_keys(origin: Origin, clock: Clock) -> None:
    storage = in_memory(10)
    await number(RecordCache(storage, clock), origin, "990140300001", "990140300001")
    keys = list(storage.backend._cache)
    assert len(keys) == 2
    assert not any("990140300001" in key for key in keys)
