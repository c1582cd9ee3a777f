"""Members as the core describes them, each with what a test needs changed. Everyone is synthetic."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, Unpack

from bff.rules.account import Account, AccountStatus, Balance, BankAccount, ContributionTerms
from bff.rules.application_kinds import ApplicationKind
from bff.rules.loan import Loan, LoanStatus, NextInstallment, Overdue, RepaymentMethod
from bff.rules.policy.loader import load_policy
from bff.rules.policy.model import Policy, PolicyOnDay
from bff.rules.withdrawals.facts import (
    ApplicationInFlight,
    CommercialLoan,
    DrawHistory,
    Facts,
    HomeRegistration,
    Relation,
    RentDraw,
    SharedLoan,
    WithdrawalBasis,
)

TODAY = date(2018, 10, 25)
POLICIES = Path(__file__).parents[2] / "bff/rules/policy"


def policy_text(name: str) -> str:
    return (POLICIES / name).read_text(encoding="utf-8")


def policy(name: str) -> Policy:
    return load_policy(policy_text(name), name)


PRACTICE = policy("practice-centre.toml")
EXAMPLE = policy("example-centre.toml")


def practice(on: date = TODAY) -> PolicyOnDay:
    return PRACTICE.on(on)


def example(on: date = TODAY) -> PolicyOnDay:
    return EXAMPLE.on(on)


def balance(carried_forward: str, current_year: str) -> Balance:
    parts = Decimal(carried_forward), Decimal(current_year)
    return Balance(*parts, sum(parts, Decimal(0)))


class AccountChanges(TypedDict, total=False):
    status: AccountStatus
    balance: Balance
    bank_account: BankAccount | None
    sealed_on: date | None
    contribution: ContributionTerms
    frozen: Decimal | None


CONTRIBUTION = ContributionTerms(Decimal("8858.00"), None, None, Decimal("1063.00"), Decimal("1063.00"), None)


def account(**changes: Unpack[AccountChanges]) -> Account:
    """段小梅's after her draw of 2018-10-23, unless it says otherwise. What is not `frozen` is usable."""
    money, frozen = changes.get("balance", balance("24543.43", "6378.00")), changes.get("frozen")
    return Account(
        number="990000000001",
        holder="段小梅",
        status=changes.get("status", AccountStatus.NORMAL),
        status_code="01",
        opened_on=date(2014, 1, 6),
        employer=None,
        balance=money,
        contribution=changes.get("contribution", CONTRIBUTION),
        bank_account=changes.get("bank_account", BankAccount("1", "云南省农村信用社联社")),
        sealed_on=changes.get("sealed_on"),
        last_withdrawn_on=date(2018, 10, 23),
        closed_on=None,
        business_date=TODAY,
        frozen=frozen,
        usable=None if frozen is None else money.total - frozen,
    )


class BasisChanges(TypedDict, total=False):
    business_date: date
    purchases: tuple[HomeRegistration, ...]
    constructions: tuple[HomeRegistration, ...]
    rent_first_drawn_on: date | None
    commercial_loans: tuple[CommercialLoan, ...]
    history: dict[ApplicationKind, DrawHistory]
    in_flight: ApplicationInFlight | None
    fund_loan_repaid_in_12_months: Decimal
    accrued_interest: Decimal
    monthly_rent: Decimal | None
    lease_on: date | None
    children: int | None
    homes_in_city: int | None
    contribution_months: int | None
    barred_until: date | None
    shared_loans: tuple[SharedLoan, ...] | None
    family_rent: tuple[RentDraw, ...] | None


def basis(**changes: Unpack[BasisChanges]) -> WithdrawalBasis:
    """Of `loan()`, unless it says otherwise, what the member repaid, and nobody has drawn for it."""
    repaid = changes.get("fund_loan_repaid_in_12_months", Decimal("0.00"))
    return WithdrawalBasis(
        business_date=changes.get("business_date", TODAY),
        purchases=changes.get("purchases", ()),
        constructions=changes.get("constructions", ()),
        rent_first_drawn_on=changes.get("rent_first_drawn_on"),
        commercial_loans=changes.get("commercial_loans", ()),
        history=changes.get("history", {}),
        in_flight=changes.get("in_flight"),
        fund_loan_repaid_in_12_months=repaid,
        accrued_interest=changes.get("accrued_interest", Decimal("144.97")),
        monthly_rent=changes.get("monthly_rent"),
        lease_on=changes.get("lease_on"),
        children=changes.get("children"),
        homes_in_city=changes.get("homes_in_city"),
        contribution_months=changes.get("contribution_months"),
        barred_until=changes.get("barred_until"),
        shared_loans=changes.get("shared_loans", (shared_loan(repaid),)),
        family_rent=changes.get("family_rent", ()),
    )


def shared_loan(
    repaid: Decimal,
    drawn: str = "0.00",
    relation: Relation = Relation.BORROWER,
    status: LoanStatus = LoanStatus.REPAYING,
) -> SharedLoan:
    """`loan()` as all who may draw for it share it."""
    return SharedLoan("DK99000001", relation, status, "2", Decimal("187167.54"), repaid, Decimal(drawn))


def drawn(on: date, this_year: str = "0", total: str = "0", count: int = 1) -> DrawHistory:
    return DrawHistory(on, Decimal(this_year), Decimal(total), count)


IN_FLIGHT = ApplicationInFlight("SL2018102500001", ApplicationKind.RENT, datetime(2018, 10, 25, 9, 30))  # noqa: DTZ001


class LoanChanges(TypedDict, total=False):
    status: LoanStatus
    method: RepaymentMethod
    balance: Decimal
    overdue: Overdue | None
    unposted_installments: int
    last_prepaid_on: date | None
    disbursed_on: date
    billed_through: date | None
    next_installment: NextInstallment | None
    prepaid_this_year: int | None
    prepaid_in_all: int | None


NEXT = NextInstallment(23, date(2018, 11, 14), Decimal("2486.06"), Decimal("1909.87"), Decimal("576.19"))


def loan(**changes: Unpack[LoanChanges]) -> Loan:
    """段小梅's after period 22."""
    return Loan(
        number="DK99000001",
        contract_number="JK20161201-0014",
        bank_name="农村信用社",
        repayment_account="6223690000000014",
        status=changes.get("status", LoanStatus.REPAYING),
        status_code="2",
        method=changes.get("method", RepaymentMethod.EQUAL_PRINCIPAL),
        method_code="02",
        amount=Decimal("290000.00"),
        balance=changes.get("balance", Decimal("187167.54")),
        annual_rate=Decimal("3.575"),
        periods=120,
        current_period=22,
        disbursed_on=changes.get("disbursed_on", date(2016, 12, 14)),
        matures_on=date(2026, 12, 14),
        due_day=14,
        settled_on=None,
        billed_through=changes.get("billed_through", date(2018, 10, 14)),
        last_prepaid_on=changes.get("last_prepaid_on", date(2018, 3, 14)),
        unposted_installments=changes.get("unposted_installments", 0),
        next_installment=changes.get("next_installment", NEXT),
        overdue=changes.get("overdue"),
        prepaid_this_year=changes.get("prepaid_this_year"),
        prepaid_in_all=changes.get("prepaid_in_all"),
    )


OVERDUE = Overdue(2, Decimal("4600.00"), Decimal("3800.00"), Decimal("750.00"), Decimal("50.00"))


class HomeChanges(TypedDict, total=False):
    contract_number: str
    price: Decimal
    loans: Decimal
    down_payment: Decimal | None
    first_drawn_on: date | None
    last_drawn_on: date | None
    drawn: Decimal
    drawn_for_down_payment: Decimal
    area: Decimal | None
    contract_on: date | None
    certificate_on: date | None
    property_fee_on: date | None


def home(**changes: Unpack[HomeChanges]) -> HomeRegistration:
    """卢小鹏's: bought for 320000.00 with a loan of 200000.00."""
    return HomeRegistration(
        contract_number=changes.get("contract_number", "GF20170618-0032"),
        price=changes.get("price", Decimal("320000.00")),
        loans=changes.get("loans", Decimal("200000.00")),
        down_payment=changes.get("down_payment", Decimal("120000.00")),
        first_drawn_on=changes.get("first_drawn_on", date(2017, 7, 3)),
        last_drawn_on=changes.get("last_drawn_on", date(2018, 7, 11)),
        drawn=changes.get("drawn", Decimal("30000.00")),
        drawn_for_down_payment=changes.get("drawn_for_down_payment", Decimal("0.00")),
        area=changes.get("area"),
        contract_on=changes.get("contract_on", date(2017, 6, 18)),
        certificate_on=changes.get("certificate_on"),
        property_fee_on=changes.get("property_fee_on"),
    )


class CommercialChanges(TypedDict, total=False):
    contract_number: str
    balance: Decimal
    repaid_in_12_months: Decimal


def commercial_loan(**changes: Unpack[CommercialChanges]) -> CommercialLoan:
    """高小华's: 1989.50 a month."""
    return CommercialLoan(
        contract_number=changes.get("contract_number", "SD20120906-0002"),
        bank_name="建设银行",
        repayment_account="6223690000000055",
        status=LoanStatus.REPAYING,
        status_code="2",
        amount=Decimal("180000.00"),
        balance=changes.get("balance", Decimal("54140.55")),
        monthly_payment=Decimal("1989.50"),
        repaid_in_12_months=changes.get("repaid_in_12_months", Decimal("23874.00")),
    )


def facts(
    an_account: Account | None = None, a_basis: WithdrawalBasis | None = None, loans: tuple[Loan, ...] = ()
) -> Facts:
    return Facts(an_account or account(), a_basis or basis(), loans)
