"""Frequency of withdrawals: policy keys `frequency`, `months` and `times`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bff.rules.application_kinds import ApplicationKind
from bff.rules.dates import add_months, next_fund_year, next_month, next_new_year, next_quarter
from bff.rules.policy.withdrawal_terms import Frequency
from bff.rules.refusal import IN_DOUBT, Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.facts import HomeRegistration


@dataclass(frozen=True, slots=True)
class Period:
    """Period of the calendar that allows a withdrawal; `after` a day is the first day of the next one."""

    name: str
    after: Callable[[date], date]


PERIODS: Mapping[Frequency, Period] = {
    Frequency.CALENDAR_MONTH: Period("自然月", next_month),
    Frequency.CALENDAR_QUARTER: Period("自然季度", next_quarter),
    Frequency.CALENDAR_YEAR: Period("自然年度", next_new_year),
    Frequency.FUND_YEAR: Period("公积金年度（7月1日至次年6月30日）", next_fund_year),
}


def frequency_refusal(candidate: Candidate) -> Refusal | None:
    match candidate.terms.frequency:
        case Frequency.ONCE:
            return _once(candidate)
        case Frequency.ONCE_A_HOME:
            return _once_a_home(candidate)
        case Frequency.MONTHS:
            return _months(candidate)
        case frequency:
            return _period(candidate, PERIODS[frequency])


def _once(candidate: Candidate) -> Refusal | None:
    history = candidate.history
    if history is None or not history.count:
        return None
    message = f"此业务只能办理一次，您已于{day_in_words(history.last_on)}办理。{IN_DOUBT}"
    return Refusal(UserErrorCode.LIMIT_REACHED, message)


def _once_a_home(candidate: Candidate) -> Refusal | None:
    """Check ONCE_A_HOME. Only withdrawals for the down payment count against another one; any withdrawal for the
    home counts against the others."""
    home = candidate.home
    if home is None:
        return None
    if candidate.kind is not ApplicationKind.DOWN_PAYMENT:
        return _drawn_for(home)
    if home.drawn_for_down_payment <= 0:
        return None
    message = f"同一住房只能办理一次首付提取，该住房已办理过。{IN_DOUBT}"
    return Refusal(UserErrorCode.LIMIT_REACHED, message)


def _drawn_for(home: HomeRegistration) -> Refusal | None:
    last = home.last_drawn_on or home.first_drawn_on
    if last is None:
        return None
    message = f"同一住房只能提取一次，该住房已于{day_in_words(last)}提取。{IN_DOUBT}"
    return Refusal(UserErrorCode.LIMIT_REACHED, message)


def _months(candidate: Candidate) -> Refusal | None:
    """Check MONTHS, to the day, from the posting of the last withdrawal."""
    last, months = candidate.last_drawn_on, candidate.terms.months
    if last is None or candidate.facts.today >= (since := add_months(last, months)):
        return None
    message = f"距上次提取（{day_in_words(last)}）须满{months}个月，自{day_in_words(since)}起可申请。"
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def _period(candidate: Candidate, period: Period) -> Refusal | None:
    last, right = candidate.last_drawn_on, taken_on(candidate)
    if last is None or right is None or candidate.facts.today >= (since := period.after(right)):
        return None
    if _times(candidate) < candidate.terms.times:
        return None
    times = "一次" if candidate.terms.times == 1 else f"{candidate.terms.times}次"
    you = "您家庭" if candidate.terms.per_household else "您"
    done = f"{you}已" if candidate.terms.times == 1 else f"{you}已提取{_times(candidate)}次，最近一次"
    message = f"每个{period.name}可提取{times}，{done}于{day_in_words(last)}提取，自{day_in_words(since)}起可再次申请。"
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def taken_on(candidate: Candidate) -> date | None:
    """Return the day whose period the last withdrawal used: that of its submission, whenever it was posted. Where
    the core does not tell it, a withdrawal that was posted this year and does not count for it was submitted last
    year."""
    last, history = candidate.last_drawn_on, candidate.history
    if last is None or history is None or history.last_on != last:
        return last
    if history.handed_in_on is not None:
        return history.handed_in_on
    of_last_year = last.year == candidate.facts.today.year and not history.this_year
    return date(last.year - 1, 12, 31) if of_last_year else last


def _times(candidate: Candidate) -> int:
    """Count the withdrawals of this period: at least the last one, where the core does not count them."""
    history = candidate.history
    return max(1, (history.times_this_year if history else None) or 1)
