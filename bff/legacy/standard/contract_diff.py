"""The differences between the packaged contract, which the gateways need, and another core's WSDL."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bff.legacy.standard.declarations import HEAD, TEXT, ElementDeclaration, OperationDeclaration
from bff.legacy.standard.name_mapping import NameMapping

_READABLE = {(TEXT, "date"), ("number", TEXT)}
"""Pairs of value types (ours, theirs) that the reply reader takes, although they differ."""

OPTIONAL_IN_REQUESTS = {"YHZE"}
"""Elements of requests that are sent only to cores whose WSDL has them."""


class DifferenceKind(StrEnum):
    """The values are shown by `bff check`."""

    MISSING = "missing"
    ABSENT = "absent, and we can do without"
    TYPE = "another type"
    DEMANDED = "demanded, and we have nothing for it"


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is in our names, except where an element is DEMANDED; `theirs` is a guess at the core's name for it, or
    its type."""

    kind: DifferenceKind
    operation: str
    path: str
    theirs: str = ""

    @property
    def is_breaking(self) -> bool:
        """Whether the operation cannot be used with this core."""
        return self.kind is not DifferenceKind.ABSENT

    def __str__(self) -> str:
        hints = {DifferenceKind.TYPE: ": {}", DifferenceKind.DEMANDED: ""}
        hint = hints.get(self.kind, "; perhaps {}") if self.theirs else ""
        return f"{self.path}: {self.kind}{hint.format(self.theirs)}"


def differences(
    ours: Mapping[str, OperationDeclaration], theirs: Mapping[str, OperationDeclaration], names: NameMapping
) -> list[Difference]:
    """Compare two contracts. A difference that all operations share, as in the header, is reported once."""
    found: dict[tuple[DifferenceKind, str], Difference] = {}
    unknown = [name for name in theirs if name not in {names.operation(each) for each in ours}]
    for name, operation in ours.items():
        other = theirs.get(names.operation(name))
        for each in (
            [Difference(DifferenceKind.MISSING, name, name, _nearest(name, unknown))]
            if other is None
            else _of_operation(name, operation, other, names)
        ):
            found.setdefault((each.kind, each.path), each)
    return list(found.values())


def _of_operation(
    name: str, ours: OperationDeclaration, theirs: OperationDeclaration, names: NameMapping
) -> Iterator[Difference]:
    requests, replies = _Comparison(name, names, sent=True), _Comparison(name, names, sent=False)
    if ours.head is not None and theirs.head is None:
        yield Difference(DifferenceKind.MISSING, name, HEAD)
    elif ours.head is not None and theirs.head is not None:
        yield from requests.differences(ours.head, theirs.head, (HEAD,))
    yield from requests.differences(ours.request, theirs.request, (ours.request.name,))
    yield from replies.differences(ours.reply, theirs.reply, (ours.reply.name,))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A comparison of two messages of an operation; `sent` for requests."""

    operation: str
    names: NameMapping
    sent: bool

    def differences(
        self, ours: ElementDeclaration, theirs: ElementDeclaration, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        by_name = {child.name: child for child in theirs.children}
        found = {child.name: by_name.get(self.names.element((*path, child.name))) for child in ours.children}
        strangers = [child for child in theirs.children if child not in found.values()]
        lost = [child for child in ours.children if found[child.name] is None]
        guesses = {child.name: _guess(child, lost, strangers) for child in lost}
        for child in ours.children:
            yield from self._of_child(child, found[child.name], (*path, child.name), guesses.get(child.name, ""))
        for child in strangers:
            if self.sent and child.required and child.name not in guesses.values():
                yield self._difference(DifferenceKind.DEMANDED, (*path, child.name))

    def _of_child(
        self, ours: ElementDeclaration, theirs: ElementDeclaration | None, path: tuple[str, ...], guess: str
    ) -> Iterator[Difference]:
        if theirs is None:
            needed = ours.required or (self.sent and ours.name not in OPTIONAL_IN_REQUESTS)
            yield self._difference(DifferenceKind.MISSING if needed else DifferenceKind.ABSENT, path, guess)
        elif self._types_differ(ours.value_type, theirs.value_type):
            yield self._difference(DifferenceKind.TYPE, path, f"{_shown(ours)} here, {_shown(theirs)} there")
        else:
            yield from self.differences(ours, theirs, path)

    def _types_differ(self, ours: str, theirs: str) -> bool:
        return ours != theirs and (self.sent or (ours, theirs) not in _READABLE)

    def _difference(self, kind: DifferenceKind, path: tuple[str, ...], theirs: str = "") -> Difference:
        return Difference(kind, self.operation, "/".join(path), theirs)


def _shown(declaration: ElementDeclaration) -> str:
    return declaration.value_type or "an element with children"


def _guess(
    declaration: ElementDeclaration, lost: Sequence[ElementDeclaration], strangers: Sequence[ElementDeclaration]
) -> str:
    """Guess the core's name for a lost element: an unknown one of the same type with a similar name, else the one at
    its position in the order."""
    value_type = declaration.value_type
    position = [each.name for each in lost if each.value_type == value_type].index(declaration.name)
    candidates = [each.name for each in strangers if each.value_type == value_type]
    return _nearest(declaration.name, candidates) or next(iter(candidates[position:]), "")


def _nearest(name: str, candidates: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(name, candidates, 1, 0.5)), "")
