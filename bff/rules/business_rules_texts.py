"""Chinese texts of the policy's terms: a row of the business rules for each term of withdrawals and of prepayments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from bff.rules.loans.interest import InterestOn
from bff.rules.loans.prepayment_conditions import KEEP
from bff.rules.policy.model import PrepaymentFee, PrepaymentTerms
from bff.rules.policy.withdrawal_terms import (
    AccountCondition,
    Base,
    Cap,
    Condition,
    Frequency,
    MonthlyLimit,
    PartlyFrozen,
    WithdrawalTerms,
)
from bff.rules.withdrawals.caps import in_yuan
from bff.rules.withdrawals.facts import Relation
from bff.rules.withdrawals.frequency import PERIODS
from bff.rules.withdrawals.time_window import EVENTS

ACCOUNTS: Mapping[AccountCondition, str] = {
    AccountCondition.NORMAL: "正常",
    AccountCondition.SEALED: "封存",
    AccountCondition.NORMAL_OR_SEALED: "正常或者封存",
}

CONDITIONS: Mapping[Condition, str] = {
    Condition.ACTIVE_FUND_LOAN: "有还款中的公积金贷款",
    Condition.NO_ARREARS: "公积金贷款无逾期",
    Condition.NO_OPEN_FUND_LOAN: "无未结清的公积金贷款",
    Condition.NO_OPEN_FAMILY_FUND_LOAN: "本人、配偶均无未结清的公积金贷款，也未作为共同借款人",
    Condition.COMMERCIAL_LOAN: "商业住房贷款已登记",
    Condition.HOUSING_LOAN: "有住房贷款",
    Condition.REGISTERED_CONTRACT: "住房已登记",
    Condition.FIRST_DRAW_AT_COUNTER: "首次提取已在柜台办理",
    Condition.NO_HOME_IN_CITY: "本市无住房",
}

CAPS: Mapping[Cap, str] = {
    Cap.REPAID_IN_12_MONTHS: "近12个月还款额",
    Cap.LOAN_BALANCE: "贷款余额",
    Cap.PRICE_LESS_LOANS_AND_DRAWN: "房价减去贷款和已提取额",
    Cap.COST_LESS_DRAWN: "核定的建房费用减去已提取额",
    Cap.DOWN_PAYMENT_LESS_DRAWN: "首付款减去已提取额",
}

SHARERS: Mapping[Relation, str] = {Relation.SPOUSE: "配偶", Relation.CO_BORROWER: "共同借款人"}


def _conditions(terms: WithdrawalTerms) -> str:
    texts = [CONDITIONS[each] for each in terms.conditions]
    if terms.shared_with:
        texts.append(f"由借款人及其{'、'.join(SHARERS[each] for each in terms.shared_with)}申请")
    if terms.sealed_months:
        texts.append(f"封存满{terms.sealed_months}个月")
    if terms.contribution_months:
        texts.append(f"连续缴存满{terms.contribution_months}个月")
    if terms.partly_frozen is PartlyFrozen.NOTHING:
        texts.append("账户没有冻结金额")
    if terms.window is not None:
        texts.append(f"{EVENTS[terms.window.after]}后{terms.window.months}个月内")
    return "；".join(texts)


def _amount(terms: WithdrawalTerms) -> str:
    """Write the limits of a kind, the least of which applies."""
    texts = ["账户余额" if terms.base is Base.TOTAL else "上年结转余额", *(CAPS[each] for each in terms.caps)]
    if terms.shared_with:
        texts.append("该笔贷款近12个月还款额减去各方近12个月已提取和正在办理的金额")
    if terms.limit is not None:
        texts.append(f"每次{in_yuan(terms.limit)}")
    if terms.limit_a_year is not None:
        texts.append(f"每个自然年度{in_yuan(terms.limit_a_year)}减去当年已提取额")
    if terms.monthly is not None:
        steps = "".join(f"，有{each.at_least}个以上未成年子女的{in_yuan(each.yuan)}" for each in terms.monthly.children)
        texts.append(
            f"每月{in_yuan(terms.monthly.yuan)}{steps}，可累计未提取的月份，最多{terms.monthly.most_months}个月，不超过实际房租"
        )
        if terms.monthly.yuan_a_year is not None:
            texts.append(_rent_a_year(terms.monthly, terms.monthly.yuan_a_year))
    if terms.limits_per_household:
        texts[-1] += "（房租限额按家庭计算，减去家庭其他成员已提取和正在办理的金额）"
    if terms.area_limit is not None:
        texts.append(f"住房面积×{in_yuan(terms.area_limit.yuan)}×{terms.area_limit.times}")
    lesser = texts[0] if len(texts) == 1 else f"下列各项中较小者：{'；'.join(texts)}"
    return f"{lesser}{_kept(terms)}，按{in_yuan(terms.floor)}向下取整"


def _rent_a_year(limit: MonthlyLimit, yuan: Decimal) -> str:
    more = [(each.at_least, each.yuan_a_year) for each in limit.children if each.yuan_a_year is not None]
    steps = "".join(f"，有{children}个以上未成年子女的{in_yuan(most)}" for children, most in more)
    return f"每个自然年度{in_yuan(yuan)}{steps}，减去当年已提取额"


def _kept(terms: WithdrawalTerms) -> str:
    reserve = terms.reserve
    parts = [in_yuan(reserve.amount)] if reserve.amount else []
    if reserve.months_of_contributions:
        parts.append(f"{reserve.months_of_contributions}个月的月缴存额")
    return f"；余额须保留{'和'.join(parts)}" if parts else ""


def _frequency(terms: WithdrawalTerms) -> str:
    texts = {
        Frequency.MONTHS: f"距上次提取满{terms.months}个月",
        Frequency.ONCE: "一次",
        Frequency.ONCE_A_HOME: "每套住房一次",
    }
    times = "一" if terms.times == 1 else terms.times
    texts |= {frequency: f"每个{period.name}{times}次" for frequency, period in PERIODS.items()}
    return texts[terms.frequency] + ("，按家庭计算" if terms.per_household else "")


WITHDRAWAL: Mapping[str, Callable[[WithdrawalTerms], str]] = {
    "依据": lambda terms: terms.article,
    "账户状态": lambda terms: ACCOUNTS[terms.account],
    "办理条件": _conditions,
    "可提取金额": _amount,
    "频次": _frequency,
    "销户": lambda terms: "是，连同利息一并支付" if terms.closes_account else "否",
}


def _partly(terms: PrepaymentTerms) -> str:
    parts = [f"每次不少于{in_yuan(terms.minimum)}"] if terms.minimum else []
    parts.append("须少于贷款余额")
    if terms.multiple:
        parts.append(f"{in_yuan(terms.multiple)}的整数倍")
    if terms.months_after_disbursement:
        parts.append(f"放款满{terms.months_after_disbursement}个月")
    if terms.months_between:
        parts.append(f"距上次提前还款满{terms.months_between}个月")
    if terms.times_a_year:
        parts.append(f"每个自然年度{terms.times_a_year}次")
    if terms.times_in_all:
        parts.append(f"贷款期内{terms.times_in_all}次")
    return f"{'；'.join(parts)}；可选择{'或者'.join(KEEP[each] for each in terms.keep)}"


INTEREST: Mapping[InterestOn, str] = {
    InterestOn.BALANCE: "部分还款时，按全部贷款余额收取计至当日的利息",
    InterestOn.PREPAID: "部分还款时，只收取提前归还部分计至当日的利息（利随本清），其余利息随下期收取",
}


def _fee(fee: PrepaymentFee) -> str:
    share = f"提前归还本金的{fee.per_cent.normalize():f}%" if fee.per_cent else f"每次{in_yuan(fee.yuan)}"
    return share + (f"，放款满{fee.within_months}个月后不收取" if fee.within_months else "")


PREPAYMENT: Mapping[str, Callable[[PrepaymentTerms], str]] = {
    "依据": lambda terms: terms.article,
    "办理条件": lambda terms: (
        "贷款正常，无逾期，没有待入账的还款" + ("，已登记还款账户" if terms.repayment_account_required else "")
    ),
    "部分还款": _partly,
    "结清": lambda terms: (
        "贷款余额及计至当日的利息" + (f"；放款满{terms.months_before_payoff}个月" if terms.months_before_payoff else "")
    ),
    "利息": lambda terms: INTEREST[terms.interest_on],
    "手续费": lambda terms: _fee(terms.fee) if terms.fee else "不收取",
    "应还总额": lambda terms: "本金、利息及手续费须经职工确认后办理" if terms.amount_due_confirmed else "",
    "还款日前后": lambda terms: f"前后{terms.days_around_due}日内不办理" if terms.days_around_due else "",
}
