"""Small documents with large answers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.graphql.hostile import nested
from tests.graphql.shapes.shape import Shape, many

PLAN = '{principal: "500000.00", periods: 360, method: EQUAL_INSTALLMENT, homeOrder: FIRST}'
PART = '{principal: "500000.00", periods: 360, method: EQUAL_INSTALLMENT, annualRate: "4.900"}'
PAID = (
    '{balance: "500000.00", remainingPeriods: 360, method: EQUAL_INSTALLMENT, homeOrder: FIRST, '
    'lastDueOn: "2018-10-20", paidOn: "2018-10-25", amount: "1000.00"}'
)
ROWS = "installments { period dueOn amount principal interest balance }"
ONE = f"repaymentPlan(input: {PLAN}) {{ totalPaid {ROWS} }}"
COMBINED = (
    f"combinedPlan(input: {{fund: {PLAN}, commercial: {PART}}}) "
    f"{{ fund {{ {ROWS} }} commercial {{ {ROWS} }} total {{ {ROWS} }} }}"
)
PREPAID = f"prepaymentPlan(input: {PAID}) {{ before {{ {ROWS} }} after {{ {ROWS} }} }}"
HEADS = "bulletins(first: 100) { edges { cursor node { id title summary } } }"


def shapes() -> Iterator[Shape]:
    for what, field in CALCULATORS.items():
        for times in (1, 2, 3, 5, 10):
            yield Shape(f"{times} times {what}", f"{{ {many('a#: ' + field, times)} }}")
    for name, query in ANSWERS.items():
        yield Shape(name, query)


CALCULATORS = {
    "a plan": ONE,
    "a plan's sum": f"repaymentPlan(input: {PLAN}) {{ totalPaid }}",
    "a combined plan": COMBINED,
    "a combined plan's sum": f"combinedPlan(input: {{fund: {PLAN}, commercial: {PART}}}) {{ total {{ totalPaid }} }}",
    "a prepayment": PREPAID,
    "a wrong plan": ONE.replace("360", "999"),
}


def _in_each_row(fields: str) -> str:
    return f"{{ repaymentPlan(input: {PLAN}) {{ installments {{ {fields} }} }} }}"


ANSWERS = {
    "rows under 9 aliases": f"{{ repaymentPlan(input: {PLAN}) {{ {many('a#: ' + ROWS, 9)} }} }}",
    "a cell under 28 aliases": _in_each_row(many("a#: amount", 28)),
    "a type's name 60 times in each row": _in_each_row("__typename " * 60),
    "a type's name under aliases in each row": _in_each_row(many("a#: __typename", 28)),
    "a long alias in each row": _in_each_row("a" * 15_000 + ": period"),
    "a long alias in each head": f"{{ bulletins(first: 100) {{ edges {{ node {{ {'a' * 15_000}: id }} }} }} }}",
    "a switch in each row": _in_each_row(many("... @include(if: true) { amount }", 28)),
    "questions under 10 aliases": "{ " + many("a#: faqs { id topic question answer }", 10) + " }",
    "bulletins under 10 aliases": "{ " + many('a#: bulletin(id: "GG001") { title body }', 10) + " }",
    "a body under 28 aliases": '{ bulletin(id: "GG001") { ' + many("a#: body", 28) + " } }",
    "pages of bulletins": "{ " + many(f"a#: {HEADS}", 8) + " }",
    "searches for bulletins": "{ " + many('a#: bulletins(search: "公积金#") { totalCount }', 10) + " }",
    "channels under 10 aliases": "{ " + many("a#: serviceChannels { name address description }", 10) + " }",
    "outlets under 8 aliases": "{ " + many("a#: outlets(first: 100) { edges { node { id name services } } }", 8) + " }",
    "developments under 8 aliases": "{ "
    + many("a#: developments(first: 100) { edges { node { id name } } }", 8)
    + " }",
    "rates of ten days": "{ " + many('a#: interestRates(on: "2018-01-1#") { loan { homeOrder } }', 10) + " }",
    "errors from ten fields": "{ " + many("a#: me { name }", 10) + " }",
}


def of_the_schema() -> Iterator[Shape]:
    """Introspection: refused in production."""
    type_of = nested("ofType { ", 8, "name kind")
    queries = {
        "all of the schema": "{ __schema { types { name description fields { name description args { name description "
        f"type {{ name kind {type_of} }} }} type {{ name kind {type_of} }} }} inputFields {{ name }} }} }} }}",
        "types by their fields' types": "{ __schema { types { fields { type { fields { type { name } } } } } } }",
        "possible types": "{ __schema { types { possibleTypes { possibleTypes { name } } } } }",
        "types through input fields": "{ __schema { types { inputFields { type { inputFields { name } } } } } }",
        "all names four times": "{ " + many("a#: __schema { types { name } }", 4) + " }",
        "all fields four times": "{ " + many("a#: __schema { types { fields { name description } } }", 4) + " }",
        "all arguments four times": "{ "
        + many("a#: __schema { types { fields { args { type { name } } } } }", 4)
        + " }",
    }
    for name, query in queries.items():
        yield Shape(f"introspection: {name}", query)
