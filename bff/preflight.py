"""Files that settings name, read before anything is started or migrated: what is wrong with one is a sentence."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from bff.graphql import manifest
from bff.legacy.names import load_names
from bff.legacy.transport import tls_context
from bff.rules.policy_loader import load_policy
from bff.rules.rates import load_rates
from bff.settings import Settings

Read = Callable[[Path, Settings], object]

FILES: Mapping[str, Read] = {
    "policy_file": lambda file, _: load_policy(_text(file), str(file)),
    "rates_file": lambda file, _: load_rates(_text(file), str(file)),
    "core_names_file": lambda file, _: load_names(file),
    "documents_file": lambda file, _: manifest.load(file),
    "core_ca_file": lambda file, _: tls_context(file, None, None),
    "core_client_key": lambda file, _: _text(file),
    "core_client_cert": lambda file, settings: tls_context(None, file, settings.core_client_key),
}
"""How each is read, by the setting that names it."""


def problems(settings: Settings) -> list[str]:
    """One sentence for each file that cannot be used, with the name of its variable."""
    return [*_files(settings), *_wsdl(settings)]


def _files(settings: Settings) -> Iterator[str]:
    for name, read in FILES.items():
        file: Path | None = getattr(settings, name)
        try:
            if file is not None:
                file.open("rb").close()  # ssl does not say which file is missing
                read(file, settings)
        except (OSError, ValueError, manifest.ManifestError) as error:
            yield f"{_variable(name)}: {_told(error, file)}"


def _wsdl(settings: Settings) -> Iterator[str]:
    """A path; what is behind a URL may come back by itself."""
    if settings.core_wsdl and "://" not in settings.core_wsdl and not Path(settings.core_wsdl).is_file():
        yield f"{_variable('core_wsdl')}: {settings.core_wsdl} is no file"


def cannot_listen(settings: Settings) -> str:
    """Why nothing could listen there; empty where something can."""
    name = _variable("host")
    try:
        (family, kind, *_, address), *_ = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        name = _variable("port") if settings.port else name
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return f"{name}: {settings.host}:{settings.port}: {error.strerror}"
    return ""


def what_is_wrong(error: ValidationError) -> list[str]:
    """Settings by the names of their variables; a value may be a secret and is not repeated."""
    return [
        _place(each["loc"]) + each["msg"].removeprefix("Value error, ") for each in error.errors(include_input=False)
    ]


def _place(loc: tuple[int | str, ...]) -> str:
    """Empty for what is wrong between settings: its sentence names them."""
    return f"{_variable('_'.join(map(str, loc)))}: " if loc else ""


def _variable(name: str) -> str:
    return f"BFF_{name.upper()}"


def _told(error: Exception, file: Path | None) -> str:
    if isinstance(error, OSError):
        return f"{file}: {error.strerror or getattr(error, 'reason', '') or 'no certificate or key in PEM'}"
    return str(error) if type(error).__module__.startswith("bff.") else f"{file}: {type(error).__name__}"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
