"""Operations and fragments: many, in rings, in chains, each looked at from all others."""

from __future__ import annotations

from collections.abc import Iterator

from tests.graphql.hostile import doubling
from tests.graphql.shapes.shape import LIMITS, Shape, grown, many, repeated

NAME = {"a": "fragment f# on Me { name }", "b": "...f#"}
OPERATIONS = LIMITS.operations


def shapes() -> Iterator[Shape]:
    ten = many("query q# { ...f }", OPERATIONS)
    queries = {
        "operations over a chain of fragments": grown(
            lambda n: many("query q# { me { ...f0 } }", OPERATIONS) + _chain(n)
        ),
        "more operations over a chain": grown(lambda n: many("query q# { me { ...f0 } }", n) + _chain(50)),
        "operations over many fields": f"{ten} "
        + repeated("fragment f on Query { me { <a> } }", {"a": "name"}, most=230),
        "more operations over many fields": repeated(
            "<a> fragment f on Query { me { <b> } }", {"a": "query q# { ...f }", "b": "name"}
        ),
        "operations that use an undefined variable": f"{ten} "
        + repeated("fragment f on Query { me(a: [<a>]) { name } }", {"a": "$v"}),
        "operations that use a variable": many("query q#($v: Int) { ...f }", OPERATIONS)
        + repeated(" fragment f on Query { me(a: [<a>]) { name } }", {"a": "$v"}, most=400),
        "operations with variables": grown(
            lambda n: (
                many(f"query q#({many('$v~: Int', n)}) {{ ...f }}", OPERATIONS).replace("~", "#")
                + " fragment f on Query { me { name } }"
            )
        ),
        "subscriptions": many("subscription q# { ...f }", OPERATIONS)
        + ' fragment f on Subscription { applicationProgress(id: "1") { id } }',
        "fragments that all spread all": grown(lambda n: "{ me { ...f0 } } " + _all_to_all(n), 28),
        "operations over fragments that all spread all": grown(
            lambda n: many("query q# { me { ...f0 } }", OPERATIONS) + _all_to_all(n), 28
        ),
        "fragments that spread all later ones": grown(lambda n: "{ me { ...f0 } } " + _triangle(n), 50),
        "fragments in one long ring": grown(lambda n: "{ me { ...f0 } } " + _ring(n)),
        "fragments in rings of two": repeated(
            "{ me { ...f0 } } <a>", {"a": "fragment f# on Me { ...g# } fragment g# on Me { ...f# }"}
        ),
        "fragments within themselves": repeated(
            "{ me { ...f0 } } <a>", {"a": "fragment f# on Me { name ...f# ...f# }"}
        ),
        "fragments beside each other": repeated("{ me { <b> } } <a>", NAME),
        "fragments with names of their own": repeated(
            "{ me { <b> } } <a>", {"a": "fragment f# on Me { idNumber ... { phone } }", "b": "...f#"}
        ),
        "fragments of one name": repeated("{ me { ...f } } <a>", {"a": "fragment f on Me { name }"}),
        "operations of one name": repeated("query q0 { name } <a>", {"a": "query q0 { __typename }"}),
        "fragments on types that do not fit": repeated("{ me { <a> } }", {"a": "... on Query { __typename }"}),
        "fragments on unknown types": repeated("{ me { <a> } }", {"a": "... on Nope# { name }"}),
        "fragments on scalars": repeated("{ me { <a> } }", {"a": "... on Money { name }"}),
        "unknown fragments": repeated("{ me { <a> } }", {"a": "...f#"}, most=245),
        "unused fragments": repeated("{ __typename } <a>", NAME),
        "fragments in fragments": repeated("{ me { <a> } }", {"a": "... { name ... { phone } }"}),
        "doubling fragments of objects": "{ me { ...f0 } } " + doubling(7, end="account { number }"),
        "defer at every spread": "{ me { " + many('...f @defer(label: "#")', 29) + " } } fragment f on Me { name }",
        "two merged parents full of fragments": repeated(
            "{ me { <a> } me { <b> } } <c>",
            {"a": "...f#", "b": "...g#", "c": "fragment f# on Me { name } fragment g# on Me { phone }"},
        ),
        "objects merged through many levels": repeated(
            "{ __typename <a> }",
            {"a": "me { account { contributions { edges { node { balance { total } } } } } }"},
        ),
        "merged objects whose fragments are spread in each": repeated(
            "{ <a> } fragment f on Me { account { ...g } loans { number } } "
            "fragment g on Account { number balance { total } }",
            {"a": "me { ...f account { ...g } }"},
            most=10,
        ),
    }
    for name, query in queries.items():
        yield Shape(name, query, operation="q0" if " q0" in query else None)


def _chain(links: int) -> str:
    chain = "".join(f" fragment f{i} on Me {{ ...f{i + 1} }}" for i in range(links))
    return f"{chain} fragment f{links} on Me {{ name }}"


def _ring(links: int) -> str:
    return " ".join(f"fragment f{i} on Me {{ name ...f{(i + 1) % links} }}" for i in range(links))


def _all_to_all(count: int) -> str:
    return " ".join(f"fragment f{i} on Me {{ {many('...f#', count)} }}" for i in range(count))


def _triangle(count: int) -> str:
    later = (" ".join(f"...f{j}" for j in range(i + 1, count)) for i in range(count))
    return " ".join(f"fragment f{i} on Me {{ name {each} }}" for i, each in enumerate(later))
