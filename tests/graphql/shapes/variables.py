"""Values of variables, as large as a body may be, for each kind of type."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.graphql.shapes.shape import BODY, Shape, repeated

ROOM = BODY - 1000
PLAN = "query ($v: RepaymentPlanInput!) { repaymentPlan(input: $v) { totalPaid } }"


def shapes() -> Iterator[Shape]:
    for what, value in VALUES.items():
        for where, (query, variables) in PLACES.items():
            yield Shape(f"{what} {where}", query, variables.replace("<>", value))
    yield Shape("wrong inputs in a list as a variable", "query ($v: [RepaymentPlanInput!]) { __typename }", ALL_WRONG)
    yield Shape("wrong inputs for one input", PLAN, ALL_WRONG)
    yield Shape("variables that the document does not know", "{ __typename }", _filled('"v#":1', "{}"))
    yield Shape(
        "wrong values of many variables",
        repeated("query (<a>) { me(a: [<b>]) { name } }", {"a": "$v#: Int!", "b": "$v#"}),
        "{" + ",".join(f'"v{i}":"x"' for i in range(250)) + "}",
    )


def _filled(item: str, brackets: str) -> str:
    """Items with numbers between brackets, as many as a body takes."""
    count = ROOM // (len(item) + 5)
    return brackets[0] + ",".join(item.replace("#", str(i)) for i in range(count)) + brackets[1]


ALL_WRONG = '{"v":' + _filled('{"principal":"x","periods":"y","method":"z","nope":#}', "[]") + "}"
VALUES = {
    "lists 1000 deep": "[" * 1000 + "]" * 1000,
    "objects 1000 deep": '{"a":' * 1000 + "1" + "}" * 1000,
    "objects 1000 deep of a known field": '{"fund":' * 1000 + "1" + "}" * 1000,
    "numbers in a list": "[" + ",".join("1" * (ROOM // 2)) + "]",
    "texts in a list": _filled('"text#"', "[]"),
    "empty objects in a list": _filled("{}", "[]"),
    "lists in a list": _filled("[[]]", "[]"),
    "fields in an object": _filled('"f#":1', "{}"),
    "long fields in an object": _filled(f'"{"f" * 1000}#":1', "{}"),
    "fields close to known ones in an object": _filled('"periods#":1', "{}"),
    "objects in the fields of an object": _filled('"f#":{"a":[1,2,3]}', "{}"),
    "a text of 120 kB": json.dumps("x" * ROOM),
    "a text of escapes": '"' + "\\u4e2d" * (ROOM // 6) + '"',
    "a text of blanks": json.dumps(" " * ROOM),
    "a number of 5000 digits": "9" * 5000,
    "a number of 120 000 digits": "9" * ROOM,
    "a text of 120 000 digits": f'"{"9" * ROOM}"',
    "a fraction of 120 000 digits": "0." + "9" * ROOM,
    "an exponent": "1e308",
    "null": "null",
}
PLACES = {
    "as an input": (PLAN, '{"v": <>}'),
    "as money in an input": (PLAN, '{"v": {"principal": <>, "periods": 1, "method": "FREE"}}'),
    "as a number in an input": (PLAN, '{"v": {"principal": "1", "periods": <>, "method": "FREE"}}'),
    "as an enum in an input": (PLAN, '{"v": {"principal": "1", "periods": 1, "method": <>}}'),
    "as a list of inputs": ("query ($v: [RepaymentPlanInput]) { __typename @skip(if: false) }", '{"v": <>}'),
    "as an id": ("query ($v: ID!) { bulletin(id: $v) { title } }", '{"v": <>}'),
    "as a date": ("query ($v: Date) { interestRates(on: $v) { effectiveFrom } }", '{"v": <>}'),
    "as a number": ("query ($v: Int) { bulletins(first: $v) { totalCount } }", '{"v": <>}'),
    "as a search": ("query ($v: String) { faqs(search: $v) { id } }", '{"v": <>}'),
    "as a cursor": ("query ($v: String) { outlets(after: $v) { totalCount } }", '{"v": <>}'),
    "as coordinates": ("query ($v: CoordinatesInput) { outlets(near: $v) { totalCount } }", '{"v": <>}'),
    "as credentials": (
        "mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }",
        '{"v": {"username": <>, "loginPassword": "x"}}',
    ),
    "unused": ("{ interestRates { effectiveFrom } }", '{"v": <>}'),
}
