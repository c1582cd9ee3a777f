"""A schema of a few fields behind the endpoint, for what the endpoint does with any schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from bff.context import CacheControl
from bff.observability.metrics import Metrics
from bff.observability.telemetry import Telemetry
from bff.server import Executor, GraphQLOptions, graphql_routes
from bff.server.admission import Admission


@strawberry.type
class Query:
    @strawberry.field
    def rate(self, year: int = 2018) -> str:
        return f"3.25 since {year}"

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("the secret of the machine")

    @strawberry.field
    def caller(self, info: strawberry.Info) -> str:
        return str(info.context.name)

    @strawberry.field
    def old(self, info: strawberry.Info) -> str:
        info.context.staleness["QueryRates"] = 600
        return "3.25"

    @strawberry.field
    async def waiting(self) -> str:
        await asyncio.Event().wait()
        return ""

    @strawberry.field(deprecation_reason="Use rate.")  # type: ignore[untyped-decorator] # it takes arguments
    def former(self) -> str:
        return "3.00"

    @strawberry.field
    def me(self) -> str:
        return "段小梅"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rate(self) -> str:
        return "3.10"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1
        yield 2

    @strawberry.subscription
    async def waiting(self) -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 0


PUBLIC = frozenset({"rate", "broken", "caller", "old"})


def client_of(telemetry: Telemetry | None = None, admission: Admission | None = None, **options: Any) -> TestClient:
    schema = strawberry.Schema(Query, Mutation, Subscription)
    options = {"public_fields": PUBLIC, "shared_fields": dict.fromkeys(PUBLIC, frozenset()), **options}
    telemetry = telemetry or Telemetry(Metrics.new())
    executor = Executor.of(schema, _caller, GraphQLOptions(**options), telemetry, admission=admission)
    return TestClient(Starlette(routes=graphql_routes(executor)))


class OneReading:
    """Records that were all read at one time."""

    def ages(self) -> dict[str, float]:
        return {}

    def restart(self) -> None:
        raise AssertionError("nothing is read again")


@dataclass
class Caller:
    name: str
    staleness: dict[str, int] = field(default_factory=dict)
    cache_control: CacheControl = field(default_factory=CacheControl)
    snapshot: OneReading = field(default_factory=OneReading)

    def tell_ages(self, ages: dict[str, float]) -> None:
        raise AssertionError("all records are of one reading")

    def anonymous(self) -> Caller:
        return replace(self, name="nobody")

    async def cache_identity(self) -> tuple[object, ...] | None:
        return None


async def _caller(connection: HTTPConnection, allow_cached: bool, cost: int) -> Caller:
    if connection.headers.get("authorization") == "broken":
        raise ConnectionError("the store's secret")
    return Caller(connection.headers.get("authorization", "nobody"))
