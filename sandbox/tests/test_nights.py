"""What moving the business date on does to accounts and loans."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from sandbox.book import database, night
from sandbox.book.days import add_months, business_day, is_business_day, next_due
from sandbox.book.opening import Person, open_account
from sandbox.tests.process import copy
from sandbox.tests.wire import CHEN_LOAN, DUAN, DUAN_LOAN, MA_LOAN, PEOPLE, WANG, YANG, ZHAO, ZHOU


def advance(db: sqlite3.Connection, to: date) -> None:
    with database.transaction(db):
        night.advance(db, to)


def installment(db: sqlite3.Connection, loan: str, period: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM loan_detail WHERE DKZH = ? AND DQQC = ?", (loan, period)
    ).fetchone()
    return row


def paid_in(db: sqlite3.Connection, account: str, since: str = "20181026") -> list[tuple[str, str, int]]:
    rows = db.execute(
        "SELECT JZRQ, HBJNY, FSE FROM account_detail WHERE GRZH = ? AND JZRQ >= ? AND GJHTQYWLX = '01' ORDER BY YWLSH",
        (account, since),
    )
    return [tuple(row) for row in rows]


def test_the_business_date_moves(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 1))
    assert database.today(db) == date(2018, 11, 1)


def test_installment_23_is_posted_on_14_november(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 14))
    row = installment(db, DUAN_LOAN, 23)
    assert row is not None
    assert (row["JZRQ"], row["YWFSRQ"]) == ("20181114", "20181114")
    assert (row["LXJE"], row["BJJE"], row["FSE"], row["DKYE"]) == (57619, 190987, 248606, 18525767)


def test_installment_23_is_not_posted_the_day_before(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 13))
    assert installment(db, DUAN_LOAN, 23) is None


def test_a_loan_counts_the_installment_posted(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 14))
    row = db.execute("SELECT DQQC, DKYE, SCHKRQ FROM loan WHERE DKZH = ?", (DUAN_LOAN,)).fetchone()
    assert tuple(row) == (23, 18525767, "20181114")


def test_an_installment_due_on_sunday_waits_over_the_weekend(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 25))  # a Sunday
    assert installment(db, CHEN_LOAN, 65) is None
    row = db.execute("SELECT HKQC, HKRQ, JZRQ FROM due WHERE DKZH = ?", (CHEN_LOAN,)).fetchone()
    assert tuple(row) == (65, "20181125", "20181126")


def test_an_installment_due_on_sunday_is_posted_on_monday(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 26))
    row = installment(db, CHEN_LOAN, 65)
    assert row is not None
    assert (row["YWFSRQ"], row["JZRQ"], row["FXJE"]) == ("20181125", "20181126", 0)


def test_interest_after_a_weekend_counts_from_the_nominal_date(db: sqlite3.Connection) -> None:
    advance(db, date(2019, 4, 15))
    before, row = installment(db, DUAN_LOAN, 27), installment(db, DUAN_LOAN, 28)
    assert before is not None
    assert row is not None
    assert (row["YWFSRQ"], row["JZRQ"]) == ("20190414", "20190415")
    exact = before["DKYE"] * 3575 * 31 / 36000000  # 14 March to 14 April, a Sunday
    assert row["LXJE"] == int(exact + 0.5)


def test_a_month_of_equal_installments_costs_a_twelfth_whatever_its_days(db: sqlite3.Connection) -> None:
    advance(db, date(2019, 3, 25))
    for period in (66, 67, 68):  # due on 25 December, 25 January and, after 28 days, on 25 March
        before, row = installment(db, CHEN_LOAN, period - 1), installment(db, CHEN_LOAN, period)
        assert before is not None
        assert row is not None
        assert row["LXJE"] == int(before["DKYE"] * 325 / 120000 + 0.5)
        assert row["FSE"] == installment(db, CHEN_LOAN, 60)["FSE"]  # type: ignore[index]


def test_the_working_day_after_a_holiday_is_when_the_holiday_ends(people: sqlite3.Connection) -> None:
    assert business_day(people, date(2018, 2, 15)) == date(2018, 2, 22)


def test_a_saturday_to_make_up_for_a_holiday_is_a_working_day(people: sqlite3.Connection) -> None:
    assert is_business_day(people, date(2018, 12, 29))
    assert not is_business_day(people, date(2018, 12, 31))


def test_a_loan_whose_debit_fails_falls_behind_once_more(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 18))
    rows = db.execute("SELECT HKQC FROM due WHERE DKZH = ? ORDER BY HKQC", (MA_LOAN,)).fetchall()
    assert [row[0] for row in rows] == [38, 39, 40]
    assert installment(db, MA_LOAN, 40) is None


def test_30_june_posts_465_78_when_nothing_else_was_paid_in(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET HJR = NULL WHERE GRZH = ?", (DUAN,))
    advance(db, date(2019, 6, 30))
    row = db.execute("SELECT * FROM account_detail WHERE GRZH = ? AND JZRQ = '20190630'", (DUAN,)).fetchone()
    assert (row["GJHTQYWLX"], row["FSE"], row["SNJZFSE"]) == ("09", 46578, 46578)


def test_30_june_carries_the_current_year_forward(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET HJR = NULL WHERE GRZH = ?", (DUAN,))
    advance(db, date(2019, 6, 30))
    row = db.execute("SELECT GRZHSNJZYE, GRZHDNGJYE, GRZHYE FROM account WHERE GRZH = ?", (DUAN,)).fetchone()
    assert tuple(row) == (3092143 + 46578, 0, 3092143 + 46578)


def test_30_june_settles_every_account_once(db: sqlite3.Connection) -> None:
    advance(db, date(2019, 7, 2))
    rows = db.execute("SELECT GRZH FROM account_detail WHERE trim(GJHTQYWLX) = '09' AND JZRQ > '2019'").fetchall()
    assert sorted(row[0] for row in rows) == sorted(PEOPLE)


def test_an_employer_pays_once_a_month(db: sqlite3.Connection) -> None:
    advance(db, date(2019, 1, 31))
    assert paid_in(db, ZHAO) == [
        ("20181120", "201811", 67200),
        ("20181220", "201812", 67200),
        ("20190120", "201901", 67200),
    ]


def test_duans_employer_pays_october_on_the_28th(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 10, 31))
    assert paid_in(db, DUAN) == [("20181028", "201810", 212600)]


def test_an_employer_pays_on_the_last_day_of_a_short_month(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET HJR = 31 WHERE GRZH = ?", (ZHAO,))
    advance(db, date(2019, 2, 28))
    assert [on for on, _, _ in paid_in(db, ZHAO)] == ["20181130", "20181231", "20190131", "20190228"]


def test_a_month_already_paid_is_not_paid_again(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET HJR = 30 WHERE GRZH = ?", (ZHAO,))
    advance(db, date(2018, 10, 31))
    assert paid_in(db, ZHAO) == []


@pytest.mark.parametrize("account", [YANG, WANG])
def test_nobody_pays_for_a_sealed_or_frozen_account(db: sqlite3.Connection, account: str) -> None:
    advance(db, date(2018, 12, 31))
    assert paid_in(db, account) == []


def test_a_status_padded_with_blanks_is_still_normal(db: sqlite3.Connection) -> None:
    advance(db, date(2018, 11, 30))
    assert paid_in(db, ZHOU) == [("20181120", "201811", 72000)]


def test_the_clock_does_not_go_back(db: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="2018-10-25 and does not go back"):
        advance(db, date(2018, 10, 24))
    assert database.today(db) == date(2018, 10, 25)


def test_moving_to_today_changes_nothing(db: sqlite3.Connection) -> None:
    rows = "SELECT count(*) FROM account_detail"
    before = db.execute(rows).fetchone()[0]
    advance(db, date(2018, 10, 25))
    assert db.execute(rows).fetchone()[0] == before


def test_one_long_move_equals_many_short_ones(seeded: Path, db: sqlite3.Connection, tmp_path: Path) -> None:
    advance(db, date(2018, 12, 31))
    with database.connected(copy(seeded, tmp_path / "slowly.sqlite3")) as other:
        for month, last in ((10, 31), (11, 30), (12, 31)):
            advance(other, date(2018, month, last))
        for table in ("account_detail", "loan_detail", "loan", "due"):
            rows = f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 (names from above)
            assert [tuple(row) for row in db.execute(rows)] == [tuple(row) for row in other.execute(rows)]


def test_a_loan_run_to_its_end_is_settled(db: sqlite3.Connection) -> None:
    advance(db, date(2026, 12, 14))
    row = db.execute("SELECT DKZT, DKYE, DQQC, DKJQRQ FROM loan WHERE DKZH = ?", (DUAN_LOAN,)).fetchone()
    assert tuple(row) == ("3", 0, 120, "20261214")
    last = installment(db, DUAN_LOAN, 120)
    assert last is not None
    assert (last["BJJE"], last["LXJE"]) == (191015, 489)  # 1910.15 x 3.075 % x 30 / 360


def test_adding_months_stops_at_the_end_of_a_short_month() -> None:
    assert add_months(date(2018, 8, 31), 6) == date(2019, 2, 28)
    assert add_months(date(2019, 2, 28), 1, 31) == date(2019, 3, 31)


def test_the_next_due_day_is_strictly_later() -> None:
    assert next_due(date(2018, 10, 14), 14) == date(2018, 11, 14)
    assert next_due(date(2018, 10, 13), 14) == date(2018, 10, 14)


@pytest.mark.parametrize(
    ("opened", "paid"),
    [
        (date(2018, 10, 4), [("20181105", "201810", 80000), ("20181205", "201811", 80000)]),
        (date(2018, 10, 5), [("20181105", "201810", 80000), ("20181205", "201811", 80000)]),
        (date(2018, 10, 6), [("20181105", "201811", 80000), ("20181205", "201812", 80000)]),
    ],
    ids=["before", "on", "after"],
)
def test_a_new_members_first_month_is_that_of_the_opening_unless_its_day_had_passed(
    db: sqlite3.Connection, opened: date, paid: list[tuple[str, str, int]]
) -> None:
    person = Person(
        name="新开户",
        id_number="990000199001011234",
        phone="13900000000",
        account="999999999999",
        opened=opened,
        employer=("980200009999", "练习市新单位"),
        base=4000,
        share=10,
        pays_on=5,
        bank_account=None,
    )
    open_account(db, person)
    advance(db, date(2018, 12, 31))
    assert paid_in(db, person.account) == paid
