"""Rows that were taken back (冲账), in the three lists: shown as what they are, and the lists add up."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bff.legacy import Core as Gateways
from sandbox.book import deposits
from sandbox.book.database import opened, today
from tests.flows.applying import DUAN
from tests.legacy.conftest import NOW, core_settings
from tests.support.servers import Bff, Core

CHEN, CHEN_ACCOUNT, LI_ACCOUNT = "13800000011", "990931100011", "990060900005"


OF_DUAN, OF_HER_LOAN = "GRZH = '990140300001'", "DKZH = '210161200001' AND DQQC = 22"
ROW = "id date summary amount state reverses balance { total }"
PAGE = "(first: 99, from: $from, to: $to)"
LISTS = {
    "contributions": f"account {{ contributions{PAGE} {{ edges {{ node {{ {ROW} }} }} }} }}",
    "withdrawals": f"account {{ withdrawals{PAGE} {{ edges {{ node {{ {ROW} }} }} }} }}",
    "repayments": f"loans {{ repayments{PAGE} {{ edges {{ node {{"
    " id date amount principal interest penalty balance state reverses }}}}",
}


def listed(bff: Bff, name: str, phone: str, since: str | None = None, until: str | None = None) -> list[Any]:
    document = f"query ($from: Date, $to: Date) {{ me {{ {LISTS[name]} }} }}"
    me = bff.data(document, {"from": since, "to": until}, bff.sign_in(phone))["me"]
    found = me["loans"][0] if name == "repayments" else me["account"]
    return [edge["node"] for edge in found[name]["edges"]]


def newest_row(core: Core, table: str, where: str) -> str:
    with closing(sqlite3.connect(core.book)) as db:
        query = f"SELECT YWLSH FROM {table} WHERE {where} ORDER BY YWLSH DESC LIMIT 1"  # noqa: S608 (constants)
        return str(db.execute(query).fetchone()[0])


def test_a_contribution_that_was_taken_back_explains_the_balances(bff: Bff) -> None:
    """陈静, April 2012: 1500.00 posted on the 10th by mistake, taken back on the 11th, the right sum on the 20th."""
    rows = listed(bff, "contributions", CHEN, "2012-03-01", "2012-05-31")
    told = [(row["date"], row["summary"], row["amount"], row["state"]) for row in rows[1:4]]
    assert told[1:] == [
        ("2012-04-11", "冲账", "-1500.00", "REVERSAL"),
        ("2012-04-10", "汇缴201204公积金（已冲账）", "1500.00", "REVERSED"),
    ]
    assert (told[0][0], told[0][3]) == ("2012-04-20", "STANDS")
    assert (rows[2]["reverses"], rows[3]["reverses"]) == (rows[3]["id"], None)
    for newer, older in pairwise(rows):  # she drew nothing in these months
        assert Decimal(newer["balance"]["total"]) == Decimal(older["balance"]["total"]) + Decimal(newer["amount"])


def test_a_withdrawal_whose_payment_came_back_adds_up(bff: Bff, changed: Core) -> None:
    """段小梅's 1500.00 of 23 October, taken back on the 25th: 30921.43 and 1500.00 are 32421.43."""
    changed.control("PUT", f"rows/{newest_row(changed, 'account_detail', OF_DUAN)}", {"status": "REVERSED"})
    reversal, reversed_, *_ = listed(bff, "withdrawals", DUAN)
    assert (reversal["amount"], reversal["state"], reversal["balance"]["total"]) == ("-1500.00", "REVERSAL", "32421.43")
    assert (reversed_["amount"], reversed_["state"], reversed_["summary"]) == (
        "1500.00",
        "REVERSED",
        "租房提取（已冲账）",
    )
    assert (reversed_["balance"]["total"], reversal["reverses"]) == ("30921.43", reversed_["id"])


async def test_interest_that_came_back_with_a_closing_draw_is_below_zero_too(changed: Core) -> None:
    """李建国's account is closed with interest on top, and the bank sends both back."""
    with closing(opened(changed.book)) as db:
        interest = deposits.close(db, LI_ACCOUNT, today(db), "82", "失业提取", "09")
        deposits.take_back(db, LI_ACCOUNT, "09", today(db))
    async with gateways(changed) as core:
        page = await core.account.withdrawals(LI_ACCOUNT, since=None, until=None, page=1, size=2)
    reversal, reversed_ = page.rows
    assert reversed_.interest == Decimal(interest).scaleb(-2) > 0
    assert (reversal.amount, reversal.interest) == (-reversed_.amount, -reversed_.interest)
    assert (reversal.reverses, reversal.summary) == (reversed_.id, "付款退回冲账")


def test_a_repayment_that_was_taken_back_is_owed_again(bff: Bff, changed: Core) -> None:
    """段小梅's period 22, 2473.16 = 1909.87 + 563.29, left 187167.54. Taken back, 189077.41 are owed as before it."""
    changed.control("PUT", f"rows/{newest_row(changed, 'loan_detail', OF_HER_LOAN)}", {"status": "REVERSED"})
    reversal, reversed_, before = listed(bff, "repayments", DUAN)[:3]
    figures = [
        (row["amount"], row["principal"], row["interest"], row["balance"]) for row in (reversal, reversed_, before)
    ]
    assert figures == [
        ("-2473.16", "-1909.87", "-563.29", "189077.41"),
        ("2473.16", "1909.87", "563.29", "187167.54"),
        ("2497.82", "1909.87", "587.95", "189077.41"),
    ]
    assert [row["state"] for row in (reversal, reversed_, before)] == ["REVERSAL", "REVERSED", "STANDS"]
    assert (reversal["penalty"], reversal["reverses"]) == ("0.00", reversed_["id"])


def test_what_was_taken_back_is_not_drawn_for(bff: Bff, changed: Core) -> None:
    """Of the repayments of twelve months only period 22 stands, 2473.16."""
    with closing(sqlite3.connect(changed.book)) as db:
        rows = db.execute(OF_TWELVE_MONTHS_BUT_THE_LAST).fetchall()
    for (number,) in rows:
        changed.control("PUT", f"rows/{number}", {"status": "REVERSED"})
    offer = bff.data("WithdrawalForm", {"kind": "FUND_LOAN_REPAYMENT"}, bff.sign_in(DUAN))["me"]["withdrawalQuote"]
    assert (len(rows), offer["amount"]) == (13, "2400.00")


OF_TWELVE_MONTHS_BUT_THE_LAST = """
    SELECT YWLSH FROM loan_detail
    WHERE DKZH = '210161200001' AND JZRQ > '20171025' AND coalesce(DQQC, 0) <> 22"""


@pytest.mark.parametrize(
    ("asked", "error"),
    [({"status": "GONE"}, "a row can be REVERSED"), ({"status": "REVERSED"}, "there is no such row")],
)
def test_only_a_row_that_is_there_can_be_taken_back(core: Core, asked: dict[str, str], error: str) -> None:
    answer = httpx2.put(f"{core.url}/control/rows/MX0", json=asked)
    assert (answer.status_code, answer.json()) == (400, {"error": f"ValueError: {error}"})


async def test_a_core_that_does_not_tell_the_pair_is_asked_for_rows_that_stand(core: Core, tmp_path: Path) -> None:
    wsdl = Path("bff/legacy/standard/wsdl")
    for name in ("core.wsdl", "core.xsd"):
        text = (wsdl / name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines(keepends=True) if 'name="BCYWLSH"' not in line]
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    async with gateways(core, wsdl=str(tmp_path / "core.wsdl")) as found:
        page = await found.account.contributions(CHEN_ACCOUNT, since=None, until=None, page=1, size=50)
    assert page.total == 331


@asynccontextmanager
async def gateways(core: Core, **more: str) -> AsyncIterator[Gateways]:
    settings = core_settings(core.url, password="practice", **more)
    found = await Gateways.connect(settings, lambda: NOW, lambda *_: None)
    yield found
    await found.close()
