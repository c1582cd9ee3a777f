"""One contract in many documents: however a WSDL and its XSDs are cut up, the core behind it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from bff.cli.check.command import check
from bff.cli.check.findings import FindingState
from bff.legacy import Core
from bff.legacy.errors import CoreBadData
from bff.legacy.standard.contract import PACKAGED_WSDL
from bff.store.database import Store
from tests.conftest import settings_for
from tests.legacy.conftest import NOW, core_settings, playing, recorded
from tests.support.servers import Core as PracticeCore

WSDL, XSD = "http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/2001/XMLSchema"
OURS, TYPES = "urn:gjj:core:1", "urn:gjj:types"


class Documents:
    """The packaged contract, to be cut up and written to a folder."""

    def __init__(self, folder: Path) -> None:
        parser = etree.XMLParser(remove_comments=True)
        self.folder = folder
        self._inline = b""
        self.wsdl = etree.parse(PACKAGED_WSDL, parser).getroot()
        self.xsd = etree.parse(PACKAGED_WSDL.with_name("core.xsd"), parser).getroot()

    @property
    def types(self) -> etree._Element:
        found = self.wsdl.find(f"{{{WSDL}}}types")
        assert found is not None
        return found

    def schema(self, *parts: etree._Element, **attributes: str) -> etree._Element:
        schema = etree.Element(f"{{{XSD}}}schema", attributes, nsmap={"xs": XSD, None: OURS})
        schema.extend(parts)
        return schema

    def ours(self, *parts: etree._Element) -> etree._Element:
        return self.schema(*parts, targetNamespace=OURS, elementFormDefault="qualified")

    def link(self, kind: str, **attributes: str) -> etree._Element:
        return etree.Element(f"{{{XSD}}}{kind}", attributes)

    def inline(self, *schemas: etree._Element) -> None:
        """In place of what stands there; as texts, since lxml would drop prefixes that only values use."""
        self.types[:] = [etree.Comment("schemas")]
        self._inline = b"".join(map(etree.tostring, schemas))

    def simple_types(self) -> list[etree._Element]:
        return list(self.xsd.iterchildren(f"{{{XSD}}}simpleType"))

    def importing(self, location: str) -> etree._Element:
        return etree.Element(f"{{{WSDL}}}import", namespace=OURS, location=location)

    def write(self, name: str, document: etree._Element) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(etree.tostring(document).replace(b"<!--schemas-->", self._inline))
        return path


def interface_and_service(at: Documents) -> Path:
    """wsdl:import, in folders: the service here, all else there, which imports the service again."""
    service = etree.fromstring(etree.tostring(at.wsdl))
    for child in list(service):
        if etree.QName(child).localname not in ("binding", "service"):
            service.remove(child)
    for child in list(at.wsdl):
        if etree.QName(child).localname in ("binding", "service"):
            at.wsdl.remove(child)
    service.insert(0, at.importing("parts/interface.wsdl"))
    at.wsdl.insert(0, at.importing("../service.wsdl"))
    at.write("parts/interface.wsdl", at.wsdl)
    at.write("parts/core.xsd", at.xsd)
    return at.write("service.wsdl", service)


def types_in_a_wsdl_of_their_own(at: Documents) -> Path:
    types = etree.Element(f"{{{WSDL}}}definitions", nsmap={"wsdl": WSDL}, targetNamespace=OURS)
    types.append(at.types)
    at.wsdl.insert(0, at.importing("./types/../types/all.wsdl"))
    at.write("types/core.xsd", at.xsd)
    at.write("types/all.wsdl", types)
    return at.write("core.wsdl", at.wsdl)


def an_xsd_that_the_wsdl_imports(at: Documents) -> Path:
    at.wsdl.remove(at.types)
    at.wsdl.insert(0, at.importing("core.xsd"))
    at.write("core.xsd", at.xsd)
    return at.write("core.wsdl", at.wsdl)


def all_inline(at: Documents) -> Path:
    at.inline(at.xsd)
    return at.write("core.wsdl", at.wsdl)


def two_inline_schemas_of_one_namespace(at: Documents) -> Path:
    parts = list(at.xsd)
    at.inline(at.ours(*parts[: len(parts) // 2]), at.ours(*parts[len(parts) // 2 :]))
    return at.write("core.wsdl", at.wsdl)


def two_documents_of_one_namespace(at: Documents) -> Path:
    parts = list(at.xsd)
    at.write("one.xsd", at.ours(*parts[: len(parts) // 2]))
    at.write("two.xsd", at.ours(*parts[len(parts) // 2 :]))
    imports = [at.link("import", namespace=OURS, schemaLocation=name) for name in ("one.xsd", "two.xsd")]
    at.inline(at.schema(*imports))
    return at.write("core.wsdl", at.wsdl)


def inline_and_beside(at: Documents) -> Path:
    at.write("xsd/simple.xsd", at.ours(*at.simple_types()))
    at.inline(at.ours(at.link("include", schemaLocation="xsd/simple.xsd"), *at.xsd))
    return at.write("core.wsdl", at.wsdl)


def included_twice(at: Documents) -> Path:
    """By a path of its own each time."""
    simple, parts = at.simple_types(), [each for each in at.xsd if each not in at.simple_types()]
    at.write("xsd/simple.xsd", at.ours(*simple))
    halves = (parts[: len(parts) // 2], parts[len(parts) // 2 :])
    for name, half in zip(("xsd/one.xsd", "xsd/two.xsd"), halves, strict=True):
        path = "simple.xsd" if name == "xsd/one.xsd" else "../xsd/./simple.xsd"
        at.write(name, at.ours(at.link("include", schemaLocation=path), *half))
    links = [at.link("include", schemaLocation=name) for name in ("xsd/one.xsd", "xsd/two.xsd")]
    at.inline(at.ours(*links))
    return at.write("core.wsdl", at.wsdl)


def a_chameleon(at: Documents) -> Path:
    """A document of no namespace takes that of who includes it."""
    at.write("simple.xsd", at.schema(*at.simple_types()))
    at.inline(at.ours(at.link("include", schemaLocation="simple.xsd"), *at.xsd))
    return at.write("core.wsdl", at.wsdl)


def two_namespaces(at: Documents, *, located: bool) -> Path:
    simple = at.simple_types()
    names = "|".join(each.get("name", "") for each in simple)
    other = at.schema(*simple, targetNamespace=TYPES)
    text = re.sub(rf'type="({names})"', r'type="t:\1"', etree.tostring(at.xsd).decode())
    mine = etree.fromstring(text.replace("<xs:schema ", f'<xs:schema xmlns:t="{TYPES}" ', 1))
    mine.insert(0, at.link("import", namespace=TYPES, **({"schemaLocation": "types.xsd"} if located else {})))
    if located:
        at.write("types.xsd", other)
        at.inline(mine)
    else:
        at.inline(mine, other)
    return at.write("core.wsdl", at.wsdl)


def two_inline_namespaces_without_a_location(at: Documents) -> Path:
    return two_namespaces(at, located=False)


def two_namespaces_in_documents(at: Documents) -> Path:
    return two_namespaces(at, located=True)


LAYOUTS: tuple[Callable[[Documents], Path], ...] = (
    interface_and_service,
    types_in_a_wsdl_of_their_own,
    an_xsd_that_the_wsdl_imports,
    all_inline,
    two_inline_schemas_of_one_namespace,
    two_documents_of_one_namespace,
    inline_and_beside,
    included_twice,
    a_chameleon,
    two_inline_namespaces_without_a_location,
    two_namespaces_in_documents,
)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_replies_are_read_however_the_contract_is_cut_up(
    layout: Callable[[Documents], Path], tmp_path: Path
) -> None:
    wsdl = str(layout(Documents(tmp_path)))
    async with playing(recorded("account_good.xml")) as (_, played):
        core = await Core.connect(replace(core_settings(played.url), wsdl=wsdl), lambda: NOW, lambda *_: None)
        assert (await core.account.account("990140300001")).holder == "段小梅"
        await core.close()


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_replies_are_verified_however_the_contract_is_cut_up(
    layout: Callable[[Documents], Path], tmp_path: Path
) -> None:
    wsdl = str(layout(Documents(tmp_path)))
    async with playing(recorded("account_balance_exponent.xml")) as (_, played):
        core = await Core.connect(replace(core_settings(played.url), wsdl=wsdl), lambda: NOW, lambda *_: None)
        with pytest.raises(CoreBadData, match="not valid against the XSD"):
            await core.account.account("990140300001")
        await core.close()


async def test_a_check_of_a_core_whose_wsdl_has_several_documents_is_green(core: PracticeCore, tmp_path: Path) -> None:
    settings = settings_for(core, tmp_path, core_wsdl=str(interface_and_service(Documents(tmp_path / "contract"))))
    store = await Store.open(settings.store_url)
    await store.migrate()
    await store.close()
    states = {line.check: line.state for line in await check(settings)}
    assert {name: state for name, state in states.items() if state is not FindingState.OK} == {
        "business date": FindingState.LOOK
    }
