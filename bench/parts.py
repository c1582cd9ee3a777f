"""Where a screen's processor time goes, in one process and without a network: `python -m bench.parts 2>/dev/null`; with
`--profile` also what takes the most of it. The core is the practice core, whose own time does not count."""

from __future__ import annotations

import asyncio
import cProfile
import gc
import json
import pstats
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import process_time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from bench.telemetry_overhead import SIGN_IN, measure_operations
from bff.app import create_app
from bff.cli.dev_examples import OPERATIONS, operations_of
from bff.cli.dev_members import register_practice_people
from bff.observability import logging as logs
from bff.schema import build_schema
from bff.server import operation_limits
from bff.server.engine import Engine, GraphQLRequest
from bff.server.options import GraphQLOptions
from bff.services import Services
from bff.settings import Settings

SCREEN = operations_of((OPERATIONS / "account.graphql").read_text(encoding="utf-8"))["AccountInfo"]
ROWS = operations_of((OPERATIONS / "details.graphql").read_text(encoding="utf-8"))["ContributionDetails"]
ROUNDS = 5


def main() -> None:
    logs.configure("INFO", "json")
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(Path(folder), 0, {})
        try:
            servers.start_core()
            asyncio.run(measure(servers.core_url, Path(folder), profiled="--profile" in sys.argv))
        finally:
            servers.stop()


async def measure(core_url: str, folder: Path, *, profiled: bool) -> None:
    async with signed_in(core_url, folder / "cached", cache=True) as (app, services, token):
        numbers = iter(range(10**9))  # variables that the document does not have: another key, the same work
        held = screen(app, token, {})
        answer = await held()
        await shown("a bare Starlette route with the same bytes", 2000, screen(bare(answer), "", {}))
        await shown("from the response cache", 1000, held, profiled)
        cached = lambda: screen(app, token, {"n": next(numbers)})()  # noqa: E731
        await shown("made of cached records", 300, cached, profiled)
        await parts(services, token)
    async with signed_in(core_url, folder / "uncached", cache=False) as (app, _, token):
        await shown("asking the core twice", 100, screen(app, token, {}), profiled)
        await shown("60 rows, asking the core", 50, screen(app, token, {"first": 100}, ROWS), profiled)


async def parts(services: Services, token: str) -> None:
    engine, request = Engine.of(build_schema(), GraphQLOptions()), GraphQLRequest(SCREEN)
    document = engine.prepare(request).document

    async def measured() -> None:
        operation_limits.check(engine.schema, document, {}, engine.options.limits)

    async def prepared() -> None:
        engine.prepare(request)

    await shown("  of it: session, from the store", 500, lambda: services.sessions.authenticate(token))
    await shown(
        "  of it: session, seen a moment ago", 5000, lambda: services.sessions.authenticate(token, allow_cached=True)
    )
    await shown("  of it: limits, for a new document", 200, measured)
    await shown("  of it: limits, for a known one", 5000, prepared)
    print(f"{'  of it: figures and a line in the log':45} {1e6 * measure_operations():7.0f} µs")


async def shown(name: str, times: int, one: Callable[[], Awaitable[Any]], profiled: bool = False) -> None:
    """The best of some rounds: the rest is what else this machine did."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for _ in range(times):
            await one()
        best = min(best, (process_time() - began) / times)
    print(f"{name:45} {1e6 * best:7.0f} µs", flush=True)
    if profiled:
        with cProfile.Profile(process_time) as profile:
            for _ in range(times):
                await one()
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


@asynccontextmanager
async def signed_in(core_url: str, folder: Path, *, cache: bool) -> AsyncIterator[tuple[Starlette, Services, str]]:
    settings = Settings(
        core_url=core_url, data_dir=folder, password_memory_kib=64, cache=cache, rate_limit_per_minute=0
    )
    app = create_app(settings, at_start=register_practice_people)
    async with app.router.lifespan_context(app):
        gc.collect()
        gc.freeze()  # as `bff serve` does
        secrets = {"username": "13800000001", "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD}
        answer = json.loads(await screen(app, "", {"input": secrets}, SIGN_IN)())
        yield app, app.state.services, answer["data"]["signIn"]["session"]["accessToken"]


def bare(body: bytes) -> Starlette:
    async def answer(http: HttpRequest) -> Response:
        await http.body()
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


def screen(app: Starlette, token: str, variables: dict[str, Any], document: str = SCREEN) -> Callable[[], Any]:
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = [
        (b"host", b"bench"),
        (b"content-type", b"application/json"),
        (b"authorization", f"Bearer {token}".encode()),
    ]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/graphql",
    }
    scope |= {"raw_path": b"/graphql", "root_path": "", "scheme": "http", "query_string": b"", "headers": headers}
    scope |= {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}

    async def ask() -> bytes:
        waiting, sent = [{"type": "http.request", "body": body, "more_body": False}], bytearray()

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.extend(message.get("body", b""))

        await app(dict(scope), receive, send)
        assert b'"errors"' not in sent, bytes(sent)
        return bytes(sent)

    return ask


if __name__ == "__main__":
    main()
