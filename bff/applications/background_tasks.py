"""Tasks that outlive their request: held until they are done, and awaited before the process closes what they use."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from bff.legacy import deadline

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Background:
    """The background tasks of a process. `patience` is how many seconds the end of the process waits for them."""

    patience: float
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in the background; an exception is logged."""
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)  # a task that is held nowhere may be collected
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for the tasks under way, which may start more, and cancel the rest."""
        try:
            async with asyncio.timeout(self.patience):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)


async def _logged(work: Coroutine[Any, Any, object]) -> None:
    deadline.clear()
    try:
        await work
    except Exception:
        log.exception("background_work_failed")
