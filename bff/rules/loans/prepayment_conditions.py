"""Conditions of a partial prepayment and of the payoff, by the keys of policy `prepayment`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from bff.rules.application import Keep
from bff.rules.dates import add_months, next_new_year
from bff.rules.loan import Loan
from bff.rules.loans.schedule import PLANNED
from bff.rules.money import cents
from bff.rules.policy.model import PrepaymentTerms
from bff.rules.refusal import Refusal, UserErrorCode, day_in_words

NOT_POSTED = "您有一期还款正在入账，请在入账后（通常为下一个工作日）再申请。"
KEEP: Mapping[Keep, str] = {Keep.TERM: "减少月还款额", Keep.INSTALLMENT: "缩短还款期限"}
"""What each way to repay a part is called."""


def partial_refusals(loan: Loan, terms: PrepaymentTerms, today: date, amount: Decimal, keep: Keep) -> Iterator[Refusal]:
    if amount < terms.minimum or amount <= 0:
        message = f"部分提前还款每次不少于{terms.minimum:.2f}元。"
        yield Refusal(UserErrorCode.BELOW_MINIMUM, message, "amount", limit=terms.minimum)
    elif terms.multiple is not None and amount % terms.multiple:
        message = f"部分提前还款金额须为{terms.multiple.normalize():f}元的整数倍。"
        yield Refusal(UserErrorCode.INVALID_AMOUNT, message, "amount", limit=terms.multiple)
    if amount >= loan.balance:
        message = f"部分提前还款须少于贷款余额{loan.balance:.2f}元。"
        yield Refusal(UserErrorCode.ABOVE_MAXIMUM, message, "amount", limit=loan.balance)
    if (often := _too_often(loan, terms)) is not None:
        yield often
    since, why = max(_waits(loan, terms, today))
    if today < since:
        message = f"{why}，自{day_in_words(since)}起可申请部分提前还款。"
        yield Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)
    if keep not in terms.keep:
        yield Refusal(UserErrorCode.NOT_OFFERED, f"本中心部分提前还款只能选择{_names(terms.keep)}。", "keep")
    if loan.method not in PLANNED:
        yield Refusal(UserErrorCode.NOT_OFFERED, "您的贷款所用的还款方式不能在线部分提前还款，请到公积金中心柜台办理。")


def partial_possible(loan: Loan, terms: PrepaymentTerms, today: date) -> bool:
    free = max(_waits(loan, terms, today))[0] <= today and _too_often(loan, terms) is None
    return free and least(terms) < loan.balance and loan.method in PLANNED


def least(terms: PrepaymentTerms) -> Decimal:
    """Return the least partial prepayment: the minimum, or the first multiple that is not below it."""
    if terms.multiple is None:
        return terms.minimum
    multiples = (terms.minimum / terms.multiple).to_integral_value(ROUND_CEILING)
    return cents(max(multiples, Decimal(1)) * terms.multiple)


def payoff_refusal(loan: Loan, terms: PrepaymentTerms, today: date) -> Refusal | None:
    """Check policy key `months_before_payoff`."""
    since = add_months(loan.disbursed_on, terms.months_before_payoff)
    if today >= since:
        return None
    message = (
        f"贷款发放（{day_in_words(loan.disbursed_on)}）须满{terms.months_before_payoff}个月，"
        f"自{day_in_words(since)}起可申请结清贷款。"
    )
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def near_due_refusal(due_day: int, terms: PrepaymentTerms, today: date) -> Refusal | None:
    """Check policy key `days_around_due`: no prepayment on the day on which an installment falls due, nor so many
    days before and after it."""
    if not terms.days_around_due:
        return None
    around = timedelta(days=terms.days_around_due)
    due = next((each for each in _due_days(due_day, today) if abs(today - each) <= around), None)
    if due is None:
        return None
    since = due + around + timedelta(days=1)
    message = (
        f"还款日（{day_in_words(due)}）前后{terms.days_around_due}日内不办理提前还款，自{day_in_words(since)}起可申请。"
    )
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def _due_days(due_day: int, today: date) -> Iterable[date]:
    return (add_months(today, months, on=due_day) for months in (-1, 0, 1))


def _waits(loan: Loan, terms: PrepaymentTerms, today: date) -> Iterator[tuple[date, str]]:
    """Yield the first day that policy keys `months_after_disbursement`, `months_between` and `times_a_year` each
    allow, and the reason."""
    months = terms.months_after_disbursement
    why = f"贷款发放（{day_in_words(loan.disbursed_on)}）须满{months}个月"
    yield add_months(loan.disbursed_on, months), why
    last = loan.last_prepaid_on
    if last is None:
        return
    months = terms.months_between
    yield add_months(last, months), f"距上次提前还款（{day_in_words(last)}）须满{months}个月"
    times = max(loan.prepaid_this_year or 0, int(last.year == today.year))
    if terms.times_a_year and times >= terms.times_a_year:
        why = f"每个自然年度可部分提前还款{terms.times_a_year}次，您{today.year}年已办理{times}次"
        yield next_new_year(today), why


def _too_often(loan: Loan, terms: PrepaymentTerms) -> Refusal | None:
    """Check policy key `times_in_all`. A last prepayment counts as one where the core does not count."""
    times = max(loan.prepaid_in_all or 0, int(loan.last_prepaid_on is not None))
    if not terms.times_in_all or times < terms.times_in_all:
        return None
    message = f"贷款期间可部分提前还款{terms.times_in_all}次，您已办理{times}次，不能再次办理。"
    return Refusal(UserErrorCode.LIMIT_REACHED, message, limit=Decimal(terms.times_in_all))


def _names(keep: Iterable[Keep]) -> str:
    return "或".join(f"“{KEEP[each]}”" for each in keep)
