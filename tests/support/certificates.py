"""Certificates of any age, made by openssl, and a server that speaks TLS in front of another one."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{host}
basicConstraints = critical, CA:TRUE
[req]
distinguished_name = name
[name]
"""


def certificate(folder: Path, *, days: float, host: str = "localhost") -> tuple[Path, Path]:
    """One that signed itself, and its key; it ends `days` from now, or so many before."""
    if shutil.which("openssl") is None:
        if os.environ.get("BFF_REQUIRE_SERVICES") == "1":
            pytest.fail("no openssl")
        pytest.skip("no openssl")
    folder.mkdir()
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(CONFIG.format(folder=folder, host=host))
    request, made, key = (folder / name for name in ("request.pem", "certificate.pem", "key.pem"))
    config = ["-config", str(folder / "ca.cnf")]
    new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}"]
    _openssl(*new, *config, "-keyout", str(key), "-out", str(request))
    now = datetime.now(UTC)
    dates = ["-startdate", f"{now - timedelta(days=100):%Y%m%d%H%M%SZ}"]
    dates += ["-enddate", f"{now + timedelta(days=days):%Y%m%d%H%M%SZ}"]
    sign = ["ca", "-selfsign", "-batch", "-notext", "-keyfile", str(key), "-in", str(request), "-out", str(made)]
    _openssl(*sign, *config, *dates)
    return made, key


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def tls_front(url: str, made: Path, key: Path) -> AsyncIterator[str]:
    """https://localhost:port, which hands everything on to `url`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made, key)
    behind = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_core, from_core = (None, None)
        try:
            from_core, to_core = await asyncio.open_connection(behind.hostname, behind.port)
            await asyncio.gather(_pipe(reader, to_core), _pipe(from_core, writer))
        except OSError:
            pass
        finally:
            for each in (writer, to_core):
                if each is not None:
                    each.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.transport.abort() if writer.get_extra_info("sslcontext") else writer.close()
