"""Runs what was prepared: within the deadline, only as long as the client waits, and never cutting a mutation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from starlette.requests import HTTPConnection

from bff.errors import ProblemCode
from bff.graphql import failures
from bff.graphql.engine import Engine, Prepared, is_mutation, is_subscription
from bff.graphql.usage import DeprecatedFields
from bff.watch import Operation, Watch

ContextOf = Callable[[HTTPConnection], Awaitable[Any]]
Answer = dict[str, Any]

TOO_LATE = "请求超时，请稍后再试。"


@dataclass(frozen=True, slots=True)
class Runner:
    """`context_of` is called once an operation, for those that are valid only."""

    engine: Engine
    context_of: ContextOf
    watch: Watch
    deprecated: DeprecatedFields

    @classmethod
    def of(cls, engine: Engine, context_of: ContextOf, watch: Watch) -> Runner:
        return cls(engine, context_of, watch, DeprecatedFields.of(engine.schema))

    async def answer(
        self, connection: HTTPConnection, prepared: Prepared, gone: Awaitable[None] | None = None
    ) -> Answer:
        """Of a query or a mutation. `gone` is over when nobody waits for the answer any more."""
        with self._watched(connection, prepared) as watched:
            work = self._work(connection, prepared)
            answer = await within(work, self.engine.options.request_timeout, cut=not is_mutation(prepared), gone=gone)
            if answer is None:
                answer = {"errors": [failures.request_error(TOO_LATE, ProblemCode.TIMEOUT.value)], "data": None}
            watched.answered(answer)
            return answer

    async def answers(self, connection: HTTPConnection, prepared: Prepared) -> AsyncIterator[Answer]:
        """Of a subscription those that come until it ends, of anything else the one."""
        if not is_subscription(prepared):
            yield await self.answer(connection, prepared)
            return
        with self._watched(connection, prepared) as watched:
            async for answer in self._subscribed(connection, prepared):
                watched.answered(answer)
                yield answer

    def _watched(self, connection: HTTPConnection, prepared: Prepared) -> AbstractContextManager[Operation]:
        for field in self.deprecated.in_(prepared):
            self.watch.metrics.deprecated.labels(field).inc()
        name = prepared.operation.name.value if prepared.operation.name else ""
        if is_subscription(prepared):
            return self.watch.subscription(name, request_id_of(connection))
        kind, parent = prepared.operation.operation.value, connection.headers.get("traceparent", "")
        return self.watch.operation(name, kind, request_id_of(connection), parent)

    async def _subscribed(self, connection: HTTPConnection, prepared: Prepared) -> AsyncIterator[Answer]:
        try:
            context = await self.context_of(connection)
        except Exception as error:
            yield _failed(error, connection)
            return
        async for answer in self.engine.subscribe(prepared, context, request_id_of(connection)):
            yield answer

    async def _work(self, connection: HTTPConnection, prepared: Prepared) -> Answer:
        try:
            context = await self.context_of(connection)
        except Exception as error:
            return _failed(error, connection)
        return await self.engine.execute(prepared, context, request_id_of(connection))


async def within(
    work: Coroutine[Any, Any, Answer], seconds: float, *, cut: bool, gone: Awaitable[None] | None = None
) -> Answer | None:
    """The result, or null when the time is over or the client gone. Work that may not be cut goes on to its end."""
    task = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(gone or asyncio.Event().wait())
    if not cut:
        _uncut.add(task)  # a task that nobody holds may be collected
        task.add_done_callback(_uncut.discard)
    try:
        await asyncio.wait((task, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        leaving.cancel()
        if cut:
            task.cancel()


async def finish(seconds: float) -> None:
    """Waits, so long at most, for mutations whose clients have gone; before the store is closed."""
    if _uncut:
        await asyncio.wait(_uncut, timeout=seconds)


def request_id_of(connection: HTTPConnection) -> str:
    return str(connection.scope.get("request_id", ""))


def _failed(error: Exception, connection: HTTPConnection) -> Answer:
    wrapped = GraphQLError(str(error), original_error=error)
    return {"errors": [failures.shown(wrapped, request_id_of(connection), "")], "data": None}


_uncut: set[asyncio.Task[Answer]] = set()
