"""Made-up members and loans for the worked examples of the business rules: for each kind one without a limit, one
with a binding limit and one refused; for prepayments each way to repay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from bff.rules.account import Account, AccountStatus, Balance, BankAccount, ContributionTerms
from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind
from bff.rules.dates import add_months
from bff.rules.loan import Loan, LoanStatus, Overdue, RepaymentMethod
from bff.rules.loans.prepayment_conditions import KEEP
from bff.rules.withdrawals.facts import (
    CommercialLoan,
    DrawHistory,
    Facts,
    HomeRegistration,
    Relation,
    SharedLoan,
    WithdrawalBasis,
)

Kind = ApplicationKind


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """Example of a withdrawal; `situation` describes `facts` in Chinese."""

    situation: str
    facts: Facts


def examples(kind: ApplicationKind, on: date) -> tuple[WorkedExample, ...]:
    """Return three examples of a kind as of a day."""
    return EXAMPLES[kind](_Person(on))


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
    loan = _loan(disbursed_on=disbursed_on, matures_on=matures_on, due_day=due_on.day, billed_through=due_on)
    part = Decimal("50000.00")
    return (
        PrepaymentExample(f"部分还款50000.00元，{KEEP[Keep.TERM]}", loan, part),
        PrepaymentExample(f"部分还款50000.00元，{KEEP[Keep.INSTALLMENT]}", loan, part, Keep.INSTALLMENT),
        PrepaymentExample("结清", loan),
    )


@dataclass(frozen=True, slots=True)
class _Person:
    """Made-up member with 26043.43 carried forward and 6378.00 of the current year, three contributions of 2126.00,
    as of a day."""

    on: date

    def facts(self, *loans: Loan, account: Mapping[str, object] | None = None, **basis: object) -> Facts:
        of = replace(_account(self.on), **(account or {}))  # type: ignore[arg-type] # fields of the record
        return Facts(of, replace(_basis(self.on), **basis), loans)  # type: ignore[arg-type]

    def ago(self, months: int) -> date:
        return add_months(self.on, -months)

    def drawn(self, months_ago: int, amount: str) -> DrawHistory:
        on, yuan = self.ago(months_ago), Decimal(amount)
        return DrawHistory(on, yuan if on.year == self.on.year else Decimal(0), yuan, 1, on)


SEALED = AccountStatus.SEALED
REPAID = Decimal("32298.50")


def _account(on: date) -> Account:
    months = ContributionTerms(Decimal("8858.00"), None, None, Decimal("1063.00"), Decimal("1063.00"), None)
    balance = Balance(Decimal("26043.43"), Decimal("6378.00"), Decimal("32421.43"))
    bank = BankAccount("6223690000000014", "示例银行")
    status = AccountStatus.NORMAL
    return Account("1", "示例职工", status, "01", None, None, balance, months, bank, None, None, None, on)


def _basis(on: date) -> WithdrawalBasis:
    return WithdrawalBasis(
        on,
        (),
        (),
        None,
        (),
        {},
        None,
        Decimal(0),
        Decimal("157.39"),
        homes_in_city=0,
        contribution_months=57,
        shared_loans=(),
        family_rent=(),
    )


def _loan(**changes: object) -> Loan:
    loan = Loan(
        number="1",
        contract_number="1",
        bank_name=None,
        repayment_account="6223690000000014",
        status=LoanStatus.REPAYING,
        status_code="2",
        method=RepaymentMethod.EQUAL_PRINCIPAL,
        method_code="02",
        amount=Decimal("290000.00"),
        balance=Decimal("187167.54"),
        annual_rate=Decimal("3.575"),
        periods=120,
        current_period=22,
        disbursed_on=date(2016, 12, 14),
        matures_on=date(2026, 12, 14),
        due_day=14,
        settled_on=None,
        billed_through=None,
        last_prepaid_on=None,
        unposted_installments=0,
        next_installment=None,
        overdue=None,
    )
    return replace(loan, **changes)  # type: ignore[arg-type] # fields of the record


IN_ARREARS = _loan(
    status=LoanStatus.OVERDUE,
    overdue=Overdue(2, Decimal("4972.12"), Decimal("3819.74"), Decimal("1115.19"), Decimal("37.19")),
)


def _commercial(balance: str, repaid: str) -> CommercialLoan:
    return CommercialLoan(
        contract_number="SD20150320-0007",
        bank_name="示例银行",
        repayment_account=None,
        status=LoanStatus.REPAYING,
        status_code="2",
        amount=Decimal("180000.00"),
        balance=Decimal(balance),
        monthly_payment=Decimal("1989.50"),
        repaid_in_12_months=Decimal(repaid),
    )


def _home(person: _Person, drawn: str = "0.00", *, months_ago: int = 13, first: bool = True) -> HomeRegistration:
    last = person.ago(months_ago)
    return HomeRegistration(
        contract_number="GF20170618-0032",
        price=Decimal("520000.00"),
        loans=Decimal("290000.00"),
        down_payment=Decimal("230000.00"),
        first_drawn_on=last if first else None,
        last_drawn_on=last if first else None,
        drawn=Decimal(drawn),
        drawn_for_down_payment=Decimal("0.00"),
        area=Decimal("98.00"),
        contract_on=person.ago(6),
        certificate_on=person.ago(2),
    )


def _fund_loan(of: _Person) -> tuple[WorkedExample, ...]:
    kind, drawn = Kind.FUND_LOAN_REPAYMENT, of.drawn(5, "24500.00")
    return (
        WorkedExample("账户正常，公积金贷款按时偿还，近12个月还款32298.50元，未提取过", _repays(of, "0.00")),
        WorkedExample("同上，配偶5个月前提取过24500.00元", _repays(of, "24500.00")),
        WorkedExample("同上，本人5个月前提取过24500.00元", _repays(of, "24500.00", {kind: drawn})),
    )


def _repays(of: _Person, all_drew: str, history: Mapping[ApplicationKind, DrawHistory] | None = None) -> Facts:
    shared = (_shared(all_drew),)
    return of.facts(_loan(), fund_loan_repaid_in_12_months=REPAID, shared_loans=shared, history=history or {})


def _shared(drawn: str) -> SharedLoan:
    status, balance = LoanStatus.REPAYING, Decimal("187167.54")
    return SharedLoan("1", Relation.BORROWER, status, "2", balance, REPAID, Decimal(drawn))


def _commercial_loan(of: _Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "账户正常，商业住房贷款已登记，余额54140.55元，近12个月还款23874.00元",
            of.facts(commercial_loans=(_commercial("54140.55", "23874.00"),)),
        ),
        WorkedExample("同上，贷款余额3180.20元", of.facts(commercial_loans=(_commercial("3180.20", "23874.00"),))),
        WorkedExample("账户正常，商业住房贷款未登记", of.facts()),
    )


def _purchase(of: _Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "购房合同已登记（总价520000.00元，贷款290000.00元），首次提取已在柜台办理，上次提取在13个月前",
            of.facts(purchases=(_home(of),)),
        ),
        WorkedExample("同上，已累计提取221850.00元", of.facts(purchases=(_home(of, "221850.00"),))),
        WorkedExample("购房合同已登记，尚未在柜台办理首次提取", of.facts(purchases=(_home(of, first=False),))),
    )


def _construction(of: _Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "建房合同已登记（核定费用520000.00元），首次提取已在柜台办理，上次提取在13个月前",
            of.facts(constructions=(_home(of),)),
        ),
        WorkedExample("同上，已累计提取512345.00元", of.facts(constructions=(_home(of, "512345.00"),))),
        WorkedExample("同上，上次提取在1个月前", of.facts(constructions=(_home(of, months_ago=1),))),
    )


def _rent(of: _Person) -> tuple[WorkedExample, ...]:
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


def _property_fee(of: _Person) -> tuple[WorkedExample, ...]:
    homes = (_home(of),)
    little = Balance(Decimal("730.00"), Decimal("0.00"), Decimal("730.00"))
    return (
        WorkedExample("账户正常，自住住房已登记（98平方米），本自然年度未提取", of.facts(purchases=homes)),
        WorkedExample("同上，账户余额730.00元", of.facts(account={"balance": little}, purchases=homes)),
        WorkedExample(
            "账户正常，当天已提取过1500.00元",
            of.facts(purchases=homes, history={Kind.PROPERTY_FEE: of.drawn(0, "1500.00")}),
        ),
    )


def _closing(of: _Person) -> tuple[WorkedExample, ...]:
    long, short = ({"status": SEALED, "sealed_on": of.ago(months)} for months in (7, 2))
    return (
        WorkedExample("账户已封存7个月，无公积金贷款，应计利息157.39元", of.facts(account=long)),
        WorkedExample("账户已封存2个月，无公积金贷款", of.facts(account=short)),
        WorkedExample("账户已封存7个月，公积金贷款逾期2期，欠款4972.12元", of.facts(IN_ARREARS, account=long)),
    )


def _down_payment(of: _Person) -> tuple[WorkedExample, ...]:
    return (
        WorkedExample(
            "账户正常，有公积金贷款，购房已登记（首付款230000.00元），未提取过",
            of.facts(_loan(), purchases=(_home(of, first=False),)),
        ),
        WorkedExample("同上，为该住房已累计提取225000.00元", of.facts(_loan(), purchases=(_home(of, "225000.00"),))),
        WorkedExample("账户正常，购房已登记，无住房贷款", of.facts(purchases=(_home(of, first=False),))),
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
