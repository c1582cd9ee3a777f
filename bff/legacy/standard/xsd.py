"""The XSDs of a WSDL as one lxml schema, wherever they are: beside it, behind a URL, inside it, or inside a WSDL that
it imports."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
SCHEMA, IMPORT, INCLUDE, REDEFINE = (f"{{{XS}}}{name}" for name in ("schema", "import", "include", "redefine"))
WSDL_IMPORT = "{http://schemas.xmlsoap.org/wsdl/}import"

Load = Callable[[str], bytes]


def compile_schema(location: str, load: Load) -> etree.XMLSchema:
    """Compile a schema; `load` reads a file or URL. Raises OSError or lxml's errors where a document is missing or
    wrong."""
    collected = _SchemaCollector(load)
    for number, (schema, base) in enumerate(_schemas(location, load, set())):
        collected.keep(f"inline{number}.xsd", schema, base)
    with tempfile.TemporaryDirectory() as folder:
        for name, document in collected.linked().items():
            Path(folder, name).write_bytes(etree.tostring(document))
        return etree.XMLSchema(file=str(Path(folder, "root.xsd")))


def _schemas(location: str, load: Load, seen: set[str]) -> Iterator[tuple[etree._Element, str]]:
    """Yield the schemas of a WSDL and of those that it imports, each with its location; an import may also lead to an
    XSD."""
    seen.add(location)
    document = _parse(load(location))
    yield from ((schema, location) for schema in document.iter(SCHEMA))
    for link in document.iterfind(WSDL_IMPORT):
        target = _join(location, link.get("location") or location)
        if target not in seen:
            yield from _schemas(target, load, seen)


@dataclass(slots=True)
class _SchemaCollector:
    """Collects schema documents under file names of their own.

    A namespace may be spread over several documents, and lxml reads only the first that is imported for it: so each
    namespace gets one that includes all of its own, and every import leads there.
    """

    load: Load
    documents: dict[str, etree._Element] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, name: str, schema: etree._Element, location: str) -> None:
        self._add(name, schema.get("targetNamespace", ""))
        self._collect(name, schema, location)

    def linked(self) -> dict[str, etree._Element]:
        """Return the documents by file name; `root.xsd` imports all of them."""
        namespaces = {namespace: f"namespace{i}.xsd" for i, namespace in enumerate(filter(None, self.members))}
        for document in self.documents.values():
            for link in document.iter(IMPORT):
                link.attrib.pop("schemaLocation", None)
                if found := namespaces.get(link.get("namespace", "")):
                    link.set("schemaLocation", found)
        wholes = {name: _including(self.members[namespace], namespace) for namespace, name in namespaces.items()}
        root = _including(self.members.get("", []))
        for at, (namespace, name) in enumerate(namespaces.items()):
            root.insert(at, etree.Element(IMPORT, namespace=namespace, schemaLocation=name))
        return {**self.documents, **wholes, "root.xsd": root}

    def _collect(self, name: str, schema: etree._Element, location: str) -> None:
        copy = self.documents[name] = etree.fromstring(etree.tostring(schema, with_tail=False))
        for link in copy.iter(INCLUDE, REDEFINE, IMPORT):
            if target := link.get("schemaLocation"):
                link.set("schemaLocation", self._name_of(_join(location, target)))
                if link.tag == IMPORT:
                    self._add(link.get("schemaLocation", ""), link.get("namespace", ""))

    def _name_of(self, location: str) -> str:
        if location not in self.names:
            name = self.names[location] = f"{len(self.names)}.xsd"
            self._collect(name, _parse(self.load(location)), location)
        return self.names[location]

    def _add(self, name: str, namespace: str) -> None:
        members = self.members.setdefault(namespace, [])
        if name not in members:
            members.append(name)


def _including(names: list[str], namespace: str = "") -> etree._Element:
    schema = etree.Element(SCHEMA, nsmap={"xs": XS})
    if namespace:
        schema.set("targetNamespace", namespace)
    for name in names:
        etree.SubElement(schema, INCLUDE, schemaLocation=name)
    return schema


def _join(base: str, target: str) -> str:
    if urlsplit(base).scheme in ("http", "https", "file") or urlsplit(target).scheme:
        return urljoin(base, target)
    return os.path.normpath(Path(base).parent / target)


def _parse(text: bytes) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
