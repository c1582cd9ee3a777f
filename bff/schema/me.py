"""The signed-in member (本人): the root of everything personal."""

from __future__ import annotations

from typing import Annotated

import strawberry

from bff.resolvers import phone_numbers
from bff.resolvers.authorization import signed_in
from bff.resolvers.reveal import revealed
from bff.rules.masking import mask_id_number, mask_phone
from bff.rules.private_use import assigned
from bff.schema import costs
from bff.schema.account import Account, Reveal, load_account
from bff.schema.application import Application, load_application, load_applications
from bff.schema.application_kinds import Keep, WithdrawalKind
from bff.schema.connection import DEFAULT_PAGE, After, Connection, First, Info
from bff.schema.consent import PrivacyConsent, load_consent
from bff.schema.loan import Loan, load_loans
from bff.schema.quote import PrepaymentQuote, WithdrawalQuote, load_prepayment_quote, load_withdrawal_quote
from bff.schema.scalars import Money
from bff.schema.session import SignedInSession, load_sessions


@strawberry.type(description="The member who is signed in (本人).")
class Me:
    name: str = strawberry.field(description="Name (姓名).")
    full_id_number: strawberry.Private[str]

    @strawberry.field(description="ID number, masked unless revealed (身份证号).")
    async def id_number(self, info: Info, reveal: Reveal = False) -> str:
        if reveal:
            return await revealed(info.context, "ID number", self.full_id_number)
        return mask_id_number(self.full_id_number)

    @strawberry.field(description="Mobile phone, masked unless revealed (手机号码).")
    async def phone(self, info: Info, reveal: Reveal = False) -> str:
        full = await phone_numbers.present(info.context)
        if reveal:
            return await revealed(info.context, "phone", full)
        return mask_phone(full)

    @strawberry.field(description="Account and its lists, once the query password has unlocked the session (个人账户).")
    async def account(self, info: Info) -> Account | None:
        return await load_account(info)

    @strawberry.field(
        description="Housing fund loans, newest first, once the query password has unlocked the session (公积金贷款).",
        metadata=costs.FEW,
    )
    async def loans(self, info: Info) -> list[Loan] | None:
        return await load_loans(info)

    @strawberry.field(description="What may be withdrawn today, from facts read fresh (可提取金额).")
    async def withdrawal_quote(
        self,
        info: Info,
        kind: Annotated[WithdrawalKind, strawberry.argument(description="Kind of withdrawal (提取类型).")],
    ) -> WithdrawalQuote | None:
        return await load_withdrawal_quote(info, kind)

    @strawberry.field(description="What may be prepaid today, and what that would do (可提前还款金额).")
    async def prepayment_quote(
        self,
        info: Info,
        amount: Annotated[
            Money | None,
            strawberry.argument(
                description='Principal to prepay: "50000.00"; null for the conditions alone (本次还款金额).'
            ),
        ] = None,
        keep: Annotated[
            Keep | None,
            strawberry.argument(description="Smaller installments, as without it, or a shorter term (提前还款方式)."),
        ] = None,
    ) -> PrepaymentQuote | None:
        return await load_prepayment_quote(info, amount, keep)

    @strawberry.field(description="Applications made through this app, newest first (业务明细).")
    async def applications(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[Application] | None:
        return await load_applications(info, first, after)

    @strawberry.field(description="One application; null when the member has none of that ID (业务申请).")
    async def application(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="ID of the application (申请编号).")],
    ) -> Application | None:
        return await load_application(info, str(id))

    @strawberry.field(
        description="Open sessions of the member, the one used last first (登录设备).", metadata=costs.MANY
    )
    async def sessions(self, info: Info) -> list[SignedInSession]:
        return await load_sessions(info)

    @strawberry.field(
        description="The version of the privacy policy agreed to last; null before the first (隐私政策同意记录)."
    )
    async def privacy_consent(self, info: Info) -> PrivacyConsent | None:
        return await load_consent(info)


@strawberry.type
class MeQuery:
    @strawberry.field(
        description="The signed-in member; null, with an UNAUTHENTICATED error, without a session (本人)."
    )
    def me(self, info: Info) -> Me | None:
        member = signed_in(info.context).member
        return Me(name=assigned(member.name), full_id_number=member.id_number)
