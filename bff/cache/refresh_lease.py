"""A lease between processes: one of them asks the core for a record, and the others wait for what it stores."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

from bff.legacy.errors import CoreCallNotPermitted
from bff.store.keyvalue import Storage, StorageAway

Found = TypeVar("Found")

POLL_INTERVAL = 0.03
"""Mean seconds between two reads while another process asks the core."""
OUTAGE = b"down"
OUTAGE_SECONDS = 1.0
"""For so long an outage that one process met counts for all of them."""


@dataclass(frozen=True, slots=True)
class RefreshLease:
    """The lease of one record. `token` tells its holder from others, `seconds` is how long it lasts."""

    storage: Storage
    record: str
    key: str
    seconds: float
    token: bytes = field(default_factory=lambda: uuid4().hex.encode())

    async def acquire(self, load: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """Acquire the lease, or return what another process stored meanwhile, as `load` finds it.

        Null means that this process asks the core: it has the lease, or waited in vain for `seconds`, or the storage
        does not answer. Raises CoreCallNotPermitted where another process just met an outage.
        """
        give_up = time.monotonic() + self.seconds
        with contextlib.suppress(StorageAway):
            while not await self.storage.add(self._lock, self.token, self.seconds) and time.monotonic() < give_up:
                if await self.storage.get(self._lock) == OUTAGE:
                    raise CoreCallNotPermitted(self.record, "another process met an outage", OUTAGE_SECONDS)
                await asyncio.sleep(random.uniform(0.5, 1.5) * POLL_INTERVAL)  # noqa: S311 (no secret)
                if (found := await load()) is not None:
                    return found
            # Another process may have stored and released between the last read and the acquisition.
            if (found := await load()) is not None:
                await self.release(outage=False)
            return found
        return None

    async def release(self, *, outage: bool) -> None:
        """Release the lease where this process still holds it; `outage` keeps the others from asking for a moment."""
        with contextlib.suppress(StorageAway):
            if outage:
                await self.storage.set(self._lock, OUTAGE, OUTAGE_SECONDS)
            else:
                await self.storage.release(self._lock, self.token)

    @property
    def _lock(self) -> str:
        return f"{self.key}:turn"
