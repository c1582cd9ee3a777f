"""The core's failures as errors that a client sees. A refusal of a reading call is one of them, too: the member did
nothing that could be mended on the screen."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from bff.errors import ApiError, ApiErrorCode, bad_inputs
from bff.legacy.errors import (
    CoreBusy,
    CoreCallNotPermitted,
    CoreClosed,
    CoreError,
    CoreRejected,
    CoreTimeout,
    CoreUnsendable,
)
from bff.rules.core_refusals import message_of
from bff.rules.refusal import IN_DOUBT, Refusal, UserErrorCode, day_in_words

RETRY_AFTER = 30
"""Seconds that a client waits before it asks again, where the core names no time."""


def explain(error: CoreError) -> str:
    """Return the text for members of why the core could not be asked."""
    return str(api_error_of(error))


def api_error_of(error: CoreError) -> ApiError:
    """Return the error that a client sees for a call that failed."""
    match error:
        case CoreTimeout():
            return ApiError(ApiErrorCode.CORE_TIMEOUT, "业务系统响应超时，请稍后再试。", retryAfterSeconds=RETRY_AFTER)
        case CoreClosed(opens_at=opens_at):
            return _closed(opens_at)
        case CoreUnsendable():
            return bad_inputs([Refusal(UserErrorCode.INVALID_INPUT, "输入内容含有无法识别的字符，请修改后重试。")])
        case CoreRejected():
            message = message_of(error.code, error.text, f"业务系统未受理该查询。{IN_DOUBT}")
            return ApiError(ApiErrorCode.CORE_REJECTED, message, reason=str(error.code))
        case CoreCallNotPermitted(retry_after=seconds):
            return ApiError(
                ApiErrorCode.CORE_UNAVAILABLE, "业务系统繁忙，请稍后再试。", retryAfterSeconds=max(1, ceil(seconds))
            )
        case CoreBusy():
            return ApiError(ApiErrorCode.CORE_UNAVAILABLE, "业务系统繁忙，请稍后再试。", retryAfterSeconds=RETRY_AFTER)
    return ApiError(ApiErrorCode.CORE_UNAVAILABLE, "业务系统暂时无法访问，请稍后再试。", retryAfterSeconds=RETRY_AFTER)


def _closed(opens_at: datetime | None) -> ApiError:
    if opens_at is None:
        message = "当前不在业务系统的服务时间，请在服务时间内再试。"
        return ApiError(ApiErrorCode.CORE_CLOSED, message, retryAfterSeconds=RETRY_AFTER)
    wait = max(RETRY_AFTER, ceil((opens_at - datetime.now(UTC)).total_seconds()))
    return ApiError(
        ApiErrorCode.CORE_CLOSED,
        f"当前不在业务系统的服务时间，预计{day_in_words(opens_at)}{opens_at:%H:%M}恢复，请届时再试。",
        retryAfterSeconds=wait,
        opensAt=opens_at.isoformat(),
    )
