"""`/readyz`: whether a load balancer should send requests to this process, and which part is missing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bff.legacy.resilience.call_policy import CallPolicy
from bff.services import Services
from bff.store.database import Store
from bff.store.unavailable import StoreState, StoreUnavailable

log = structlog.get_logger(__name__)

PATIENCE = 2.0
"""Seconds in which the store has to answer."""
REMEMBERED = 10.0
"""Seconds for which a write that the store refused counts."""
HOLDS = 1.0
"""Seconds for which an answer is given again, so that frequent probes do not load the store."""


@dataclass(slots=True)
class Readiness:
    _found: dict[str, Any] = field(default_factory=dict)
    _holds_until: float = 0.0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, request: Request) -> Response:
        """Answer 200, or 503 without the store or when the process is to stop. The core and the cache are shared by
        all processes, and without them the server still answers with what it knows and when to try again."""
        if request.app.state.stopping.announced:
            return _said({"status": "not ready", "server": "stopping"}, 503)
        async with self._looking:
            if monotonic() >= self._holds_until:
                self._found = await parts(request.app.state.services)
                self._holds_until = monotonic() + HOLDS
        ready = self._found["store"] == "ok"
        body = {"status": "ready" if ready else "not ready", **self._found, **_workers(request)}
        return _said(body, 200 if ready else 503)


def _said(body: dict[str, Any], status: int) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})


def _workers(request: Request) -> dict[str, Any]:
    """Return how many of several processes work, and why others do not; it does not change this one's readiness."""
    told = getattr(request.app.state, "workers", lambda: None)()
    return {} if told is None else {"workers": told}


async def parts(services: Services) -> dict[str, Any]:
    return {
        "store": await _store(services.store),
        "cache": await _cache(services),
        "core": {name: _service(each) for name, each in services.core.call_policies.items()},
    }


async def _store(store: Store) -> str:
    """Return the store's state in a word. One that refuses writes is not ready: members could not sign in or apply."""
    try:
        async with asyncio.timeout(PATIENCE):
            if not await store.is_migrated():
                return "not migrated"
            await store.touch()
    except StoreUnavailable as error:
        return error.state.value
    except Exception:
        log.exception("store_away")
        return StoreState.AWAY.value
    refused = store.refused.within(REMEMBERED)
    return "ok" if refused is None else refused.value


async def _cache(services: Services) -> str:
    cache = services.cache
    if cache is None:
        return "off"
    return "ok" if await cache.storage.is_there() else "away"


def _service(policy: CallPolicy) -> str:
    """Return a service's state as its calls found it; nothing is sent for this."""
    if policy.closed_breaker.is_open:
        return "closed"
    return "breaker_open" if policy.breaker.is_open else "ok"
