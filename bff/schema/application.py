"""Records of applications (业务记录) and their progress."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from operator import attrgetter
from typing import Annotated, cast

import strawberry

from bff.resolvers import application as resolvers
from bff.rules import application as rules
from bff.schema import costs
from bff.schema.application_kinds import ApplicationKind
from bff.schema.connection import Connection, Info, connection, slice_of
from bff.schema.enums import register
from bff.schema.scalars import Money

register(
    rules.ApplicationStatus,
    "Where an application stands (业务状态).",
    {
        "CONFIRMING": "Sent; the core has not confirmed it yet. Do not apply again (确认中).",
        "NOT_RECEIVED": "The core was asked and never got it: nothing was done. "
        "The same idempotency key hands it in anew (未受理).",
        "ACCEPTED": "The core has accepted it (已受理, 待审核).",
        "IN_REVIEW": "It is being reviewed (审核中).",
        "APPROVED": "It was granted and waits for the payment (审核通过，待付款).",
        "COMPLETED": "It was posted and the balances have moved; a bank can still send the payment back (已入账).",
        "REJECTED": "It was not granted; the history says why (审核不通过).",
        "PAYOUT_FAILED": "It was granted, and the bank did not make the payment or sent it back: the balances are as "
        "before. The history says why; check the bank account, then apply again (付款失败).",
        "UNKNOWN": "A status that this server does not know: a newer release has added it; ask again later (未知状态).",
    },
)


@strawberry.type(description="One step of an application (办理进度).")
class ApplicationStep:
    status: rules.ApplicationStatus = strawberry.field(description="State from then on (状态).")
    at: datetime = strawberry.field(description="Moment at which the state began (时间).")
    note: str | None = strawberry.field(description="Remark of the centre (审核意见).")


@strawberry.type(description="A field of the form as it was filled in (填写内容).")
class EnteredField:
    field: str = strawberry.field(description="Input field, in camelCase (字段).")
    value: str = strawberry.field(description="As it was filled in (内容).")


@strawberry.type(description="An application made through this app (业务申请).")
class Application:
    id: strawberry.ID = strawberry.field(description="For `application` and `applicationProgress` (申请编号).")
    kind: ApplicationKind = strawberry.field(description="What was applied for (业务类型).")
    status: rules.ApplicationStatus = strawberry.field(description="State (状态).")
    amount: Money = strawberry.field(description="Amount applied for (金额).")
    interest: Money | None = strawberry.field(description="Interest paid on top when it closed the account (利息).")
    reference: str | None = strawberry.field(
        description="The core's acceptance number, null until the core has accepted it (受理编号)."
    )
    submitted_at: datetime = strawberry.field(description="Moment of submission (提交时间).")
    entered: list[EnteredField] = strawberry.field(
        description="A field of the form as it was filled in (填写内容).", metadata=costs.FEW
    )
    history: list[ApplicationStep] = strawberry.field(
        description="Steps, oldest first (办理进度).", metadata=costs.SOME
    )


@strawberry.type
class ApplicationSubscriptions:
    @strawberry.subscription(
        description="An application now and after each change, until it is final (业务办理进度). "
        "Reconnecting gives the present state first."
    )
    async def application_progress(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="ID of the application (申请编号).")],
    ) -> AsyncIterator[Application]:
        async with aclosing(resolvers.progress(info.context, str(id))) as records:
            async for record in records:
                yield application_of(record)


async def load_applications(info: Info, first: int | None, after: str | None) -> Connection[Application]:
    found = await resolvers.applications(info.context, slice_of(first, after))
    return cast(Connection[Application], connection(found, application_of, attrgetter("id")))


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
