"""GraphQL over Server-Sent Events, distinct connections mode: `next` events, then `complete`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from bff.graphql.requests import EVENTS

Answers = AsyncGenerator[dict[str, Any], None]

HEARTBEAT = 15.0
"""Seconds; a comment now and then keeps proxies from closing a quiet stream."""


def stream(answers: Answers) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(answers), media_type=EVENTS, headers=headers)


async def _events(answers: Answers) -> AsyncIterator[bytes]:
    waiting = asyncio.ensure_future(anext(answers, None))
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=HEARTBEAT)
            if not done:
                yield b":\n\n"
                continue
            if (answer := waiting.result()) is None:
                yield b"event: complete\ndata:\n\n"
                return
            yield b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
            waiting = asyncio.ensure_future(anext(answers, None))
    finally:
        # Whoever cancels this by anyio's scopes does so again at each step.
        closing = asyncio.ensure_future(_close(waiting, answers))
        _closing.add(closing)  # a task that nobody holds may be collected
        closing.add_done_callback(_closing.discard)
        await asyncio.shield(closing)


async def _close(waiting: asyncio.Future[Any], answers: Answers) -> None:
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await answers.aclose()


_closing: set[asyncio.Future[None]] = set()
