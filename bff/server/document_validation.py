"""Validation by graphql-core's rules, with bounds on what grows faster than the document: comparisons of fields with
one response name, and messages that print a whole value for each mistake in it."""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLInputType, GraphQLSchema, ValueNode, specified_rules, validate
from graphql.language import SKIP, VisitorAction
from graphql.utilities.validate_input_value import validate_input_literal
from graphql.validation import (
    ASTValidationRule,
    NoSchemaIntrospectionCustomRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValuesOfCorrectTypeRule,
)
from graphql.validation.validate import ValidationAbortedError

COMPARISONS = 5_000
"""graphql-core's budget for the fields of one response name; a pair takes 2 and more, and seventy alike fields take
it up. Its own budget, of half a million, is a second's work."""
ERRORS = 10
"""Errors after which validation, and the coercion of variables, stop in development."""


class TooManyComparisons(Exception):
    """The budget for comparing fields is used up."""


class BoundedMerging(OverlappingFieldsCanBeMergedRule):
    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = COMPARISONS

    def enter_selection_set(self, *node: Any) -> None:
        try:
            super().enter_selection_set(*node)
        except ValidationAbortedError as error:
            if self.rule_context.remaining_complexity_budget < 0:
                raise TooManyComparisons from error
            raise


class FirstMistakes(ValuesOfCorrectTypeRule):
    """Reports the first mistake of each value."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        try:
            if input_type is not None:
                validate_input_literal(node, input_type, _first_mistake, hide_suggestions=self.context.hide_suggestions)
        except _Mistake as mistake:
            error = mistake.error
            # Scalars do not know where their value stands.
            known = bool(error.locations)
            self.report_error(error if known else GraphQLError(error.message, node, original_error=error))
        return SKIP


class _Mistake(Exception):
    def __init__(self, error: GraphQLError) -> None:
        super().__init__(error.message)
        self.error = error


def _first_mistake(error: GraphQLError, _: object) -> None:
    raise _Mistake(error)


_OURS: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    OverlappingFieldsCanBeMergedRule: BoundedMerging,
    ValuesOfCorrectTypeRule: FirstMistakes,
}
RULES = tuple(_OURS.get(each, each) for each in specified_rules)


def errors_in(schema: GraphQLSchema, document: DocumentNode, *, development: bool, most: int) -> list[GraphQLError]:
    """Return the errors of a document, up to `most`. Raises TooManyComparisons."""
    rules = RULES if development else (*RULES, NoSchemaIntrospectionCustomRule)
    return validate(schema, document, rules, max_errors=most, hide_suggestions=not development)
