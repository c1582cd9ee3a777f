"""What the gateways need of a core, read from the packaged WSDL, and how another WSDL differs from it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import zeep
from zeep import xsd
from zeep.wsdl.bindings import Soap11Binding

from bff.legacy.standard.name_mapping import Names

HEAD = "Head"
TEXT = "text"
_NUMBERS = {"Decimal", "Integer", "NonNegativeInteger", "PositiveInteger", "NonPositiveInteger", "NegativeInteger"}
_NUMBERS |= {"Long", "Int", "Short", "Byte", "UnsignedLong", "UnsignedInt", "UnsignedShort", "UnsignedByte"}
_KINDS = {"DateTime": "dateTime", "Date": "date", "Time": "time", "Boolean": "boolean", "Float": "float"}
_KINDS |= {"Double": "float", "Base64Binary": "binary", "HexBinary": "binary"} | dict.fromkeys(_NUMBERS, "number")
_READABLE = {(TEXT, "date"), ("number", TEXT)}
"""Pairs (ours, theirs) that a reader of replies takes, although the types differ."""

NOT_SENT_WITHOUT = {"YHZE"}
"""Elements of requests that are sent only to cores whose WSDL has them."""


@dataclass(frozen=True, slots=True)
class Part:
    """An element. `kind` is that of its text, empty where it has children. `required` counts the first level of a
    reply, too: a payload is missing only from refusals."""

    name: str
    kind: str
    required: bool
    parts: tuple[Part, ...] = ()

    def places(self, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        here = (*above, self.name)
        yield here
        for part in self.parts:
            yield from part.places(here)


@dataclass(frozen=True, slots=True)
class Operation:
    """`head` is the header that a request carries, `head_part` what the WSDL calls the part for it."""

    service: str
    request: Part
    reply: Part
    head: Part | None
    head_part: str


class Kind(StrEnum):
    MISSING = "missing"
    ABSENT = "absent, and we can do without"
    TYPE = "another type"
    DEMANDED = "demanded, and we have nothing for it"


@dataclass(frozen=True, slots=True)
class Difference:
    """`place` is in our names, but for what is DEMANDED; `theirs` is what it may be called there, or its type."""

    kind: Kind
    operation: str
    place: str
    theirs: str = ""

    @property
    def matters(self) -> bool:
        return self.kind is not Kind.ABSENT

    def __str__(self) -> str:
        hint = {Kind.TYPE: ": {}", Kind.DEMANDED: ""}.get(self.kind, "; perhaps {}") if self.theirs else ""
        return f"{self.place}: {self.kind}{hint.format(self.theirs)}"


def operations_of(client: zeep.Client) -> dict[str, Operation]:
    """Of all services, by their names in the WSDL."""
    return {
        name: Operation(
            service=service,
            request=_root(operation.input.body, name),
            reply=_root(operation.output.body, f"{name}Response"),
            head=_head(operation.input.header),
            head_part=next((part for part, _ in _headers(operation.input.header)), ""),
        )
        for service, binding, _ in ports_of(client)
        for name, operation in binding.all().items()
    }


def ports_of(client: zeep.Client) -> list[tuple[str, Soap11Binding, str]]:
    """Of every service the binding and address for SOAP 1.1: many have SOAP 1.2 and others beside it."""
    return [
        (name, port.binding, port.binding_options["address"])
        for name, service in client.wsdl.services.items()
        for port in service.ports.values()
        if type(port.binding) is Soap11Binding
    ]


def differences(ours: Mapping[str, Operation], theirs: Mapping[str, Operation], names: Names) -> list[Difference]:
    """What is the same in every operation, the header and the head of replies, is told once."""
    found: dict[tuple[Kind, str], Difference] = {}
    unknown = [name for name in theirs if name not in {names.operation(each) for each in ours}]
    for name, operation in ours.items():
        other = theirs.get(names.operation(name))
        for each in (
            [Difference(Kind.MISSING, name, name, _nearest(name, unknown))]
            if other is None
            else _of_operation(name, operation, other, names)
        ):
            found.setdefault((each.kind, each.place), each)
    return list(found.values())


def _of_operation(name: str, ours: Operation, theirs: Operation, names: Names) -> Iterator[Difference]:
    if ours.head is not None and theirs.head is None:
        yield Difference(Kind.MISSING, name, HEAD)
    elif ours.head is not None and theirs.head is not None:
        yield from _Comparison(name, names, sent=True).of(ours.head, theirs.head, (HEAD,))
    yield from _Comparison(name, names, sent=True).of(ours.request, theirs.request, (ours.request.name,))
    yield from _Comparison(name, names, sent=False).of(ours.reply, theirs.reply, (ours.reply.name,))


@dataclass(frozen=True, slots=True)
class _Comparison:
    operation: str
    names: Names
    sent: bool

    def of(self, ours: Part, theirs: Part, place: tuple[str, ...]) -> Iterator[Difference]:
        by_name = {part.name: part for part in theirs.parts}
        found = {part.name: by_name.get(self.names.element((*place, part.name))) for part in ours.parts}
        strangers = [part for part in theirs.parts if part not in found.values()]
        lost = [part for part in ours.parts if found[part.name] is None]
        guesses = {part.name: _guess(part, lost, strangers) for part in lost}
        for part in ours.parts:
            here, other = (*place, part.name), found[part.name]
            if other is None:
                needed = part.required or (self.sent and part.name not in NOT_SENT_WITHOUT)
                kind = Kind.MISSING if needed else Kind.ABSENT
                yield self._difference(kind, here, guesses[part.name])
            elif part.kind != other.kind and (self.sent or (part.kind, other.kind) not in _READABLE):
                yield self._difference(Kind.TYPE, here, f"{_called(part)} here, {_called(other)} there")
            else:
                yield from self.of(part, other, here)
        for part in strangers:
            if self.sent and part.required and part.name not in guesses.values():
                yield self._difference(Kind.DEMANDED, (*place, part.name))

    def _difference(self, kind: Kind, place: tuple[str, ...], theirs: str = "") -> Difference:
        return Difference(kind, self.operation, "/".join(place), theirs)


def _called(part: Part) -> str:
    return part.kind or "an element with children"


def _guess(part: Part, lost: Sequence[Part], strangers: Sequence[Part]) -> str:
    """A stranger of the same kind: the one at the same place in the order, unless a name is alike."""
    at = [each.name for each in lost if each.kind == part.kind].index(part.name)
    candidates = [each.name for each in strangers if each.kind == part.kind]
    return _nearest(part.name, candidates) or next(iter(candidates[at:]), "")


def _nearest(name: str, candidates: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(name, candidates, 1, 0.5)), "")


def _head(header: xsd.Element | None) -> Part | None:
    return next((_part(element, HEAD, required=True, above=()) for _, element in _headers(header)), None)


def _headers(header: xsd.Element | None) -> list[tuple[str, xsd.Element]]:
    return [] if header is None else header.type.elements


def _root(element: xsd.Element, name: str) -> Part:
    return _part(element, name, required=True, above=(), payloads=name.endswith("Response"))


def _part(element: xsd.Element, name: str, *, required: bool, above: tuple[str, ...], payloads: bool = False) -> Part:
    """A type within itself is not followed."""
    kind = _kind(element.type)
    own = str(getattr(element.type, "qname", None) or id(element.type))
    if kind or own in above:
        return Part(name, kind, required)
    children = tuple(
        _part(child, child.attr_name, required=_is_required(child, payloads), above=(*above, own))
        for _, child in element.type.elements
        if isinstance(child, xsd.Element)
    )
    return Part(name, "", required, children)


def _is_required(element: xsd.Element, payloads: bool) -> bool:
    return element.min_occurs > 0 or (payloads and not _kind(element.type))


def _kind(of: xsd.Type) -> str:
    if isinstance(of, xsd.ComplexType):
        simple = [each for name, each in of.elements if name == "_value_1" and isinstance(each, xsd.Element)]
        return _kind(simple[0].type) if simple else ""
    builtins = (base.__name__ for base in type(of).__mro__ if base.__module__ == xsd.types.builtins.__name__)
    return next((_KINDS[name] for name in builtins if name in _KINDS), TEXT)
