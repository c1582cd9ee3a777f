"""The public calculators (便民计算器): nobody's data, the centre's way of counting."""

from __future__ import annotations

import datetime
from typing import Annotated, cast

import strawberry

from bff.resolvers import calculator as resolvers
from bff.rules import loan as loan_rules
from bff.rules.application import Keep
from bff.rules.loans.borrowing_capacity import Borrowing as BorrowingRecord
from bff.rules.loans.borrowing_capacity import BorrowingRequest
from bff.rules.loans.calculators import CombinedPlan as CombinedPlanRecord
from bff.rules.loans.calculators import PlanRequest
from bff.rules.loans.calculators import RepaymentPlan as RepaymentPlanRecord
from bff.rules.loans.prepayment_calculator import PrepaymentRequest
from bff.rules.loans.prepayment_schedule import Prepayment
from bff.rules.loans.schedule import total_interest, total_paid
from bff.rules.policy.model import Supplement
from bff.rules.policy.rates import HomeOrder
from bff.schema import costs
from bff.schema.connection import Info
from bff.schema.enums import register
from bff.schema.loan import RepaymentMethod
from bff.schema.scalars import Money, Rate

PERIODS = "Months, 1 to 360 (贷款期数)."
METHOD = "EQUAL_INSTALLMENT or EQUAL_PRINCIPAL (还款方式)."
RATE = "Per cent a year; either this or homeOrder (年利率)."
ORDER = "The fund's rate for this home; either this or annualRate (住房套数)."

register(
    Supplement,
    "What may raise the cap of a loan (额度上浮条件).",
    {
        "SEVERAL_CHILDREN": "A family with two children or more (多子女家庭).",
        "GREEN_BUILDING": "A green building (绿色建筑).",
        "COMPLETED_HOME": "A new home that is completed when it is sold (新建商品房现房).",
        "TALENT": "Somebody whom the city recognizes as a talent (高层次人才).",
    },
    name="LoanCapSupplement",
)


@strawberry.input(description="A loan to plan (还款试算条件).")
class RepaymentPlanInput:
    principal: Money = strawberry.field(description="Amount lent (贷款金额).")
    periods: int = strawberry.field(description=PERIODS)
    method: RepaymentMethod = strawberry.field(description=METHOD)
    home_order: HomeOrder | None = strawberry.field(default=None, description=ORDER)
    annual_rate: Rate | None = strawberry.field(default=None, description=RATE)
    start_on: datetime.date | None = strawberry.field(
        default=None,
        description="From when interest runs: the plan then has days and is billed as the centre bills the method. "
        "Without it each month is a twelfth of a year (起息日).",
    )
    due_day: int | None = strawberry.field(
        default=None,
        description="Day of the month, 1 to 31 or its last; else the day of startOn (还款日).",
    )


@strawberry.input(description="A bank's part of a combined loan; it falls due with the fund's (商业贷款部分).")
class CommercialPartInput:
    principal: Money = strawberry.field(description="Amount lent (贷款金额).")
    periods: int = strawberry.field(description=PERIODS)
    method: RepaymentMethod = strawberry.field(description=METHOD)
    annual_rate: Rate = strawberry.field(description="Per cent a year (年利率).")


@strawberry.input(description="A combined loan to plan (组合贷款试算条件).")
class CombinedPlanInput:
    fund: RepaymentPlanInput = strawberry.field(description="Part out of the fund (公积金贷款部分).")
    commercial: CommercialPartInput = strawberry.field(description="Part of a bank (商业贷款部分).")


@strawberry.input(description="A prepayment to plan (提前还款试算条件).")
class PrepaymentPlanInput:
    balance: Money = strawberry.field(description="Principal owed after the last due date (贷款余额).")
    remaining_periods: int = strawberry.field(description="Periods left, 1 to 360 (剩余期数).")
    method: RepaymentMethod = strawberry.field(description=METHOD)
    home_order: HomeOrder | None = strawberry.field(
        default=None,
        description="The fund's rate for this home over five years, as repriced on the last 1 January; either this or "
        "annualRate (住房套数).",
    )
    annual_rate: Rate | None = strawberry.field(default=None, description=RATE)
    last_due_on: datetime.date = strawberry.field(description="Nominal day of the last installment (上期还款日).")
    paid_on: datetime.date = strawberry.field(description="Day of prepaying, before the next due date (提前还款日).")
    amount: Money | None = strawberry.field(
        default=None, description="Principal to prepay; null for all of it (提前还款金额)."
    )
    keep: Keep = strawberry.field(
        default=Keep.TERM,
        description="Smaller installments, or a shorter term (提前还款方式：减少月还款额或缩短还款期限).",
    )
    due_day: int | None = strawberry.field(
        default=None,
        description="Day of the month, 1 to 31 or its last; else that of lastDueOn, which in February may not be the "
        "loan's (还款日).",
    )


@strawberry.input(description="A household that wants to borrow (可贷额度试算条件).")
class BorrowingCapacityInput:
    balance: Money = strawberry.field(description="In the household's fund accounts (账户余额).")
    monthly_income: Money = strawberry.field(description="Of the household (家庭月收入).")
    other_monthly_payments: Money = strawberry.field(description="On its other debts (其他月还款).")
    periods: int = strawberry.field(description=PERIODS)
    method: RepaymentMethod = strawberry.field(description=METHOD)
    home_order: HomeOrder | None = strawberry.field(default=None, description=ORDER)
    annual_rate: Rate | None = strawberry.field(default=None, description=RATE)
    couple: bool | None = strawberry.field(default=None, description="Both spouses pay into the fund (夫妻双方缴存).")
    price: Money | None = strawberry.field(default=None, description="Of the home (房屋总价).")
    age: int | None = strawberry.field(default=None, description="Of the borrower, years (借款人年龄).")
    months_contributed: int | None = strawberry.field(default=None, description="In a row, until now (连续缴存月数).")
    supplements: list[Supplement] | None = strawberry.field(
        default=None, description="What raises the centre's cap, where the centre knows it (额度上浮条件)."
    )


@strawberry.type(description="One period of a plan (每期还款).")
class Installment:
    period: int = strawberry.field(description="Number of the period (期次).")
    due_on: datetime.date | None = strawberry.field(description="Nominal day; null without a start (应还日期).")
    amount: Money = strawberry.field(description="Principal and interest (应还金额).")
    principal: Money = strawberry.field(description="Principal (应还本金).")
    interest: Money = strawberry.field(description="Interest (应还利息).")
    balance: Money = strawberry.field(description="Principal left after it (贷款余额).")


@strawberry.type(description="A repayment plan (还款计划).")
class RepaymentPlan:
    annual_rate: Rate | None = strawberry.field(description="Per cent a year; null for the sum of two loans (年利率).")
    total_paid: Money = strawberry.field(description="Principal and interest (还款总额).")
    total_interest: Money = strawberry.field(description="Interest (利息总额).")
    note: str = strawberry.field(
        description="The rate that was counted with, and from when another one holds, to be shown with it (利率说明)."
    )
    installments: list[Installment] = strawberry.field(
        description="Period by period (各期还款).", metadata=costs.PLAN_ROWS
    )


@strawberry.type(description="A combined loan's plan (组合贷款还款计划).")
class CombinedPlan:
    fund: RepaymentPlan = strawberry.field(description="Part out of the fund (公积金贷款部分).")
    commercial: RepaymentPlan = strawberry.field(description="Part of the bank (商业贷款部分).")
    total: RepaymentPlan = strawberry.field(description="Both, month by month (合计).")


@strawberry.type(description="Installments before or after a prepayment (提前还款前后的还款计划).")
class Remainder:
    total_paid: Money = strawberry.field(description="Principal and interest (还款总额).")
    total_interest: Money = strawberry.field(description="Interest (利息总额).")
    installments: list[Installment] = strawberry.field(
        description="Period by period (各期还款).", metadata=costs.PLAN_ROWS
    )


@strawberry.type(description="Effect of a planned prepayment (提前还款试算).")
class PrepaymentPlan:
    amount_due: Money = strawberry.field(
        description="Principal prepaid and the interest since the last due date, without the centre's fee "
        "(本次应还总额，不含手续费)."
    )
    balance: Money = strawberry.field(description="Principal left (贷款余额).")
    remaining_periods: int = strawberry.field(description="Periods left, none once settled (剩余期数).")
    interest_saved: Money = strawberry.field(description="Interest saved by prepaying (节省利息).")
    matures_on: datetime.date = strawberry.field(description="Day of the last payment (到期日期).")
    note: str = strawberry.field(
        description="The rate that was counted with, and from when another one holds, to be shown with it (利率说明)."
    )
    before: Remainder = strawberry.field(description="Without the prepayment (提前还款前).")
    after: Remainder = strawberry.field(description="With it (提前还款后).")


@strawberry.type(description="Most that a household may borrow from the fund, and each limit (可贷额度).")
class BorrowingCapacity:
    amount: Money = strawberry.field(description="The least of the limits, rounded down (可贷金额).")
    by_balance: Money = strawberry.field(description="A multiple of the accounts' balance (按账户余额倍数).")
    by_payment: Money = strawberry.field(description="What the share of the income can repay (按月还款能力).")
    by_cap: Money = strawberry.field(description="The centre's cap (最高贷款额度).")
    annual_rate: Rate = strawberry.field(description="Per cent a year that was counted with (年利率).")
    by_price: Money | None = strawberry.field(
        description="The price less the down payment; null where one of them is not known (按房价).",
    )


@strawberry.type
class CalculatorQuery:
    @strawberry.field(description="Repayment plan of a loan, period by period (贷款还款试算).", metadata=costs.ONE_PLAN)
    async def repayment_plan(
        self,
        info: Info,
        input: Annotated[RepaymentPlanInput, strawberry.argument(description="The loan (试算条件).")],
    ) -> RepaymentPlan | None:
        return _plan(await resolvers.repayment_plan(info.context, _plan_request(input)))

    @strawberry.field(
        description="Repayment plan of a combined loan: fund part, commercial part and their sum (组合贷款还款试算).",
        metadata=costs.THREE_PLANS,
    )
    async def combined_plan(
        self,
        info: Info,
        input: Annotated[CombinedPlanInput, strawberry.argument(description="Both parts (试算条件).")],
    ) -> CombinedPlan | None:
        bank = input.commercial
        commercial = PlanRequest(bank.principal, bank.periods, bank.method, annual_rate=bank.annual_rate)
        return _combined(await resolvers.combined_plan(info.context, _plan_request(input.fund), commercial))

    @strawberry.field(
        description="Repayment plan before and after a prepayment, and the interest saved (提前还款试算).",
        metadata=costs.TWO_PLANS,
    )
    async def prepayment_plan(
        self,
        info: Info,
        input: Annotated[PrepaymentPlanInput, strawberry.argument(description="The prepayment (试算条件).")],
    ) -> PrepaymentPlan | None:
        return _prepayment(await resolvers.prepayment_plan(info.context, _prepayment_request(input)))

    @strawberry.field(description="Most that a household may borrow from the fund (可贷额度试算).")
    async def borrowing_capacity(
        self,
        info: Info,
        input: Annotated[BorrowingCapacityInput, strawberry.argument(description="The household (试算条件).")],
    ) -> BorrowingCapacity | None:
        return _capacity(await resolvers.borrowing(info.context, _borrowing_request(input)))


def _plan_request(asked: RepaymentPlanInput) -> PlanRequest:
    return PlanRequest(
        principal=asked.principal,
        periods=asked.periods,
        method=asked.method,
        annual_rate=asked.annual_rate,
        home_order=asked.home_order,
        start_on=asked.start_on,
        due_day=asked.due_day,
    )


def _prepayment_request(asked: PrepaymentPlanInput) -> PrepaymentRequest:
    return PrepaymentRequest(
        balance=asked.balance,
        remaining_periods=asked.remaining_periods,
        method=asked.method,
        last_due_on=asked.last_due_on,
        paid_on=asked.paid_on,
        annual_rate=asked.annual_rate,
        home_order=asked.home_order,
        amount=asked.amount,
        keep=asked.keep,
        due_day=asked.due_day,
    )


def _borrowing_request(asked: BorrowingCapacityInput) -> BorrowingRequest:
    return BorrowingRequest(
        balance=asked.balance,
        monthly_income=asked.monthly_income,
        other_monthly_payments=asked.other_monthly_payments,
        periods=asked.periods,
        method=asked.method,
        annual_rate=asked.annual_rate,
        home_order=asked.home_order,
        couple=bool(asked.couple),
        price=asked.price,
        age=asked.age,
        months_contributed=asked.months_contributed,
        supplements=tuple(asked.supplements or ()),
    )


def _installments(rows: tuple[loan_rules.Installment, ...]) -> list[Installment]:
    return [
        Installment(
            period=row.period,
            due_on=row.due_on,
            amount=Money(row.amount),
            principal=Money(row.principal),
            interest=Money(row.interest),
            balance=Money(row.balance),
        )
        for row in rows
    ]


def _plan(record: RepaymentPlanRecord) -> RepaymentPlan:
    return RepaymentPlan(
        annual_rate=cast(Rate | None, record.annual_rate),
        total_paid=Money(record.total_paid),
        total_interest=Money(record.total_interest),
        note=record.note,
        installments=_installments(record.installments),
    )


def _combined(record: CombinedPlanRecord) -> CombinedPlan:
    return CombinedPlan(fund=_plan(record.fund), commercial=_plan(record.commercial), total=_plan(record.total))


def _remainder(rows: tuple[loan_rules.Installment, ...]) -> Remainder:
    return Remainder(
        total_paid=Money(total_paid(rows)),
        total_interest=Money(total_interest(rows)),
        installments=_installments(rows),
    )


def _prepayment(record: Prepayment) -> PrepaymentPlan:
    return PrepaymentPlan(
        amount_due=Money(record.amount_due),
        balance=Money(record.balance),
        remaining_periods=len(record.after),
        interest_saved=Money(record.interest_saved),
        matures_on=record.matures_on,
        note=record.note,
        before=_remainder(record.before),
        after=_remainder(record.after),
    )


def _capacity(record: BorrowingRecord) -> BorrowingCapacity:
    return BorrowingCapacity(
        amount=Money(record.amount),
        by_balance=Money(record.by_balance),
        by_payment=Money(record.by_payment),
        by_cap=Money(record.by_cap),
        annual_rate=Rate(record.annual_rate),
        by_price=cast(Money | None, record.by_price),
    )
