"""The operations and elements that a WSDL declares, read from zeep's types into plain records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import zeep
from zeep import xsd
from zeep.wsdl.bindings import Soap11Binding

HEAD = "Head"
TEXT = "text"
_NUMBERS = {"Decimal", "Integer", "NonNegativeInteger", "PositiveInteger", "NonPositiveInteger", "NegativeInteger"}
_NUMBERS |= {"Long", "Int", "Short", "Byte", "UnsignedLong", "UnsignedInt", "UnsignedShort", "UnsignedByte"}
_VALUE_TYPES = {"DateTime": "dateTime", "Date": "date", "Time": "time", "Boolean": "boolean", "Float": "float"}
_VALUE_TYPES |= {"Double": "float", "Base64Binary": "binary", "HexBinary": "binary"}
_VALUE_TYPES |= dict.fromkeys(_NUMBERS, "number")


@dataclass(frozen=True, slots=True)
class ElementDeclaration:
    """An element. `value_type` is the type of its text, empty where it has children. `required` holds for the first
    level of a reply, too: a payload is missing only from refusals."""

    name: str
    value_type: str
    required: bool
    children: tuple[ElementDeclaration, ...] = ()

    def paths(self, parent: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Yield the path of this element and of each one below it."""
        path = (*parent, self.name)
        yield path
        for child in self.children:
            yield from child.paths(path)


@dataclass(frozen=True, slots=True)
class OperationDeclaration:
    """An operation. `head` is the SOAP header of its request, `head_part` the WSDL's name for that message part."""

    service: str
    request: ElementDeclaration
    reply: ElementDeclaration
    head: ElementDeclaration | None
    head_part: str


def operations_of(client: zeep.Client) -> dict[str, OperationDeclaration]:
    """Return the operations of all services, by their names in the WSDL."""
    return {
        name: OperationDeclaration(
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
    """Return each service's binding and address for SOAP 1.1; many services have SOAP 1.2 and others beside it."""
    return [
        (name, port.binding, port.binding_options["address"])
        for name, service in client.wsdl.services.items()
        for port in service.ports.values()
        if type(port.binding) is Soap11Binding
    ]


def _head(header: xsd.Element | None) -> ElementDeclaration | None:
    return next((_declaration(element, HEAD, required=True, within=()) for _, element in _headers(header)), None)


def _headers(header: xsd.Element | None) -> list[tuple[str, xsd.Element]]:
    return [] if header is None else header.type.elements


def _root(element: xsd.Element, name: str) -> ElementDeclaration:
    return _declaration(element, name, required=True, within=(), payloads=name.endswith("Response"))


def _declaration(
    element: xsd.Element, name: str, *, required: bool, within: tuple[str, ...], payloads: bool = False
) -> ElementDeclaration:
    """Read an element and its children. A type that contains itself (`within`) is not followed."""
    value_type = _value_type(element.type)
    own = str(getattr(element.type, "qname", None) or id(element.type))
    if value_type or own in within:
        return ElementDeclaration(name, value_type, required)
    children = tuple(
        _declaration(child, child.attr_name, required=_is_required(child, payloads), within=(*within, own))
        for _, child in element.type.elements
        if isinstance(child, xsd.Element)
    )
    return ElementDeclaration(name, "", required, children)


def _is_required(element: xsd.Element, payloads: bool) -> bool:
    return element.min_occurs > 0 or (payloads and not _value_type(element.type))


def _value_type(of: xsd.Type) -> str:
    if isinstance(of, xsd.ComplexType):
        simple = [each for name, each in of.elements if name == "_value_1" and isinstance(each, xsd.Element)]
        return _value_type(simple[0].type) if simple else ""
    builtins = (base.__name__ for base in type(of).__mro__ if base.__module__ == xsd.types.builtins.__name__)
    return next((_VALUE_TYPES[name] for name in builtins if name in _VALUE_TYPES), TEXT)
