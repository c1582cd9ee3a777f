"""The drill's comparison finds each fault that is planted in books which otherwise agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bench.failure_drill.books import Books, Held, Written
from bench.failure_drill.comparison import Seen, compare, compare_seen, refused_but_accepted, wrong

RENT = Written("s1", "i1", "m1", "k1", "992", "RENT", Decimal("12000.00"), "COMPLETED")
FEE = Written("s2", "i2", "m1", "k2", "992", "PROPERTY_FEE", Decimal("1500.00"), "ACCEPTED")
LOST = Written("s3", "i3", "m2", "k3", "993", "RENT", Decimal("12000.00"), "NOT_RECEIVED")
HELD_RENT = Held("s1", "992", "RENT", Decimal("12000.00"), "COMPLETED")
HELD_FEE = Held("s2", "992", "PROPERTY_FEE", Decimal("1500.00"), "ACCEPTED")
BOOKS = Books((RENT, FEE, LOST), (HELD_RENT, HELD_FEE), {"992": Decimal("12000.00")})
SEEN = (Seen("i1", "992", "k1"), Seen("i2", "992", "k2"), Seen("i2", "992", None), Seen("i3", "993", "k3"))
SHOWN: dict[str, str | None] = {"i1": "COMPLETED", "i2": "ACCEPTED", "i3": "NOT_RECEIVED"}


def core(*rows: Held) -> Books:
    return replace(BOOKS, core=rows)


def journal(*rows: Written) -> Books:
    return replace(BOOKS, journal=rows)


def test_books_that_agree_are_right() -> None:
    assert wrong(compare(BOOKS)) == []
    assert wrong(compare_seen(SEEN, SHOWN, SHOWN, BOOKS)) == []


@pytest.mark.parametrize(
    ("books", "found"),
    [
        (core(HELD_RENT, HELD_FEE, replace(HELD_FEE, serial="s9")), "one kind twice for one account"),
        (core(HELD_RENT, HELD_FEE, replace(HELD_FEE, serial="s9", account="994")), "only in the core"),
        (core(HELD_RENT), "only in the journal"),
        (core(HELD_RENT, HELD_FEE, replace(HELD_RENT, serial="s3", account="993")), "of another status"),
        (core(HELD_RENT, replace(HELD_FEE, amount=Decimal("1500.01"))), "of another amount, kind or account"),
        (core(HELD_RENT, replace(HELD_FEE, account="993")), "of another amount, kind or account"),
        (journal(RENT, FEE, replace(LOST, status="CONFIRMING")), "unconfirmed"),
        (journal(RENT, replace(FEE, key="k1"), LOST), "one key twice"),
        (replace(BOOKS, booked={"992": Decimal("12000.01")}), "fen between what was booked and what was told"),
        (replace(BOOKS, booked={"993": Decimal("12000.00")}), "fen between what was booked and what was told"),
    ],
)
def test_a_planted_fault_in_the_books_is_found(books: Books, found: str) -> None:
    assert found in wrong(compare(books))


def test_the_sums_differ_by_one_fen() -> None:
    found = compare(core(HELD_RENT, replace(HELD_FEE, amount=Decimal("1499.99"))))
    assert found["fen between the sums"] == 1


@pytest.mark.parametrize(
    ("seen", "shown", "found"),
    [
        (SEEN, {**SHOWN, "i3": None}, "ids that are null"),
        (SEEN, {**SHOWN, "i2": "NOT_RECEIVED"}, "ids whose status is not the core's"),
        (SEEN, {**SHOWN, "i3": "ACCEPTED"}, "ids whose status is not the core's"),
        ((*SEEN, Seen("i3", "992", "k1")), SHOWN, "keys with two ids"),
    ],
)
def test_a_planted_fault_in_what_members_are_told_is_found(
    seen: tuple[Seen, ...], shown: dict[str, str | None], found: str
) -> None:
    assert found in wrong(compare_seen(seen, shown, SHOWN, BOOKS))


def test_an_id_that_is_in_no_list_is_found() -> None:
    assert wrong(compare_seen(SEEN, SHOWN, ["i1", "i2"], BOOKS)) == ["ids missing in lists"]


def test_a_key_that_was_refused_and_accepted_is_found() -> None:
    assert refused_but_accepted({("992", "k2"): "i2", ("993", "k3"): "ACCOUNT_FROZEN"}, BOOKS) == 0
    assert refused_but_accepted({("992", "k2"): "ACCOUNT_FROZEN"}, BOOKS) == 1
