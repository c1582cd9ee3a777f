"""Documents that ask for too much are refused before they are validated, in time that is linear in their size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
    parse,
)
from graphql.execution.values import get_variable_values

from bff.schema import build_schema
from bff.server import DocumentLimits, Engine, GraphQLOptions
from bff.server.engine import GraphQLRequest, Refused
from bff.server.operation_limits import Meter, declared
from tests.graphql.hostile import HOSTILE, chain, doubling
from tests.support.servers import OPERATIONS

SCHEMA = build_schema()


def prepare(
    query: str, variables: Any = None, limits: DocumentLimits | None = None, operation: str | None = None
) -> None:
    engine = Engine.of(SCHEMA, GraphQLOptions(development=True, limits=limits or DocumentLimits()))
    engine.prepare(GraphQLRequest(query, variables or {}, operation))


def refusal(query: str, **more: Any) -> list[dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        prepare(query, **more)
    return refused.value.errors


@pytest.mark.parametrize("name", [name for name, (_, limit) in HOSTILE.items() if limit])
def test_what_is_too_large_is_refused_with_one_error_that_names_the_limit(name: str) -> None:
    query, limit = HOSTILE[name]
    (error,) = refusal(query, operation="Small" if "Small" in query else None)
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"
    assert error["extensions"]["limit"] == limit
    assert str(error["extensions"]["allowed"]) in error["message"]


@pytest.mark.parametrize("name", [name for name, (_, limit) in HOSTILE.items() if not limit])
def test_what_is_hostile_within_the_limits_is_wrong_or_cheap(name: str) -> None:
    query, _ = HOSTILE[name]
    cheap = name == "80 inline fragments deep"  # around a single field
    wrong = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_NOT_FOUND"}
    assert codes(query) <= wrong
    assert (codes(query) == set()) is cheap


def codes(query: str) -> set[str]:
    """Of the refusal; none when the document would run."""
    try:
        prepare(query)
    except Refused as refused:
        return {error["extensions"]["code"] for error in refused.errors}
    return set()


@pytest.mark.parametrize("links", [5, 20, 60, 90])
def test_a_fragment_is_visited_once_however_often_it_is_spread(links: int) -> None:
    meter, operation = meter_of("{ me { ...f0 } } " + doubling(links))
    assert meter.operation(operation).selections >= min(2**links, 10**9)
    assert meter.visited == 2 * links + 3  # the spreads, the last field, `me` and the first spread


def meter_of(query: str) -> tuple[Meter, OperationDefinitionNode]:
    document = parse(query)
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Meter.of(SCHEMA._schema, document, {}), operation


def test_refusing_comes_before_validation() -> None:
    """A document that is wrong and too large hears of its size only: validation has not seen it."""
    (error,) = refusal("{ nonsense { " + "a { b } " * 300 + "} }")
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"


def test_a_document_that_was_valid_is_measured_again_with_other_variables() -> None:
    engine = Engine.of(SCHEMA, GraphQLOptions())
    query = "query ($n: Int!) { me { account { contributions(first: $n) { edges { node { id amount date } } } } } }"
    engine.prepare(GraphQLRequest(query, {"n": 100}))
    with pytest.raises(Refused) as refused:
        engine.prepare(GraphQLRequest(query, {"n": 100_000}))
    assert refused.value.errors[0]["extensions"]["limit"] == "cost"


ROWS = "query ($n: Int = 7) { me { account { contributions(first: $n) { edges { node { id amount } } } } } }"
GIVEN: dict[str, dict[str, Any]] = {
    "an integer": {"n": 100},
    "a number with a point": {"n": 100.0},
    "an exponent": {"n": 1e2},
    "nothing": {},
    "null": {"n": None},
    "a negative one": {"n": -100.0},
    "one that is not whole": {"n": 100.5},
    "a truth": {"n": True},
    "a text": {"n": "100"},
    "a list": {"n": [100]},
    "too large for an Int": {"n": 1e12},
}


@pytest.mark.parametrize("given", GIVEN)
def test_a_limit_counts_the_rows_that_execution_would_read(given: str) -> None:
    document = parse(ROWS)
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    read = get_variable_values(SCHEMA._schema, operation.variable_definitions or (), GIVEN[given])
    meter = Meter.of(SCHEMA._schema, document, GIVEN[given])
    if isinstance(read, list):
        assert meter.operation(operation).cost == 3 + 20 * 4  # nothing is executed
    else:
        first = read.coerced.get("n")
        assert meter.operation(operation).cost == 3 + max(1, 20 if first is None else first) * 4


@pytest.mark.parametrize("before", [None, 7, 100.5, "x"])
def test_what_was_found_small_enough_does_not_speak_for_a_number_with_a_point(before: object) -> None:
    engine = Engine.of(SCHEMA, GraphQLOptions())
    engine.prepare(GraphQLRequest(ROWS, {"n": before}))
    with pytest.raises(Refused) as refused:
        engine.prepare(GraphQLRequest(ROWS, {"n": 100_000.0}))
    assert refused.value.errors[0]["message"] == "The operation's cost is 400003; the limit is 5000."


def test_the_figure_is_in_the_message() -> None:
    (error,) = refusal("{ me { a: name b: name c: name } }", limits=DocumentLimits(aliases=2))
    assert error == {
        "message": "The operation's aliases is 3; the limit is 2.",
        "extensions": {"code": "OPERATION_TOO_LARGE", "limit": "aliases", "allowed": 2},
    }


COSTS = {
    "{ __typename }": 1,
    "{ me { name phone } }": 3,
    "{ me { account { contributions(first: 5) { totalCount } } } }": 1 + 1 + 1 + 5,
    "{ me { account { contributions(first: 5) { edges { node { id amount } } } } } }": 3 + 5 * 4,
    "{ me { account { contributions { totalCount } } } }": 3 + 20,
    "{ me { account { contributions(first: 0) { totalCount } } } }": 4,
    "{ me { account { contributions(first: -7) { totalCount } } } }": 4,
    "query ($n: Int) { me { account { contributions(first: $n) { totalCount } } } }": 3 + 20,
    "query ($n: Int = 7) { me { account { contributions(first: $n) { totalCount } } } }": 3 + 7,
    "{ me { ...f } } fragment f on Me { account { contributions(first: 5) { totalCount } } }": 3 + 5,
    "{ ... on Query { me { ... { account { number } } } } }": 3,
    "{ __schema { types { name } } }": 3000,
    "{ faqs { id topic } }": 1 + 20 * 2,
    "{ repaymentPlan(input: {}) { totalPaid } }": 301 + 1,
    "{ repaymentPlan(input: {}) { installments { period amount } } }": 301 + 1 + 120 * 2,
    "{ combinedPlan(input: {}) { total { installments { period } } } }": 1001 + 1 + 1 + 120,
}


@pytest.mark.parametrize("query", COSTS)
def test_a_field_costs_one_and_a_connection_what_is_in_it_for_each_row(query: str) -> None:
    meter, operation = meter_of(query)
    assert meter.operation(operation).cost == COSTS[query]


def test_every_list_of_objects_has_pages_or_says_how_many_rows_it_has() -> None:
    schema = SCHEMA._schema
    objects = [each for each in schema.type_map.values() if is_object_type(each) and not each.name.startswith("__")]
    lists = {
        f"{parent.name}.{name}": field
        for parent in objects
        for name, field in parent.fields.items()
        if is_list_type(get_nullable_type(field.type)) and is_object_type(get_named_type(field.type))
    }
    assert len(lists) > 10
    assert {name for name, field in lists.items() if not declared(field, "rows", 0)} == {
        name for name in lists if name.endswith("Connection.edges")
    }


@pytest.mark.parametrize("name", [name for name, text in OPERATIONS.items() if "$first" in text])
def test_the_apps_lists_may_be_asked_for_a_hundred_rows_at_once(name: str) -> None:
    prepare(OPERATIONS[name], {"first": 100})


def test_long_names_cost_in_each_row() -> None:
    def cost(length: int) -> int:
        meter, operation = meter_of(f"{{ faqs {{ {'a' * length}: id }} }}")
        return meter.operation(operation).cost

    assert [cost(31), cost(32), cost(3200)] == [1 + 20, 1 + 20 * 2, 1 + 20 * 101]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_apps_operations_need_less_than_half_of_every_limit(name: str) -> None:
    limits = DocumentLimits()
    meter, operation = meter_of(OPERATIONS[name])
    measure = meter.operation(operation)
    used = {limit: getattr(measure, limit) / getattr(limits, limit) for limit in measure.__slots__}
    assert {limit: share for limit, share in used.items() if share > 0.5} == {}


def test_graphiql_may_introspect() -> None:
    prepare(get_introspection_query(input_value_deprecation=True))


@pytest.mark.parametrize("limit", ["depth", "selections", "aliases", "directives", "root_fields"])
def test_a_limit_is_the_last_figure_that_passes(limit: str) -> None:
    query = "{ a: me @include(if: true) { name } }"
    meter, operation = meter_of(query)
    figure = getattr(meter.operation(operation), limit)
    prepare(query, limits=replace(DocumentLimits(), **{limit: figure}))
    (error,) = refusal(query, limits=replace(DocumentLimits(), **{limit: figure - 1}))
    assert error["extensions"]["limit"] == limit


def test_many_fragments_may_select_the_same() -> None:
    """As clients with a fragment for each part of a screen send it."""
    fields = "name idNumber phone account { number status balance { total } }"
    fragments = " ".join(f"fragment f{i} on Me {{ {fields} }}" for i in range(12))
    prepare(f"{{ me {{ {' '.join(f'...f{i}' for i in range(12))} }} }} {fragments}")


def test_one_mistake_is_told_of_each_value() -> None:
    """Each message prints all of the value, which may have hundreds."""
    wrong = '{principal: 1, periods: "x", method: NONE, nope: 1}'
    errors = refusal(f"{{ a: repaymentPlan(input: {wrong}) {{ totalPaid }} b: bulletin(id: {{a: 1}}) {{ title }} }}")
    assert [each["locations"] for each in errors] == [[{"line": 1, "column": 27}], [{"line": 1, "column": 110}]]


def test_validation_ends_after_ten_errors() -> None:
    errors = refusal("{ me { " + " ".join(f"f{i}" for i in range(50)) + " } }")
    assert len(errors) == 11
    assert errors[-1]["message"] == "Too many validation errors, error limit reached. Validation aborted."


@pytest.mark.parametrize("links", range(1, 9))
@pytest.mark.parametrize("depth", range(0, 90, 15))
def test_a_chain_of_fragments_never_reaches_the_end_of_the_stack(links: int, depth: int) -> None:
    assert codes("{ me { ...f0 } } " + " ".join(chain(links, depth))) <= {"OPERATION_TOO_LARGE"}
