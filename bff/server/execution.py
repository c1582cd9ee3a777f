"""Execution of prepared operations: within the deadline, only until the client disconnects, and mutations to their
end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLError
from starlette.requests import HTTPConnection

from bff.errors import ApiError, ApiErrorCode
from bff.observability.operation import Operation
from bff.observability.telemetry import Telemetry
from bff.server import error_formatting
from bff.server.admission import Admission, Unlimited
from bff.server.cacheability import CacheScope
from bff.server.deprecations import DeprecatedFields
from bff.server.engine import Engine, PreparedOperation, is_mutation, is_subscription
from bff.server.operation_limits import more_than
from bff.server.options import GraphQLOptions
from bff.server.request_context import RequestContext
from bff.server.response_cache import EncodedResponse, ResponseCache, encoded

ContextOf = Callable[[HTTPConnection, bool, int], Awaitable[RequestContext]]
Disconnected = Callable[[], Coroutine[Any, Any, None]]
"""Completes when the client closes the connection."""
Answer = dict[str, Any]

TOO_LATE = "请求超时，请稍后再试。"


class AuthenticationFailed(Exception):
    """The context could not be made; `answer` is the response that says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("authentication failed")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Executor:
    """`context_of` authenticates the caller of each valid operation; it receives the connection, whether a cached
    session will do, and the operation's cost. Subscriptions end when `stopping` is set."""

    engine: Engine
    context_of: ContextOf
    telemetry: Telemetry
    deprecated: DeprecatedFields
    response_cache: ResponseCache
    admission: Admission
    stopping: asyncio.Event
    _unfinished: set[asyncio.Future[Any]] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        schema: strawberry.Schema,
        context_of: ContextOf,
        options: GraphQLOptions,
        telemetry: Telemetry,
        *,
        admission: Admission | None = None,
        stopping: asyncio.Event | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Executor:
        """Without `admission` nothing is limited; `clock` gives wall-clock seconds."""
        engine = Engine.of(schema, options)
        count = telemetry.metrics.count_response
        cache = ResponseCache(options.public_max_age, clock, count, enabled=options.response_cache)
        deprecated = DeprecatedFields.of(engine.schema)
        return cls(
            engine, context_of, telemetry, deprecated, cache, admission or Unlimited(), stopping or asyncio.Event()
        )

    async def answer(
        self, connection: HTTPConnection, prepared: PreparedOperation, disconnected: Disconnected | None = None
    ) -> Answer:
        """Execute a query or a mutation. A query is cancelled when `disconnected` completes."""
        with self._observed(connection, prepared) as operation:
            try:
                context = await self._context(connection, prepared, allow_cached=False)
                answer, _ = self._bounded(await self._executed(connection, prepared, context, disconnected), prepared)
            except AuthenticationFailed as error:
                answer = error.answer
            operation.answered(answer)
            return answer

    async def response(
        self, connection: HTTPConnection, prepared: PreparedOperation, disconnected: Disconnected | None = None
    ) -> EncodedResponse:
        """Return the response as JSON, from the cache when it has it; otherwise execute the operation."""
        with self._observed(connection, prepared) as operation:
            try:
                allow_cached = prepared.cache_scope is not CacheScope.NONE
                context = await self._context(connection, prepared, allow_cached=allow_cached)
            except AuthenticationFailed as error:
                operation.answered(error.answer)
                return encoded(error.answer)
            slot = await self.response_cache.slot(context, prepared)
            if slot is not None and (cached := self.response_cache.get(slot)) is not None:
                return cached
            context = context if slot is None else slot.context
            answer = await self._executed(connection, prepared, context, disconnected)
            answer, found = self._bounded(answer, prepared)
            operation.answered(answer)
            return self.response_cache.put(slot, found.body) if slot is not None and found.clean else found

    async def answers(self, connection: HTTPConnection, prepared: PreparedOperation) -> AsyncGenerator[Answer, None]:
        """Yield a subscription's responses until it ends, or the one of a query or mutation. The caller closes it."""
        if not is_subscription(prepared):
            yield await self.answer(connection, prepared)
            return
        with self._observed(connection, prepared) as operation:
            async with aclosing(self._subscribed(connection, prepared)) as answers:
                async for answer in answers:
                    operation.answered(answer)
                    yield answer

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Hold a task that nothing else refers to until it is done: the event loop itself does not."""
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)

    async def finish(self, seconds: float) -> None:
        """Wait, so long at most, for mutations whose clients have disconnected; before the store is closed."""
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=seconds)

    def _observed(self, connection: HTTPConnection, prepared: PreparedOperation) -> AbstractContextManager[Operation]:
        for coordinate in self.deprecated.in_(prepared):
            self.telemetry.metrics.deprecated.labels(coordinate).inc()
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

    async def _context(
        self, connection: HTTPConnection, prepared: PreparedOperation, *, allow_cached: bool
    ) -> RequestContext:
        """Authenticate the caller. Raises AuthenticationFailed."""
        try:
            async with asyncio.timeout(self.engine.options.request_timeout) as timeout:
                return await self.context_of(connection, allow_cached, prepared.cost)
        except Exception as error:
            if isinstance(error, ApiError) and error.extensions["code"] == ApiErrorCode.RATE_LIMITED.value:
                self.admission.refused(connection)
            answer = _timed_out() if timeout.expired() else _failed(error, connection)
            raise AuthenticationFailed(answer) from error

    def _bounded(self, answer: Answer, prepared: PreparedOperation) -> tuple[Answer, EncodedResponse]:
        """Return the answer and its JSON, or an error in its place when it is too large. A mutation's is never lost."""
        found, most = encoded(answer), self.engine.options.limits.answer_bytes
        if len(found.body) <= most or is_mutation(prepared):
            return answer, found
        too_large: Answer = {"errors": [error_formatting.shown(more_than("answer_bytes", most), "", "")], "data": None}
        return too_large, encoded(too_large)

    async def _executed(
        self,
        connection: HTTPConnection,
        prepared: PreparedOperation,
        context: RequestContext,
        disconnected: Disconnected | None,
    ) -> Answer:
        work = self.engine.execute(prepared, context, request_id_of(connection))
        answer = await self._within_deadline(work, disconnected, cancel=not is_mutation(prepared))
        if answer is None:
            return _outcome_unknown(prepared, self.engine.options) if is_mutation(prepared) else _timed_out()
        if "data" not in answer:  # its variables did not fit
            self.admission.refused(connection)
        return answer

    async def _within_deadline(
        self, work: Coroutine[Any, Any, Answer], disconnected: Disconnected | None, *, cancel: bool
    ) -> Answer | None:
        """Return the result, or null when the time is over or the client disconnected. Work that is not to be
        cancelled goes on to its end."""
        task = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(disconnected() if disconnected else _never())
        if not cancel:
            self.keep(task)
        try:
            timeout = self.engine.options.request_timeout
            await asyncio.wait((task, leaving), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            leaving.cancel()
            if cancel:
                task.cancel()


def request_id_of(connection: HTTPConnection) -> str:
    return str(connection.scope.get("request_id", ""))


async def _never() -> None:
    await asyncio.Event().wait()


def _timed_out() -> Answer:
    return {"errors": [error_formatting.request_error(TOO_LATE, ApiErrorCode.TIMEOUT.value)], "data": None}


def _outcome_unknown(prepared: PreparedOperation, options: GraphQLOptions) -> Answer:
    """Return the answer of a mutation that goes on after its deadline: a second one would do it twice."""
    fields = prepared.operation.selection_set.selections
    texts = {
        options.late_texts.get(each.name.value if isinstance(each, FieldNode) else "", options.late_text)
        for each in fields
    }
    text = texts.pop() if len(texts) == 1 else options.late_text
    error = error_formatting.request_error(text, ApiErrorCode.TIMEOUT.value)
    return {"errors": [{**error, "extensions": {**error["extensions"], "outcomeUnknown": True}}], "data": None}


def _failed(error: Exception, connection: HTTPConnection) -> Answer:
    wrapped = GraphQLError(str(error), original_error=error)
    return {"errors": [error_formatting.shown(wrapped, request_id_of(connection), "")], "data": None}
