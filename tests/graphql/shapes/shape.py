"""A request with a name, and how much of something fits into a document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bff.server import DocumentLimits, GraphQLOptions

BODY = GraphQLOptions().max_body_bytes
LIMITS = DocumentLimits()
_TOKEN = re.compile(r'"""(?s:.*?)"""|"[^"]*"|\.\.\.|[\w.]+|[^\s,\ufeff]')


@dataclass(frozen=True, slots=True)
class Shape:
    """`variables` is JSON as it is sent, since some of it is none that Python would write."""

    name: str
    query: str = "{ __typename }"
    variables: str = "{}"
    operation: str | None = None

    def body(self) -> bytes:
        query, operation = (_json(each) for each in (self.query, self.operation))
        return f'{{"query":{query},"operationName":{operation},"variables":{self.variables}}}'.encode()


def _json(text: str | None) -> str:
    """With lone surrogates as escapes, since UTF-8 has none."""
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def grown(make: Callable[[int], str], most: int = LIMITS.tokens) -> str:
    """The document with as many parts, `most` at most, as the limits of its text allow."""
    fewest = 1
    while fewest < most:
        middle = (fewest + most + 1) // 2
        fewest, most = (middle, most) if _fits(make(middle)) else (fewest, middle - 1)
    return make(fewest)


def _fits(query: str) -> bool:
    long = len(query) > LIMITS.characters or query.count("\n") + query.count("\r") > LIMITS.lines
    return not long and len(_TOKEN.findall(query)) <= LIMITS.tokens


def many(what: str, times: int) -> str:
    """`#` is the part's number."""
    return " ".join(what.replace("#", str(number)) for number in range(times))


def repeated(template: str, parts: Mapping[str, str], most: int = LIMITS.tokens) -> str:
    """The template with each `<name>` replaced by as many of `parts[name]` as fit."""

    used = {f"<{name}>": what for name, what in parts.items() if f"<{name}>" in template}

    def make(times: int) -> str:
        query = template
        for place, what in used.items():
            query = query.replace(place, many(what, times))
        return query

    return grown(make, most) if used else template
