"""Checks of the files, folders and addresses that settings name, before anything is started or migrated; a problem is a
sentence."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from bff.legacy.standard.name_mapping import load_name_mapping
from bff.legacy.standard.transport import tls_context
from bff.rules.policy.loader import load_policy
from bff.rules.policy.rates import load_rates
from bff.server import document_manifest
from bff.settings import Settings
from bff.settings.names import renamed

Read = Callable[[Path, Settings], object]

FILES: Mapping[str, Read] = {
    "policy_file": lambda file, _: load_policy(_text(file), str(file)),
    "rates_file": lambda file, _: load_rates(_text(file), str(file)),
    "core_names_file": lambda file, _: load_name_mapping(file),
    "documents_file": lambda file, _: document_manifest.load(file),
    "core_ca_file": lambda file, _: tls_context(file, None, None),
    "core_client_key": lambda file, _: _text(file),
    "core_client_cert": lambda file, settings: tls_context(None, file, settings.core_client_key),
}
"""Readers of the files, by the setting that names them."""


def problems(settings: Settings, besides: Collection[str] = ()) -> list[str]:
    """Return one sentence for each setting that cannot be used, with the name of its variable."""
    found = [*_files(settings), *_key(settings), *_wsdl(settings), *_folder(settings), *_addresses(settings)]
    told = [f"{_variable(name)}: {sentence}" for name, sentence in found if name not in besides]
    return [*(f"{old}: is now called {new}" for old, new in renamed().items()), *told]


def cannot_listen(settings: Settings) -> str:
    """Return the reason why the port cannot be listened on; empty without one."""
    if not settings.port or _not_bound(settings.host, 0):
        return ""
    reason = _not_bound(settings.host, settings.port)
    return f"{_variable('port')}: {settings.host}:{settings.port}: {reason}" if reason else ""


Found = Iterator[tuple[str, str]]
"""Names of settings, each with a problem."""


def _files(settings: Settings) -> Found:
    for name, read in FILES.items():
        file: Path | None = getattr(settings, name)
        try:
            if file is not None:
                file.open("rb").close()  # ssl does not say which file is missing
                read(file, settings)
        except (OSError, ValueError, document_manifest.ManifestError) as error:
            yield name, _told(error, file)


def _key(settings: Settings) -> Found:
    if settings.core_client_cert is None and settings.core_client_key is not None and settings.core_client_key.exists():
        yield "core_client_key", "needs BFF_CORE_CLIENT_CERT, or the core is shown no certificate"


def _wsdl(settings: Settings) -> Found:
    """Check a path to a WSDL; one behind a URL may become available later."""
    if settings.core_wsdl and "://" not in settings.core_wsdl and not Path(settings.core_wsdl).is_file():
        yield "core_wsdl", f"{settings.core_wsdl} is no file"


def _folder(settings: Settings) -> Found:
    """Check the folder of SQLite and the practice core, which is created when it is first needed."""
    if settings.database_url and not settings.development:
        return
    folder = settings.data_dir.absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        yield "data_dir", f"{there} is no folder"
    elif not os.access(there, os.W_OK | os.X_OK):
        yield "data_dir", f"{there} cannot be written to"


def _addresses(settings: Settings) -> Found:
    for name in ("host", *(("metrics_host",) if settings.metrics_port is not None else ())):
        host: str = getattr(settings, name)
        if reason := _not_bound(host, 0):
            yield name, f"{host}: {reason}"


def _not_bound(host: str, port: int) -> str:
    """Return the reason why an address cannot be bound; empty without one."""
    try:
        (family, kind, *_, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or "no name of a host"
    return ""


def what_is_wrong(error: ValidationError) -> list[str]:
    """Return a sentence for each wrong value, by its variable; the value itself may be a secret and is left out."""
    return [
        _place(each["loc"]) + each["msg"].removeprefix("Value error, ") for each in error.errors(include_input=False)
    ]


def _place(loc: tuple[int | str, ...]) -> str:
    """Return the variable as a prefix; empty for a problem between settings, whose sentence names them."""
    return f"{_variable('_'.join(map(str, loc)))}: " if loc else ""


def _variable(name: str) -> str:
    return f"BFF_{name.upper()}"


def _told(error: Exception, file: Path | None) -> str:
    if isinstance(error, OSError):
        return f"{file}: {error.strerror or getattr(error, 'reason', '') or 'no certificate or key in PEM'}"
    return str(error) if type(error).__module__.startswith("bff.") else f"{file}: {type(error).__name__}"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
