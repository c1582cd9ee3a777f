"""Amount of a withdrawal: every limit of the policy, and the refusal where a limit leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bff.rules.dates import next_new_year
from bff.rules.money import ZERO, floor_to
from bff.rules.policy.withdrawal_terms import AreaLimit, Base, Cap
from bff.rules.refusal import Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.monthly_rent import of_a_year, of_months


@dataclass(frozen=True, slots=True)
class Limit:
    """Limit of a withdrawal; `empty` is the refusal when less than the floor is left under it; None where a
    condition says so."""

    amount: Decimal
    empty: Refusal | None


def amount_and_refusals(candidate: Candidate) -> tuple[Decimal, tuple[Refusal, ...]]:
    """Return the least limit, rounded down to policy key `floor`, and the refusals of the limits that leave nothing."""
    floor = candidate.terms.floor
    limits = tuple(_limits(candidate))
    amount = max(floor_to(min(limit.amount for limit in limits), floor), ZERO)
    empty = tuple(limit.empty for limit in limits if limit.empty and limit.amount < floor)
    return amount, tuple(dict.fromkeys(empty))


def _limits(candidate: Candidate) -> Iterator[Limit]:
    yield _base(candidate)
    yield from (Limit(*CAPS[cap](candidate)) for cap in candidate.terms.caps)
    if candidate.terms.limit is not None:
        yield Limit(candidate.terms.limit, None)
    if candidate.terms.limit_a_year is not None:
        yield _year(candidate, candidate.terms.limit_a_year)
    if candidate.terms.monthly is not None:
        yield Limit(*of_months(candidate, candidate.terms.monthly))
        if (year := of_a_year(candidate, candidate.terms.monthly)) is not None:
            yield _year(candidate, year)
    if candidate.terms.limits_per_household and candidate.facts.basis.family_rent is None:
        yield Limit(ZERO, _nothing("暂未查询到您家庭其他成员的租房提取情况，请到公积金中心柜台核实。"))
    if candidate.terms.area_limit is not None:
        yield _area(candidate, candidate.terms.area_limit)


def _base(candidate: Candidate) -> Limit:
    """Apply policy keys `base` and `reserve`; never more than what is usable of the balance. A frozen sum is no
    reserve: it may leave any day."""
    balance, reserve = candidate.facts.account.balance, candidate.terms.reserve
    base, name = balance.total, "账户余额"
    if candidate.terms.base is Base.CARRIED_FORWARD:
        base, name = min(balance.carried_forward, balance.total), "上年结转余额"
    if (usable := candidate.facts.account.usable) is not None and usable < base:
        base, name = usable, "账户可用余额（不含冻结金额）"
    kept = reserve.amount
    if reserve.months_of_contributions:
        monthly = candidate.facts.account.contribution.monthly_amount
        if monthly is None:
            return Limit(ZERO, _nothing("暂未查询到您的月缴存额，无法计算须保留的余额，请到公积金中心柜台核实。"))
        kept += monthly * reserve.months_of_contributions
    less = f"扣除须保留的{kept:.2f}元后，" if kept else ""
    floor = candidate.terms.floor
    return Limit(base - kept, _nothing(f"您的{name}{less}不足{in_yuan(floor)}，暂无可提取的金额。", floor))


def _year(candidate: Candidate, limit: Decimal) -> Limit:
    """Apply policy keys `limit_a_year` and `monthly.yuan_a_year`: a calendar year of the core's business date."""
    history, since = candidate.history, next_new_year(candidate.facts.today)
    year = candidate.facts.today.year
    by_others = sum((each.amount for each in candidate.family_rent if each.handed_in_on.year == year), ZERO)
    left = limit - (history.this_year if history else ZERO) - by_others
    others = f"（家庭其他成员已提取{by_others:.2f}元，含正在办理的）" if by_others else ""
    message = f"{year}年可提取额度{limit:.2f}元{_left(candidate, left)}{others}，自{day_in_words(since)}起可申请。"
    refusal = Refusal(UserErrorCode.LIMIT_REACHED, message, available_from=since, limit=limit)
    return Limit(left, refusal)


def _area(candidate: Candidate, limit: AreaLimit) -> Limit:
    """Apply policy key `area_limit`."""
    home = candidate.home
    if home is None or home.area is None:
        message = "未查询到您登记的住房面积，请先持证明材料到公积金中心柜台登记。"
        return Limit(ZERO, Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message))
    return Limit(
        home.area * limit.yuan * limit.times, _nothing("按住房面积计算，没有可提取的金额。", candidate.terms.floor)
    )


def _repaid(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply REPAID_IN_12_MONTHS, up to the business date."""
    if candidate.terms.shared_with and (candidate.fund_loan or candidate.shared):
        return _shared(candidate)
    return _repaid_by_member(candidate)


def _shared(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply policy key `shared_with`: what was repaid less what all drew, and for a borrower not twice for one
    repayment."""
    loan, floor = candidate.shared, candidate.terms.floor
    if loan is None:
        message = "暂未查询到您的贷款由哪些人共同提取，无法计算可提取额度，请到公积金中心柜台核实。"
        return ZERO, _nothing(message)
    left = loan.repaid_in_12_months - loan.drawn_in_12_months
    if candidate.fund_loan and (own := _repaid_by_member(candidate))[0] <= left:
        return own
    if not loan.drawn_in_12_months:
        return left, _too_little_repaid(floor)
    message = (
        f"该笔贷款近12个月的还款额{loan.repaid_in_12_months:.2f}元由借款人、配偶等共同提取（含正在办理的）"
        f"{_left(candidate, left)}，请在后续还款入账后再申请。"
    )
    return left, Refusal(UserErrorCode.LIMIT_REACHED, message, limit=loan.repaid_in_12_months)


def _too_little_repaid(floor: Decimal) -> Refusal:
    return _nothing(f"您近12个月的还款额不足{in_yuan(floor)}，请在后续还款入账后再申请。", floor)


def _repaid_by_member(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Return what was repaid of all own loans out of the fund since the last withdrawal."""
    refusal = _too_little_repaid(candidate.terms.floor)
    if candidate.fund_loan:
        return candidate.facts.basis.fund_loan_repaid_in_12_months, refusal
    if candidate.commercial_loan:
        return candidate.commercial_loan.repaid_in_12_months, refusal
    return ZERO, None


def _loan_balance(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply LOAN_BALANCE."""
    loan = candidate.fund_loan or candidate.commercial_loan or candidate.shared
    if loan is None:
        return ZERO, None
    floor = candidate.terms.floor
    return loan.balance, _nothing(f"您的贷款余额不足{in_yuan(floor)}，不再符合提取条件，请直接还清贷款。", floor)


def _price(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply PRICE_LESS_LOANS_AND_DRAWN: what the member paid out of pocket and has not drawn for yet."""
    home = candidate.home
    if home is None:
        return ZERO, None
    return _less_drawn(candidate, "购房款（扣除贷款）", home.price - home.loans, home.drawn)


def _cost(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply COST_LESS_DRAWN: the approved cost of a construction."""
    home = candidate.home
    return _less_drawn(candidate, "核定的建房费用", home.price, home.drawn) if home else (ZERO, None)


def _down_payment(candidate: Candidate) -> tuple[Decimal, Refusal | None]:
    """Apply DOWN_PAYMENT_LESS_DRAWN: withdrawals of every kind for the home count, since they repaid one sum of
    money."""
    home = candidate.home
    if home is None:
        return ZERO, None
    if home.down_payment is None:
        message = "登记的购房信息中没有首付款金额，请到公积金中心柜台补登后再申请。"
        return ZERO, Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message)
    return _less_drawn(candidate, "首付款", home.down_payment, home.drawn)


CAPS: Mapping[Cap, Callable[[Candidate], tuple[Decimal, Refusal | None]]] = {
    Cap.REPAID_IN_12_MONTHS: _repaid,
    Cap.LOAN_BALANCE: _loan_balance,
    Cap.PRICE_LESS_LOANS_AND_DRAWN: _price,
    Cap.COST_LESS_DRAWN: _cost,
    Cap.DOWN_PAYMENT_LESS_DRAWN: _down_payment,
}


def _nothing(message: str, least: Decimal | None = None) -> Refusal:
    return Refusal(UserErrorCode.NOTHING_AVAILABLE, message, limit=least)


def _less_drawn(candidate: Candidate, what: str, limit: Decimal, drawn: Decimal) -> tuple[Decimal, Refusal]:
    left = limit - drawn
    message = f"{what}{max(limit, ZERO):.2f}元{_left(candidate, left)}，不能再次提取。"
    return left, Refusal(UserErrorCode.LIMIT_REACHED, message, limit=max(limit, ZERO))


def _left(candidate: Candidate, left: Decimal) -> str:
    """Write what is left: a rest below the floor is not nothing."""
    floor = in_yuan(candidate.terms.floor)
    return f"的剩余可提取额为{left:.2f}元，不足{floor}" if left > 0 else "已提满"


def in_yuan(amount: Decimal) -> str:
    """Write an amount as 100元 or 0.01元."""
    return f"{amount.normalize():f}元"
