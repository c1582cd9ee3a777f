"""Texts that are long rather than many: names, strings, comments, lines."""

from __future__ import annotations

from collections.abc import Iterator

from tests.graphql.shapes.shape import LIMITS, Shape, many, repeated

ROOM = LIMITS.characters - 100
LONG = "x" * ROOM
HALF = "x" * (ROOM // 2)
DIGITS = "9" * ROOM
LINES = "\n" * (LIMITS.lines - 1)
SEARCH = "{ faqs(search: <>) { id } }"


def shapes() -> Iterator[Shape]:
    for name, query in {**NAMES, **NUMBERS, **STRINGS, **IGNORED, **BEHIND_LINES, **BEYOND}.items():
        yield Shape(name, query)
    yield Shape("an operation's name of 120 kB that there is not", "query A { __typename }", operation="x" * 120_000)


def _filled(unit: str) -> str:
    return unit * (ROOM // len(unit))


NAMES = {
    "a long field": f"{{ {LONG} }}",
    "a long alias": f"{{ {LONG}: __typename }}",
    "a long alias for two fields": f"{{ {HALF}: me {{ name }} {HALF}: __typename }}",
    "a long operation name": f"query {LONG} {{ __typename }}",
    "a long fragment name": f"{{ ...{HALF} }} fragment {HALF} on Query {{ __typename }}",
    "a fragment on a long type": f"{{ ... on {LONG} {{ a }} }}",
    "a long variable": f"query (${LONG}: Int) {{ __typename }}",
    "a long variable that is used": f"query (${HALF}: Boolean!) {{ __typename @skip(if: ${HALF}) }}",
    "a long type of a variable": f"query ($v: {LONG}) {{ __typename }}",
    "a long directive": f"{{ __typename @{LONG} }}",
    "a long argument": f"{{ me({LONG}: 1) {{ name }} }}",
    "a long enum value": f"{{ me {{ withdrawalQuote(kind: {LONG}) {{ kind }} }} }}",
    "long unknown fields": repeated("{ <a> }", {"a": "f#" + "y" * 150}),
    "fields close to known ones": repeated("{ me { <a> } }", {"a": "account#Number applicationsId#"}, most=120),
    "arguments close to known ones": repeated("{ repaymentPlan(<a>) { totalPaid } }", {"a": "inputs#: 1"}),
    "types close to known ones": repeated("query (<a>) { __typename }", {"a": "$v#: RepaymentPlanInput#"}),
    "long names close to known ones": repeated("{ me { <a> } }", {"a": "withdrawalQuoteApplicationSessions#" * 3}),
}
NUMBERS = {
    "a long integer": f"{{ me {{ applications(first: {DIGITS}) {{ totalCount }} }} }}",
    "a long fraction": f"{{ me {{ applications(first: 1.{DIGITS}) {{ totalCount }} }} }}",
    "a long exponent": f"{{ me {{ applications(first: 1e{DIGITS}) {{ totalCount }} }} }}",
    "integers of 5000 digits": repeated(
        "{ me { <a> } }", {"a": f"a#: applications(first: {'9' * 5000}) {{ totalCount }}"}
    ),
    "a fraction of 5000 digits as a coordinate": "{ outlets(near: {latitude: 1."
    + "9" * 5000
    + ", longitude: 1}) { totalCount } }",
    "an exponent as a coordinate": "{ outlets(near: {latitude: 1e308, longitude: 1e999}) { totalCount } }",
    "long money": f'{{ me {{ prepaymentQuote(amount: "{DIGITS}") {{ eligible }} }} }}',
    "a long rate": f'{{ interestRates(on: "{DIGITS}") {{ effectiveFrom }} }}',
    "a number that is none": f"{{ me(a: {'0' * ROOM}) {{ name }} }}",
}
STRINGS = {
    "a long date": f'{{ interestRates(on: "{_filled("2018-")}") {{ effectiveFrom }} }}',
    "a long search": f'{{ faqs(search: "{LONG}") {{ id }} }}',
    "a long cursor": f'{{ bulletins(after: "{LONG}") {{ totalCount }} }}',
    "a long id": f'{{ bulletin(id: "{LONG}") {{ title }} }}',
    "a string without an end": '{ me(a: "' + LONG,
    "a block string without an end": '{ me(a: """' + LINES,
    "a block string of empty lines": SEARCH.replace("<>", f'"""{LINES}"""'),
    "a block string of short lines": SEARCH.replace("<>", '"""' + " a\n" * (LIMITS.lines - 1) + '"""'),
    "a block string of deep lines": SEARCH.replace("<>", '"""' + f"{' ' * 12}a\n" * (LIMITS.lines - 1) + '"""'),
    "a block string of quotes": SEARCH.replace("<>", '"""' + _filled('\\"""') + '"""'),
    "unicode escapes": SEARCH.replace("<>", f'"{_filled(chr(92) + "u4e2d")}"'),
    "long escapes": SEARCH.replace("<>", f'"{_filled(chr(92) + "u{1F600}")}"'),
    "escapes of surrogates": SEARCH.replace("<>", f'"{_filled((chr(92) + "uD83D") + (chr(92) + "uDE00"))}"'),
    "broken escapes": SEARCH.replace("<>", f'"{_filled(chr(92) + "u{")}"'),
    "escaped quotes": SEARCH.replace("<>", f'"{_filled(chr(92) + chr(34))}"'),
    "a description of an operation": f'"{LONG}" query Q {{ __typename }}',
}
IGNORED = {
    "a long comment": f"#{LONG}\n{{ __typename }}",
    "empty comments": "#\n" * (LIMITS.lines - 1) + "{ __typename }",
    "commas": "," * ROOM + "{ __typename }",
    "blanks": " " * ROOM + "{ __typename }",
    "line breaks": LINES + "{ __typename }",
    "byte order marks": "\ufeff" * ROOM + "{ __typename }",
    "control characters": "{ " + "\x01" * ROOM + " }",
    "lone surrogates": "{ " + "\ud800" * ROOM + " }",
    "dots": "{ " + "." * ROOM + " }",
}
BEHIND_LINES = {
    "a syntax error behind many lines": LINES + "{ a: }",
    "a syntax error in a long line": " " * ROOM + "{ a: }",
    "unknown fields behind many lines": LINES + repeated("{ <a> }", {"a": "f#"}, most=240),
    "unknown fields between many lines": "{ " + "\n\n\n".join(f"f{i}" for i in range(240)) + " }",
    "conflicts behind many lines": LINES + repeated("{ me { <a> } }", {"a": "a: name a: phone"}, most=30),
    "unknown arguments behind many lines": LINES + repeated("{ me(<a>) { name } }", {"a": "a#: 1"}),
    "one argument many times behind many lines": LINES + repeated("{ bulletin(<a>) { id } }", {"a": 'id: "1"'}),
    "unused variables behind many lines": LINES + repeated("query (<a>) { __typename }", {"a": "$v#: Int"}),
    "one name many times behind many lines": LINES + repeated("query (<a>) { __typename }", {"a": "$v: Int"}),
}
BEYOND = {
    "a field of 120 kB": "{ " + "x" * 120_000 + " }",
    "60 000 lines": "\n" * 60_000 + "{ __typename }",
    "120 000 commas": "," * 120_000 + "{ __typename }",
    "40 000 tokens": "{ " + many("a", 40_000) + " }",
    "15 000 surrogates": SEARCH.replace("<>", '"' + "\\uD83D\\uDE00" * 7_000 + '"'),
}
"""Beyond what a document may have."""
