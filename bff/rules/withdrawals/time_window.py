"""Time window in which a home may be drawn for: policy key `window`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bff.rules.application_kinds import WITHDRAWALS
from bff.rules.dates import add_months
from bff.rules.policy.withdrawal_terms import WindowStart
from bff.rules.refusal import IN_DOUBT, Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.facts import HomeRegistration

EVENTS: Mapping[WindowStart, str] = {
    WindowStart.CONTRACT: "合同签订",
    WindowStart.CERTIFICATE: "不动产权证登记",
}


def window_refusal(candidate: Candidate) -> Refusal | None:
    """Check policy key `window`. A home that is not registered is another refusal. The last day is the one that
    corresponds to the first (民法典 202), so that a contract of 18 June 2017 can be drawn for up to and on 18 June
    2018."""
    window, home = candidate.terms.window, candidate.home
    if window is None or home is None:
        return None
    event, start = EVENTS[window.after], _start(home, window.after)
    if start is None:
        message = f"登记的住房信息中没有{event}日期，请先到公积金中心柜台补登后再申请。"
        return Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message)
    until = add_months(start, window.months)
    if candidate.facts.today <= until:
        return None
    name, months = WITHDRAWALS[candidate.kind].name, window.months
    message = (
        f"{name}须在{event}（{day_in_words(start)}）后{months}个月内申请，期限已于{day_in_words(until)}届满。{IN_DOUBT}"
    )
    return Refusal(UserErrorCode.TOO_LATE, message)


def _start(home: HomeRegistration, after: WindowStart) -> date | None:
    return home.contract_on if after is WindowStart.CONTRACT else home.certificate_on
