"""Work that nothing may cut halfway: neither the client's leaving, nor the request's deadline, nor the end of the
process as long as it can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Finishing:
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Its result; cancelling whoever waits for it here does not cancel the work."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def wait(self, within: float) -> None:
        """Until all of it is done, or `within` seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within)
