"""The anti-corruption layer: one gateway a domain over one door to the core. Nothing above knows the WSDL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.resilience.call_policy import CallLimits, CallPolicy
from bff.legacy.standard.account import AccountGateway
from bff.legacy.standard.application import ApplicationGateway
from bff.legacy.standard.client import Contract, CoreClient, load_contract, wsdl_loader
from bff.legacy.standard.customer import CustomerGateway
from bff.legacy.standard.information import InformationGateway
from bff.legacy.standard.loan import LoanGateway
from bff.legacy.standard.name_mapping import load_names
from bff.legacy.standard.transport import Transport, tls_context

__all__ = ["CallLimits", "Core", "CoreSettings", "read_contract"]


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """Where the core is and how to talk to it. `wsdl` is a path or URL, null for the packaged one; `base_url`
    replaces scheme, host and port of the WSDL's addresses; times are seconds. `names_file` is a table of the core's own
    names."""

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
    """Raises OSError, NamesError or an error of zeep or lxml that says what is wrong with the WSDL."""
    return await load_contract(
        settings.wsdl,
        settings.username,
        settings.password,
        load_names(settings.names_file),
        wsdl_loader(settings.timeout, *settings.tls_files),
    )


@dataclass(frozen=True, slots=True)
class Core:
    """The centre's core, by domain."""

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
        count_oddity: Callable[[str, str], None],
        instrumentation: CallInstrumentation | None = None,
    ) -> Core:
        """Reads the contract and opens the pool; the core itself is not asked yet."""
        return cls.over(await read_contract(settings), settings, now, count_oddity, instrumentation)

    @classmethod
    def over(
        cls,
        contract: Contract,
        settings: CoreSettings,
        now: Callable[[], datetime],
        count_oddity: Callable[[str, str], None],
        instrumentation: CallInstrumentation | None = None,
    ) -> Core:
        """The same with a contract that was read before."""
        transport = Transport.open(
            connect_timeout=settings.connect_timeout,
            timeout=settings.timeout,
            max_bytes=settings.max_bytes,
            tls=tls_context(*settings.tls_files),
        )
        client = CoreClient(
            contract,
            transport,
            settings.base_url,
            settings.channel,
            now,
            count_oddity,
            settings.limits,
            instrumentation or CallInstrumentation(),
        )
        return cls(
            customer=CustomerGateway(client),
            account=AccountGateway(client),
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
