"""Made-up records of a member for the worked examples of the business rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bff.rules.account import Account, AccountStatus, Balance, BankAccount, ContributionTerms
from bff.rules.application_kinds import ApplicationKind
from bff.rules.dates import add_months
from bff.rules.loan import Loan, LoanStatus, Overdue, RepaymentMethod
from bff.rules.withdrawals.facts import (
    CommercialLoan,
    DrawHistory,
    Facts,
    HomeRegistration,
    Relation,
    SharedLoan,
    WithdrawalBasis,
)


@dataclass(frozen=True, slots=True)
class Person:
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


def loan_of(**changes: object) -> Loan:
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


IN_ARREARS = loan_of(
    status=LoanStatus.OVERDUE,
    overdue=Overdue(2, Decimal("4972.12"), Decimal("3819.74"), Decimal("1115.19"), Decimal("37.19")),
)


def commercial(balance: str, repaid: str) -> CommercialLoan:
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


def home(person: Person, drawn: str = "0.00", *, months_ago: int = 13, first: bool = True) -> HomeRegistration:
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


def repays(of: Person, all_drew: str, history: Mapping[ApplicationKind, DrawHistory] | None = None) -> Facts:
    shared = (_shared(all_drew),)
    return of.facts(loan_of(), fund_loan_repaid_in_12_months=REPAID, shared_loans=shared, history=history or {})


def _shared(drawn: str) -> SharedLoan:
    status, balance = LoanStatus.REPAYING, Decimal("187167.54")
    return SharedLoan("1", Relation.BORROWER, status, "2", balance, REPAID, Decimal(drawn))
