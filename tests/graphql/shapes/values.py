"""Values in documents, each kind in each place: where one is wrong, messages print it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.graphql.shapes.shape import LIMITS, Shape, grown, repeated

LONG = "x" * (LIMITS.characters - 2000)
VALUES = {
    "numbers in a list": "[<numbers>]",
    "texts in a list": "[<texts>]",
    "lists in lists": "[" * 190 + "1" + "]" * 190,
    "lists of lists": "[<lists>]",
    "fields in an object": "{<fields>}",
    "fields of one name in an object": "{<same>}",
    "objects in objects": "{a: " * 150 + "1" + "}" * 150,
    "objects in objects with a long text": "{a: " * 60 + f'"{LONG}"' + "}" * 60,
    "objects in objects of a known field": "{fund: " * 150 + "1" + "}" * 150,
    "a long text": f'"{LONG}"',
    "a text of line breaks": '"""' + "\n" * (LIMITS.lines - 1) + '"""',
    "a variable again and again": "[<variables>]",
}
PARTS = {
    "numbers": "1",
    "texts": f'"{"x" * 15}"',
    "lists": "[1 2 3 4 5]",
    "fields": "a#: 1",
    "same": "a: 1",
    "variables": "$v",
}
PLACES = {
    "for an unknown argument": "{ me(a: <>) { name } }",
    "for an input": "{ combinedPlan(input: <>) { total { totalPaid } } }",
    "for a field of an input": '{ repaymentPlan(input: {principal: "1", periods: <>, method: FREE}) { totalPaid } }',
    "for an enum": "{ me { withdrawalQuote(kind: <>) { kind } } }",
    "for money": "{ me { prepaymentQuote(amount: <>) { eligible } } }",
    "for a date": "{ interestRates(on: <>) { effectiveFrom } }",
    "for an id": "{ bulletin(id: <>) { title } }",
    "for a condition": "{ __typename @include(if: <>) }",
    "for an unknown directive": "{ __typename @a(b: <>) }",
    "for a variable": "query ($v: RepaymentPlanInput! = <>) { repaymentPlan(input: $v) { totalPaid } }",
    "for a list of inputs": "query ($v: [[RepaymentPlanInput]] = <>) { __typename }",
}
EVERYTHING_WRONG = 'a#: repaymentPlan(input: {principal: 1, periods: "x", method: NONE, nope: [1]}) { totalPaid }'


def shapes() -> Iterator[Shape]:
    for what, value in VALUES.items():
        for where, place in PLACES.items():
            yield Shape(f"{what} {where}", repeated(place.replace("<>", value), PARTS))
    yield Shape("ten inputs with everything wrong", repeated("{ <a> }", {"a": EVERYTHING_WRONG}, most=10))
    yield Shape(
        "an input that names its fields again and again",
        repeated("{ repaymentPlan(input: {<a>}) { totalPaid } }", {"a": "principal: 1 periods: 1"}),
    )
    yield Shape(
        "wrong inputs of an unknown list", repeated("{ repaymentPlan(input: [<a>]) { totalPaid } }", {"a": "{b: 1}"})
    )
    yield Shape(
        "wrong values for arguments that there are",
        grown(lambda n: "{ me { " + " ".join(f'a{i}: phone(reveal: "{"y" * 300}")' for i in range(n)) + " } }", 29),
    )
