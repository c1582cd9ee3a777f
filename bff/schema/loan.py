"""The housing fund loan (个人住房公积金贷款) and its rows."""

from __future__ import annotations

import datetime
from typing import cast

import strawberry

from bff.resolvers import loan as resolvers
from bff.resolvers.reveal import revealed
from bff.rules import loan as rules
from bff.rules.masking import mask_bank_account
from bff.rules.policy.rates import HomeOrder
from bff.rules.rows import RowState
from bff.schema.account import REVERSES, STATE, Reveal
from bff.schema.connection import DEFAULT_PAGE, After, Connection, First, From, Info, To, connection, slice_of
from bff.schema.enums import register
from bff.schema.record_types import stands_for
from bff.schema.scalars import Money, Rate
from bff.schema.selection import selected_below, selects

register(
    rules.LoanStatus,
    "State of a loan (贷款状态).",
    {
        "AWAITING_DISBURSEMENT": "Granted or being granted, and not paid out yet (待放款).",
        "REPAYING": "Being repaid on time (正常, 贷款中).",
        "OVERDUE": "Installments are in arrears (逾期).",
        "BAD_DEBT": "Written off by the centre, and still owed (呆账).",
        "SETTLED": "Repaid in full (已结清).",
        "CANCELLED": "Never paid out (已作废).",
        "UNKNOWN": "A state that this server does not know (未知).",
    },
)
register(
    rules.RepaymentMethod,
    "How a loan is repaid (还款方式).",
    {
        "EQUAL_INSTALLMENT": "The same installment each period (等额本息).",
        "EQUAL_PRINCIPAL": "The same principal each period (等额本金).",
        "BULLET": "Principal and interest in one payment at the end (一次还款付息，即到期一次性还本付息).",
        "FREE": "As the borrower likes, above a minimum (自由还款).",
        "UNKNOWN": "A way that this server does not know (未知).",
    },
)
RepaymentMethod = rules.RepaymentMethod  # with its descriptions, for other modules
register(
    HomeOrder,
    "Which home of the household a loan is for (住房套数).",
    {
        "FIRST": "The first (首套).",
        "SECOND": "The second, at this rate or more: that of the contract counts (二套，利率不低于公布值，以合同为准).",
    },
)
register(
    rules.RepaymentKind,
    "What a row of the loan's list records (贷款业务明细类型).",
    {
        "DISBURSEMENT": "The loan was paid out (贷款发放).",
        "REGULAR": "An installment (正常还款).",
        "PREPAYMENT": "A repayment ahead of time (提前还款).",
        "OVERDUE": "A repayment of arrears (逾期还款).",
        "FUND_WITHDRAWAL": "A repayment out of the fund account (公积金提取还款).",
        "SETTLEMENT": "The loan was settled (结清).",
        "EXTENSION": "The term was extended (展期).",
        "SHORTENING": "The term was shortened (缩期).",
        "WRITE_OFF": "Written off (核销).",
        "OTHER": "Something else (其他).",
        "UNKNOWN": "A kind that this server does not know (未知).",
    },
)


@strawberry.type(description="The installment that comes next (下期还款).")
class NextInstallment:
    period: int = strawberry.field(description="Number of the period (期次).")
    due_on: datetime.date = strawberry.field(
        description="Nominal day; a weekend moves the debit, not the interest (应还日期)."
    )
    amount: Money = strawberry.field(description="Principal and interest (应还金额).")
    principal: Money = strawberry.field(description="Principal (应还本金).")
    interest: Money = strawberry.field(description="Interest (应还利息).")


@strawberry.type(description="Arrears today (逾期信息).")
class Overdue:
    periods: int = strawberry.field(description="Installments in arrears (逾期期数).")
    amount: Money = strawberry.field(
        description="All that is overdue, penalty interest included (应还逾期总额，含罚息)."
    )
    principal: Money = strawberry.field(description="Principal (逾期本金).")
    interest: Money = strawberry.field(description="Interest (逾期利息).")
    penalty: Money = strawberry.field(description="Penalty interest up to today (罚息).")


@strawberry.type(description="One row of the loan's list (贷款明细).")
class Repayment:
    id: strawberry.ID = strawberry.field(description="The core's serial number (业务流水号).")
    date: datetime.date = strawberry.field(description="Day of posting (记账日期).")
    due_on: datetime.date | None = strawberry.field(description="Nominal day of the installment (应还日期).")
    kind: rules.RepaymentKind = strawberry.field(description="What it was (业务类型).")
    period: int | None = strawberry.field(description="Number of the period, 第21期 (当期期次).")
    periods: int = strawberry.field(description="Periods of the loan, 总120期 (总期数).")
    amount: Money = strawberry.field(description="Amount paid, like its parts below zero in a REVERSAL (发生额).")
    principal: Money = strawberry.field(description="Principal in it (本金).")
    interest: Money = strawberry.field(description="Interest in it (利息).")
    penalty: Money = strawberry.field(description="Penalty interest in it (罚息).")
    balance: Money = strawberry.field(description="Loan balance after it (贷款余额).")
    state: RowState = strawberry.field(description=STATE)
    reverses: strawberry.ID | None = strawberry.field(description=REVERSES)


next_installment_of = stands_for(NextInstallment, rules.NextInstallment)
overdue_of = stands_for(Overdue, rules.Overdue)
repayment_of = stands_for(Repayment, rules.Repayment)


@strawberry.type(description="A housing fund loan (个人住房公积金贷款).")
class Loan:
    number: str = strawberry.field(description="Loan account number (贷款账号).")
    contract_number: str = strawberry.field(description="Contract (借款合同编号).")
    bank_name: str | None = strawberry.field(description="Bank that handles it (贷款银行).")
    full_repayment_account: strawberry.Private[str | None]
    status: rules.LoanStatus = strawberry.field(description="State (贷款状态).")
    amount: Money = strawberry.field(description="Amount paid out (借款金额).")
    balance: Money = strawberry.field(description="Principal still owed (借款余额).")
    annual_rate: Rate = strawberry.field(description="Per cent a year (贷款年利率).")
    method: rules.RepaymentMethod = strawberry.field(description="How it is repaid (还款方式).")
    periods: int = strawberry.field(description="Periods in all (贷款期数).")
    current_period: int = strawberry.field(description="Last period billed (当前期次).")
    disbursed_on: datetime.date = strawberry.field(description="Day of paying out (放款日期).")
    matures_on: datetime.date | None = strawberry.field(description="Day of the last installment (到期日期).")
    next_installment: NextInstallment | None = strawberry.field(
        description="The next installment; null when the loan is settled (下期还款)."
    )
    overdue: Overdue | None = strawberry.field(description="Arrears, null without any (逾期信息).")

    @strawberry.field(description="Account that installments are taken from, masked unless revealed (还款账户).")
    async def repayment_account(self, info: Info, reveal: Reveal = False) -> str | None:
        if self.full_repayment_account is None:
            return None
        if reveal:
            return await revealed(info.context, "repayment account", self.full_repayment_account)
        return mask_bank_account(self.full_repayment_account)

    @strawberry.field(description="Rows posted to the loan, newest first (贷款明细).")
    async def repayments(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None, from_: From = None, to: To = None
    ) -> Connection[Repayment] | None:
        wanted = slice_of(first, after, from_, to)
        with_total = selects(info._raw_info, "totalCount")
        found = await resolvers.repayments(info.context, self.number, wanted, with_total=with_total)
        return cast(Connection[Repayment], connection(found, repayment_of))


UNCHANGING = {"number", "contractNumber", "repayments"}
"""Fields that need no more of a loan than what never changes."""


async def load_loans(info: Info) -> list[Loan]:
    shown = any(field.name not in UNCHANGING for field in selected_below(info._raw_info))
    return [loan_of(record) for record in await resolvers.loans(info.context, shown=shown)]


def loan_of(record: rules.Loan) -> Loan:
    return Loan(
        number=record.number,
        contract_number=record.contract_number,
        bank_name=record.bank_name,
        full_repayment_account=record.repayment_account,
        status=record.status,
        amount=Money(record.amount),
        balance=Money(record.balance),
        annual_rate=Rate(record.annual_rate),
        method=record.method,
        periods=record.periods,
        current_period=record.current_period,
        disbursed_on=record.disbursed_on,
        matures_on=record.matures_on,
        next_installment=next_installment_of(record.next_installment) if record.next_installment else None,
        overdue=overdue_of(record.overdue) if record.overdue else None,
    )
