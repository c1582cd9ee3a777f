"""The ASGI application: its routes, middleware and lifespan, assembled in one visible place."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bff import preflight
from bff.context import Context
from bff.errors import ApiErrorCode
from bff.network.shutdown import ShutdownState
from bff.observability import logging as logs
from bff.observability.metrics import Metrics
from bff.observability.metrics_server import serve_metrics
from bff.observability.telemetry import Telemetry, Tracing
from bff.schema import CACHEABLE_FIELDS, PUBLIC_FIELDS, SHARED_FIELDS, build_schema, mutation_timeout
from bff.security.client_address import Client, address_of
from bff.security.network_rate_limiter import NetworkLimit
from bff.security.operation_rate_limiter import Buckets
from bff.server import (
    Executor,
    GraphQLOptions,
    document_manifest,
    graphiql,
    graphql_routes,
    operation_names,
    security_headers,
)
from bff.server.readiness import Readiness
from bff.server.trailing_slash import StripTrailingSlash
from bff.services import Services, caches, limited_by, open_services, utc_now
from bff.settings import Settings
from bff.settings import names as setting_names
from bff.store.keyvalue import in_redis

log = structlog.get_logger(__name__)

WRONG_SETTINGS = 78
"""Exit status, as in sysexits.h."""
TRACES_TO = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

AtStart = Callable[[Services], Awaitable[None]]


def create() -> Starlette:
    """Build the application for a server that imports it: settings come from the environment."""
    settings = _settings_in_order()
    logs.start(settings.log_level, settings.log_style)
    setting_names.warn_of_unknown()
    return create_app(settings, at_start=settled)


def _settings_in_order() -> Settings:
    """Return the environment's settings; where they are wrong, end the process with the reasons on standard error."""
    try:
        settings = Settings()
        problems = preflight.problems(settings)
    except ValidationError as error:
        problems = preflight.what_is_wrong(error)
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        raise SystemExit(WRONG_SETTINGS)
    return settings


async def settled(_: Services) -> None:
    """Take what was built at the start out of the garbage collector's rounds: it stays for good."""
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings,
    *,
    at_start: AtStart | None = None,
    ide: graphiql.GraphiQLConfig | None = None,
    now: Callable[[], datetime] = utc_now,
    tracing: Tracing | None = None,
) -> Starlette:
    """Build the application. `at_start` runs when the services are there and before the first request; `ide` mounts
    GraphiQL. Without `tracing` spans go where OpenTelemetry's variables say, if they say so."""

    options = graphql_options(settings)
    known = operation_names.APP | operation_names.names_in(options.documents.values())
    telemetry = Telemetry(Metrics.new(ApiErrorCode), known, tracing or tracing_of_environment())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings, now, telemetry) as services:
            app.state.services = services
            if at_start is not None:
                await at_start(services)
            chores = [asyncio.create_task(each) for each in _chores(services)]
            with _exposed(settings, telemetry.metrics) as port:
                app.state.metrics_port = port
                yield
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await executor.finish(2 * settings.core_timeout.total_seconds())
        if options.shared_documents is not None:
            await options.shared_documents.close()
        if telemetry.tracing is not None:
            await asyncio.to_thread(telemetry.tracing.close)
        await asyncio.to_thread(logs.settle)  # the server ends by a signal, which would cut the last lines off

    stopping = ShutdownState()
    executor = Executor.of(
        build_schema(),
        context_of,
        options,
        telemetry,
        admission=_admission(settings, telemetry.metrics),
        stopping=stopping.begun,
        clock=lambda: now().timestamp(),
    )
    app = Starlette(
        routes=_routes(settings, executor, ide),
        middleware=[
            Middleware(StripTrailingSlash),
            *security_headers.middleware(settings.cors_origins, development=settings.development),
        ],
        exception_handlers={Exception: security_headers.failed},
        lifespan=lifespan,
    )
    app.state.stopping = stopping
    app.state.metrics = telemetry.metrics
    return app


def _chores(services: Services) -> tuple[Coroutine[Any, Any, None], ...]:
    """Return the loops that a process runs for as long as it lives."""
    return (
        services.reconciler.reconcile_forever(),
        services.retention.tidy_forever(),
        services.retention.forget_successors_forever(),
    )


def tracing_of_environment() -> Tracing | None:
    if not any(os.environ.get(each) for each in TRACES_TO):
        return None
    try:
        from bff.observability.tracing import otlp_tracing
    except ImportError:
        log.error("traces_need_an_extra", install="gjj-bff[traces]")
        return None
    return otlp_tracing()


def _exposed(settings: Settings, metrics: Metrics) -> AbstractContextManager[int | None]:
    return serve_metrics(metrics.registry, settings.metrics_host, settings.metrics_port, settings.workers)


def _admission(settings: Settings, metrics: Metrics) -> NetworkLimit:
    return NetworkLimit(
        Buckets(settings.network_bytes_a_minute),
        Buckets(settings.network_refusals_a_minute),
        settings.trusted_proxies,
        limited_by(metrics),
    )


def _routes(settings: Settings, executor: Executor, ide: graphiql.GraphiQLConfig | None) -> Sequence[BaseRoute]:
    routes = graphql_routes(executor)
    if settings.development:
        routes += graphiql.routes(ide or graphiql.GraphiQLConfig())
    return [*routes, Route("/healthz", healthz), Route("/readyz", Readiness().answer)]


def graphql_options(settings: Settings) -> GraphQLOptions:
    return GraphQLOptions(
        development=settings.development,
        request_timeout=settings.request_timeout.total_seconds(),
        socket_idle=settings.keep_alive.total_seconds(),
        documents=document_manifest.load(settings.documents_file) if settings.documents_file else {},
        documents_only=settings.documents_only,
        shared_documents=in_redis(settings.cache_url) if settings.cache_url else None,
        public_fields=PUBLIC_FIELDS,
        shared_fields=SHARED_FIELDS,
        cacheable_fields=CACHEABLE_FIELDS,
        response_cache=caches(settings),
        compiled_selections=settings.compiled_selections,
        public_max_age=settings.public_max_age.total_seconds(),
        origins=settings.cors_origins,
        late_text=mutation_timeout.APPLICATION,
        late_texts=mutation_timeout.LATE_TEXTS,
    )


async def context_of(connection: HTTPConnection, allow_cached: bool, cost: int) -> Context:
    """Find out who is asking and from where; a token that is wrong or has expired counts as none. With `allow_cached` a
    session that was seen within the last second will do. `cost` is the operation's.

    Raises RATE_LIMITED. Members are counted by themselves, since thousands may share the address of a mobile network.
    """
    services: Services = connection.app.state.services
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    known = scheme.lower() == "bearer" and token
    session = await services.sessions.authenticate(token, allow_cached=allow_cached) if known else None
    client = _client_of(connection)
    if session is not None:
        services.operation_rate_limiter.count(session.member.id)
    else:
        services.operation_rate_limiter.count_signed_out(client.network, cost)
    return Context(services=services, client=client, session=session, access_token=token if session else "")


def _client_of(connection: HTTPConnection) -> Client:
    return Client(
        address=address_of(connection, connection.app.state.services.settings.trusted_proxies),
        user_agent=connection.headers.get("user-agent", ""),
        request_id=connection.scope.get("request_id", ""),
    )


async def healthz(_: Request) -> Response:
    """Answer that this process is alive, which says nothing of the core or the store."""
    return JSONResponse({"status": "ok"})
