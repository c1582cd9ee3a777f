"""Documents that are made to cost a server dearly, each with the limit that refuses it ("" where validation does)."""

from __future__ import annotations

from collections.abc import Iterable


def doubling(links: int, on: str = "Me", end: str = "name") -> str:
    """Fragments that spread the next one twice: 2 to the power of `links` fields."""
    chain = "".join(f"fragment f{i} on {on} {{ ...f{i + 1} ...f{i + 1} }} " for i in range(links))
    return f"{chain} fragment f{links} on {on} {{ {end} }}"


def nested(opening: str, times: int, core: str = "__typename") -> str:
    return opening * times + core + "}" * times


def many(what: str, times: int) -> str:
    return " ".join(what.replace("#", str(i)) for i in range(times))


def chain(links: int, depth: int) -> Iterable[str]:
    """Fragments that are deep, and each goes on in the next: together far deeper than the stack."""
    for i in range(links):
        yield f"fragment f{i} on Me {{ {nested('... {', depth, f'...f{i + 1}')} }}"
    yield f"fragment f{links} on Me {{ name }}"


TYPES = "types { fields { type { "

HOSTILE: dict[str, tuple[str, str]] = {
    "20 doubling fragments": ("{ me { ...f0 } } " + doubling(20), "selections"),
    "60 doubling fragments": ("{ me { ...f0 } } " + doubling(60), "selections"),
    "60 doubling fragments that nobody spreads": ("{ __typename } " + doubling(60), "selections"),
    "60 doubling fragments in the other operation": (
        "query Small { __typename } query Big { me { ...f0 } } " + doubling(60),
        "selections",
    ),
    "a fragment within itself": ("{ me { ...f } } fragment f on Me { name ...f ...f }", ""),
    "fragments in a ring": (
        "{ me { ...f0 } } " + many("fragment f# on Me { ...g# } fragment g# on Me { ...f# ...f# }", 50),
        "",
    ),
    "an unknown fragment": ("{ me { ...Nope ...Nope } }", ""),
    "300 aliases": ("{ " + many("a#: __typename", 300) + " }", "root_fields"),
    "300 aliases below": ("{ me { " + many("a#: name", 300) + " } }", "selections"),
    "40 aliases": ("{ me { " + many("a#: name", 40) + " } }", "aliases"),
    "11 root fields": ("{ " + many("a#: me { name }", 11) + " }", "root_fields"),
    "root fields in fragments": (
        "{ ...f } fragment f on Query { " + many("a#: __typename", 11) + " }",
        "root_fields",
    ),
    "one field 400 times": ("{ me { " + "name " * 400 + "} }", "selections"),
    "objects to merge": ("{ me { " + "account { number } " * 200 + "} }", "selections"),
    "arguments to compare": ("{ me { " + "phone(reveal: true) phone(reveal: false) " * 80 + "} }", "comparisons"),
    "arguments that are the same": ("{ me { " + "phone(reveal: true) " * 160 + "} }", "comparisons"),
    "objects of one name": ("{ me { " + "account { number } " * 120 + "} }", "comparisons"),
    "fragments of one field": (
        "{ me { " + many("...f#", 80) + " } } " + many("fragment f# on Me { name }", 80),
        "comparisons",
    ),
    "400 directives on a field": ("{ __typename " + "@a " * 400 + "}", "directives"),
    "400 directives on an operation": ("query " + "@a " * 400 + "{ __typename }", "directives"),
    "400 directives on a fragment": ("{ ...f } fragment f on Query " + "@a " * 400 + "{ __typename }", "directives"),
    "400 directives on a spread": ("{ ...f " + "@a " * 400 + "} fragment f on Query { __typename }", "directives"),
    "400 directives on a variable": ("query ($v: Int " + "@a " * 400 + ") { __typename }", "directives"),
    "50 real directives": ("{ me { " + many("... @include(if: true) { name }", 50) + " } }", "directives"),
    "190 fields deep": (nested("{ me ", 190), "nesting"),
    "20 fields deep": ("{ " + nested("me { ", 20) + " }", "depth"),
    "80 inline fragments deep": ("{ " + nested("... { ", 80) + " }", ""),
    "a chain of deep fragments": ("{ me { ...f0 } } " + " ".join(chain(3, 80)), "nesting"),
    "lists 400 deep": ("{ me(a: " + "[" * 400 + "]" * 400 + ") { name } }", ""),
    "objects 300 deep": ("{ me(a: " + "{a: " * 300 + "1" + "}" * 300 + ") { name } }", ""),
    "braces 4000 deep": ("{ a " * 4000, ""),
    "8000 tokens": ("{ " + "a " * 8000 + "}", "tokens"),
    "20 000 comments": ("{ " + "a,#\n" * 20_000 + "}", "characters"),
    "a string of 120 kB": ('{ me(a: "' + "x" * 120_000 + '") { name } }', "characters"),
    "5000 lines": ("{ " + "\n" * 5000 + "__typename }", "lines"),
    "2500 lines of two characters": ("{ " + "\r\n" * 2500 + "__typename }", "lines"),
    "100 operations": (many("query q# { me { name } }", 100), ""),
    "11 operations": ("query Small { __typename } " + many("query q# { __typename }", 10), "operations"),
    "200 variables": ("query (" + many("$v#: Int", 200) + ") { __typename }", ""),
    "300 unknown arguments": ("{ me(" + many("a#: 1", 300) + ") { name } }", ""),
    "200 unknown fields": ("{ me { " + many("f#", 200) + " } }", ""),
    "a million rows": ("{ me { account { contributions(first: 1000000) { edges { node { id } } } } } }", "cost"),
    "rows by a variable's default": (
        "query ($n: Int = 1000000) { me { account { contributions(first: $n) { edges { node { id } } } } } }",
        "cost",
    ),
    "rows by a number of 1000 digits": (
        "{ me { account { contributions(first: " + "9" * 1000 + ") { edges { node { id } } } } } }",
        "cost",
    ),
    "20 lists": (
        "{ me { account { " + many("a#: contributions(first: 100) { edges { node { id amount } } }", 20) + " } } }",
        "cost",
    ),
    "introspection of introspection": (
        "{ __schema { " + TYPES + nested("ofType { ", 20, "name") + " } } } } }",
        "introspection_depth",
    ),
    "introspection ten times": ("{ " + many("a#: __schema { types { name } }", 10) + " }", "cost"),
}
