"""Documents parsed and validated once, limited each time, and executed by graphql-core."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    subscribe,
)

from bff.errors import ApiErrorCode
from bff.legacy import deadline
from bff.server import error_formatting, operation_limits
from bff.server.cacheability import CacheScope, cache_scope
from bff.server.compiled_selections import CompilingExecutor, Plans, core_schema
from bff.server.document_validation import COMPARISONS, ERRORS, TooManyComparisons, errors_in
from bff.server.operation_limits import CostCache
from bff.server.options import GraphQLOptions
from bff.server.request_context import RequestContext
from bff.store.lru import LruCache


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A GraphQL request, whichever way it came. `query` is empty while only `document_id` names the document."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    document: DocumentNode
    operation: OperationDefinitionNode
    request: GraphQLRequest
    plans: Plans
    cache_scope: CacheScope
    cost: int = 1


@dataclass(frozen=True, slots=True)
class ValidatedDocument:
    """A valid document and what was derived from it. `cache_scopes` are by operation; the only one's name may be
    empty."""

    document: DocumentNode
    plans: Plans
    costs: CostCache
    cache_scopes: dict[str, CacheScope]


class Refused(Exception):
    """The request is not executed; `errors` are in the form that the client sees."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Engine:
    """One a schema. Valid documents are kept by their text."""

    schema: GraphQLSchema
    options: GraphQLOptions
    _valid: LruCache[str, ValidatedDocument] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_valid", LruCache(self.options.cached_documents))

    @classmethod
    def of(cls, schema: strawberry.Schema, options: GraphQLOptions) -> Engine:
        return cls(core_schema(schema), options)

    def prepare(self, request: GraphQLRequest) -> PreparedOperation:
        """Parse, limit and validate a request's document. Raises Refused. Limits come before validation, whose time
        they bound."""
        known = self._valid.get(request.query)
        document = known.document if known else self._parse(request.query)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            message = "Name one of the document's operations in operationName."
            raise Refused([error_formatting.request_error(message, ApiErrorCode.OPERATION_NOT_FOUND.value)])
        cost = known.costs.cost(request.variables) if known else None
        if cost is None:
            cost = self._check_limits(document, request)
        if known is None:
            self._validate(document)
            known = self._known(document)
            self._valid.put(request.query, known)
        known.costs.note(request.variables, cost)
        name = operation.name.value if operation.name else ""
        return PreparedOperation(document, operation, request, known.plans, known.cache_scopes[name], cost)

    def knows(self, query: str) -> bool:
        """Tell whether the document is kept as valid."""
        return query in self._valid

    def _check_limits(self, document: DocumentNode, request: GraphQLRequest) -> int:
        """Return what the document costs. Raises Refused."""
        found = operation_limits.check(self.schema, document, request.variables, self.options.limits)
        if isinstance(found, GraphQLError):
            raise Refused([error_formatting.shown(found, "", "")])
        return found

    async def execute(self, prepared: PreparedOperation, context: RequestContext, request_id: str) -> dict[str, Any]:
        """Execute a query or mutation. The answer is without `data` when its variables do not fit."""
        # A call that is cut short leaves time to answer with the rest.
        deadline.start(0.95 * self.options.request_timeout)
        result = await self._result(prepared, context)
        if not is_mutation(prepared):
            result = await self._of_one_reading(result, prepared, context)
        answer = self._answer(result, request_id)
        if context.staleness:
            answer["extensions"] = {"staleness": context.staleness}
        return answer

    async def _result(self, prepared: PreparedOperation, context: RequestContext) -> ExecutionResult:
        result = execute(
            self.schema,
            prepared.document,
            context_value=context,
            **self._compiled(prepared),
            **self._common(prepared.request),
        )
        return await result if inspect.isawaitable(result) else result

    async def _of_one_reading(
        self, result: ExecutionResult, prepared: PreparedOperation, context: RequestContext
    ) -> ExecutionResult:
        """Execute a query once more where its records were read at times that do not agree. When that fails, return
        the first result, and tell the ages of its older records."""
        if not (ages := context.snapshot.ages()):
            return result
        context.snapshot.restart()
        again = await self._result(prepared, context)
        if again.errors and not result.errors:
            context.tell_ages(ages)
            return result
        return again

    async def subscribe(
        self, prepared: PreparedOperation, context: RequestContext, request_id: str
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield a subscription's answers until it ends. A refusal is an answer, too."""
        stream = subscribe(self.schema, prepared.document, context_value=context, **self._common(prepared.request))
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            yield self._answer(stream, request_id)
            return
        try:
            async for result in stream:
                yield self._answer(result, request_id)
        except Exception as error:  # what ends a stream is its last answer
            wrapped = GraphQLError(str(error), original_error=error)
            yield {"errors": [error_formatting.shown(wrapped, request_id, "")]}
        finally:
            await asyncio.shield(stream.aclose())  # type: ignore[attr-defined] # it is an async generator

    def _compiled(self, prepared: PreparedOperation) -> dict[str, Any]:
        if not self.options.compiled_selections:
            return {}
        return {"executor_class": CompilingExecutor, "plans": prepared.plans}

    def _common(self, request: GraphQLRequest) -> dict[str, Any]:
        return {
            "variable_values": request.variables,
            "operation_name": request.operation_name,
            "hide_suggestions": not self.options.development,
            "max_coercion_errors": self._most_errors,
        }

    @property
    def _details(self) -> bool:
        """Whether errors name parts of the schema."""
        return self.options.development or self.options.detailed_errors

    @property
    def _most_errors(self) -> int:
        """Errors of a document or of variables. Without details one is enough: a second would repeat it."""
        return ERRORS if self._details else 1

    def _shown(self, error: GraphQLError, request_id: str, code: str) -> dict[str, Any]:
        return error_formatting.shown(
            error if self._details else error_formatting.without_details(error, code), request_id, code
        )

    def _answer(self, result: ExecutionResult, request_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        # Errors without a path come from before the execution: the specification wants no data entry then.
        executed = result.data is not None or not result.errors or any(error.path for error in result.errors)
        if result.errors:
            errors = result.errors if executed or self._details else result.errors[:1]
            answer["errors"] = [self._shown(error, request_id, ApiErrorCode.BAD_USER_INPUT.value) for error in errors]
        if executed:
            answer["data"] = result.data
        return answer

    def _parse(self, query: str) -> DocumentNode:
        if (too_large := operation_limits.check_text(query, self.options.limits)) is not None:
            raise Refused([error_formatting.shown(too_large, "", "")])
        try:
            return parse(query, max_tokens=self.options.limits.tokens)
        except GraphQLSyntaxError as error:
            if "more than" in error.description:
                too_large = operation_limits.more_than("tokens", self.options.limits.tokens)
                raise Refused([error_formatting.shown(too_large, "", "")]) from error
            raise Refused([error_formatting.shown(error, "", ApiErrorCode.GRAPHQL_PARSE_FAILED.value)]) from error

    def _validate(self, document: DocumentNode) -> None:
        try:
            errors = errors_in(self.schema, document, development=self.options.development, most=self._most_errors)
        except TooManyComparisons as error:
            too_large = operation_limits.more_than("comparisons", COMPARISONS)
            raise Refused([error_formatting.shown(too_large, "", "")]) from error
        if errors:
            shown = [self._shown(error, "", ApiErrorCode.GRAPHQL_VALIDATION_FAILED.value) for error in errors]
            raise Refused(shown if self._details else shown[:1])

    def _known(self, document: DocumentNode) -> ValidatedDocument:
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        kinds = {
            each.name.value if each.name else "": cache_scope(self.schema, document, each, self.options)
            for each in operations
        }
        return ValidatedDocument(document, Plans.of(document), CostCache.of(document), kinds)


def is_mutation(prepared: PreparedOperation) -> bool:
    return prepared.operation.operation is OperationType.MUTATION


def is_subscription(prepared: PreparedOperation) -> bool:
    return prepared.operation.operation is OperationType.SUBSCRIPTION
