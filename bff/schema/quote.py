"""Offers (可办理金额): what may be withdrawn or prepaid today, and every reason why not."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from bff.resolvers import quote as quotes
from bff.resolvers.quote import PrepaymentQuote as PrepaymentQuoteRecord
from bff.resolvers.quote import Quote
from bff.resolvers.reveal import revealed
from bff.rules.amount_in_words import amount_in_words
from bff.rules.loan import LoanStatus
from bff.rules.masking import mask_bank_account
from bff.schema import costs
from bff.schema.account import Account, Reveal, account_of
from bff.schema.application_kinds import ApplicationKind, Keep, WithdrawalKind
from bff.schema.connection import Info
from bff.schema.errors import UserError, user_errors
from bff.schema.loan import Loan, loan_of
from bff.schema.scalars import Money


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
    kind: WithdrawalKind = strawberry.field(description="Kind of withdrawal (提取类型).")
    eligible: bool = strawberry.field(description="Whether it can be applied for now (是否可办理).")
    refusals: list[UserError] = strawberry.field(
        description="All reasons against it, with the first possible date (不可办理原因).", metadata=costs.SOME
    )
    amount: Money = strawberry.field(description="您本次可以提取的金额: what would be paid, also shown when refused.")
    interest: Money | None = strawberry.field(description="Paid on top by the kinds that close the account (利息).")
    amount_in_words: str = strawberry.field(description="The amount in Chinese capitals (大写金额).")
    required_fields: list[str] = strawberry.field(description="Input fields that this kind asks for (必填项).")
    account: Account = strawberry.field(description="The account it is drawn on (个人账户).")
    basis: str | None = strawberry.field(description="The article that allows it, as in force today (依据).")
    loan: QuotedLoan | None = strawberry.field(description="The loan it is about, where the kind has one (贷款).")


@strawberry.type(description="The installment after a prepayment (提前还款后的还款额).")
class NewInstallment:
    amount: Money = strawberry.field(description="Principal and interest (应还金额).")
    principal: Money = strawberry.field(description="Principal (应还本金).")
    interest: Money = strawberry.field(description="Interest (应还利息).")
    due_on: date | None = strawberry.field(description="Nominal day (应还日期).")


@strawberry.type(description="Effect of a prepayment (提前还款效果).")
class PrepaymentEffect:
    amount_due: Money = strawberry.field(
        description="Collected on the day: principal, interest to it and fee (应还总额)."
    )
    balance: Money = strawberry.field(description="Principal left (贷款余额).")
    installment: NewInstallment | None = strawberry.field(description="The next one, null once settled (下期还款).")
    interest_saved: Money = strawberry.field(description="Interest that is not paid any more (节省利息).")
    matures_on: date = strawberry.field(description="Day of the last installment (新到期日期).")
    note: str = strawberry.field(
        description="The rate that was counted with, and from when another one holds, to be shown with it (利率说明)."
    )


@strawberry.type(description="What may be prepaid today, and every reason why not (可提前还款金额).")
class PrepaymentQuote:
    eligible: bool = strawberry.field(description="Whether it can be applied for now (是否可办理).")
    refusals: list[UserError] = strawberry.field(
        description="All reasons against it, with the first possible date (不可办理原因).", metadata=costs.SOME
    )
    minimum_amount: Money | None = strawberry.field(description="The least that can be prepaid (最低金额).")
    payoff_amount: Money | None = strawberry.field(
        description="What settles the loan in full today, principal and interest (结清金额)."
    )
    fee: Money | None = strawberry.field(
        description="What the centre takes for it, 0.00 where it takes nothing; null without an amount that could be "
        "paid (提前还款手续费)."
    )
    amount_due: Money | None = strawberry.field(
        description="Collected today: principal, interest and fee, to be confirmed as `expectedAmount`; null without "
        "an amount that could be paid (应还总额)."
    )
    account: Account = strawberry.field(description="The member's account (个人账户).")
    basis: str | None = strawberry.field(description="The rule that allows it, as in force today (依据).")
    loan: Loan | None = strawberry.field(description="The loan it is about (贷款).")
    effect: PrepaymentEffect | None = strawberry.field(
        description="Effect of the prepayment; null without an amount (效果)."
    )


async def load_withdrawal_quote(info: Info, kind: WithdrawalKind) -> WithdrawalQuote:
    quote = await quotes.withdrawal_quote(info.context, ApplicationKind(kind.value))
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
        basis=offer.basis,
        loan=_quoted_loan(quote),
    )


async def load_prepayment_quote(info: Info, amount: Money | None, keep: Keep | None) -> PrepaymentQuote:
    quote = await quotes.prepayment_quote(info.context, amount, keep)
    offer = quote.offer
    return PrepaymentQuote(
        eligible=offer.eligible,
        refusals=user_errors(offer.refusals),
        minimum_amount=cast(Money | None, offer.minimum_amount),
        payoff_amount=cast(Money | None, offer.payoff_amount),
        fee=cast(Money | None, offer.fee),
        amount_due=cast(Money | None, offer.amount_due),
        account=account_of(quote.account, info.context),
        basis=offer.basis,
        loan=loan_of(offer.loan) if offer.loan else None,
        effect=_effect(quote),
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
        note=effect.note,
    )
