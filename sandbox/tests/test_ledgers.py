"""The fourteen people's ledgers add up, and the manual's figures stand in them."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path

import pytest

from sandbox.book import applications, database, deposits, generator, loans, night, rates
from sandbox.tests.process import copy
from sandbox.tests.wire import (
    CHEN,
    CHEN_LOAN,
    CHEN_OLD_LOAN,
    DUAN,
    DUAN_LOAN,
    GAO,
    LI,
    LOANS,
    LU,
    MA_LOAN,
    PEOPLE,
    WANG,
    YANG,
    ZHAO,
)

HISTORY_A = {
    1: ("20170114", 241667, 89276, 330943, 28758333),
    2: ("20170214", 241667, 88532, 330199, 28516666),
    3: ("20170314", 241667, 79292, 320959, 28274999),
    12: ("20171214", 241667, 78476, 320143, 26099996),
    13: ("20180114", 211111, 70189, 281300, 22588885),
    15: ("20180314", 211111, 62223, 273334, 22166663),
    16: ("20180414", 190987, 61735, 252722, 19862676),
    17: ("20180514", 190987, 59174, 250161, 19671689),
    18: ("20180614", 190987, 60559, 251546, 19480702),
    19: ("20180714", 190987, 58036, 249023, 19289715),
    20: ("20180814", 190987, 59383, 250370, 19098728),
    21: ("20180914", 190987, 58795, 249782, 18907741),
    22: ("20181014", 190987, 56329, 247316, 18716754),
}
"""Period: nominal due date, principal, interest, total, balance after it, in fen (domain.md 4.4 and 4.5)."""
STILL_TO_COME = {
    23: ("20181114", 190987, 57619, 248606, 18525767),
    119: ("20261114", 190987, 1176, 192163, 191015),
    120: ("20261214", 191015, 569, 191584, 0),
}


def account_rows(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM account_detail WHERE GRZH = ? ORDER BY JZRQ, YWLSH", (account,)).fetchall()


def loan_rows(db: sqlite3.Connection, loan: str) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM loan_detail WHERE DKZH = ? ORDER BY JZRQ, YWLSH", (loan,)).fetchall()


def one(db: sqlite3.Connection, sql: str, *values: object) -> sqlite3.Row:
    row: sqlite3.Row = db.execute(sql, values).fetchone()
    return row


def account_of(db: sqlite3.Connection, account: str) -> sqlite3.Row:
    return one(db, "SELECT * FROM account WHERE GRZH = ?", account)


def day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def moved(row: sqlite3.Row) -> tuple[int, int]:
    """What a row does to the carried-forward and the current-year part."""
    sign = (1 if row["MXLB"] == "01" else -1) * (-1 if row["ZHAIYAO"] == "冲账" else 1)
    return sign * row["SNJZFSE"], sign * row["DNGJFSE"]


DEPOSIT_RATES = [
    (date(1993, 7, 11), 315, 315),
    (date(1996, 1, 1), 315, 666),
    (date(1996, 5, 1), 297, 486),
    (date(1996, 8, 23), 198, 333),
    (date(1997, 10, 23), 171, 288),
    (date(1998, 7, 1), 144, 279),
    (date(1999, 6, 10), 99, 198),
    (date(2002, 2, 21), 72, 171),
    (date(2006, 8, 19), 72, 180),
    (date(2007, 3, 18), 72, 198),
    (date(2007, 5, 19), 72, 207),
    (date(2007, 7, 21), 81, 234),
    (date(2007, 8, 22), 81, 261),
    (date(2007, 9, 15), 81, 288),
    (date(2007, 12, 21), 72, 333),
    (date(2008, 10, 9), 72, 315),
    (date(2008, 10, 30), 72, 288),
    (date(2008, 11, 27), 36, 198),
    (date(2008, 12, 23), 36, 171),
    (date(2010, 10, 20), 36, 191),
    (date(2010, 12, 26), 36, 225),
    (date(2011, 2, 9), 40, 260),
    (date(2011, 4, 6), 50, 285),
    (date(2011, 7, 7), 50, 310),
    (date(2012, 6, 8), 40, 285),
    (date(2012, 7, 6), 35, 260),
    (date(2014, 11, 22), 35, 235),
    (date(2015, 3, 1), 35, 210),
    (date(2015, 5, 11), 35, 185),
    (date(2015, 6, 28), 35, 160),
    (date(2015, 8, 26), 35, 135),
    (date(2015, 10, 24), 35, 110),
    (date(2016, 2, 21), 150, 150),
]
"""As published: from, on the current year's part, on the carried-forward part, in hundredths of a per cent a year."""


def interest_of_the_year(rows: list[sqlite3.Row], settled: date) -> int:
    """计息期: 1 July to 30 June, both included. Each day earns a 360th of the year's rates of that day on what the two
    parts hold at its end; what the settlement itself adds belongs to the next day."""
    on, total = date(settled.year - 1, 7, 1), Fraction(0)
    carried = current = place = 0
    while on <= settled:
        while place < len(rows) and day(rows[place]["JZRQ"]) <= on and not settles(rows[place], settled):
            carried, current = rows[place]["GRZHSNJZYE"], rows[place]["GRZHDNGJYE"]
            place += 1
        _, on_current, on_carried = max(rate for rate in DEPOSIT_RATES if rate[0] <= max(on, DEPOSIT_RATES[0][0]))
        total += Fraction(carried * on_carried + current * on_current, 10000 * 360)
        on += timedelta(days=1)
    return half_up(total)


def settles(row: sqlite3.Row, on: date) -> bool:
    return row["GJHTQYWLX"].strip() == "09" and day(row["JZRQ"]) == on


@pytest.mark.parametrize("account", PEOPLE)
def test_each_row_of_an_account_follows_from_the_one_before(people: sqlite3.Connection, account: str) -> None:
    carried = current = 0
    for row in account_rows(people, account):
        to_carried, to_current = moved(row)
        carried, current = carried + to_carried, current + to_current
        if row["GJHTQYWLX"].strip() == "09":
            carried, current = carried + current, 0
        assert (row["GRZHSNJZYE"], row["GRZHDNGJYE"], row["GRZHYE"]) == (carried, current, carried + current)
        assert row["FSE"] == row["SNJZFSE"] + row["DNGJFSE"]


@pytest.mark.parametrize("account", PEOPLE)
def test_an_account_equals_its_last_row(people: sqlite3.Connection, account: str) -> None:
    parts = ("GRZHSNJZYE", "GRZHDNGJYE", "GRZHYE")
    stands, last = account_of(people, account), account_rows(people, account)[-1]
    assert [stands[name] for name in parts] == [last[name] for name in parts]


@pytest.mark.parametrize("account", PEOPLE)
def test_interest_posted_is_what_daily_balances_earn(people: sqlite3.Connection, account: str) -> None:
    rows = account_rows(people, account)
    posted = {row["JZRQ"]: row["FSE"] for row in rows if row["GJHTQYWLX"].strip() == "09"}
    assert posted == {on: interest_of_the_year(rows, day(on)) for on in posted}


@pytest.mark.parametrize("account", PEOPLE)
def test_interest_is_posted_every_30_june_since_the_opening(people: sqlite3.Connection, account: str) -> None:
    opened = day(account_of(people, account)["KHRQ"])
    posted = [row["JZRQ"] for row in account_rows(people, account) if row["GJHTQYWLX"].strip() == "09"]
    assert posted == [f"{year}0630" for year in range(opened.year, 2019) if date(year, 6, 30) > opened]


@pytest.mark.parametrize("account", PEOPLE)
def test_withdrawals_take_the_carried_forward_part_first(people: sqlite3.Connection, account: str) -> None:
    rows = account_rows(people, account)
    for before, row in pairwise(rows):
        if row["MXLB"] == "02":
            assert row["SNJZFSE"] == min(row["FSE"], before["GRZHSNJZYE"])


@pytest.mark.parametrize("account", PEOPLE)
def test_no_row_is_later_than_the_business_date(people: sqlite3.Connection, account: str) -> None:
    assert max(row["JZRQ"] for row in account_rows(people, account)) <= "20181025"


@pytest.mark.parametrize("loan", LOANS)
def test_each_row_of_a_loan_follows_from_the_one_before(people: sqlite3.Connection, loan: str) -> None:
    first, *rest = loan_rows(people, loan)
    assert (first["DKYWMXLX"], first["FSE"], first["DKYE"]) == ("01", first["DKYE"], first["FSE"])
    for before, row in pairwise([first, *rest]):
        assert row["DKYE"] == before["DKYE"] - row["BJJE"]
        assert row["FSE"] == row["BJJE"] + row["LXJE"] + row["FXJE"]


@pytest.mark.parametrize("loan", LOANS)
def test_rows_of_a_loan_and_its_balance_sum_to_what_was_lent(people: sqlite3.Connection, loan: str) -> None:
    row = one(people, "SELECT * FROM loan WHERE DKZH = ?", loan)
    assert sum(each["BJJE"] for each in loan_rows(people, loan)) + row["DKYE"] == row["DKFFE"]


LOAN_RATES = {
    DUAN_LOAN: {2016: 3575},
    MA_LOAN: {2015: 3500, 2016: 3250},
    CHEN_OLD_LOAN: {2001: 4590, 2003: 4050, 2005: 4230, 2006: 4410, 2007: 4590, 2008: 5220, 2009: 3870, 2011: 4300},
    CHEN_LOAN: {2013: 4500, 2015: 4250, 2016: 3250},
}
"""Thousandths of a per cent: at the disbursement, and from 1 January of a year on, as announced the year before."""


def in_the_year(loan: str, year: int) -> int:
    return next(rate for since, rate in reversed(LOAN_RATES[loan].items()) if since <= year)


def of_the_period(loan: str, since: date, until: date, balance: int, *, by_twelfths: bool) -> int:
    """Day by day at the year's rate, each a 360th; by twelfths only where one rate holds for the whole month."""
    days = [in_the_year(loan, (since + timedelta(days=passed)).year) for passed in range((until - since).days)]
    if by_twelfths and len(set(days)) == 1:
        return half_up(Fraction(balance * days[0], 100000 * 12))
    return half_up(Fraction(balance * sum(days), 100000 * 360))


@pytest.mark.parametrize("loan", LOANS)
def test_interest_of_a_loan_counts_as_its_method_does(people: sqlite3.Connection, loan: str) -> None:
    """等额本金 by actual days / 360 between nominal dates, 等额本息 by a twelfth of the year a month."""
    row = one(people, "SELECT * FROM loan WHERE DKZH = ?", loan)
    first, *rest = loan_rows(people, loan)
    since, balance = day(first["JZRQ"]), first["FSE"]
    for each in rest:
        until = day(each["YWFSRQ"] or each["JZRQ"])
        assert each["LXJE"] == of_the_period(loan, since, until, balance, by_twelfths=row["DKHKFS"] == "01")
        since, balance = until, each["DKYE"]


def test_a_loan_is_repriced_on_1_january_and_the_period_split(people: sqlite3.Connection) -> None:
    # 马文斌: 220000.00 over 180 months from 18 July 2015 at 3.50 %, 1572.74 a month. 3.25 % was announced in August.
    # After five months 215317.41 are owed. 18 December to 18 January: 14 days at 3.50 %, 17 days at 3.25 %:
    #   215317.41 x (3.50 x 14 + 3.25 x 17) % / 360 = 623.52
    # The payment for the 175 months left is 215317.41 x r (1 + r)^175 / ((1 + r)^175 - 1), r = 3.25 % / 12: 1546.54;
    # of it a whole month leaves 1546.54 - 583.15 = 963.39 of principal.
    rows = [row for row in loan_rows(people, MA_LOAN) if row["DQQC"] in (5, 6, 7)]
    assert [(row["YWFSRQ"], row["LXJE"], row["BJJE"], row["FSE"], row["DKYE"]) for row in rows] == [
        ("20151218", 63076, 94198, 157274, 21531741),
        ("20160118", 62352, 96339, 158691, 21435402),
        ("20160218", 58054, 96600, 154654, 21338802),
    ]


def test_equal_principal_is_split_on_1_january_too(db: sqlite3.Connection) -> None:
    # 段小梅, second home: 3.575 % until 2024, 3.325 % from 2025 (announced in May 2024), 3.075 % from 2026.
    # On 14 December 2024 194807.02 - 78 x 1909.87 = 45837.16 are owed: 18 days at 3.575 %, 13 days at 3.325 %:
    #   45837.16 x (3.575 x 18 + 3.325 x 13) % / 360 = 136.97
    # On 14 December 2025, 22918.72: 22918.72 x (3.325 x 18 + 3.075 x 13) % / 360 = 63.55
    with database.transaction(db):
        loans.run(db, DUAN_LOAN, date(2026, 1, 14))
    rows = {row["DQQC"]: row for row in loan_rows(db, DUAN_LOAN)}
    assert (rows[97]["YWFSRQ"], rows[97]["LXJE"], rows[97]["BJJE"]) == ("20250114", 13697, 190987)
    assert (rows[109]["YWFSRQ"], rows[109]["LXJE"], rows[109]["BJJE"]) == ("20260114", 6355, 190987)
    assert loans.get(db, DUAN_LOAN)["DKLL"] == 30750000


def test_what_is_owed_across_1_january_is_split(db: sqlite3.Connection) -> None:
    # 陈静's loan, 3.25 % until 2022, 3.10 % from 2023 on: 25 December to 5 January are 7 days and 4 days.
    with database.transaction(db):
        loans.run(db, CHEN_LOAN, date(2023, 1, 5))
        database.set_today(db, date(2023, 1, 5))
    loan = loans.get(db, CHEN_LOAN)
    owed = loans.outstanding(db, loan)
    assert (loan["DKLL"], loan["SCHKRQ"]) == (31000000, "20221225")
    assert applications.payoff(db, loan) == owed + half_up(Fraction(owed * (325 * 7 + 310 * 4), 10000 * 360))
    growth = (1 + Fraction(310, 120000)) ** (240 - loan["DQQC"])
    assert loan["YHKE"] == half_up(owed * Fraction(310, 120000) * growth / (growth - 1))


def test_a_plan_knows_no_rate_that_was_not_there_yet(people: sqlite3.Connection) -> None:
    charges = {each.period: each.interest for each in loans.plan(people, loans.get(people, DUAN_LOAN))}
    assert (charges[97], charges[109]) == (14111, 7055)  # 45837.16 and 22918.72 x 3.575 % x 31 / 360


def test_a_loan_of_a_year_keeps_its_rate(db: sqlite3.Connection) -> None:
    row = {
        "DKZH": "210220900009",
        "JKHTBH": "JK2022-0009",
        "JKRGJJZH": DUAN,
        "HKZH": "6223690000000014",
        "DKHKFS": loans.EQUAL_INSTALLMENT,
        "DKFFE": 1200000,
        "DKQS": 12,
        "DKFFRQ": "20220914",
        "YDHKR": "14",
        **rates.of_new_loan(rates.FIRST_HOME, 12, date(2022, 9, 14)),
    }
    with database.transaction(db):
        loans.disburse(db, row)
        loans.run(db, "210220900009", date(2023, 2, 14))
    assert loans.get(db, "210220900009")["DKLL"] == 27500000  # 2.60 % since October 2022, for new loans


@pytest.mark.parametrize("loan", LOANS)
def test_periods_of_a_loan_follow_without_a_gap(people: sqlite3.Connection, loan: str) -> None:
    periods = [row["DQQC"] for row in loan_rows(people, loan) if row["DQQC"] is not None]
    assert periods == list(range(1, len(periods) + 1))


def test_duan_has_the_manuals_balance(people: sqlite3.Connection) -> None:
    row = account_of(people, DUAN)
    assert (row["GRZHSNJZYE"], row["GRZHDNGJYE"], row["GRZHYE"]) == (2454343, 637800, 3092143)


def test_duans_contributions_are_the_manuals(people: sqlite3.Connection) -> None:
    rows = account_rows(people, DUAN)[-4:-1]
    assert [
        (row["JZRQ"], row["ZHAIYAO"], row["FSE"], row["GRZHSNJZYE"], row["GRZHDNGJYE"], row["GRZHYE"]) for row in rows
    ] == [
        ("20180714", "汇缴201807公积金", 212600, 2604343, 212600, 2816943),
        ("20180819", "汇缴201808公积金", 212600, 2604343, 425200, 3029543),
        ("20180908", "汇缴201809公积金", 212600, 2604343, 637800, 3242143),
    ]


def test_duan_carried_26043_43_forward_in_june_2018(people: sqlite3.Connection) -> None:
    row = next(row for row in account_rows(people, DUAN) if row["JZRQ"] == "20180630")
    assert (row["GRZHSNJZYE"], row["GRZHDNGJYE"]) == (2604343, 0)


def test_duan_drew_1500_for_rent_from_the_carried_forward_part(people: sqlite3.Connection) -> None:
    row = account_rows(people, DUAN)[-1]
    assert (row["JZRQ"], row["TQYY"], row["FSE"], row["SNJZFSE"], row["DNGJFSE"]) == (
        "20181023", "07", 150000, 150000, 0,
    )  # fmt: skip


def test_duans_shares_are_rounded_to_the_yuan(people: sqlite3.Connection) -> None:
    row = account_of(people, DUAN)
    assert (row["GRJCJS"], row["DWJCBL"], row["GRJCBL"]) == (885800, 1200, 1200)
    assert (row["DWYJCE"], row["GRYJCE"]) == (106300, 106300)


def test_duans_ledger_goes_back_to_2014(people: sqlite3.Connection) -> None:
    assert account_rows(people, DUAN)[0]["JZRQ"] == "20140312"


@pytest.mark.parametrize("period", HISTORY_A)
def test_duans_loan_has_history_a(people: sqlite3.Connection, period: int) -> None:
    row = one(people, "SELECT * FROM loan_detail WHERE DKZH = ? AND DQQC = ?", DUAN_LOAN, period)
    found = (row["YWFSRQ"], row["BJJE"], row["LXJE"], row["FSE"], row["DKYE"])
    assert (found, row["FXJE"], row["DKYWMXLX"]) == (HISTORY_A[period], 0, "02")


def test_duan_prepaid_twice_on_due_dates(people: sqlite3.Connection) -> None:
    rows = [row for row in loan_rows(people, DUAN_LOAN) if row["DKYWMXLX"] == "03"]
    assert [(row["JZRQ"], row["FSE"], row["BJJE"], row["LXJE"], row["DKYE"]) for row in rows] == [
        ("20171214", 3300000, 3300000, 0, 22799996),
        ("20180314", 2113000, 2113000, 0, 20053663),
    ]


@pytest.mark.parametrize("period", STILL_TO_COME)
def test_duans_plan_ends_as_history_a(people: sqlite3.Connection, period: int) -> None:
    plan = {each.period: each for each in loans.plan(people, loans.get(people, DUAN_LOAN))}
    each = plan[period]
    found = (f"{each.due_on:%Y%m%d}", each.principal, each.interest, each.amount, each.balance)
    assert found == STILL_TO_COME[period]


def test_duans_interest_sums_to_44194_90(people: sqlite3.Connection) -> None:
    paid = sum(row["LXJE"] for row in loan_rows(people, DUAN_LOAN))
    coming = sum(each.interest for each in loans.plan(people, loans.get(people, DUAN_LOAN)))
    assert paid + coming == 4419490


def test_duan_repaid_32298_50_regularly_in_periods_11_to_22(people: sqlite3.Connection) -> None:
    rows = [row for row in loan_rows(people, DUAN_LOAN) if row["DQQC"] and 11 <= row["DQQC"] <= 22]
    assert (len(rows), sum(row["FSE"] for row in rows)) == (12, 3229850)


@pytest.mark.parametrize(("period", "nominal", "posted"), [(19, "20180714", "20180716"), (22, "20181014", "20181015")])
def test_an_installment_due_on_a_weekend_was_posted_on_monday(
    people: sqlite3.Connection, period: int, nominal: str, posted: str
) -> None:
    row = one(people, "SELECT * FROM loan_detail WHERE DKZH = ? AND DQQC = ?", DUAN_LOAN, period)
    assert (row["YWFSRQ"], row["JZRQ"], row["FXJE"]) == (nominal, posted, 0)


def test_ma_is_two_periods_in_arrears(people: sqlite3.Connection) -> None:
    rows = people.execute("SELECT HKQC, HKRQ, JZRQ FROM due WHERE DKZH = ? ORDER BY HKQC", (MA_LOAN,)).fetchall()
    assert [tuple(row) for row in rows] == [(38, "20180918", None), (39, "20181018", None)]
    assert one(people, "SELECT DKZT FROM loan WHERE DKZH = ?", MA_LOAN)["DKZT"] == "5"


def test_mas_arrears_add_up(people: sqlite3.Connection) -> None:
    found = loans.arrears(people, loans.get(people, MA_LOAN), date(2018, 10, 25))
    rows = people.execute("SELECT * FROM due WHERE DKZH = ?", (MA_LOAN,)).fetchall()
    penalty = sum(  # 3.25 % x 1.5
        half_up(Fraction(row["BJJE"] * 4875 * (date(2018, 10, 25) - day(row["HKRQ"])).days, 360 * 100000))
        for row in rows
    )
    assert found == loans.Arrears(2, sum(row["BJJE"] for row in rows), sum(row["LXJE"] for row in rows), penalty)


def test_mas_installment_is_the_annuity_since_2016(people: sqlite3.Connection) -> None:
    rate = Fraction(325, 120000)
    growth = (1 + rate) ** 175
    assert one(people, "SELECT YHKE FROM loan WHERE DKZH = ?", MA_LOAN)["YHKE"] == half_up(
        21531741 * rate * growth / (growth - 1)
    )


def test_chen_has_306_standing_contributions(people: sqlite3.Connection) -> None:
    rows = [row for row in account_rows(people, CHEN) if row["GJHTQYWLX"] in ("01", "02") and row["CZBZ"] == "01"]
    assert len(rows) == 306


def test_chen_has_one_reversed_pair(people: sqlite3.Connection) -> None:
    rows = [row for row in account_rows(people, CHEN) if row["CZBZ"] == "02"]
    assert [(row["JZRQ"], row["FSE"], row["HBJNY"], row["ZHAIYAO"]) for row in rows] == [
        ("20120410", 150000, "201204", "汇缴201204公积金"),
        ("20120411", 150000, "201204", "冲账"),
    ]
    assert moved(rows[0]) == (0, 150000)
    assert moved(rows[1]) == (0, -150000)


def test_chen_paid_in_six_months_on_one_day(people: sqlite3.Connection) -> None:
    rows = [row for row in account_rows(people, CHEN) if row["JZRQ"] == "20050921"]
    assert [row["HBJNY"] for row in rows] == ["200503", "200504", "200505", "200506", "200507", "200508"]


def test_chens_old_loan_is_settled(people: sqlite3.Connection) -> None:
    row = one(people, "SELECT * FROM loan WHERE DKZH = ?", CHEN_OLD_LOAN)
    assert (row["DKZT"], row["DKYE"], row["DQQC"], row["DKJQRQ"]) == ("3", 0, 120, "20110520")
    assert loans.plan(people, row) == []


@pytest.mark.parametrize(
    ("account", "status", "sealed_on", "paid_to"),
    [(YANG, "02", "20180430", "201804"), (LI, "02", "20180315", "201802"), (WANG, "06", None, "201808")],
)
def test_sealed_and_frozen_accounts_stopped_paying(
    people: sqlite3.Connection, account: str, status: str, sealed_on: str | None, paid_to: str
) -> None:
    row = account_of(people, account)
    assert (row["GRZHZT"], row["FCRQ"], row["JZNY"], row["HJR"]) == (status, sealed_on, paid_to, None)


def test_zhao_has_three_rows(people: sqlite3.Connection) -> None:
    rows = account_rows(people, ZHAO)
    assert [(row["JZRQ"], row["FSE"]) for row in rows] == [
        ("20180820", 67200), ("20180920", 67200), ("20181020", 67200),
    ]  # fmt: skip


def test_gao_has_the_manuals_figures(people: sqlite3.Connection) -> None:
    row = one(people, "SELECT * FROM commercial_loan WHERE GRZH = ?", GAO)
    assert (row["DKFFE"], row["DKYE"], row["YHKE"], row["JSEYHKE"]) == (18000000, 5414055, 198950, 12 * 198950)
    assert account_of(people, GAO)["GRZHYE"] == 4123018


def test_lu_has_the_manuals_balance_all_carried_forward(people: sqlite3.Connection) -> None:
    row = account_of(people, LU)
    assert (row["GRZHSNJZYE"], row["GRZHDNGJYE"], row["SCTQRQ"]) == (691466, 0, "20180711")


def test_interest_to_25_october_2018_is_144_97(people: sqlite3.Connection) -> None:
    assert deposits.accrued_interest(people, DUAN, date(2018, 10, 25)) == 14497


# 段小梅's year 2018/19 by hand, without any further contribution: 365 days.
#   2018-07-01 to 07-13   13 days x 26043.43 =    338 564.59
#   2018-07-14 to 08-18   36 days x 28169.43 =  1 014 099.48
#   2018-08-19 to 09-07   20 days x 30295.43 =    605 908.60
#   2018-09-08 to 10-22   45 days x 32421.43 =  1 458 964.35
#   2018-10-23 to 06-30  251 days x 30921.43 =  7 761 278.93
#   sum of daily balances (积数)               11 178 815.95   x 1.50 % / 360 = 465.78 (without 30 June: 464.50)
YEAR_2018_19 = 46578


def test_a_year_earns_interest_for_365_days(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET HJR = NULL WHERE GRZH = ?", (DUAN,))
    night.advance(db, date(2019, 6, 30))
    row = account_rows(db, DUAN)[-1]
    assert (row["JZRQ"], row["FSE"], row["GRZHYE"]) == ("20190630", YEAR_2018_19, 3092143 + YEAR_2018_19)


@pytest.mark.parametrize(
    ("on", "earned"),
    [
        (date(2019, 6, 30), 0),  # settled that morning, for the whole of the day
        (date(2019, 7, 1), 0),  # the day itself does not count
        (date(2019, 7, 2), 131),  # 31387.21 x 1.50 % / 360 = 1.3078
    ],
)
def test_a_new_year_earns_from_1_july_on(db: sqlite3.Connection, on: date, earned: int) -> None:
    db.execute("UPDATE account SET HJR = NULL WHERE GRZH = ?", (DUAN,))
    night.advance(db, on)
    assert deposits.accrued_interest(db, DUAN, on) == earned


def test_who_closes_on_30_june_is_paid_the_year_once(db: sqlite3.Connection) -> None:
    night.advance(db, date(2019, 6, 30))
    balance = account_of(db, YANG)["GRZHYE"]
    assert deposits.close(db, YANG, date(2019, 6, 30), "03", "离退休提取") == 0
    row = account_rows(db, YANG)[-1]
    assert (row["FSE"], row["FSLXE"]) == (balance, 0)


def test_a_year_before_2016_earns_the_rates_of_its_days(people: sqlite3.Connection) -> None:
    # 段小梅's first: 1400.00 a month on the 12th, March to June 2014, all in the current year's part at 0.35 %. From
    # each 12th to 30 June: 111, 80, 50 and 19 days. 1400.00 x 260 days = 364 000.00; x 0.35 % / 360 = 3.54
    row = next(row for row in account_rows(people, DUAN) if row["GJHTQYWLX"] == "09")
    assert (row["JZRQ"], row["FSE"]) == ("20140630", 354)


def test_generated_members_have_ledgers_that_add_up(db: sqlite3.Connection) -> None:
    with database.transaction(db):
        generator.generate(db, 60, seed=7)
    accounts = [row[0] for row in db.execute("SELECT GRZH FROM person WHERE SJHM LIKE '199%'")]
    assert len(accounts) == 60
    for account in accounts:
        rows = account_rows(db, account)
        assert account_of(db, account)["GRZHYE"] == sum(sum(moved(row)) for row in rows)
        for row in rows:
            if row["GJHTQYWLX"] == "09":
                assert row["FSE"] == interest_of_the_year(rows, day(row["JZRQ"]))


def test_generated_loans_add_up(db: sqlite3.Connection) -> None:
    with database.transaction(db):
        generator.generate(db, 60, seed=7)
    numbers = [row["DKZH"] for row in db.execute("SELECT DKZH FROM loan WHERE DKZH LIKE '2199%'")]
    assert len(numbers) == 12
    for number in numbers:
        row = one(db, "SELECT * FROM loan WHERE DKZH = ?", number)
        assert sum(each["BJJE"] for each in loan_rows(db, number)) + row["DKYE"] == row["DKFFE"]


def test_the_same_seed_generates_the_same_members(seeded: Path, db: sqlite3.Connection, tmp_path: Path) -> None:
    with database.connected(copy(seeded, tmp_path / "other.sqlite3")) as other:
        for each in (db, other):
            with database.transaction(each):
                generator.generate(each, 10, seed=3)
        select = "SELECT * FROM account_detail ORDER BY YWLSH"
        assert [tuple(row) for row in db.execute(select)] == [tuple(row) for row in other.execute(select)]


def test_members_who_never_paid_live_through_a_month(db: sqlite3.Connection) -> None:
    with database.transaction(db):
        generator.generate(db, 300, seed=1)
        night.advance(db, date(2018, 11, 25))


def test_generated_members_live_through_a_month(db: sqlite3.Connection) -> None:
    with database.transaction(db):
        generator.generate(db, 60, seed=7)
        night.advance(db, date(2018, 11, 25))
    assert database.today(db) == date(2018, 11, 25)
