"""As many mistakes as fit: a message is made for each. And as much as fits of what is right."""

from __future__ import annotations

from collections.abc import Iterator

from tests.graphql.hostile import nested
from tests.graphql.shapes.shape import Shape, many, repeated

PLAN = '{principal: "500000.00", periods: 360, method: EQUAL_INSTALLMENT, homeOrder: FIRST}'


def shapes() -> Iterator[Shape]:
    for name, (template, part) in {**FIELDS, **ARGUMENTS, **VARIABLES, **DEFINITIONS}.items():
        yield Shape(name, repeated(template, {"a": part}, most=240 if name in FIELDS else 1000))
    for name, query in {**TEN, **RIGHT}.items():
        yield Shape(name, query)


FIELDS = {
    "unknown fields below": ("{ me { account { <a> } } }", "f#"),
    "leaves without fields": ("{ me { <a> } }", "account"),
    "scalars with fields": ("{ me { <a> } }", "name { a }"),
    "missing arguments": ("{ me { <a> } }", "application { id }"),
    "fields of a name of a type": ("{ <a> }", "__typename { a }"),
    "names of types": ("{ <a> }", "__typename"),
    "empty braces": ("{ me <a> }", "{ }"),
    "spreads without names": ("{ <a> }", "..."),
    "introspection in production": ("{ <a> }", "__schema { types { name } }"),
}
ARGUMENTS = {
    "unknown arguments of one field": ("{ me(<a>) { name } }", "a#: 1"),
    "unknown arguments of many fields": ("{ me { <a> } }", "name(a#: 1)"),
    "one argument many times": ("{ me { application(<a>) { id } } }", 'id: "1"'),
    "undefined variables": ("{ me(<a>) { name } }", "a#: $v#"),
    "unknown directives": ("{ me { <a> } }", "name @a#"),
    "conditions without a value": ("{ me { <a> } }", "name @skip"),
    "one directive many times": ("{ __typename <a> }", "@include(if: true)"),
    "directives in wrong places": ("query <a> { __typename }", "@include(if: true)"),
    "colons": ("{ a <a> }", ": b"),
}
VARIABLES = {
    "variables of unknown types": ("query (<a>) { __typename }", "$v#: Nope#"),
    "variables of output types": ("query (<a>) { __typename }", "$v#: Me"),
    "variables of one name": ("query (<a>) { __typename }", "$v: Int"),
    "variables with wrong defaults": ("query (<a>) { __typename }", '$v#: Int = "x"'),
    "variables of deep types": ("query (<a>) { __typename }", "$v#: " + "[" * 60 + "Int" + "]" * 60),
    "variables in wrong places": ("query (<a>) { me { <a> } }", "$v#: Int"),
}
DEFINITIONS = {
    "types among the operations": ("{ __typename } <a>", "type T# { a: Int }"),
    "schemas among the operations": ("{ __typename } <a>", "schema { query: Q }"),
    "directives among the operations": ("{ __typename } <a>", "directive @d#(a: Int) on FIELD"),
    "types with descriptions": ("{ __typename } <a>", '"""text""" type A { "text" a: Int }'),
    "anonymous operations": ("{ __typename } <a>", "{ __typename }"),
    "mutations": (
        "mutation { signOut { userErrors { code } } } <a>",
        "mutation M# { signOut { userErrors { code } } }",
    ),
    "brackets without an end": ("{ me(a: <a>", "["),
    "braces without an end": ("{ me(a: <a>", "{a: "),
}
TEN = {
    "ten inputs without fields": "{ " + many("a#: repaymentPlan(input: {}) { totalPaid }", 10) + " }",
    "ten mutations without input": "mutation { " + many("a#: signIn { session { accessToken } }", 10) + " }",
    "ten fields of a subscription": "subscription { " + many('a#: applicationProgress(id: "1") { id }', 10) + " }",
    "ten introspections of a name": "{ " + many('a#: __type(name: "Query") { name }', 10) + " }",
}
RIGHT = {
    "as many aliases as allowed": "{ me { " + many("a#: name", 30) + " } }",
    "as many switches as allowed": "query ("
    + many("$v#: Boolean = true", 29)
    + ") { me { "
    + many("n#: name @include(if: $v#)", 29)
    + " } }",
    "as deep as allowed": "{ " + nested("me { ... { ", 14) + "}" * 14 + " }",
    "fields in 80 inline fragments": nested("{ me { name } ... ", 80),
    "ten root fields of 23 fields": "{ " + many("a#: me { " + "name " * 15 + "}", 10) + " }",
    "all fields of the account": "{ me { account { number status openedOn employer { number name } balance { total } "
    "contribution { base } bankAccount { bankName number } contributions(first: 100) { totalCount edges { cursor node "
    "{ id date kind summary month amount balance { total } } } } } } }",
}
