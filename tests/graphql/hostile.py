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
    "500 aliases": ("{ " + many("a#: __typename", 500) + " }", "root_fields"),
    "400 aliases below": ("{ me { " + many("a#: name", 400) + " } }", "selections"),
    "40 aliases": ("{ me { " + many("a#: name", 40) + " } }", "aliases"),
    "11 root fields": ("{ " + many("a#: me { name }", 11) + " }", "root_fields"),
    "root fields in fragments": (
        "{ ...f } fragment f on Query { " + many("a#: __typename", 11) + " }",
        "root_fields",
    ),
    "one field 400 times": ("{ me { " + "name " * 400 + "} }", "selections"),
    "objects to merge": ("{ me { " + "account { number } " * 200 + "} }", "selections"),
    "900 directives on a field": ("{ __typename " + "@a " * 900 + "}", "directives"),
    "900 directives on an operation": ("query " + "@a " * 900 + "{ __typename }", "directives"),
    "900 directives on a fragment": ("{ ...f } fragment f on Query " + "@a " * 900 + "{ __typename }", "directives"),
    "900 directives on a spread": ("{ ...f " + "@a " * 900 + "} fragment f on Query { __typename }", "directives"),
    "900 directives on a variable": ("query ($v: Int " + "@a " * 900 + ") { __typename }", "directives"),
    "100 real directives": ("{ me { " + many("... @include(if: true) { name }", 100) + " } }", "directives"),
    "190 fields deep": (nested("{ me ", 190), "nesting"),
    "20 fields deep": ("{ " + nested("me { ", 20) + " }", "depth"),
    "80 inline fragments deep": ("{ " + nested("... { ", 80) + " }", ""),
    "a chain of deep fragments": ("{ me { ...f0 } } " + " ".join(chain(6, 80)), "nesting"),
    "lists 900 deep": ("{ me(a: " + "[" * 900 + "]" * 900 + ") { name } }", ""),
    "objects 300 deep": ("{ me(a: " + "{a: " * 300 + "1" + "}" * 300 + ") { name } }", ""),
    "braces 5000 deep": ("{ a " * 5000, ""),
    "60 000 tokens": ("{ " + "a " * 60_000 + "}", "tokens"),
    "60 000 tokens of commas and comments": ("{ " + "a,#\n" * 30_000 + "}", "tokens"),
    "a string of 120 kB": ('{ me(a: "' + "x" * 120_000 + '") { name } }', ""),
    "200 operations": (many("query q# { me { name } }", 200), ""),
    "300 variables": ("query (" + many("$v#: Int", 300) + ") { __typename }", ""),
    "400 unknown arguments": ("{ me(" + many("a#: 1", 400) + ") { name } }", ""),
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
