"""How often a kind may be drawn: the last day on which it is too early, and the first on which it no longer is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.policy.withdrawal_terms import Frequency
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import DrawHistory
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from tests.rules.people import account, basis, drawn, facts, home, practice


def offer(frequency: Frequency, history: DrawHistory, on: date, *, times: int = 1, months: int = 0) -> Offer:
    policy = practice(on)
    terms = policy.withdrawals[Kind.RENT]
    assert terms is not None
    wanted = replace(terms, frequency=frequency, times=times, months=months, limit_a_year=None)
    of = facts(
        account(),
        basis(business_date=on, rent_first_drawn_on=date(2017, 1, 10), history={Kind.RENT: history}),
    )
    return withdrawal_offer(Kind.RENT, replace(policy, withdrawals={Kind.RENT: wanted}), of)


@pytest.mark.parametrize(
    ("frequency", "last", "again"),
    [
        (Frequency.CALENDAR_MONTH, date(2018, 1, 31), date(2018, 2, 1)),
        (Frequency.CALENDAR_MONTH, date(2018, 2, 1), date(2018, 3, 1)),
        (Frequency.CALENDAR_MONTH, date(2018, 12, 31), date(2019, 1, 1)),
        (Frequency.CALENDAR_QUARTER, date(2018, 1, 1), date(2018, 4, 1)),
        (Frequency.CALENDAR_QUARTER, date(2018, 6, 30), date(2018, 7, 1)),
        (Frequency.CALENDAR_QUARTER, date(2018, 7, 31), date(2018, 10, 1)),
        (Frequency.CALENDAR_QUARTER, date(2018, 11, 30), date(2019, 1, 1)),
        (Frequency.CALENDAR_YEAR, date(2018, 1, 1), date(2019, 1, 1)),
        (Frequency.FUND_YEAR, date(2018, 6, 30), date(2018, 7, 1)),
        (Frequency.FUND_YEAR, date(2018, 7, 1), date(2019, 7, 1)),
        (Frequency.FUND_YEAR, date(2018, 12, 31), date(2019, 7, 1)),
        (Frequency.FUND_YEAR, date(2019, 1, 1), date(2019, 7, 1)),
    ],
)
def test_a_stretch_of_the_calendar_gives_one_right(frequency: Frequency, last: date, again: date) -> None:
    history = drawn(last, "100.00", "100.00")
    early = offer(frequency, history, again - timedelta(days=1))
    assert [(each.code, each.available_from) for each in early.refusals] == [(Code.TOO_EARLY, again)]
    assert offer(frequency, history, again).refusals == ()


def test_a_month_to_the_day_is_not_a_month_of_the_calendar() -> None:
    history = drawn(date(2018, 1, 31), "100.00", "100.00")
    for on, too_early in ((date(2018, 2, 1), True), (date(2018, 2, 28), False)):
        assert bool(offer(Frequency.MONTHS, history, on, months=1).refusals) is too_early
        assert not offer(Frequency.CALENDAR_MONTH, history, on).refusals


@pytest.mark.parametrize(
    ("frequency", "message"),
    [
        (Frequency.CALENDAR_MONTH, "每个自然月可提取一次，您已于2018年10月2日提取，自2018年11月1日起可再次申请。"),
        (Frequency.CALENDAR_QUARTER, "每个自然季度可提取一次，您已于2018年10月2日提取，自2019年1月1日起可再次申请。"),
        (
            Frequency.FUND_YEAR,
            "每个公积金年度（7月1日至次年6月30日）可提取一次，您已于2018年10月2日提取，自2019年7月1日起可再次申请。",
        ),
    ],
)
def test_it_says_which_stretch_and_from_when(frequency: Frequency, message: str) -> None:
    found = offer(frequency, drawn(date(2018, 10, 2), "100.00", "100.00"), date(2018, 10, 25))
    assert [each.message for each in found.refusals] == [message]


@pytest.mark.parametrize(("so_far", "eligible"), [(0, True), (1, True), (2, False), (3, False), (None, True)])
def test_so_many_times_a_year(so_far: int | None, eligible: bool) -> None:
    history = replace(drawn(date(2018, 9, 1), "100.00", "100.00", 5), times_this_year=so_far)
    found = offer(Frequency.CALENDAR_YEAR, history, date(2018, 12, 31), times=2)
    assert found.eligible is eligible
    assert offer(Frequency.CALENDAR_YEAR, history, date(2019, 1, 1), times=2).eligible


def test_the_times_that_were_used_are_counted_in_the_message() -> None:
    history = replace(drawn(date(2018, 9, 1), "100.00", "100.00", 5), times_this_year=2)
    (refusal,) = offer(Frequency.CALENDAR_YEAR, history, date(2018, 12, 31), times=2).refusals
    assert refusal.message == (
        "每个自然年度可提取2次，您已提取2次，最近一次于2018年9月1日提取，自2019年1月1日起可再次申请。"
    )
    assert refusal.available_from == date(2019, 1, 1)


@pytest.mark.parametrize(
    ("frequency", "handed_in", "posted"),
    [
        (Frequency.CALENDAR_MONTH, date(2018, 9, 28), date(2018, 10, 8)),
        (Frequency.CALENDAR_QUARTER, date(2018, 9, 28), date(2018, 10, 8)),
        (Frequency.CALENDAR_YEAR, date(2017, 12, 29), date(2018, 1, 3)),
        (Frequency.FUND_YEAR, date(2018, 6, 29), date(2018, 7, 2)),
    ],
)
def test_a_draw_takes_the_right_of_the_day_on_which_it_was_handed_in(
    frequency: Frequency, handed_in: date, posted: date
) -> None:
    told = replace(drawn(posted, "100.00", "100.00"), handed_in_on=handed_in)
    assert offer(frequency, told, date(2018, 10, 25)).eligible
    assert not offer(frequency, replace(told, handed_in_on=posted), date(2018, 10, 25)).eligible


def test_the_last_draw_at_the_counter_counts_although_its_kind_was_never_drawn_here() -> None:
    policy = practice()
    terms = policy.withdrawals[Kind.HOME_PURCHASE]
    assert terms is not None
    monthly = replace(policy, withdrawals={Kind.HOME_PURCHASE: replace(terms, frequency=Frequency.CALENDAR_MONTH)})
    of = facts(account(), basis(purchases=(home(last_drawn_on=date(2018, 10, 1)),)))
    (refusal,) = withdrawal_offer(Kind.HOME_PURCHASE, monthly, of).refusals
    assert refusal.available_from == date(2018, 11, 1)
