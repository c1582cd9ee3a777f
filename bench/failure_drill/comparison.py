"""What must be true after the storm, as pure functions over what was read: each gives how often it is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bench.failure_drill.books import Books, Held, Written

OPEN = ("ACCEPTED", "APPROVED", "COMPLETED")
NOT_HELD = ("NOT_RECEIVED", "REJECTED", "REFUSED")
"""Statuses of an application that the core does not have."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An ID that an answer gave to one of a member's devices; without a key where a list gave it."""

    id: str
    account: str
    key: str | None


def compare(books: Books) -> Counter[str]:
    """The journal against the core, row by row and to the cent."""
    journal = {row.serial: row for row in books.journal}
    core = {row.serial: row for row in books.core}
    both = [(journal[serial], core[serial]) for serial in journal.keys() & core.keys()]
    return Counter(
        {
            "in the core": len(core),
            "unconfirmed": _count(row.status == "CONFIRMING" for row in books.journal),
            "not received": _count(row.status == "NOT_RECEIVED" for row in books.journal),
            "refused": _count(
                row.serial not in core and row.status in ("REJECTED", "REFUSED") for row in books.journal
            ),
            "only in the core": len(core.keys() - journal.keys()),
            "only in the journal": _count(row.serial not in core and row.status in OPEN for row in books.journal),
            "of another status": _count(_statuses_differ(*pair) for pair in both),
            "of another amount, kind or account": _count(_contents_differ(*pair) for pair in both),
            "one kind twice for one account": _doubles(
                (row.account, row.kind) for row in books.core if row.status in OPEN
            ),
            "one key twice": _doubles((row.member, row.key) for row in books.journal),
            "fen between the sums": fen(accepted(books.core) - accepted(books.journal)),
            "fen between what was booked and what was told": _booked_otherwise(books),
        }
    )


def compare_seen(
    seen: Iterable[Seen], shown: Mapping[str, str | None], listed: Iterable[str], books: Books
) -> Counter[str]:
    """Every ID that was handed out against what its owner is told of it now: `shown` has statuses, null where there is
    no such application any more, `listed` those of the members' lists."""
    handed_out, in_lists = set(seen), set(listed)
    ids = {each.id for each in handed_out}
    core, serials = {row.serial: row for row in books.core}, {row.id: row.serial for row in books.journal}
    present = {each: status for each in ids if (status := shown[each]) is not None}
    return Counter(
        {
            "ids handed out": len(ids),
            "ids that are null": len(ids) - len(present),
            "ids missing in lists": len(ids - in_lists),
            "ids whose status is not the core's": _count(
                _told_otherwise(status, core.get(serials.get(each, ""))) for each, status in present.items()
            ),
            "keys with two ids": _keys_with_two(handed_out),
        }
    )


def refused_but_accepted(last: Mapping[tuple[str, str], str], books: Books) -> int:
    """Keys whose devices heard of a refusal and never of an application, which the core has all the same. `last` is
    what came of each account's key: an ID, or a refusal's code."""
    accepted_rows = {(row.account, row.key): row.id for row in books.journal if row.status in OPEN}
    return _count(each in accepted_rows and told != accepted_rows[each] for each, told in last.items())


WRONG = (
    "unconfirmed",
    "only in the core",
    "only in the journal",
    "of another status",
    "of another amount, kind or account",
    "one kind twice for one account",
    "one key twice",
    "fen between the sums",
    "fen between what was booked and what was told",
    "ids that are null",
    "ids missing in lists",
    "ids whose status is not the core's",
    "keys with two ids",
    "members without an answer",
    "vanished meanwhile",
    "told refused, yet accepted",
)
"""What has to be zero."""


def wrong(found: Mapping[str, int]) -> list[str]:
    return [name for name in WRONG if found.get(name)]


def accepted(rows: Iterable[Held | Written]) -> Decimal:
    return sum((row.amount for row in rows if row.status in OPEN), Decimal(0))


def fen(amount: Decimal) -> int:
    return abs(int(amount.scaleb(2)))


def _booked_otherwise(books: Books) -> int:
    """Account by account: two errors must not make up for each other."""
    told: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in books.journal:
        if row.status == "COMPLETED":
            told[row.account] += row.amount
    accounts = told.keys() | books.booked.keys()
    return sum(fen(told[each] - books.booked.get(each, Decimal(0))) for each in accounts)


def _statuses_differ(row: Written, held: Held) -> bool:
    return row.status != held.status


def _contents_differ(row: Written, held: Held) -> bool:
    return (row.amount, row.kind, row.account) != (held.amount, held.kind, held.account)


def _told_otherwise(status: str, held: Held | None) -> bool:
    return status != held.status if held is not None else status not in NOT_HELD


def _keys_with_two(seen: Iterable[Seen]) -> int:
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in seen:
        if each.key is not None:
            ids[each.account, each.key].add(each.id)
    return _count(len(found) > 1 for found in ids.values())


def _doubles(keys: Iterable[object]) -> int:
    return sum(times - 1 for times in Counter(keys).values())


def _count(conditions: Iterable[bool]) -> int:
    return sum(conditions)
