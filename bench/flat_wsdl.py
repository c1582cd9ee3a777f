"""The contract as the peers can read it: one file, the two operations that are compared, with neither groups nor types
that extend others, which some of them leave out."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path

from lxml import etree

from bff.legacy.standard.contract import PACKAGED_WSDL

XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
OPERATIONS = ("QueryAccount", "QueryAccountDetails")


def write(path: Path, core: str) -> Path:
    """`core` is the URL that it names."""
    wsdl = etree.parse(str(PACKAGED_WSDL)).getroot()
    types = etree.parse(str(Path(PACKAGED_WSDL).with_name("core.xsd"))).getroot()
    _flatten(types)
    (importing,) = wsdl.iter(f"{XS}schema")
    _parent(importing).replace(importing, types)
    for kind in ("portType", "binding", "service"):
        for each in wsdl.findall(f"{WSDL}{kind}"):
            if not each.get("name", "").startswith("CollectionService"):
                wsdl.remove(each)
    for each in [*wsdl.iter(f"{WSDL}operation")]:
        if each.get("name") not in OPERATIONS:
            _parent(each).remove(each)
    # Some take only what begins with http for a namespace, and know few kinds of numbers; the remembering core minds
    # neither.
    text = etree.tostring(wsdl, encoding="unicode").replace("urn:gjj:core:1", "http://gjj.example/core/1")
    text = re.sub(r'location="http://[^/]+', f'location="{core}', text)
    text = text.replace("xs:nonNegativeInteger", "xs:int").replace("xs:positiveInteger", "xs:int")
    path.write_text(text, "utf-8")
    return path


def _flatten(types: etree._Element) -> None:
    groups = {each.get("name"): each for each in types.findall(f"{XS}group")}
    named = {each.get("name"): each for each in types.findall(f"{XS}complexType")}
    for content in [*types.iter(f"{XS}complexContent")]:
        (extension,) = content
        sequence = deepcopy(_sequence(named[extension.get("base")]))
        sequence.extend(_sequence(extension))
        _parent(content).replace(content, sequence)
    while places := [each for each in types.iter(f"{XS}group") if each.get("ref")]:
        for each in places:
            parent, inner = _parent(each), deepcopy(_sequence(groups[each.get("ref")]))
            at = parent.index(each)
            parent[at : at + 1] = [*inner]
    for each in groups.values():
        types.remove(each)
    for each in types.iter():
        for name in ("type", "base"):
            if ":" not in (each.get(name) or ":"):
                each.set(name, f"tns:{each.get(name)}")


def _sequence(within: etree._Element) -> etree._Element:
    found = within.find(f"{XS}sequence")
    return etree.Element(f"{XS}sequence") if found is None else found


def _parent(of: etree._Element) -> etree._Element:
    found = of.getparent()
    assert found is not None
    return found
