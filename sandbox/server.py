"""The practice core's application: SOAP services, the WSDL, the control interface and the operator's pages."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import control, pages
from sandbox.book import applications, database
from sandbox.book.information import seed_information
from sandbox.book.people import TODAY, seed_people
from sandbox.soap import application, collection, customer, information, loan
from sandbox.soap.contract import Contract, Handler
from sandbox.soap.endpoint import Core, Service
from sandbox.soap.security import Credentials

WSDL = Path(__file__).parents[1] / "bff" / "legacy" / "standard" / "wsdl" / "core.wsdl"

OLDER_BOOK = (
    "The practice core's book {} was written by an older release, whose interest is counted otherwise: to have it"
    " written anew, stop and start with `bff dev --reset`, or delete the file.\n"
)

HANDLERS: Mapping[str, Handler] = {
    **customer.HANDLERS,
    **collection.HANDLERS,
    **loan.HANDLERS,
    **application.HANDLERS,
    **information.HANDLERS,
}


def open_book(path: Path, today: date = TODAY) -> None:
    """Creates the book with the fourteen people where there is none; it gets its name when it is whole. One that older
    rules wrote is kept, and so are its figures."""
    if path.exists():
        database.upgrade(path)
        if database.is_older(path):
            sys.stderr.write(OLDER_BOOK.format(path))
        return
    new = path.with_name(f"{path.name}.new")
    database.remove(new)  # of a process that was ended meanwhile
    database.create(new, today)
    with database.connected(new) as db, database.transaction(db):
        seed_information(db)
        seed_people(db)
    new.replace(path)


def create_core(
    book: Path, credentials: Credentials, *, wsdl: Path = WSDL, latency: float = 0.0, ahead: timedelta = timedelta()
) -> Core:
    """Raises SystemExit when the WSDL has an operation that nobody handles."""
    contract = Contract.load(wsdl)
    missing = sorted(set().union(*contract.operations.values()) - set(HANDLERS))
    if missing:
        raise SystemExit(f"No handler for {', '.join(missing)} of {wsdl}.")
    return Core(contract, book, credentials, HANDLERS, latency, ahead)


@dataclass(frozen=True, slots=True)
class _Front:
    """Hands messages to their service, and everything else to the framework."""

    services: Mapping[str, Service]
    rest: Starlette

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_message = scope["type"] == "http" and scope["method"] == "POST"
        service = self.services.get(scope["path"]) if is_message else None
        await (service or self.rest)(scope, receive, send)


def create_app(core: Core, *, processing_every: float | None) -> ASGIApp:
    """`processing_every`: seconds between two steps of the open applications; null leaves them to the operator."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        timer = asyncio.create_task(_process(core, processing_every)) if processing_every else None
        yield
        if timer is not None:
            timer.cancel()

    routes = [
        *(Route(f"/services/{name}", _wsdl(core), methods=["GET"]) for name in core.contract.operations),
        Route(f"/services/{core.contract.xsd.name}", lambda _: FileResponse(core.contract.xsd, media_type="text/xml")),
        *control.routes(core),
        *pages.routes(core),
    ]
    services = {f"/services/{name}": Service(core, name) for name in core.contract.operations}
    return _Front(services, Starlette(routes=routes, lifespan=lifespan))


async def _process(core: Core, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await core.transact(applications.process)


def _wsdl(core: Core) -> Callable[[Request], Response]:
    """The WSDL, with addresses at the host that was asked."""
    text = core.contract.wsdl.read_text(encoding="utf-8")

    def wsdl(request: Request) -> Response:
        here = f"{request.url.scheme}://{request.url.netloc}/services/"
        return Response(text.replace("http://127.0.0.1:8001/services/", here), media_type="text/xml; charset=utf-8")

    return wsdl
