"""Numbers shown in full: only in an unlocked session, and never without an audit entry."""

from __future__ import annotations

from functools import partial

from limits import parse

from bff.context import Context
from bff.errors import ApiError, ApiErrorCode
from bff.resolvers.authorization import unlocked

OFTEN = (parse("200/hour"),)
"""Nobody looks at so many of their own numbers; a program that empties a stolen session would."""


async def revealed(context: Context, what: str, number: str) -> str:
    """Return `number`, after an audit entry says that this member saw `what`, one a request. Raises RATE_LIMITED."""
    member_id = unlocked(context).member.id
    context.cache_control.no_store()  # each showing is audited
    await context.memo.get(f"reveal {what} {number}", partial(_note, context, member_id, what))
    return number


async def _note(context: Context, member_id: str, what: str) -> None:
    if seconds := await context.services.attempt_limiter.use(OFTEN, "reveal", member_id):
        raise ApiError(ApiErrorCode.RATE_LIMITED, "查看完整号码过于频繁，请稍后再试。", retryAfterSeconds=seconds)
    await context.audit("reveal", "done", detail=what)
