"""The anti-corruption layer: one gateway for each domain, over one SOAP client. Nothing above it knows the WSDL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.resilience.call_policy import CallLimits, CallPolicy
from bff.legacy.standard.account import AccountGateway
from bff.legacy.standard.application import ApplicationGateway
from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.contract import Contract, load_contract, wsdl_loader
from bff.legacy.standard.customer import CustomerGateway
from bff.legacy.standard.information import InformationGateway
from bff.legacy.standard.loan import LoanGateway
from bff.legacy.standard.name_mapping import load_name_mapping
from bff.legacy.standard.transport import Transport, tls_context

__all__ = ["CallLimits", "Core", "CoreSettings", "read_contract"]


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """Address, credentials and limits of a core. `wsdl` is a path or URL, null for the packaged one; `base_url`
    replaces scheme, host and port of the WSDL's addresses; `names_file` maps our names to the core's; times are
    seconds."""

    wsdl: str | None
    base_url: str | None
    username: str
    password: str
    channel: str
    connect_timeout: float
    timeout: float
    max_bytes: int
    limits: CallLimits
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    names_file: Path | None = None

    @property
    def tls_files(self) -> tuple[Path | None, Path | None, Path | None]:
        return self.ca_file, self.client_cert, self.client_key


async def read_contract(settings: CoreSettings) -> Contract:
    """Read the core's contract. Raises OSError, NameMappingError, or an error of zeep or lxml that says what is wrong
    with the WSDL."""
    return await load_contract(
        settings.wsdl,
        settings.username,
        settings.password,
        load_name_mapping(settings.names_file),
        wsdl_loader(settings.timeout, *settings.tls_files),
    )


@dataclass(frozen=True, slots=True)
class Core:
    """The core's gateways by domain, with the transport and the call policies that they share."""

    customer: CustomerGateway
    account: AccountGateway
    loan: LoanGateway
    application: ApplicationGateway
    information: InformationGateway
    contract: Contract
    addresses: frozenset[str]
    transport: Transport
    call_policies: Mapping[str, CallPolicy]

    @classmethod
    async def connect(
        cls,
        settings: CoreSettings,
        now: Callable[[], datetime],
        report_anomaly: Callable[[str, str], None],
        instrumentation: CallInstrumentation | None = None,
    ) -> Core:
        """Read the contract and open the connection pool; nothing is sent to the core yet. Raises what `read_contract`
        raises."""
        return cls.over(await read_contract(settings), settings, now, report_anomaly, instrumentation)

    @classmethod
    def over(
        cls,
        contract: Contract,
        settings: CoreSettings,
        now: Callable[[], datetime],
        report_anomaly: Callable[[str, str], None],
        instrumentation: CallInstrumentation | None = None,
    ) -> Core:
        """Open the connection pool for a contract that was read before. Raises OSError for TLS files that cannot be
        used."""
        transport = Transport.open(
            connect_timeout=settings.connect_timeout,
            timeout=settings.timeout,
            max_bytes=settings.max_bytes,
            tls=tls_context(*settings.tls_files),
        )
        client = CoreClient.create(
            contract,
            transport,
            settings.base_url,
            settings.channel,
            now,
            report_anomaly,
            settings.limits,
            instrumentation or CallInstrumentation(),
        )
        return cls(
            customer=CustomerGateway(client),
            account=AccountGateway.create(client),
            loan=LoanGateway(client),
            application=ApplicationGateway(client),
            information=InformationGateway(client),
            contract=contract,
            addresses=client.addresses,
            transport=transport,
            call_policies=client.call_policies,
        )

    async def close(self) -> None:
        await self.transport.close()
