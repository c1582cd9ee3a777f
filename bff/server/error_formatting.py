"""Errors in the form that clients see: API errors and GraphQL's own with a code, all others masked and logged."""

from __future__ import annotations

from typing import Any

import structlog
from graphql import GraphQLError

from bff.errors import ApiError, ApiErrorCode, store_unavailable
from bff.store.unavailable import StoreUnavailable

log = structlog.get_logger(__name__)

MASKED = "系统内部错误，请稍后再试。"
WRONG_INPUT = "输入的内容不完整或格式不正确，请检查后再试。"
WITHOUT_DETAILS = {
    ApiErrorCode.GRAPHQL_VALIDATION_FAILED.value: "The document is not valid here.",
    ApiErrorCode.BAD_USER_INPUT.value: WRONG_INPUT,
}
"""Messages in place of graphql-core's own, which name types, fields, arguments and values of the schema."""


def request_error(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def shown(error: GraphQLError, request_id: str, default_code: str) -> dict[str, Any]:
    """Format an error. `default_code` is for GraphQL's own errors, which say what the client did wrong."""
    cause = _cause(error)
    if isinstance(cause, StoreUnavailable):
        error, cause = _instead(error, store_unavailable(cause)), None
    if isinstance(cause, ApiError) or cause is None:
        formatted: dict[str, Any] = dict(error.formatted)
        formatted["extensions"] = {"code": default_code, **(formatted.get("extensions") or {})}
        return formatted
    log.error("internal_error", request_id=request_id, path=error.path, exc_info=cause)
    hidden = GraphQLError(MASKED, nodes=error.nodes, path=error.path).formatted
    code = ApiErrorCode.INTERNAL_ERROR.value
    return {**hidden, "extensions": {"code": code, "requestId": request_id}}


def without_details(error: GraphQLError, code: str) -> GraphQLError:
    """Return the error without what it tells of the schema; its place stays, and so do texts that are written for
    people: those of API errors and our scalars."""
    if _cause(error) is not None:
        return error
    said = _said_first(error)
    message = said.message if getattr(said, "for_people", False) else WITHOUT_DETAILS[code]
    return GraphQLError(message, nodes=error.nodes, path=error.path)


def _said_first(error: GraphQLError) -> GraphQLError:
    """Return the innermost error: coercion wraps those of nested values."""
    while isinstance(error.original_error, GraphQLError):
        error = error.original_error
    return error


def _instead(error: GraphQLError, api_error: ApiError) -> GraphQLError:
    return GraphQLError(str(api_error), nodes=error.nodes, path=error.path, original_error=api_error)


def _cause(error: GraphQLError) -> BaseException | None:
    """Return what was raised in the first place; nested coercion wraps errors in errors."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
