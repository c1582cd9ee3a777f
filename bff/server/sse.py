"""GraphQL over Server-Sent Events, distinct connections mode: `next` events, then `complete`."""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from bff.server.http_request import EVENTS

Answers = AsyncGenerator[dict[str, Any], None]
Keep = Callable[[asyncio.Future[None]], None]

HEARTBEAT = 15.0
"""Seconds between comments, which keep proxies from closing a quiet stream."""
COMPLETE = b"event: complete\ndata:\n\n"


def stream(answers: Answers, stopping: asyncio.Event, keep: Keep) -> StreamingResponse:
    """Stream the answers until they end or the server stops. `keep` holds the task that closes them."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(answers, stopping, keep), media_type=EVENTS, headers=headers)


async def _events(answers: Answers, stopping: asyncio.Event, keep: Keep) -> AsyncIterator[bytes]:
    waiting, ending = asyncio.ensure_future(anext(answers, None)), asyncio.ensure_future(stopping.wait())
    try:
        while True:
            done, _ = await asyncio.wait((waiting, ending), timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
            if not done:
                yield b":\n\n"
                continue
            if waiting not in done or (answer := waiting.result()) is None:
                yield COMPLETE
                return
            yield b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
            waiting = asyncio.ensure_future(anext(answers, None))
    finally:
        ending.cancel()
        # A task of its own: anyio's scopes cancel this one again at each step.
        closing = asyncio.ensure_future(_close(waiting, answers))
        keep(closing)
        await asyncio.shield(closing)


async def _close(waiting: asyncio.Future[Any], answers: Answers) -> None:
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await answers.aclose()
