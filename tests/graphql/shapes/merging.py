"""Fields of one response name, which have to be compared, in all places where they belong to one object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from tests.graphql.shapes.shape import Shape, grown

LONG = "x" * 100
REPEATED: Mapping[str, Sequence[str]] = {
    "a leaf": ("name",),
    "two arguments in turn": ("phone(reveal: true)", "phone(reveal: false)"),
    "one argument": ("phone(reveal: true)",),
    "an argument and none": ("phone(reveal: true)", "phone"),
    "a variable and a value": ("phone(reveal: $yes)", "phone(reveal: true)"),
    "identifiers of their own": ('application(id: "#") { id }',),
    "objects": ("account { number }",),
    "objects in objects": ("account { balance { total } }",),
    "pages of their own": ("applications(first: #) { totalCount }",),
    "texts that differ at the end": (f'application(id: "{LONG}#") {{ id }}',),
    "texts that are the same": (f'application(id: "{LONG}") {{ id }}',),
    "one alias for two fields": ("a: name", "a: phone"),
    "one alias for two types": ("a: name", "a: account { number }"),
    "fields that are unknown": ("nope(a: #)", "nope(b: #)"),
    "conditions": ("name @include(if: $yes)", "name @skip(if: $yes)"),
    "lists in arguments": ("nope(a: [1 2 3 4 #])",),
    "objects in arguments": ("nope(a: {b: 1 c: {d: #}})",),
}
"""Fields of Me, and unknown ones; `#` is a number of each."""
MOST, FEW = 250, 60
"""As many as an operation may select, and about as many as are compared to the end."""
HEAD = "query ($yes: Boolean = true) "


def shapes() -> Iterator[Shape]:
    for what, variants in REPEATED.items():
        for where, place in PLACES.items():
            yield Shape(f"{what} {where}", HEAD + grown(partial(_placed, place, variants), MOST))
    for where, place in PLACES.items():
        yield Shape(f"few of them {where}", HEAD + grown(partial(_placed, place, REPEATED["one argument"]), FEW))


def _placed(place: Callable[[list[str]], str], variants: Sequence[str], times: int) -> str:
    return place([variants[i % len(variants)].replace("#", str(i + 1)) for i in range(times)])


def _in_a_row(fields: list[str]) -> str:
    return f"{{ me {{ {' '.join(fields)} }} }}"


def _in_inline_fragments(fields: list[str]) -> str:
    return "{ me { " + " ".join(f"... {{ {each} }}" for each in fields) + " } }"


def _in_typed_fragments(fields: list[str]) -> str:
    return "{ me { " + " ".join(f"... on Me {{ {each} }}" for each in fields) + " } }"


def _in_fragments_of_their_own(fields: list[str]) -> str:
    spreads = " ".join(f"...f{i}" for i in range(len(fields)))
    return f"{{ me {{ {spreads} }} }} " + " ".join(f"fragment f{i} on Me {{ {each} }}" for i, each in enumerate(fields))


def _in_ten_fragments(fields: list[str]) -> str:
    return _in_fragments_of_their_own([" ".join(fields[i::10]) or "name" for i in range(10)])


def _in_ten_objects(fields: list[str]) -> str:
    return "{ " + " ".join(f"me {{ {' '.join(fields[i::10]) or 'name'} }}" for i in range(10)) + " }"


def _along_a_chain(fields: list[str]) -> str:
    links = " ".join(f"fragment f{i} on Me {{ {each} ...f{i + 1} }}" for i, each in enumerate(fields))
    return f"{{ me {{ ...f0 }} }} {links} fragment f{len(fields)} on Me {{ name }}"


def _beside_a_fragment(fields: list[str]) -> str:
    one, other = " ".join(fields[::2]), " ".join(fields[1::2]) or "name"
    return f"{{ me {{ {one} ...f }} }} fragment f on Me {{ {other} }}"


def _in_a_fragment_that_is_not_spread(fields: list[str]) -> str:
    return f"{{ me {{ name }} }} fragment f on Me {{ {' '.join(fields)} }}"


PLACES: Mapping[str, Callable[[list[str]], str]] = {
    "in a row": _in_a_row,
    "in inline fragments": _in_inline_fragments,
    "in typed fragments": _in_typed_fragments,
    "in fragments of their own": _in_fragments_of_their_own,
    "in ten fragments": _in_ten_fragments,
    "in ten objects": _in_ten_objects,
    "along a chain": _along_a_chain,
    "beside a fragment": _beside_a_fragment,
    "in a fragment that is not spread": _in_a_fragment_that_is_not_spread,
}
