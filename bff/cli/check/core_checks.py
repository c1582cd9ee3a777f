"""Checks of the core: contract, connection, certificates and replies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bff.cli.check import certificates, probes, reply_checks
from bff.cli.check.findings import Finding, guarded, look, not_checked, ok, wrong
from bff.cli.check.probes import PROBES, ProbeResult, RecordedReply, ReplyRecorder
from bff.legacy import Core, CoreSettings, read_contract
from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.standard.contract import Contract, packaged_operations
from bff.legacy.standard.contract_diff import Difference, differences
from bff.legacy.standard.transport import tls_context
from bff.rules.dates import at_centre
from bff.services import core_settings
from bff.settings import Settings

FEW = 3
"""The most further places of one difference that are listed one by one."""

Server = tuple[str, str, int]
"""Scheme, host, port."""


async def findings(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Read the contract, run the probes, and return all findings of the core."""
    core = core_settings(settings)
    # One try tells what is; a second one would only take longer.
    core = replace(core, limits=replace(core.limits, retry_share=0.0))
    contract = await _read(core)
    found = _differences(contract) if isinstance(contract, Contract) else []
    probed = await _probed(contract, core, found, now)
    connection = await _connection(probed.servers, core.connect_timeout)
    return [
        connection,
        await guarded("tls", _tls(core, probed.servers if connection.state != "wrong" else (), now())),
        *_contract_findings(core, contract, found),
        *reply_checks.findings(probed.results, probed.replies, core.username, now()),
    ]


async def _read(core: CoreSettings) -> Contract | Exception:
    try:
        contract = await read_contract(core)
    except Exception as error:  # zeep, lxml and requests have each their own
        return error
    return contract if contract.operations else ValueError("there are no operations in it")


@dataclass(frozen=True, slots=True)
class CoreReplies:
    """The results of the probes by check, the replies as they came, and the servers that were asked."""

    results: Mapping[str, ProbeResult | Finding]
    replies: Sequence[RecordedReply]
    servers: Collection[Server]


async def _probed(
    contract: Contract | Exception, settings: CoreSettings, found: Sequence[Difference], now: Callable[[], datetime]
) -> CoreReplies:
    if isinstance(contract, Exception):
        return _not_probed(settings, "the WSDL cannot be read")
    recorder = ReplyRecorder(now)
    instrumentation = CallInstrumentation(reply=recorder.record)
    try:
        core = Core.over(contract, settings, lambda: at_centre(now()), lambda *_: None, instrumentation)
    except OSError:  # ssl's errors are such; the finding of TLS explains it
        return _not_probed(settings, "the certificates for it cannot be read")
    fit = [probe for probe in PROBES if not _request_differs(probe.operation, found)]
    try:
        results = await probes.run(core, fit)
    finally:
        await core.close()
    unfit = {p.check: not_checked(p.check, f"{p.operation} differs in the WSDL") for p in PROBES if p not in fit}
    return CoreReplies({**results, **unfit}, recorder.replies, _servers(core.addresses))


def _not_probed(settings: CoreSettings, reason: str) -> CoreReplies:
    results = {probe.check: not_checked(probe.check, reason) for probe in PROBES}
    return CoreReplies(results, (), _servers([settings.base_url or ""]))


def _request_differs(operation: str, found: Sequence[Difference]) -> bool:
    return any(each.is_breaking and each.path.split("/")[0] in (operation, "Head") for each in found)


def _servers(urls: Collection[str]) -> Collection[Server]:
    parts = [urlsplit(url) for url in urls]
    return sorted({(p.scheme, p.hostname, p.port or {"https": 443}.get(p.scheme, 80)) for p in parts if p.hostname})


async def _connection(servers: Collection[Server], within: float) -> Finding:
    if not servers:
        return not_checked("connection", "the WSDL cannot be read, and BFF_CORE_URL names no host")
    tried = await asyncio.gather(*(_connect(host, port, within) for _, host, port in servers))
    if failed := [each for each in tried if each]:
        cure = "compare BFF_CORE_URL with where the core listens, and look at firewalls between"
        return wrong("connection", "no connection to the core", cure, failed)
    return ok("connection", ", ".join(f"{host}:{port}" for _, host, port in servers))


async def _connect(host: str, port: int, within: float) -> str:
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return f"{host}:{port}: {'no answer' if isinstance(error, TimeoutError) else error.strerror or error}"
    writer.transport.abort()
    return ""


async def _tls(core: CoreSettings, servers: Collection[Server], now: datetime) -> Finding:
    try:
        context = tls_context(*core.tls_files) or ssl.create_default_context()
    except OSError as error:
        files = ", ".join(str(file) for file in core.tls_files if file)
        return wrong("tls", f"{files}: {error.strerror or error}", "mend BFF_CORE_CA_FILE, _CLIENT_CERT, _CLIENT_KEY")
    if not servers:
        return not_checked("tls", "there is no connection")
    ours = [_ends("our certificate", certificates.end_of_file(core.client_cert), now)] if core.client_cert else []
    theirs = [await _certificate(host, port, context, core.connect_timeout, now) for _, host, port in _secure(servers)]
    plain = [host for scheme, host, _ in servers if scheme != "https" and not _is_here(host)]
    if plain:
        found = f"passwords and members' data go to {', '.join(plain)} in the clear"
        theirs.append(look("tls", found, "ask for https, or keep the way to it within one trusted network"))
    every = [*ours, *theirs]
    return _worst(every) if every else ok("tls", "not used: the core is on this machine")


def _secure(servers: Collection[Server]) -> list[Server]:
    return [each for each in servers if each[0] == "https"]


def _is_here(host: str) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")


def _worst(every: Sequence[Finding]) -> Finding:
    order = ["wrong", "look", "ok"]
    first, *others = sorted(every, key=lambda line: order.index(line.state))
    return replace(first, details=(*first.details, *(line.found for line in others)))


async def _certificate(host: str, port: int, context: ssl.SSLContext, within: float, now: datetime) -> Finding:
    name = f"{host}:{port}"
    try:
        ends, version = await certificates.handshake(host, port, context, within)
    except ssl.SSLCertVerificationError as error:
        cure = "have it renewed, or name who issued it in BFF_CORE_CA_FILE, or the host as it is written in it"
        return wrong("tls", f"{name}: {error.verify_message}", cure, await _dates(host, port, within, now))
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        return wrong(
            "tls", f"{name}: no TLS: {reason}", "see whether that port speaks https, and wants our certificate"
        )
    return _ends(f"{name}, {version}, its certificate", ends, now)


async def _dates(host: str, port: int, within: float, now: datetime) -> list[str]:
    try:
        ends, _ = await certificates.handshake(host, port, certificates.unverified(), within)
    except (OSError, TimeoutError):
        return []
    return [_ends("its certificate", ends, now).found]


def _ends(what: str, ends: datetime | None, now: datetime) -> Finding:
    if ends is None:
        return look("tls", f"{what}: no date to be found", "look at it by hand")
    days = (ends - now.astimezone(UTC)).days
    if days < 0:
        return wrong("tls", f"{what} ended on {ends:%Y-%m-%d}, {-days} days ago", "have it renewed")
    found = f"{what} ends on {ends:%Y-%m-%d}, in {days} days"
    return look("tls", found, "have it renewed in time") if days <= certificates.SOON else ok("tls", found)


def _differences(contract: Contract) -> list[Difference]:
    return differences(packaged_operations(), contract.operations, contract.names)


def _contract_findings(
    core: CoreSettings, contract: Contract | Exception, found: Sequence[Difference]
) -> list[Finding]:
    where = core.wsdl or "the packaged one"
    if isinstance(contract, Exception):
        text = f"{where}: {_first_line(contract)}"
        cure = "name its WSDL in BFF_CORE_WSDL, a file or a URL; XSDs are read from beside it"
        return [wrong("wsdl", text, cure), not_checked("operations", "the WSDL cannot be read")]
    services = {operation.service for operation in contract.operations.values()}
    count = f"{len(contract.operations)} operations in {len(services)} services"
    return [ok("wsdl", f"{where}: {count}"), _operations(core.names_file, contract, found)]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _folded(found: Sequence[Difference]) -> list[str]:
    """List a difference that many places share, as in the head of every reply, once."""
    alike: dict[tuple[str, str, str], list[Difference]] = {}
    for each in found:
        alike.setdefault((each.kind, each.path.rpartition("/")[2], each.theirs), []).append(each)
    told = []
    for first, *others in alike.values():
        if len(others) <= FEW:
            told += [str(each) for each in (first, *others)]
        else:
            told.append(f"{first}; and in {len(others)} more places")
    return told


def _operations(file: Path | None, contract: Contract, found: Sequence[Difference]) -> Finding:
    ours = packaged_operations()
    roots = [root for each in ours.values() for root in (each.request, each.reply, each.head) if root]
    paths = {path for root in roots for path in root.paths()}
    if unused := contract.names.unused_keys(set(ours), paths):
        return wrong("operations", f"{file}: names that our contract does not have", "mend the keys", unused)
    cure = "see docs/how-to/connect-your-core.md: names go into BFF_CORE_NAMES_FILE, shapes into bff/legacy"
    if broken := [each for each in found if each.is_breaking]:
        what = f"{len(broken)} differences from what the gateways need"
        return wrong("operations", what, cure, _folded(broken))
    if found:
        return look("operations", "some screens will have gaps", cure, _folded(found))
    return ok("operations", f"all {len(ours)} that the gateways need, with {len(paths)} elements")
