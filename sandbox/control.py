"""The control interface for tests and demonstrations: JSON, for callers on this machine only."""

from __future__ import annotations

import ipaddress
import json
import re
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.book import applications, database, deposits, generator, loans, night, sharing
from sandbox.book.applications import Refused
from sandbox.soap.contract import legible
from sandbox.soap.endpoint import Core
from sandbox.soap.faults import Fault

STATUSES = {
    "APPROVED": applications.APPROVED,
    "COMPLETED": applications.POSTED,
    "REJECTED": applications.REJECTED,
    "PAYOUT_FAILED": applications.FAILED,
}

LONGEST_PHONE = 64
CHANGES = {"phone", "status", "frozen", "mergedInto"}
ACCOUNT_STATUSES = {"NORMAL": "01", "SEALED": "02", "CLOSED": "05", "FROZEN": "06"}

Answer = Callable[[Request], Awaitable[Response]]


def routes(core: Core) -> list[BaseRoute]:
    async def clock(request: Request) -> Response:
        if request.method == "PUT":
            to = date.fromisoformat((await _json(request, dict))["date"])
            await core.transact(lambda db: night.advance(db, to))
        return JSONResponse({"date": str(await core.read(database.today))})

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            core.calls.clear()
            core.requests.clear()
            core.load.forget()
        return JSONResponse(dict(core.calls))

    async def requests(_: Request) -> Response:
        return JSONResponse([{"operation": name, "requestId": request_id} for name, request_id in core.requests])

    async def load(_: Request) -> Response:
        return JSONResponse({"inFlight": core.load.in_flight, "peak": core.load.peak})

    async def inbox(request: Request) -> Response:
        phone = request.query_params.get("phone", "")
        return JSONResponse(await core.read(lambda db: messages(db, phone)))

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            core.faults.set([Fault.of(rule) for rule in await _json(request, list)])
        return JSONResponse([fault.told() for fault in core.faults.rules])

    async def application(request: Request) -> Response:
        asked = await _json(request, dict)
        status = STATUSES.get(str(asked.get("status")))
        if status is None:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        serial, reason = request.path_params["serial"], _reason(asked)
        await core.transact(lambda db: applications.decide(db, serial, status, reason))
        return JSONResponse({"serial": serial, "status": asked["status"]})

    async def account(request: Request) -> Response:
        asked = await _json(request, dict)
        number = request.path_params["number"]
        await core.transact(lambda db: change_account(db, number, asked))
        return JSONResponse({"number": number, **asked})

    async def borrowers(request: Request) -> Response:
        asked = await _json(request, dict)
        number = request.path_params["number"]
        await core.transact(lambda db: join_loan(db, number, asked))
        return JSONResponse({"number": number, **asked})

    async def row(request: Request) -> Response:
        number = request.path_params["number"]
        if await _json(request, dict) != {"status": "REVERSED"}:
            raise ValueError("a row can be REVERSED")
        await core.transact(lambda db: reverse_row(db, number))
        return JSONResponse({"number": number, "status": "REVERSED"})

    async def members(request: Request) -> Response:
        asked = await _json(request, dict)
        await core.transact(lambda db: generator.generate(db, int(asked["count"]), int(asked.get("seed", 1))))
        return JSONResponse({"count": asked["count"]})

    return [
        Route("/control/clock", _guarded(clock), methods=["GET", "PUT"]),
        Route("/control/calls", _guarded(calls), methods=["GET", "DELETE"]),
        Route("/control/requests", _guarded(requests), methods=["GET"]),
        Route("/control/load", _guarded(load), methods=["GET"]),
        Route("/control/inbox", _guarded(inbox), methods=["GET"]),
        Route("/control/faults", _guarded(faults), methods=["GET", "PUT"]),
        Route("/control/applications/{serial}", _guarded(application), methods=["PUT"]),
        Route("/control/accounts/{number}", _guarded(account), methods=["PUT"]),
        Route("/control/loans/{number}/borrowers", _guarded(borrowers), methods=["PUT"]),
        Route("/control/rows/{number}", _guarded(row), methods=["PUT"]),
        Route("/control/members", _guarded(members), methods=["PUT"]),
    ]


def change_account(db: sqlite3.Connection, number: str, asked: dict[str, Any]) -> None:
    """What a counter changes: `phone`, which may be empty, `status`, whose date is the business date, `frozen`, a sum
    in yuan, and `mergedInto`, the account that is the person's from then on. Raises ValueError for anything else, and
    for an account that is not there."""
    if not asked or asked.keys() - CHANGES or not all(isinstance(each, str) for each in asked.values()):
        raise ValueError("phone, status, frozen and mergedInto are what can be changed, as texts")
    if "frozen" in asked and not re.fullmatch(r"[0-9]{1,12}\.[0-9]{2}", asked["frozen"]):
        raise ValueError("frozen is an amount such as 5000.00")
    if len(asked.get("phone", "")) > LONGEST_PHONE:
        raise ValueError(f"phone has {LONGEST_PHONE} characters at most")
    if "status" in asked and asked["status"] not in ACCOUNT_STATUSES:
        raise ValueError(f"status is one of {', '.join(ACCOUNT_STATUSES)}")
    if asked.get("mergedInto") == number:
        raise ValueError("mergedInto is another account")
    for each in (number, asked.get("mergedInto", number)):
        if db.execute("SELECT 1 FROM account WHERE GRZH = ?", (each,)).fetchone() is None:
            raise ValueError("there is no such account")
    if "phone" in asked:
        db.execute("UPDATE person SET SJHM = ? WHERE GRZH = ?", (legible(asked["phone"]), number))
    if "frozen" in asked:
        deposits.freeze(db, number, int(asked["frozen"].replace(".", "")))
    if "status" in asked:
        deposits.set_status(db, number, database.today(db), ACCOUNT_STATUSES[asked["status"]])
    if "mergedInto" in asked:
        deposits.merge(db, number, asked["mergedInto"], database.today(db))


def join_loan(db: sqlite3.Connection, number: str, asked: dict[str, Any]) -> None:
    """Makes the owner of an `account` the SPOUSE of a loan's borrower, or a CO_BORROWER. Raises ValueError."""
    relation = sharing.RELATIONS.get(str(asked.get("relation")))
    if relation is None or asked.keys() != {"account", "relation"}:
        raise ValueError(f"account and relation are wanted, and relation is one of {', '.join(sharing.RELATIONS)}")
    sharing.join(db, number, str(asked["account"]), relation)


def reverse_row(db: sqlite3.Connection, number: str) -> None:
    """冲账 of a row of an account or a loan, on the business date. Raises ValueError where that cannot be done."""
    reversals = {"account_detail": deposits.reverse, "loan_detail": loans.reverse}
    for table, reverse in reversals.items():
        query = f"SELECT CZBZ FROM {table} WHERE YWLSH = ?"  # noqa: S608 (names of our own)
        if (found := db.execute(query, (number,)).fetchone()) is None:
            continue
        if found["CZBZ"] != "01":
            raise ValueError("this row is reversed already")
        try:
            return reverse(db, number, database.today(db))
        except sqlite3.IntegrityError:
            raise ValueError("the balance does not cover it") from None
    raise ValueError("there is no such row")


def messages(db: sqlite3.Connection, phone: str) -> list[dict[str, str]]:
    """What was sent to a phone, or to all of them, newest first."""
    rows = db.execute(
        "SELECT FSSJ, SJHM, DXNR FROM message WHERE SJHM = ? OR ? = '' ORDER BY DXLSH DESC LIMIT 100", (phone, phone)
    )
    return [{"at": row["FSSJ"], "phone": row["SJHM"], "text": row["DXNR"]} for row in rows]


def _reason(asked: dict[str, Any]) -> str | None:
    reason = asked.get("reason")
    if not isinstance(reason, str | None):
        raise ValueError("reason is text")
    return None if reason is None else legible(reason)


async def _json(request: Request, kind: type) -> Any:
    try:
        value = json.loads(await request.body())
    except ValueError:
        raise ValueError("the body is no JSON") from None
    if not isinstance(value, kind):
        raise ValueError(f"a JSON {'object' if kind is dict else 'array'} is expected")
    return value


def _guarded(answer: Answer) -> Answer:
    """403 for callers from elsewhere; what the caller did wrong is a 400 that says so."""

    async def guarded(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "from this machine only"}, 403)
        try:
            return await answer(request)
        except (ValueError, TypeError, KeyError, OverflowError, Refused) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return guarded
