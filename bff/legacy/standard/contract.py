"""The core's contract: its WSDL as zeep reads it, its XSD as lxml compiles it, and the mapping of its names to ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zeep
from lxml import etree

from bff.legacy.standard.declarations import ElementDeclaration, OperationDeclaration, operations_of
from bff.legacy.standard.name_mapping import ElementPath, NameMapping
from bff.legacy.standard.reply_renaming import ReplyRenaming, reply_renaming
from bff.legacy.standard.ws_security import UsernameTokenCredentials
from bff.legacy.standard.xsd import compile_schema

PACKAGED_WSDL = Path(__file__).parent / "wsdl" / "core.wsdl"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract, loaded once since that takes a moment. `operations` and their elements have the WSDL's own names;
    `names` maps ours to them."""

    client: zeep.Client
    credentials: UsernameTokenCredentials
    schema: etree.XMLSchema
    operations: Mapping[str, OperationDeclaration]
    names: NameMapping
    renamings: Mapping[str, ReplyRenaming]

    @classmethod
    def load(cls, location: str, username: str, password: str, names: NameMapping, loader: zeep.Transport) -> Contract:
        """Read a WSDL from a path or URL. Raises OSError, or an error of zeep or lxml that says what is wrong."""
        credentials = UsernameTokenCredentials(username, password)
        client = zeep.Client(
            location,
            transport=loader,
            wsse=credentials.token(),
            # Constants here: zeep's settings context is local to a thread, and tasks share one.
            settings=zeep.Settings(strict=True, forbid_dtd=True, xml_huge_tree=False),
        )
        ours = packaged_operations() if names else {}
        renamings = {name: reply_renaming(each.reply, names) for name, each in ours.items()}
        return cls(client, credentials, compile_schema(location, loader.load), operations_of(client), names, renamings)

    def reply_has(self, operation: str, element: str) -> bool:
        """Whether the WSDL declares an element, by our name, anywhere in the reply to an operation."""
        declared = self._declared(operation)
        return declared is not None and self._has(declared.reply, (f"{operation}Response", element))

    def request_has(self, operation: str, element: str) -> bool:
        """Whether the WSDL declares an element, by our name, anywhere in the request of an operation."""
        declared = self._declared(operation)
        return declared is not None and self._has(declared.request, (operation, element))

    def _has(self, message: ElementDeclaration, path: ElementPath) -> bool:
        name = self.names.element(path)
        return any(found[-1] == name for found in message.paths())

    def _declared(self, operation: str) -> OperationDeclaration | None:
        return self.operations.get(self.names.operation(operation))

    def xpath(self, path: ElementPath) -> str:
        """Return the XPath of an element below its message's root, in the core's names."""
        ends = range(2, len(path) + 1)
        return "/".join(f"{{*}}{self.names.element(path[:end])}" for end in ends)


def packaged_operations() -> dict[str, OperationDeclaration]:
    """Return the operations of the packaged WSDL, which the gateways are written for."""
    return operations_of(zeep.Client(str(PACKAGED_WSDL)))


def wsdl_loader(timeout: float, ca_file: Path | None, client_cert: Path | None, client_key: Path | None) -> Any:
    """Return a loader for a WSDL behind a URL; `timeout` (seconds) is for a connection, and for a pause in a
    document."""
    loader = zeep.Transport(timeout=timeout)
    if ca_file is not None or client_cert is not None:
        loader.session.trust_env = False  # or REQUESTS_CA_BUNDLE would count for more than our settings
    if ca_file is not None:
        loader.session.verify = str(ca_file)
    if client_cert is not None:
        loader.session.cert = (str(client_cert), str(client_key)) if client_key else str(client_cert)
    return loader


async def load_contract(
    location: str | None, username: str, password: str, names: NameMapping, loader: zeep.Transport
) -> Contract:
    """Load a contract, the packaged one without a location, in a thread: zeep reads files and URLs synchronously.
    Raises what Contract.load raises."""
    return await asyncio.to_thread(Contract.load, location or str(PACKAGED_WSDL), username, password, names, loader)
