"""The core of another maker: the practice core behind a translator. Its messages are those of core.wsdl beside this
file; the way there and back is written here once more, without the code that it tests."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.servers import Server

HERE = Path(__file__).parent
WSDL, NAMES = HERE / "core.wsdl", HERE / "names.toml"
THEIRS, OURS = "http://core.yuanhe.example/gjj", "urn:gjj:core:1"
SERVICES = {
    "customer": ("QueryCustomer", "SendMessage"),
    "collection": ("QueryAccount", "QueryAccountDetails"),
    "loan": ("QueryLoans", "QueryLoanDetails", "QueryRepaymentPlan"),
    "application": ("QueryWithdrawalBasis", "SubmitApplication", "QueryApplication", "QueryApplications"),
}


def application(core: str, leaves_out: Collection[str] = ()) -> Starlette:
    """`leaves_out` are elements of ours that this core does not tell."""
    tables = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    operations, elements = tables["operations"], tables["elements"]
    ours = {theirs: name for name, theirs in operations.items()}
    service = {name: each for each, names in SERVICES.items() for name in names}

    async def answer(request: Request) -> Response:
        envelope = etree.fromstring(await request.body())
        operation = ours.get(name := _name(_body(envelope)), name)
        for child in _children(envelope, "Header"):
            _to_ours(child, "Head", elements, "Head")
        _to_ours(_body(envelope), operation, elements, operation)
        url = f"{core}/services/{service.get(operation, 'information')}"
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            reply = await client.post(url, content=etree.tostring(envelope), headers={"content-type": "text/xml"})
        found = etree.fromstring(reply.content)
        etree.strip_elements(found, *(f"{{{OURS}}}{name}" for name in leaves_out))
        if reply.status_code == 200:
            _to_theirs(_body(found), (f"{operation}Response",), elements)
            _body(found).tag = f"{{{THEIRS}}}{operations.get(operation, operation)}Response"
        body = etree.tostring(found, encoding="GBK", xml_declaration=True)
        return Response(body, reply.status_code, {"date": reply.headers["date"]}, "text/xml; charset=GBK")

    return Starlette(routes=[Route("/gjj/core", answer, methods=["POST"])])


def _body(envelope: etree._Element) -> etree._Element:
    return _children(envelope, "Body")[0]


def _children(envelope: etree._Element, name: str) -> list[etree._Element]:
    return [each for part in envelope if _name(part) == name for each in part]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _to_ours(element: etree._Element, name: str, elements: Mapping[str, str], root: str) -> None:
    """Requests are flat. Names of more than one meaning are told by what the operation may hold."""
    if etree.QName(element).namespace != THEIRS:
        return
    element.tag = f"{{{OURS}}}{name}"
    for child in element:
        fits = [key for key, theirs in elements.items() if theirs == _name(child)]
        exact = [key for key in fits if key.startswith(f"{root}/")]
        plain = [key for key in fits if "/" not in key]
        child.tag = f"{{{OURS}}}{(exact or plain or [_name(child)])[-1].rpartition('/')[2]}"


def _to_theirs(element: etree._Element, place: tuple[str, ...], elements: Mapping[str, str]) -> None:
    element.tag = f"{{{THEIRS}}}{_theirs(place, elements)}"
    for child in element:
        _to_theirs(child, (*place, _name(child)), elements)
    if len(place) == 1:
        # One of ours, for something else: a trace of theirs.
        last = max(i for i, child in enumerate(element) if _name(child) in ("accountingDate", "availableAt"))
        trace = etree.Element(f"{{{THEIRS}}}GRZH")
        trace.text = "trace 7"
        element.insert(last + 1, trace)


def _theirs(place: tuple[str, ...], elements: Mapping[str, str]) -> str:
    for start in range(len(place)):
        if (key := "/".join(place[start:])) in elements:
            return elements[key]
    return place[-1]


@contextmanager
def running_front(core: str, leaves_out: Collection[str] = ()) -> Iterator[str]:
    """In front of the practice core at `core`."""
    server = Server(
        uvicorn.Config(application(core, leaves_out), port=0, log_level="warning", access_log=False, date_header=False)
    )
    thread = threading.Thread(target=server.run, name="foreign")
    thread.start()
    try:
        assert server.listening.wait(30)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.stop()
        thread.join()
