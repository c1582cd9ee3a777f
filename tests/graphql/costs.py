"""What a request costs the processor from its bytes to its answer's, with caches as cold as after a restart: counted
for tests, and timed for `bench/`."""

from __future__ import annotations

import asyncio
import cProfile
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import get_introspection_query, parse, validate
from starlette.applications import Starlette
from starlette.types import Message

from bff.app import context_of, graphql_options
from bff.observability.metrics import Metrics
from bff.observability.telemetry import Telemetry
from bff.schema import build_schema
from bff.server import Executor, graphql_routes
from bff.services import Services, open_services
from bff.settings import Settings
from tests.graphql.shapes import Shape

FIXED = 20.0
"""Milliseconds that `fixed_work` takes on a machine as the bounds are meant for."""


@dataclass(frozen=True, slots=True)
class Cost:
    milliseconds: float
    status: int
    answer: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """`calls` of functions, in Python and in C: as many on each machine, however busy it is."""

    calls: int
    milliseconds: float
    status: int
    answer: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The real endpoint, in front of whatever core the settings name, without a socket between."""

    settings: Settings
    services: Services
    telemetry: Telemetry
    schema: strawberry.Schema

    async def cost(self, shape: Shape, within: float, tries: int) -> Cost:
        """The least of several tries, fewer once one is `within` so many milliseconds. Time counts as on the machine
        that the bounds are meant for."""
        found: list[Cost] = []
        while len(found) < tries and (not found or min(each.milliseconds for each in found) > within):
            slower = max(1.0, fixed_work() / FIXED) if found else 1.0
            found.append(await self._once(shape.body(), slower))
        return min(found, key=lambda each: each.milliseconds)

    async def _once(self, body: bytes, slower: float) -> Cost:
        app = self._cold()
        begun = time.process_time()
        status, answer = await _answered(app, body)
        return Cost(1000 * (time.process_time() - begun) / slower, status, answer)

    async def work(self, shape: Shape) -> Work:
        """Of one request. The time is longer by the counting."""
        app, body, profile = self._cold(), shape.body(), cProfile.Profile(subcalls=False)
        begun = time.process_time()
        with profile:
            status, answer = await _answered(app, body)
        took = 1000 * (time.process_time() - begun)
        return Work(sum(each.callcount for each in profile.getstats()), took, status, answer)

    def _cold(self) -> Starlette:
        executor = Executor.of(self.schema, context_of, graphql_options(self.settings), self.telemetry)
        app = Starlette(routes=graphql_routes(executor))
        app.state.services = self.services
        app.middleware_stack = app.build_middleware_stack()
        return app


@asynccontextmanager
async def endpoint(settings: Settings) -> AsyncIterator[Endpoint]:
    telemetry = Telemetry(Metrics.new())
    async with open_services(settings, telemetry=telemetry) as services:
        found = Endpoint(settings, services, telemetry, build_schema())
        await found.cost(Shape("what a process does but once", "{ __typename faqs { id } }"), 0, 2)
        # As in a server that has started: what lives for ever is not looked through again.
        gc.collect()
        gc.freeze()
        yield found


async def _answered(app: Starlette, body: bytes) -> tuple[int, bytes]:
    sent: list[Message] = []
    bodies = [body]

    async def receive() -> Message:
        if not bodies:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": bodies.pop(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(_scope(len(body)), receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


def _scope(length: int) -> dict[str, Any]:
    headers = {"host": "test", "content-type": "application/json", "content-length": str(length)}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


def fixed_work() -> float:
    """Milliseconds of the same work each time: a busy or slow machine shows itself here as well."""
    begun = time.process_time()
    for _ in range(3):
        validate(_SCHEMA, parse(get_introspection_query()))
    return 1000 * (time.process_time() - begun)


_SCHEMA = build_schema()._schema
