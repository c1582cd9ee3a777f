"""Limit of rent by the month: policy key `monthly`. Each month that is not drawn yet counts, at most with the rent
itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bff.rules.dates import next_month
from bff.rules.money import ZERO
from bff.rules.policy.withdrawal_terms import MonthlyLimit
from bff.rules.refusal import Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.frequency import taken_on


def of_months(candidate: Candidate, limit: MonthlyLimit) -> tuple[Decimal, Refusal]:
    """Return the limit by months less what others of the household drew for them, and the refusal where that is less
    than the floor."""
    months, yuan = min(_not_drawn(candidate), limit.most_months), _a_month(candidate, limit)
    by_others = _by_others(candidate, months, yuan)
    if months and by_others:
        return months * yuan - by_others, _drawn_by_others(candidate, months, yuan, by_others)
    return months * yuan, _nothing_left(candidate, months, yuan)


def of_a_year(candidate: Candidate, limit: MonthlyLimit) -> Decimal | None:
    """Return `yuan_a_year`, more for those with several children."""
    children = candidate.facts.basis.children or 0
    steps = [step.yuan_a_year for step in limit.children if step.at_least <= children]
    return max((yuan for yuan in (limit.yuan_a_year, *steps) if yuan is not None), default=None)


def _by_others(candidate: Candidate, months: int, yuan: Decimal) -> Decimal:
    """Sum what others drew of the last so many months. A withdrawal can be for months before them, so that all up to
    a month count for no more than the months up to it."""
    first, counted = _number(candidate.facts.today) - months + 1, ZERO
    for draw in sorted(candidate.family_rent, key=lambda draw: draw.handed_in_on):
        if (up_to := _number(draw.handed_in_on) - first + 1) > 0:
            counted = min(counted + draw.amount, up_to * yuan)
    return counted


def _a_month(candidate: Candidate, limit: MonthlyLimit) -> Decimal:
    """Return the limit of a month: more for those with several children, and the rent itself where it is known to be
    less."""
    basis = candidate.facts.basis
    steps = [step.yuan for step in limit.children if step.at_least <= (basis.children or 0)]
    most = max([limit.yuan, *steps])
    return most if basis.monthly_rent is None else min(most, basis.monthly_rent)


def _not_drawn(candidate: Candidate) -> int:
    """Count the calendar months not drawn up to and including the present one: since the last submission, and not
    before the lease. Without either, the present month."""
    today, last, lease = candidate.facts.today, taken_on(candidate), candidate.facts.basis.lease_on
    since_draw = _number(today) - _number(last) if last else None
    since_lease = _number(today) - _number(lease) + 1 if lease else None
    known = [months for months in (since_draw, since_lease) if months is not None]
    return max(min(known, default=1), 0)


def _nothing_left(candidate: Candidate, months: int, yuan: Decimal) -> Refusal:
    today, lease = candidate.facts.today, candidate.facts.basis.lease_on
    if months:
        floor = candidate.terms.floor.normalize()
        message = f"未提取的{months}个月按每月{yuan:.2f}元计算，不足{floor:f}元，暂无可提取的金额。"
        return Refusal(UserErrorCode.LIMIT_REACHED, message, limit=months * yuan)
    if lease and lease > today:
        message = f"您登记的租赁期自{day_in_words(lease)}起，自该日起可申请。"
        return Refusal(UserErrorCode.TOO_EARLY, message, available_from=lease)
    since = next_month(today)
    message = f"{today.year}年{today.month}月的租房额度已提取，自{day_in_words(since)}起可申请。"
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def _drawn_by_others(candidate: Candidate, months: int, yuan: Decimal, by_others: Decimal) -> Refusal:
    since, left = next_month(candidate.facts.today), months * yuan - by_others
    rest = f"，剩余{left:.2f}元，不足{candidate.terms.floor.normalize():f}元" if left > 0 else ""
    message = (
        f"租房额度按家庭计算，您未提取的{months}个月共{months * yuan:.2f}元，其中家庭其他成员已提取{by_others:.2f}元"
        f"（含正在办理的）{rest}，自{day_in_words(since)}起可申请。"
    )
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def _number(day: date) -> int:
    return day.year * 12 + day.month
