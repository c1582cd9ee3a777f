"""Applications that are handed in in one year and posted in the next, and accounts that were closed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows.applying import DUAN, apply, codes, everyone, quote
from tests.support.servers import Bff, Core

YANG, HE = "13800000004", "13800000014"
CHEN, CHEN_LOAN = "13800000011", "210130600004"
RETIRING = {"formerEmployer": "练习市实验中学", "certificateNumber": "TX001", "approvedOn": "2018-10-01"}


def hand_in(app: Bff, who: str, operation: str, amount: str, **form: Any) -> None:
    payload = apply(app, app.sign_in(who), operation, expectedAmount=amount, **form)
    assert payload["userErrors"] == []


def post(core: Core) -> None:
    """The application that is in flight."""
    with closing(sqlite3.connect(core.book)) as db:
        (serial,) = db.execute("SELECT SQLSH FROM application WHERE ZT IN ('01', '02', '03')").fetchone()
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})


@pytest.fixture
def app(fresh_core: Core, tmp_path: Path) -> Any:
    with everyone(fresh_core, tmp_path / "bff") as bff:
        yield bff


def test_a_draw_takes_the_right_of_the_year_in_which_it_is_handed_in(app: Bff, fresh_core: Core) -> None:
    fresh_core.move_clock(date(2018, 12, 30))
    hand_in(app, DUAN, "ApplyPropertyFeeWithdrawal", "1500.00")
    fresh_core.move_clock(date(2019, 1, 3))
    post(fresh_core)

    offer = quote(app, DUAN, "PROPERTY_FEE")
    assert (offer["eligible"], offer["amount"], offer["refusals"]) == (True, "1500.00", [])
    hand_in(app, DUAN, "ApplyPropertyFeeWithdrawal", "1500.00")
    post(fresh_core)

    (refusal,) = quote(app, DUAN, "PROPERTY_FEE")["refusals"]
    assert (refusal["code"], refusal["message"]) == (
        "TOO_EARLY",
        "每个自然年度可提取一次，您已于2019年1月3日提取，自2020年1月1日起可再次申请。",
    )


def test_a_draw_of_the_old_year_leaves_the_new_years_limit_whole(app: Bff, fresh_core: Core) -> None:
    fresh_core.move_clock(date(2018, 12, 30))
    old = quote(app, HE, "RENT")["amount"]
    hand_in(app, HE, "ApplyRentWithdrawal", old)
    fresh_core.move_clock(date(2019, 1, 3))
    post(fresh_core)
    fresh_core.move_clock(date(2019, 4, 4))
    after = quote(app, HE, "RENT")
    assert (old, after["amount"], after["refusals"]) == ("6600.00", "12000.00", [])
    hand_in(app, HE, "ApplyRentWithdrawal", after["amount"])


@pytest.mark.parametrize("later", [date(2018, 10, 25), date(2018, 10, 26), date(2019, 2, 1), date(2019, 8, 1)])
def test_a_closed_account_is_not_offered_the_interest_that_it_was_paid(app: Bff, fresh_core: Core, later: date) -> None:
    offered = quote(app, YANG, "RETIREMENT")
    assert (offered["amount"], offered["interest"]) == ("239161.59", "1155.95")
    hand_in(app, YANG, "ApplyRetirementWithdrawal", "239161.59", **RETIRING)
    post(fresh_core)
    fresh_core.move_clock(later)
    for kind in ("RETIREMENT", "UNEMPLOYMENT"):
        closed = quote(app, YANG, kind)
        assert (closed["eligible"], closed["amount"], closed["interest"]) == (False, "0.00", "0.00")
        assert "ACCOUNT_CLOSED" in codes(closed["refusals"])


NOTED = "query ($amount: Money) { me { prepaymentQuote(amount: $amount) { payoffAmount effect { note } } } }"


def test_a_payoff_after_a_change_of_rates_is_what_the_core_takes(app: Bff, fresh_core: Core) -> None:
    """陈静's loan: 3.25 % until 2022, 3.10 % from 2023 on. 25 December to 5 January are 7 days and 4 days."""
    fresh_core.move_clock(date(2022, 12, 28))
    token = app.sign_in(CHEN)
    noted = app.data(NOTED, {"amount": "50000.00"}, token)["me"]["prepaymentQuote"]["effect"]["note"]
    assert noted == "按年利率3.25%试算；自2023年1月1日起年利率调整为3.1%，以实际还款为准。"

    fresh_core.move_clock(date(2023, 1, 5))
    with closing(sqlite3.connect(fresh_core.book)) as db:
        (owed,) = db.execute("SELECT DKYE FROM loan WHERE DKZH = ?", (CHEN_LOAN,)).fetchone()
    days = Decimal(owed) / 100 * (Decimal("3.25") * 7 + Decimal("3.10") * 4) / 36000
    payoff = Decimal(owed) / 100 + days.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert app.data(NOTED, {}, token)["me"]["prepaymentQuote"]["payoffAmount"] == str(payoff)

    assert apply(app, token, "ApplyLoanPrepayment", amount=str(payoff))["userErrors"] == []
    post(fresh_core)
    with closing(sqlite3.connect(fresh_core.book)) as db:
        assert db.execute("SELECT DKYE, DKZT FROM loan WHERE DKZH = ?", (CHEN_LOAN,)).fetchone() == (0, "3")
