"""The audit log: who did what, when, from where, with what outcome. Rows are added, never changed; they go by age, and
the database lets none go before its time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from bff.context import Context
from bff.store.batch_delete import remove
from bff.store.database import Store
from bff.store.tables import audit, storable


async def record(
    context: Context, event: str, outcome: str, *, member_id: str | None = None, detail: str | None = None
) -> None:
    """`detail` names things, such as a field or a kind of application, and holds no personal data:
    numbers are masked."""
    context.cache_control.no_store()
    services = context.services
    if member_id is None and context.session is not None:
        member_id = context.session.member.id
    services.metrics.security_events.labels(event, outcome).inc()
    async with services.store.write() as db:
        await db.execute(
            insert(audit).values(
                at=services.now(),
                member_id=member_id,
                event=event,
                outcome=outcome,
                address=storable(context.client.address, 64),
                request_id=context.client.request_id,
                detail=detail,
            )
        )


async def record_operator(store: Store, event: str, outcome: str, member_id: str) -> None:
    """What an operator did by command: from no address and in no request."""
    async with store.write() as db:
        entry = {"at": datetime.now(UTC), "member_id": member_id, "event": event, "outcome": outcome}
        await db.execute(insert(audit).values(**entry, address="", request_id="", detail="operator"))


async def expire(store: Store, before: datetime) -> int:
    """Removes entries that have been kept long enough; gives how many."""
    return await remove(store, audit, audit.c.at < before)
