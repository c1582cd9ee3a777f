"""Made-up members and loans for the worked examples of the business rules: for each kind one without a limit, one
with a binding limit and one refused; for prepayments each way to repay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bff.rules.account import Balance
from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind
from bff.rules.business_rules_records import IN_ARREARS, SEALED, Person, commercial, home, loan_of, repays
from bff.rules.dates import add_months
from bff.rules.loan import Loan
from bff.rules.loans.prepayment_conditions import KEEP
from bff.rules.withdrawals.facts import Facts

Kind = ApplicationKind


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """Example of a withdrawal; `situation` describes `facts` in Chinese."""

    situation: str
    facts: Facts


def examples(kind: ApplicationKind, on: date) -> tuple[WorkedExample, ...]:
    """Return three examples of a kind as of a day."""
    return EXAMPLES[kind](Person(on))


@dataclass(frozen=True, slots=True)
class PrepaymentExample:
    """Example of a prepayment; without an `amount` it settles the loan."""

    situation: str
    loan: Loan
    amount: Decimal | None = None
    keep: Keep = Keep.TERM


def prepayment_examples(on: date) -> tuple[PrepaymentExample, ...]:
    """Return examples for a loan with 98 installments left, the last of which fell due eleven days before."""
    due_on = on - timedelta(days=11)
    disbursed_on = add_months(due_on, -22)
    matures_on = add_months(disbursed_on, 120)
    loan = loan_of(disbursed_on=disbursed_on, matures_on=matures_on, due_day=due_on.day, billed_through=due_on)
    part = Decimal("50000.00")
    return (
        PrepaymentExample(f"部分还款50000.00元，{KEEP[Keep.TERM]}", loan, part),
        PrepaymentExample(f"部分还款50000.00元，{KEEP[Keep.INSTALLMENT]}", loan, part, Keep.INSTALLMENT),
        PrepaymentExample("结清", loan),
    )


def _fund_loan(of: Person) -> tuple[WorkedExample, ...]:
    kind, drawn = Kind.FUND_LOAN_REPAYMENT, of.drawn(5, "24500.00")
    return (
        WorkedExample("账户正常，公积金贷款按时偿还，近12个月还款32298.50元，未提取过", repays(of, "0.00")),
        WorkedExample("同上，配偶5个月前提取过24500.00元", repays(of, "24500.00")),
        WorkedExample("同上，本人5个月前提取过24500.00元", repays(of, "24500.00", {kind: drawn})),
    )


def _commercial_loan(of: Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "账户正常，商业住房贷款已登记，余额54140.55元，近12个月还款23874.00元",
            of.facts(commercial_loans=(commercial("54140.55", "23874.00"),)),
        ),
        WorkedExample("同上，贷款余额3180.20元", of.facts(commercial_loans=(commercial("3180.20", "23874.00"),))),
        WorkedExample("账户正常，商业住房贷款未登记", of.facts()),
    )


def _purchase(of: Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "购房合同已登记（总价520000.00元，贷款290000.00元），首次提取已在柜台办理，上次提取在13个月前",
            of.facts(purchases=(home(of),)),
        ),
        WorkedExample("同上，已累计提取221850.00元", of.facts(purchases=(home(of, "221850.00"),))),
        WorkedExample("购房合同已登记，尚未在柜台办理首次提取", of.facts(purchases=(home(of, first=False),))),
    )


def _construction(of: Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "建房合同已登记（核定费用520000.00元），首次提取已在柜台办理，上次提取在13个月前",
            of.facts(constructions=(home(of),)),
        ),
        WorkedExample("同上，已累计提取512345.00元", of.facts(constructions=(home(of, "512345.00"),))),
        WorkedExample("同上，上次提取在1个月前", of.facts(constructions=(home(of, months_ago=1),))),
    )


def _rent(of: Person) -> tuple[WorkedExample, ...]:
    first = of.ago(20)
    return (
        WorkedExample(
            "账户正常，首次提取已在柜台办理，上次提取在14个月前，本市无住房、无公积金贷款，家庭其他成员未提取过",
            of.facts(rent_first_drawn_on=first, history={Kind.RENT: of.drawn(14, "9000.00")}),
        ),
        WorkedExample(
            "同上，上次提取在4个月前，提取9500.00元",
            of.facts(rent_first_drawn_on=first, history={Kind.RENT: of.drawn(4, "9500.00")}),
        ),
        WorkedExample(
            "账户已封存，其余同上",
            of.facts(account={"status": SEALED, "sealed_on": of.ago(1)}, rent_first_drawn_on=first),
        ),
    )


def _property_fee(of: Person) -> tuple[WorkedExample, ...]:
    homes = (home(of),)
    little = Balance(Decimal("730.00"), Decimal("0.00"), Decimal("730.00"))
    return (
        WorkedExample("账户正常，自住住房已登记（98平方米），本自然年度未提取", of.facts(purchases=homes)),
        WorkedExample("同上，账户余额730.00元", of.facts(account={"balance": little}, purchases=homes)),
        WorkedExample(
            "账户正常，当天已提取过1500.00元",
            of.facts(purchases=homes, history={Kind.PROPERTY_FEE: of.drawn(0, "1500.00")}),
        ),
    )


def _closing(of: Person) -> tuple[WorkedExample, ...]:
    long, short = ({"status": SEALED, "sealed_on": of.ago(months)} for months in (7, 2))
    return (
        WorkedExample("账户已封存7个月，无公积金贷款，应计利息157.39元", of.facts(account=long)),
        WorkedExample("账户已封存2个月，无公积金贷款", of.facts(account=short)),
        WorkedExample("账户已封存7个月，公积金贷款逾期2期，欠款4972.12元", of.facts(IN_ARREARS, account=long)),
    )


def _down_payment(of: Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "账户正常，有公积金贷款，购房已登记（首付款230000.00元），未提取过",
            of.facts(loan_of(), purchases=(home(of, first=False),)),
        ),
        WorkedExample("同上，为该住房已累计提取225000.00元", of.facts(loan_of(), purchases=(home(of, "225000.00"),))),
        WorkedExample("账户正常，购房已登记，无住房贷款", of.facts(purchases=(home(of, first=False),))),
    )


EXAMPLES = {
    Kind.FUND_LOAN_REPAYMENT: _fund_loan,
    Kind.COMMERCIAL_LOAN_REPAYMENT: _commercial_loan,
    Kind.HOME_PURCHASE: _purchase,
    Kind.HOME_CONSTRUCTION: _construction,
    Kind.RENT: _rent,
    Kind.PROPERTY_FEE: _property_fee,
    Kind.RETIREMENT: _closing,
    Kind.UNEMPLOYMENT: _closing,
    Kind.DOWN_PAYMENT: _down_payment,
}
