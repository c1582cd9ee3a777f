"""Runs what was prepared: within the deadline, only as long as the client waits, and never cutting a mutation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError
from starlette.requests import HTTPConnection

from bff.errors import ApiError, ApiErrorCode
from bff.observability.operation import Operation
from bff.observability.telemetry import Telemetry
from bff.server import error_formatting
from bff.server.admission import Admission
from bff.server.cacheability import CacheScope
from bff.server.deprecations import DeprecatedFields
from bff.server.engine import Engine, PreparedOperation, is_mutation, is_subscription
from bff.server.operation_limits import more_than
from bff.server.options import GraphQLOptions
from bff.server.response_cache import EncodedResponse, ResponseCache, encoded

ContextOf = Callable[[HTTPConnection, bool, int], Awaitable[Any]]
Disconnected = Callable[[], Coroutine[Any, Any, None]]
Answer = dict[str, Any]

TOO_LATE = "请求超时，请稍后再试。"


class AuthenticationFailed(Exception):
    """It did not come out who asks; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("nobody known")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Executor:
    """`context_of` is called once an operation, for those that are valid only: it says who asks, or raises, before
    anything is answered. It is told whether what it saw a moment ago will do, and what the operation costs.
    Subscriptions end with `stopping`."""

    engine: Engine
    context_of: ContextOf
    telemetry: Telemetry
    deprecated: DeprecatedFields
    response_cache: ResponseCache
    admission: Admission
    stopping: asyncio.Event

    @classmethod
    def of(
        cls, engine: Engine, context_of: ContextOf, telemetry: Telemetry, admission: Admission, stopping: asyncio.Event
    ) -> Executor:
        responses = ResponseCache(engine.options.public_max_age)
        return cls(engine, context_of, telemetry, DeprecatedFields.of(engine.schema), responses, admission, stopping)

    async def answer(
        self, connection: HTTPConnection, prepared: PreparedOperation, disconnected: Disconnected | None = None
    ) -> Answer:
        """Of a query or a mutation. `gone` waits until nobody waits for the answer any more."""
        with self._watched(connection, prepared) as watched:
            try:
                context = await self._context(connection, prepared, allow_cached=False)
                answer, _ = self._bounded(await self._executed(connection, prepared, context, disconnected), prepared)
            except AuthenticationFailed as error:
                answer = error.answer
            watched.answered(answer)
            return answer

    async def response(
        self, connection: HTTPConnection, prepared: PreparedOperation, disconnected: Disconnected | None = None
    ) -> EncodedResponse:
        """The same in bytes, which may have been held from before."""
        with self._watched(connection, prepared) as watched:
            try:
                context = await self._context(
                    connection, prepared, allow_cached=prepared.cache_scope is not CacheScope.NONE
                )
            except AuthenticationFailed as error:
                watched.answered(error.answer)
                return encoded(error.answer)
            slot = await self.response_cache.slot(context, prepared)
            if slot is not None and (held := self.response_cache.get(slot)) is not None:
                return held
            answer = await self._executed(connection, prepared, context if slot is None else slot.context, disconnected)
            answer, found = self._bounded(answer, prepared)
            watched.answered(answer)
            return self.response_cache.put(slot, found.body) if slot is not None and found.clean else found

    async def answers(self, connection: HTTPConnection, prepared: PreparedOperation) -> AsyncGenerator[Answer, None]:
        """Of a subscription those that come until it ends, of anything else the one. To be closed by who leaves it."""
        if not is_subscription(prepared):
            yield await self.answer(connection, prepared)
            return
        with self._watched(connection, prepared) as watched:
            async with aclosing(self._subscribed(connection, prepared)) as answers:
                async for answer in answers:
                    watched.answered(answer)
                    yield answer

    def _watched(self, connection: HTTPConnection, prepared: PreparedOperation) -> AbstractContextManager[Operation]:
        for field in self.deprecated.in_(prepared):
            self.telemetry.metrics.deprecated.labels(field).inc()
        name = prepared.operation.name.value if prepared.operation.name else ""
        kind, parent = prepared.operation.operation.value, connection.headers.get("traceparent", "")
        return self.telemetry.operation(name, kind, request_id_of(connection), parent)

    async def _subscribed(
        self, connection: HTTPConnection, prepared: PreparedOperation
    ) -> AsyncGenerator[Answer, None]:
        try:
            context = await self._context(connection, prepared, allow_cached=False)
        except AuthenticationFailed as error:
            yield error.answer
            return
        async with aclosing(self.engine.subscribe(prepared, context, request_id_of(connection))) as answers:
            async for answer in answers:
                yield answer

    async def _context(self, connection: HTTPConnection, prepared: PreparedOperation, *, allow_cached: bool) -> Any:
        """Raises AuthenticationFailed."""
        try:
            async with asyncio.timeout(self.engine.options.request_timeout) as time:
                return await self.context_of(connection, allow_cached, prepared.cost)
        except Exception as error:
            if isinstance(error, ApiError) and error.extensions["code"] == ApiErrorCode.RATE_LIMITED.value:
                self.admission.refused(connection)
            raise AuthenticationFailed(_late() if time.expired() else _failed(error, connection)) from error

    def _bounded(self, answer: Answer, prepared: PreparedOperation) -> tuple[Answer, EncodedResponse]:
        """The answer and its bytes, or in its place that there are too many. A mutation's is never lost."""
        found, most = encoded(answer), self.engine.options.limits.answer_bytes
        if len(found.body) <= most or is_mutation(prepared):
            return answer, found
        too_large: Answer = {"errors": [error_formatting.shown(more_than("answer_bytes", most), "", "")], "data": None}
        return too_large, encoded(too_large)

    async def _executed(
        self, connection: HTTPConnection, prepared: PreparedOperation, context: Any, disconnected: Disconnected | None
    ) -> Answer:
        work = self.engine.execute(prepared, context, request_id_of(connection))
        answer = await within(
            work, self.engine.options.request_timeout, cut=not is_mutation(prepared), disconnected=disconnected
        )
        if answer is None:
            return _unknown(prepared, self.engine.options) if is_mutation(prepared) else _late()
        if "data" not in answer:  # its variables did not fit
            self.admission.refused(connection)
        return answer


async def within(
    work: Coroutine[Any, Any, Answer], seconds: float, *, cut: bool, disconnected: Disconnected | None = None
) -> Answer | None:
    """The result, or null when the time is over or the client gone. Work that may not be cut goes on to its end."""
    task = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(disconnected() if disconnected else _never())
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


async def _never() -> None:
    await asyncio.Event().wait()


def _late() -> Answer:
    return {"errors": [error_formatting.request_error(TOO_LATE, ApiErrorCode.TIMEOUT.value)], "data": None}


def _unknown(prepared: PreparedOperation, options: GraphQLOptions) -> Answer:
    """Of a mutation that goes on: to ask for a second one would do it twice."""
    fields = prepared.operation.selection_set.selections
    texts = {
        options.late_texts.get(each.name.value if isinstance(each, FieldNode) else "", options.late_text)
        for each in fields
    }
    error = error_formatting.request_error(
        texts.pop() if len(texts) == 1 else options.late_text, ApiErrorCode.TIMEOUT.value
    )
    return {"errors": [{**error, "extensions": {**error["extensions"], "outcomeUnknown": True}}], "data": None}


def _failed(error: Exception, connection: HTTPConnection) -> Answer:
    wrapped = GraphQLError(str(error), original_error=error)
    return {"errors": [error_formatting.shown(wrapped, request_id_of(connection), "")], "data": None}


_uncut: set[asyncio.Task[Answer]] = set()
