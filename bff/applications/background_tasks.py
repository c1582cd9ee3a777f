"""Work that goes on after the answer: held until it is done, and awaited before the process closes what it uses."""

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
    """`patience` is how many seconds the end of the process waits for it."""

    patience: float
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)  # a task that is held nowhere may be collected
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Waits for what is under way, which may start more, and gives the rest up."""
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
