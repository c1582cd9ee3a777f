"""The ten applications (业务办理): one input and one mutation a kind."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from bff.applications.submission import ApplicationOutcome
from bff.resolvers import application as resolvers
from bff.rules.withdrawals.form import Form
from bff.schema import costs
from bff.schema.application import Application, application_of
from bff.schema.application_kinds import ApplicationKind as Kind
from bff.schema.application_kinds import Keep
from bff.schema.connection import Info
from bff.schema.errors import UserError, user_errors
from bff.schema.scalars import Money

KEY = (
    "UUID made by the client for each form: the same key and input give the same application, however often it is "
    "sent. One that is NOT_RECEIVED is handed in anew (幂等键)."
)
EXPECTED = 'The amount that the person saw, `WithdrawalQuote.amount`: "24500.00" (页面显示的金额).'


@strawberry.input
class ApplicationInput:
    """What all inputs have."""

    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input
class WithdrawalInput(ApplicationInput):
    """What all inputs of withdrawals have."""

    expected_amount: Money = strawberry.field(description=EXPECTED)


@strawberry.input(description="贷款提前还款: repaying a fund loan ahead of time.")
class LoanPrepaymentInput(ApplicationInput):
    amount: Money = strawberry.field(description="Principal to prepay, or exactly the payoff amount (本次还款金额).")
    keep: Keep | None = strawberry.field(
        default=Keep.TERM,
        description="Smaller installments, or a shorter term (提前还款方式：减少月还款额或缩短还款期限).",
    )
    expected_amount: Money | None = strawberry.field(
        default=None,
        description="`PrepaymentQuote.amountDue` as the person saw it: principal, interest and fee. Another one is "
        "refused; some centres ask for it (页面显示的应还总额).",
    )


@strawberry.input(description="偿还公积金贷款提取: for repaying a fund loan.")
class FundLoanRepaymentWithdrawalInput(WithdrawalInput):
    """An input without fields of its own."""


@strawberry.input(description="偿还商业贷款提取: for repaying a bank's housing loan.")
class CommercialLoanRepaymentWithdrawalInput(WithdrawalInput):
    """An input without fields of its own."""


@strawberry.input(description="购房后续提取: for a home that was bought.")
class HomePurchaseWithdrawalInput(WithdrawalInput):
    contract_number: str = strawberry.field(description="Purchase contract as registered (购房合同号).")


@strawberry.input(description="建房后续提取: for a home that was built.")
class HomeConstructionWithdrawalInput(WithdrawalInput):
    contract_number: str = strawberry.field(description="Construction contract as registered (建房合同号).")


@strawberry.input(description="租房后续提取: for rent.")
class RentWithdrawalInput(WithdrawalInput):
    """An input without fields of its own."""


@strawberry.input(description="物业费提取: for the property management fee.")
class PropertyFeeWithdrawalInput(WithdrawalInput):
    """An input without fields of its own."""


@strawberry.input(description="离退休提取: on retirement.")
class RetirementWithdrawalInput(WithdrawalInput):
    former_employer: str = strawberry.field(description="Employer retired from (离退休单位).")
    certificate_number: str = strawberry.field(description="Number of the retirement certificate (离退休证号).")
    approved_on: date = strawberry.field(description="Day of approval (批准日期).")


@strawberry.input(description="下岗失业提取: on unemployment.")
class UnemploymentWithdrawalInput(WithdrawalInput):
    certificate_number: str = strawberry.field(description="Number of the unemployment certificate (失业证号).")


@strawberry.input(description="贷款首付提取: for the down payment.")
class DownPaymentWithdrawalInput(WithdrawalInput):
    """An input without fields of its own."""


@strawberry.type(description="The application that was made, or the reasons why not (申请结果).")
class ApplyPayload:
    application: Application | None = strawberry.field(description="Null when it was refused (业务申请).")
    user_errors: list[UserError] = strawberry.field(
        description="Reasons, all at once; empty when it was done (用户错误).", metadata=costs.FEW
    )


What = strawberry.argument(description="Form of the application (申请内容).")


@strawberry.type
class ApplicationMutations:
    @strawberry.mutation(description="贷款提前还款: repays a fund loan ahead of time.")
    async def apply_loan_prepayment(self, info: Info, input: Annotated[LoanPrepaymentInput, What]) -> ApplyPayload:
        applied = await resolvers.apply_prepayment(
            info.context, input.idempotency_key, input.amount, input.keep, input.expected_amount
        )
        return _payload(applied)

    @strawberry.mutation(description="偿还公积金贷款提取: withdraws for repaying a fund loan.")
    async def apply_fund_loan_repayment_withdrawal(
        self, info: Info, input: Annotated[FundLoanRepaymentWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.FUND_LOAN_REPAYMENT, input, Form())

    @strawberry.mutation(description="偿还商业贷款提取: withdraws for repaying a bank's housing loan.")
    async def apply_commercial_loan_repayment_withdrawal(
        self, info: Info, input: Annotated[CommercialLoanRepaymentWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.COMMERCIAL_LOAN_REPAYMENT, input, Form())

    @strawberry.mutation(description="购房后续提取: withdraws for a home that was bought.")
    async def apply_home_purchase_withdrawal(
        self, info: Info, input: Annotated[HomePurchaseWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.HOME_PURCHASE, input, Form(contract_number=input.contract_number))

    @strawberry.mutation(description="建房后续提取: withdraws for a home that was built.")
    async def apply_home_construction_withdrawal(
        self, info: Info, input: Annotated[HomeConstructionWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.HOME_CONSTRUCTION, input, Form(contract_number=input.contract_number))

    @strawberry.mutation(description="租房后续提取: withdraws for rent.")
    async def apply_rent_withdrawal(self, info: Info, input: Annotated[RentWithdrawalInput, What]) -> ApplyPayload:
        return await _apply(info, Kind.RENT, input, Form())

    @strawberry.mutation(description="物业费提取: withdraws for the property management fee.")
    async def apply_property_fee_withdrawal(
        self, info: Info, input: Annotated[PropertyFeeWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.PROPERTY_FEE, input, Form())

    @strawberry.mutation(description="离退休提取: withdraws everything on retirement and closes the account.")
    async def apply_retirement_withdrawal(
        self, info: Info, input: Annotated[RetirementWithdrawalInput, What]
    ) -> ApplyPayload:
        form = Form(
            former_employer=input.former_employer,
            certificate_number=input.certificate_number,
            approved_on=input.approved_on,
        )
        return await _apply(info, Kind.RETIREMENT, input, form)

    @strawberry.mutation(description="下岗失业提取: withdraws everything on unemployment and closes the account.")
    async def apply_unemployment_withdrawal(
        self, info: Info, input: Annotated[UnemploymentWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.UNEMPLOYMENT, input, Form(certificate_number=input.certificate_number))

    @strawberry.mutation(description="贷款首付提取: withdraws for the down payment.")
    async def apply_down_payment_withdrawal(
        self, info: Info, input: Annotated[DownPaymentWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.DOWN_PAYMENT, input, Form())


async def _apply(info: Info, kind: Kind, input: WithdrawalInput, form: Form) -> ApplyPayload:
    applied = await resolvers.apply_withdrawal(info.context, kind, input.idempotency_key, input.expected_amount, form)
    return _payload(applied)


def _payload(applied: ApplicationOutcome) -> ApplyPayload:
    return ApplyPayload(
        application=application_of(applied.application) if applied.application else None,
        user_errors=user_errors(applied.refusals),
    )
