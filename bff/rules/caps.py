"""How much a member may draw: every limit of the policy, and what to say where it leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bff.rules.application import HomeRegistration
from bff.rules.days import next_new_year
from bff.rules.drawing import Drawing
from bff.rules.money import ZERO, floor_to
from bff.rules.policy import AreaLimit, Base, Cap
from bff.rules.refusal import Refusal, UserErrorCode, day_in_words


@dataclass(frozen=True, slots=True)
class Limit:
    """`empty` is why nothing can be drawn when less than the floor is left under it; None where a condition says so."""

    amount: Decimal
    empty: Refusal | None


def amount_and_refusals(drawing: Drawing) -> tuple[Decimal, tuple[Refusal, ...]]:
    """Policy key `floor`: the least limit, rounded down. The refusals are those of the limits that leave nothing."""
    floor = drawing.terms.floor
    limits = tuple(_limits(drawing))
    amount = max(floor_to(min(limit.amount for limit in limits), floor), ZERO)
    empty = tuple(limit.empty for limit in limits if limit.empty and limit.amount < floor)
    return amount, tuple(dict.fromkeys(empty))


def _limits(drawing: Drawing) -> Iterator[Limit]:
    yield _base(drawing)
    yield from (Limit(*CAPS[cap](drawing)) for cap in drawing.terms.caps)
    if drawing.terms.limit is not None:
        yield Limit(drawing.terms.limit, None)
    if drawing.terms.limit_a_year is not None:
        yield _year(drawing, drawing.terms.limit_a_year)
    if drawing.terms.area_limit is not None:
        yield _area(drawing.home, drawing.terms.area_limit)


def _base(drawing: Drawing) -> Limit:
    """Policy keys `base` and `reserve`; never more than the balance."""
    balance, reserve = drawing.facts.account.balance, drawing.terms.reserve
    base, name = balance.total, "账户余额"
    if drawing.terms.base is Base.CARRIED_FORWARD:
        base, name = min(balance.carried_forward, balance.total), "上年结转余额"
    kept = reserve.amount
    if reserve.months_of_contributions:
        monthly = drawing.facts.account.contribution.monthly_amount
        if monthly is None:
            return Limit(ZERO, _nothing("您的月缴存额不详，无法计算须留足的余额，请到公积金中心柜台办理。"))
        kept += monthly * reserve.months_of_contributions
    rest = f"（须留足{kept:.2f}元）" if kept else ""
    return Limit(base - kept, _nothing(f"可提取的{name}{rest}不足{drawing.terms.floor.normalize():f}元。"))


def _year(drawing: Drawing, limit: Decimal) -> Limit:
    """Policy key `limit_a_year`: a calendar year of the core's business date."""
    history, since = drawing.history, next_new_year(drawing.facts.today)
    message = f"本年度可提取额度{limit:.2f}元已用完，请于{day_in_words(since)}起申请。"
    refusal = Refusal(UserErrorCode.LIMIT_REACHED, message, available_from=since, limit=limit)
    return Limit(limit - (history.this_year if history else ZERO), refusal)


def _area(home: HomeRegistration | None, limit: AreaLimit) -> Limit:
    """Policy key `area_limit`."""
    if home is None or home.area is None:
        message = "未查询到您登记的住房面积，请先持证明材料到公积金中心柜台登记。"
        return Limit(ZERO, Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message))
    return Limit(home.area * limit.yuan * limit.times, _nothing("按住房面积计算，没有可提取的金额。"))


def _repaid(drawing: Drawing) -> tuple[Decimal, Refusal | None]:
    """REPAID_IN_12_MONTHS, up to the business date."""
    refusal = _nothing("最近12个月没有足够的还款可供提取，请在还款入账后申请。")
    if drawing.fund_loan:
        return drawing.facts.basis.fund_loan_repaid_in_12_months, refusal
    if drawing.commercial_loan:
        return drawing.commercial_loan.repaid_in_12_months, refusal
    return ZERO, None


def _loan_balance(drawing: Drawing) -> tuple[Decimal, Refusal | None]:
    """LOAN_BALANCE."""
    loan = drawing.fund_loan or drawing.commercial_loan
    return (loan.balance, _nothing("贷款余额已不足以提取。")) if loan else (ZERO, None)


def _price(drawing: Drawing) -> tuple[Decimal, Refusal | None]:
    """PRICE_LESS_LOANS_AND_DRAWN: what the member paid out of his own pocket and has not drawn for yet."""
    home = drawing.home
    if home is None:
        return ZERO, None
    return home.price - home.loans - home.drawn, _used_up("购房款（扣除贷款）", home.price - home.loans)


def _cost(drawing: Drawing) -> tuple[Decimal, Refusal | None]:
    """COST_LESS_DRAWN: the approved cost of a construction."""
    home = drawing.home
    return (home.price - home.drawn, _used_up("核定的建房费用", home.price)) if home else (ZERO, None)


def _down_payment(drawing: Drawing) -> tuple[Decimal, Refusal | None]:
    """DOWN_PAYMENT_LESS_DRAWN: draws of every kind for the home count, since they repaid the same money."""
    home = drawing.home
    if home is None:
        return ZERO, None
    if home.down_payment is None:
        message = "登记的购房信息中没有首付款金额，请到公积金中心柜台补登后再申请。"
        return ZERO, Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message)
    return home.down_payment - home.drawn, _used_up("首付款", home.down_payment)


CAPS: Mapping[Cap, Callable[[Drawing], tuple[Decimal, Refusal | None]]] = {
    Cap.REPAID_IN_12_MONTHS: _repaid,
    Cap.LOAN_BALANCE: _loan_balance,
    Cap.PRICE_LESS_LOANS_AND_DRAWN: _price,
    Cap.COST_LESS_DRAWN: _cost,
    Cap.DOWN_PAYMENT_LESS_DRAWN: _down_payment,
}


def _nothing(message: str) -> Refusal:
    return Refusal(UserErrorCode.NOTHING_AVAILABLE, message)


def _used_up(what: str, limit: Decimal) -> Refusal:
    message = f"{what}{max(limit, ZERO):.2f}元已足额提取，不能再次提取。"
    return Refusal(UserErrorCode.LIMIT_REACHED, message, limit=max(limit, ZERO))
