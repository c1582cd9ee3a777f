"""The XSDs of a WSDL as one schema of lxml, wherever they lie: beside it, behind a URL, or inside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
LINKS = [f"{{{XS}}}{name}" for name in ("import", "include", "redefine")]


def compile_schema(location: str, load: Callable[[str], bytes]) -> etree.XMLSchema:
    """`load` reads a file or URL. Raises OSError or lxml's errors when a document is missing or wrong."""
    with tempfile.TemporaryDirectory() as folder:
        collected = _Collected(Path(folder), load, {})
        wsdl = _parse(load(location))
        root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
        for number, schema in enumerate(wsdl.iter(f"{{{XS}}}schema")):
            collected.keep(f"inline{number}.xsd", schema, location)
            link = etree.SubElement(root, f"{{{XS}}}import", schemaLocation=f"inline{number}.xsd")
            if namespace := schema.get("targetNamespace"):
                link.set("namespace", namespace)
        if len(root) == 1 and root[0].get("namespace") is None:
            return etree.XMLSchema(file=str(Path(folder, "inline0.xsd")))  # it only imports: it may be the root itself
        (Path(folder) / "root.xsd").write_bytes(etree.tostring(root))
        return etree.XMLSchema(file=str(Path(folder) / "root.xsd"))


class _Collected:
    """Schema documents in one folder, under names that lead nowhere else."""

    def __init__(self, folder: Path, load: Callable[[str], bytes], names: dict[str, str]) -> None:
        self._folder = folder
        self._load = load
        self._names = names

    def keep(self, name: str, schema: etree._Element, location: str) -> None:
        copy = etree.fromstring(etree.tostring(schema, with_tail=False))
        for link in copy.iter(*LINKS):
            if target := link.get("schemaLocation"):
                link.set("schemaLocation", self._name_of(_join(location, target)))
        (self._folder / name).write_bytes(etree.tostring(copy))

    def _name_of(self, location: str) -> str:
        if location not in self._names:
            self._names[location] = f"{len(self._names)}.xsd"
            self.keep(self._names[location], _parse(self._load(location)), location)
        return self._names[location]


def _join(base: str, target: str) -> str:
    if urlsplit(base).scheme in ("http", "https") or urlsplit(target).scheme:
        return urljoin(base, target)
    return str(Path(base).parent / target)


def _parse(text: bytes) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
