"""Turns the core's failures into the errors that a client sees. A refusal of a reading call is one of them too:
the member did nothing that could be mended on the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from math import ceil
from typing import TypeVar

from bff.cache.policy import Cached
from bff.context import Context
from bff.errors import Problem, ProblemCode, bad_inputs
from bff.legacy.errors import (
    CoreBusy,
    CoreCallNotPermitted,
    CoreClosed,
    CoreError,
    CoreRejected,
    CoreTimeout,
    CoreUnsendable,
)
from bff.rules.centre_time import CENTRE_TIME
from bff.rules.core_refusals import message_of
from bff.rules.refusal import IN_DOUBT, Refusal, UserErrorCode, day_in_words

Answer = TypeVar("Answer")

RETRY_AFTER = 30
"""Seconds that a client waits before it asks again, where the core names no time."""


def today(context: Context) -> date:
    """At the centre."""
    return context.services.now().astimezone(CENTRE_TIME).date()


async def ask(call: Awaitable[Answer]) -> Answer:
    """The core's answer to a reading call, or a Problem."""
    try:
        return await call
    except CoreError as error:
        raise problem_of(error) from error


async def read(
    context: Context,
    row: Cached[Answer],
    member: str | None,
    call: Callable[[], Awaitable[Answer]],
    *asked: object,
    shown: bool = True,
    rows: int | None = None,
) -> Answer:
    """Asks the core through the cache; what decides money does not come this way.

    `member` is the account's number, null for what is everybody's; `asked` is all else that the answer depends on.
    `shown` is false where nothing of the record is shown that changes, so that it need not be of the same reading as
    what is. `rows` is how many of a list `call` gives; it may be more.
    """
    cache, reading = context.services.cache, context.reading
    if cache is None:
        return await ask(call())
    reading.begin(cache.clock())
    floor = reading.not_before if member is not None and shown else 0.0
    found = await ask(cache.read(row, member, call, *asked, reading=reading.began, not_before=floor, rows=rows))
    context.cache_control.limit(found.until)
    if found.age is not None:
        context.tell_ages({row.operation: found.age})
    elif member is not None and shown:
        reading.note(row.operation, found.reading, found.said_at)
    return found.record


async def kept(context: Context, row: Cached[Answer], member: str | None, *asked: object) -> Answer | None:
    """What the core said a while ago, where it is away now and the call itself was not worth keeping."""
    cache = context.services.cache
    found = None if cache is None else await cache.kept(row, member, *asked)
    if found is None or found.age is None:
        return None
    context.tell_ages({row.operation: found.age})
    return found.record


def problem_of(error: CoreError) -> Problem:
    match error:
        case CoreTimeout():
            return Problem(ProblemCode.CORE_TIMEOUT, "业务系统响应超时，请稍后再试。", retryAfterSeconds=RETRY_AFTER)
        case CoreClosed(opens_at=opens_at):
            return _closed(opens_at)
        case CoreUnsendable():
            return bad_inputs([Refusal(UserErrorCode.INVALID_INPUT, "输入内容含有无法识别的字符，请修改后重试。")])
        case CoreRejected():
            message = message_of(error.code, error.text, f"业务系统未受理该查询。{IN_DOUBT}")
            return Problem(ProblemCode.CORE_REJECTED, message, reason=str(error.code))
        case CoreCallNotPermitted(retry_after=seconds):
            return Problem(
                ProblemCode.CORE_UNAVAILABLE, "业务系统繁忙，请稍后再试。", retryAfterSeconds=max(1, ceil(seconds))
            )
        case CoreBusy():
            return Problem(ProblemCode.CORE_UNAVAILABLE, "业务系统繁忙，请稍后再试。", retryAfterSeconds=RETRY_AFTER)
    return Problem(ProblemCode.CORE_UNAVAILABLE, "业务系统暂时无法访问，请稍后再试。", retryAfterSeconds=RETRY_AFTER)


def _closed(opens_at: datetime | None) -> Problem:
    if opens_at is None:
        message = "当前不在业务系统的服务时间，请在服务时间内再试。"
        return Problem(ProblemCode.CORE_CLOSED, message, retryAfterSeconds=RETRY_AFTER)
    wait = max(RETRY_AFTER, ceil((opens_at - datetime.now(UTC)).total_seconds()))
    return Problem(
        ProblemCode.CORE_CLOSED,
        f"当前不在业务系统的服务时间，预计{day_in_words(opens_at)}{opens_at:%H:%M}恢复，请届时再试。",
        retryAfterSeconds=wait,
        opensAt=opens_at.isoformat(),
    )
