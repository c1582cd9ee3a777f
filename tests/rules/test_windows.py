"""Until when a home may be drawn for after its contract or its certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.policy.withdrawal_terms import Window, WindowStart
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import HomeRegistration
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from tests.rules import people
from tests.rules.people import account, basis, facts, home, practice

CONTRACT, CERTIFICATE = WindowStart.CONTRACT, WindowStart.CERTIFICATE


def offer(window: Window | None, *homes: HomeRegistration, on: date = people.TODAY) -> Offer:
    policy = practice(on)
    terms = policy.withdrawals[Kind.HOME_PURCHASE]
    assert terms is not None
    wanted = replace(policy, withdrawals={Kind.HOME_PURCHASE: replace(terms, window=window)})
    return withdrawal_offer(Kind.HOME_PURCHASE, wanted, facts(account(), basis(business_date=on, purchases=homes)))


def codes(found: Offer) -> list[Code]:
    return [each.code for each in found.refusals]


@pytest.mark.parametrize(
    ("months", "after", "bought", "last"),
    [
        (12, CONTRACT, home(contract_on=date(2017, 6, 18)), date(2018, 6, 18)),
        (12, CERTIFICATE, home(certificate_on=date(2019, 2, 28)), date(2020, 2, 28)),
        (12, CONTRACT, home(contract_on=date(2020, 2, 29)), date(2021, 2, 28)),
        (60, CONTRACT, home(contract_on=date(2017, 6, 18)), date(2022, 6, 18)),
    ],
)
def test_the_last_day_is_the_corresponding_one(
    months: int, after: WindowStart, bought: HomeRegistration, last: date
) -> None:
    bought = replace(bought, last_drawn_on=None, first_drawn_on=date(2016, 1, 1))
    assert codes(offer(Window(months, after), bought, on=last)) == []
    assert codes(offer(Window(months, after), bought, on=date.fromordinal(last.toordinal() + 1))) == [Code.TOO_LATE]


def test_who_comes_too_late_reads_what_was_missed() -> None:
    bought = home(last_drawn_on=date(2018, 1, 5))
    (refusal,) = offer(Window(12, CONTRACT), bought).refusals
    assert refusal.message == (
        "购房后续提取须在合同签订（2017年6月18日）后12个月内申请，期限已于2018年6月18日届满。"
        "如有疑问，请拨打12329或到公积金中心柜台核实。"
    )


@pytest.mark.parametrize(("after", "event"), [(CONTRACT, "合同签订日期"), (CERTIFICATE, "不动产权证登记日期")])
def test_a_day_that_is_not_on_record_goes_to_the_counter(after: WindowStart, event: str) -> None:
    found = offer(Window(12, after), home(contract_on=None, last_drawn_on=date(2018, 1, 5)))
    assert codes(found) == [Code.CONTRACT_NOT_REGISTERED]
    assert event in found.refusals[0].message


def test_without_a_window_there_is_no_end() -> None:
    assert offer(None, home(contract_on=date(1998, 1, 1), last_drawn_on=date(2018, 1, 5))).eligible


def test_a_quote_prefers_the_home_that_is_still_in_time() -> None:
    old = home(contract_on=date(2015, 1, 1), last_drawn_on=date(2018, 1, 5))
    new = home(contract_number="GF2", contract_on=date(2018, 1, 2), last_drawn_on=date(2018, 1, 5))
    found = offer(Window(12, CONTRACT), old, new)
    assert (found.eligible, found.contract_number) == (True, "GF2")


def test_a_home_that_is_not_registered_is_its_own_refusal() -> None:
    assert codes(offer(Window(12, CONTRACT))) == [Code.CONTRACT_NOT_REGISTERED]
