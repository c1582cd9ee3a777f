"""The audit log: who did what, when, from where and with what outcome. Rows are added, never changed; they leave by
age, and the database lets none go before its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert

from bff.security.client_address import Client
from bff.store.batch_delete import remove
from bff.store.database import Store
from bff.store.tables import audit, storable


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The audit log in the store. `count` is told the event and the outcome of each entry."""

    store: Store
    now: Callable[[], datetime]
    count: Callable[[str, str], None]

    async def record(
        self, client: Client, event: str, outcome: str, *, member_id: str | None = None, detail: str | None = None
    ) -> None:
        """Add an entry. `detail` names things, such as a field or a kind of application, and holds no personal data:
        numbers are masked."""
        self.count(event, outcome)
        async with self.store.write() as db:
            await db.execute(
                insert(audit).values(
                    at=self.now(),
                    member_id=member_id,
                    event=event,
                    outcome=outcome,
                    address=storable(client.address, 64),
                    request_id=client.request_id,
                    detail=detail,
                )
            )

    async def expire(self, before: datetime) -> int:
        """Remove entries that have been kept long enough; return how many."""
        return await remove(self.store, audit, audit.c.at < before)


async def record_operator(store: Store, event: str, outcome: str, member_id: str) -> None:
    """Add an entry for an operator's command, which comes from no address and in no request."""
    async with store.write() as db:
        entry = {"at": datetime.now(UTC), "member_id": member_id, "event": event, "outcome": outcome}
        await db.execute(insert(audit).values(**entry, address="", request_id="", detail="operator"))
