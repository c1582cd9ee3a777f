"""Top-level errors that a client is meant to see: the world failed, or access is denied. What a person can act on
is a user error in the payload instead; everything else is a bug and reaches the client masked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bff.rules.refusal import Refusal, UserErrorCode
from bff.store.unavailable import StoreUnavailable


class ApiErrorCode(StrEnum):
    """`extensions.code` of a top-level error. Codes and the keys of `extensions` are never renamed or removed: apps
    decide by them (`releases/codes.txt`)."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    QUERY_PASSWORD_REQUIRED = "QUERY_PASSWORD_REQUIRED"  # noqa: S105 (a code, no password)
    BAD_USER_INPUT = "BAD_USER_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    CORE_UNAVAILABLE = "CORE_UNAVAILABLE"
    CORE_CLOSED = "CORE_CLOSED"
    CORE_TIMEOUT = "CORE_TIMEOUT"
    CORE_REJECTED = "CORE_REJECTED"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    OPERATION_TOO_LARGE = "OPERATION_TOO_LARGE"
    DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


class ApiError(Exception):
    """One entry of `errors`; graphql-core copies `extensions` from the original error.

    `details` are further extensions in camelCase, such as `retryAfterSeconds`. The message is for the person in
    front of the app, in Chinese, and holds no personal data.
    """

    def __init__(self, code: ApiErrorCode, message: str, **details: object) -> None:
        super().__init__(message)
        self.extensions: dict[str, object] = {"code": code.value, **details}


def outcome_unknown(error: ApiError, message: str, **details: object) -> ApiError:
    """Return the error of an act that may have been done; `message` says how to find out."""
    found = ApiError(ApiErrorCode(str(error.extensions["code"])), message)
    found.extensions = {**error.extensions, "outcomeUnknown": True, **details}
    return found


def unauthenticated() -> ApiError:
    return ApiError(ApiErrorCode.UNAUTHENTICATED, "请先登录。")


def query_password_required() -> ApiError:
    return ApiError(ApiErrorCode.QUERY_PASSWORD_REQUIRED, "请先验证查询密码。")


def store_unavailable(error: StoreUnavailable) -> ApiError:
    return ApiError(ApiErrorCode.STORE_UNAVAILABLE, "系统繁忙，请稍后再试。", retryAfterSeconds=error.retry_after)


def bad_inputs(refusals: Sequence[Refusal]) -> ApiError:
    """Return BAD_USER_INPUT with all that is wrong at once, each in `problems`; message and field are the
    first one's."""
    problems = [_problem(each) for each in refusals]
    first = refusals[0]
    return ApiError(ApiErrorCode.BAD_USER_INPUT, first.message, field=first.field, problems=problems)


def _problem(refusal: Refusal) -> dict[str, str | None]:
    """Return a refusal as it stands in `problems`, with `limit` or `availableFrom` where there is one."""
    told = {"code": refusal.code.value, "field": refusal.field, "message": refusal.message}
    more = {"limit": refusal.limit, "availableFrom": refusal.available_from}
    return {**told, **{name: str(value) for name, value in more.items() if value is not None}}


def bad_input(message: str, field: str, code: UserErrorCode = UserErrorCode.INVALID_INPUT) -> ApiError:
    return bad_inputs([Refusal(code, message, field)])
