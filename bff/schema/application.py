"""Offers, the ten applications, records and progress (业务办理)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, cast

import strawberry

from bff.resolvers import application as resolvers
from bff.resolvers import quote as quotes
from bff.resolvers.application import Applied
from bff.resolvers.quote import PrepaymentQuote as PrepaymentQuoteRecord
from bff.resolvers.quote import Quote
from bff.resolvers.reveal import revealed
from bff.rules import application as rules
from bff.rules.forms import Form
from bff.rules.loan import LoanStatus
from bff.rules.masking import mask_bank_account
from bff.rules.words import amount_in_words
from bff.schema.account import Account, Reveal, account_of
from bff.schema.connection import Connection, Edge, Info, PageInfo, slice_of
from bff.schema.enums import register
from bff.schema.errors import UserError, user_errors
from bff.schema.loan import Loan, loan_of
from bff.schema.scalars import Money

KINDS = {
    "LOAN_PREPAYMENT": "Repaying a fund loan ahead of time (贷款提前还款).",
    "FUND_LOAN_REPAYMENT": "For repaying a fund loan (偿还公积金贷款提取).",
    "COMMERCIAL_LOAN_REPAYMENT": "For repaying a bank's housing loan (偿还商业贷款提取).",
    "HOME_PURCHASE": "For a home that was bought, after the first draw (购房后续提取).",
    "HOME_CONSTRUCTION": "For a home that was built or rebuilt, after the first draw (建房后续提取).",
    "RENT": "For rent, after the first draw (租房后续提取).",
    "PROPERTY_FEE": "For the property management fee (物业费提取).",
    "RETIREMENT": "On retirement; closes the account (离退休提取).",
    "UNEMPLOYMENT": "On unemployment; closes the account (下岗失业提取).",
    "DOWN_PAYMENT": "For the down payment of a home with a loan (贷款首付提取).",
}
register(rules.ApplicationKind, "What can be applied for (业务类型).", KINDS)
register(
    rules.WithdrawalKind,
    "What can be withdrawn for (提取类型).",
    {name: text for name, text in KINDS.items() if name != "LOAN_PREPAYMENT"},
)
register(
    rules.ApplicationStatus,
    "Where an application stands (业务状态).",
    {
        "CONFIRMING": "It was sent; whether the core has it is being found out. Do not apply again (确认中).",
        "ACCEPTED": "The core has accepted it (已受理, 待审核).",
        "IN_REVIEW": "It is being reviewed (审核中).",
        "COMPLETED": "It was posted and the balances have moved (已入账).",
        "REJECTED": "It was not granted; the history says why (审核不通过).",
    },
)
register(
    rules.Keep,
    "What a partial prepayment leaves as it is (提前还款方式).",
    {
        "TERM": "The term stays, installments become smaller (期限不变).",
        "INSTALLMENT": "The installment stays, the term becomes shorter (月还款额不变).",
    },
)


@strawberry.type(description="A loan as an application's form shows it, the fund's or a bank's (贷款信息).")
class QuotedLoan:
    bank_name: str | None = strawberry.field(description="Bank (贷款银行).")
    full_repayment_account: strawberry.Private[str | None]
    status: LoanStatus = strawberry.field(description="State (贷款状态).")
    amount: Money = strawberry.field(description="Amount paid out (借款金额).")
    balance: Money = strawberry.field(description="Principal still owed (借款余额).")

    @strawberry.field(description="Account that installments are taken from, masked unless revealed (还款账户).")
    async def repayment_account(self, info: Info, reveal: Reveal = False) -> str | None:
        if self.full_repayment_account is None:
            return None
        if reveal:
            return await revealed(info.context, "repayment account", self.full_repayment_account)
        return mask_bank_account(self.full_repayment_account)


@strawberry.type(description="What may be withdrawn today, and every reason why not (可提取金额).")
class WithdrawalQuote:
    kind: rules.WithdrawalKind = strawberry.field(description="Kind of withdrawal (提取类型).")
    eligible: bool = strawberry.field(description="Whether it can be applied for now (是否可办理).")
    refusals: list[UserError] = strawberry.field(description="Why not, all of them, with from when (不可办理原因).")
    amount: Money = strawberry.field(description="您本次可以提取的金额: what would be paid, also shown when refused.")
    interest: Money | None = strawberry.field(description="Paid on top by the kinds that close the account (利息).")
    amount_in_words: str = strawberry.field(description="The amount in Chinese capitals (大写金额).")
    required_fields: list[str] = strawberry.field(description="Input fields that this kind asks for (必填项).")
    account: Account = strawberry.field(description="The account it is drawn on (个人账户).")
    loan: QuotedLoan | None = strawberry.field(description="The loan it is about, where the kind has one (贷款).")


@strawberry.type(description="The installment after a prepayment (提前还款后的还款额).")
class NewInstallment:
    amount: Money = strawberry.field(description="Principal and interest (应还金额).")
    principal: Money = strawberry.field(description="Principal (应还本金).")
    interest: Money = strawberry.field(description="Interest (应还利息).")
    due_on: date | None = strawberry.field(description="Nominal day (应还日期).")


@strawberry.type(description="What a prepayment would do (提前还款效果).")
class PrepaymentEffect:
    amount_due: Money = strawberry.field(description="Collected on the day: principal and interest to it (应扣金额).")
    balance: Money = strawberry.field(description="Principal left (剩余本金).")
    installment: NewInstallment | None = strawberry.field(description="The next one, null once settled (下期还款).")
    interest_saved: Money = strawberry.field(description="Interest that is not paid any more (节省利息).")
    matures_on: date = strawberry.field(description="Day of the last installment (新到期日期).")


@strawberry.type(description="What may be prepaid today, and every reason why not (可提前还款金额).")
class PrepaymentQuote:
    eligible: bool = strawberry.field(description="Whether it can be applied for now (是否可办理).")
    refusals: list[UserError] = strawberry.field(description="Why not, all of them, with from when (不可办理原因).")
    minimum_amount: Money | None = strawberry.field(description="The least that can be prepaid (最低金额).")
    payoff_amount: Money | None = strawberry.field(description="What settles the loan in full today (结清金额).")
    account: Account = strawberry.field(description="The member's account (个人账户).")
    loan: Loan | None = strawberry.field(description="The loan it is about (贷款).")
    effect: PrepaymentEffect | None = strawberry.field(description="What it would do; null without an amount (效果).")


@strawberry.type(description="One step of an application (办理进度).")
class ApplicationStep:
    status: rules.ApplicationStatus = strawberry.field(description="Where it stood (状态).")
    at: datetime = strawberry.field(description="Since when (时间).")
    note: str | None = strawberry.field(description="What the centre says (意见).")


@strawberry.type(description="What was filled in (填写内容).")
class EnteredField:
    field: str = strawberry.field(description="Input field, in camelCase (字段).")
    value: str = strawberry.field(description="As it was filled in (内容).")


@strawberry.type(description="An application made through this app (业务申请).")
class Application:
    id: strawberry.ID = strawberry.field(description="For `application` and `applicationProgress` (申请编号).")
    kind: rules.ApplicationKind = strawberry.field(description="What was applied for (业务类型).")
    status: rules.ApplicationStatus = strawberry.field(description="Where it stands (状态).")
    amount: Money = strawberry.field(description="Amount applied for (金额).")
    interest: Money | None = strawberry.field(description="Interest paid on top when it closed the account (利息).")
    reference: str | None = strawberry.field(
        description="The core's acceptance number, null while confirming (受理编号)."
    )
    submitted_at: datetime = strawberry.field(description="When it was handed in (提交时间).")
    entered: list[EnteredField] = strawberry.field(description="What was filled in (填写内容).")
    history: list[ApplicationStep] = strawberry.field(description="Steps, oldest first (办理进度).")


@strawberry.type(description="The application that was made, or why not (申请结果).")
class ApplyPayload:
    application: Application | None = strawberry.field(description="Null when it was refused (业务申请).")
    user_errors: list[UserError] = strawberry.field(description="Why, all at once (用户错误).")


KEY = "Made by the client, a UUID: the same key and input give the same application, however often (幂等键)."
EXPECTED = "The amount that the person saw (页面显示的金额)."


@strawberry.input(description="贷款提前还款: repaying a fund loan ahead of time.")
class LoanPrepaymentInput:
    idempotency_key: str = strawberry.field(description=KEY)
    amount: Money = strawberry.field(description="Principal to prepay, or exactly the payoff amount (本次还款金额).")
    keep: rules.Keep | None = strawberry.field(default=rules.Keep.TERM, description="What stays (提前还款方式).")


@strawberry.input(description="偿还公积金贷款提取: for repaying a fund loan.")
class FundLoanRepaymentWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)


@strawberry.input(description="偿还商业贷款提取: for repaying a bank's housing loan.")
class CommercialLoanRepaymentWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)


@strawberry.input(description="购房后续提取: for a home that was bought.")
class HomePurchaseWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)
    contract_number: str = strawberry.field(description="Purchase contract as registered (购房合同号).")


@strawberry.input(description="建房后续提取: for a home that was built.")
class HomeConstructionWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)
    contract_number: str = strawberry.field(description="Construction contract as registered (建房合同号).")


@strawberry.input(description="租房后续提取: for rent.")
class RentWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)


@strawberry.input(description="物业费提取: for the property management fee.")
class PropertyFeeWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)


@strawberry.input(description="离退休提取: on retirement.")
class RetirementWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)
    former_employer: str = strawberry.field(description="Employer retired from (离退休单位).")
    certificate_number: str = strawberry.field(description="Retirement certificate (离退休证号).")
    approved_on: date = strawberry.field(description="Day of approval (批准日期).")


@strawberry.input(description="下岗失业提取: on unemployment.")
class UnemploymentWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)
    certificate_number: str = strawberry.field(description="Unemployment certificate (失业证号).")


@strawberry.input(description="贷款首付提取: for the down payment.")
class DownPaymentWithdrawalInput:
    idempotency_key: str = strawberry.field(description=KEY)
    expected_amount: Money = strawberry.field(description=EXPECTED)


AnyWithdrawalInput = (
    FundLoanRepaymentWithdrawalInput
    | CommercialLoanRepaymentWithdrawalInput
    | HomePurchaseWithdrawalInput
    | HomeConstructionWithdrawalInput
    | RentWithdrawalInput
    | PropertyFeeWithdrawalInput
    | RetirementWithdrawalInput
    | UnemploymentWithdrawalInput
    | DownPaymentWithdrawalInput
)
What = strawberry.argument(description="What is applied for (申请内容).")
Kind = rules.ApplicationKind


@strawberry.type
class ApplicationMutations:
    @strawberry.mutation(description="贷款提前还款: repays a fund loan ahead of time.")
    async def apply_loan_prepayment(self, info: Info, input: Annotated[LoanPrepaymentInput, What]) -> ApplyPayload:
        return _payload(await resolvers.apply_prepayment(info.context, input.idempotency_key, input.amount, input.keep))

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


@strawberry.type
class ApplicationSubscriptions:
    @strawberry.subscription(
        description="An application now and after each change, until it is final (业务办理进度). "
        "Reconnecting gives the present state first."
    )
    async def application_progress(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its ID (申请编号).")]
    ) -> AsyncIterator[Application]:
        async for record in resolvers.progress(info.context, str(id)):
            yield application_of(record)


async def load_withdrawal_quote(info: Info, kind: rules.WithdrawalKind) -> WithdrawalQuote:
    quote = await quotes.withdrawal_quote(info.context, Kind(kind.value))
    offer = quote.offer
    return WithdrawalQuote(
        kind=kind,
        eligible=offer.eligible,
        refusals=user_errors(offer.refusals),
        amount=Money(offer.amount),
        interest=cast(Money | None, offer.interest),
        amount_in_words=amount_in_words(offer.amount),
        required_fields=list(offer.required_fields),
        account=account_of(quote.account, info.context),
        loan=_quoted_loan(quote),
    )


async def load_prepayment_quote(info: Info, amount: Money | None, keep: rules.Keep | None) -> PrepaymentQuote:
    quote = await quotes.prepayment_quote(info.context, amount, keep)
    offer = quote.offer
    return PrepaymentQuote(
        eligible=offer.eligible,
        refusals=user_errors(offer.refusals),
        minimum_amount=cast(Money | None, offer.minimum_amount),
        payoff_amount=cast(Money | None, offer.payoff_amount),
        account=account_of(quote.account, info.context),
        loan=loan_of(offer.loan) if offer.loan else None,
        effect=_effect(quote),
    )


async def load_applications(info: Info, first: int | None, after: str | None) -> Connection[Application]:
    found = await resolvers.applications(info.context, slice_of(first, after))
    edges = [Edge(cursor=record.id, node=application_of(record)) for record in found.rows]
    end = edges[-1].cursor if edges else None
    page_info = PageInfo(has_next_page=found.has_next, end_cursor=end)
    return Connection(edges=edges, page_info=page_info, total_count=found.total)


async def load_application(info: Info, application_id: str) -> Application | None:
    record = await resolvers.application(info.context, application_id)
    return application_of(record) if record else None


def application_of(record: rules.Application) -> Application:
    return Application(
        id=strawberry.ID(record.id),
        kind=record.kind,
        status=record.status,
        amount=Money(record.amount),
        interest=cast(Money | None, record.interest),
        reference=record.reference,
        submitted_at=record.submitted_at,
        entered=[EnteredField(field=name, value=value) for name, value in record.entered.items()],
        history=[ApplicationStep(status=step.status, at=step.at, note=step.note) for step in record.history],
    )


async def _apply(info: Info, kind: Kind, input: AnyWithdrawalInput, form: Form) -> ApplyPayload:
    applied = await resolvers.apply_withdrawal(info.context, kind, input.idempotency_key, input.expected_amount, form)
    return _payload(applied)


def _payload(applied: Applied) -> ApplyPayload:
    return ApplyPayload(
        application=application_of(applied.application) if applied.application else None,
        user_errors=user_errors(applied.refusals),
    )


def _quoted_loan(quote: Quote) -> QuotedLoan | None:
    fund, commercial = quote.offer.fund_loan, quote.offer.commercial_loan
    if fund is not None:
        return QuotedLoan(
            bank_name=fund.bank_name,
            full_repayment_account=fund.repayment_account,
            status=fund.status,
            amount=Money(fund.amount),
            balance=Money(fund.balance),
        )
    if commercial is None:
        return None
    return QuotedLoan(
        bank_name=commercial.bank_name,
        full_repayment_account=commercial.repayment_account,
        status=commercial.status,
        amount=Money(commercial.amount),
        balance=Money(commercial.balance),
    )


def _effect(quote: PrepaymentQuoteRecord) -> PrepaymentEffect | None:
    effect = quote.offer.effect
    if effect is None:
        return None
    following = effect.after[0] if effect.after else None
    return PrepaymentEffect(
        amount_due=Money(effect.amount_due),
        balance=Money(effect.balance),
        installment=NewInstallment(
            amount=Money(following.amount),
            principal=Money(following.principal),
            interest=Money(following.interest),
            due_on=following.due_on,
        )
        if following
        else None,
        interest_saved=Money(effect.interest_saved),
        matures_on=effect.matures_on,
    )
