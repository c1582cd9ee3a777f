"""One request by its ID: at nginx, in the server's log, at the core; and the bytes that its lines take."""

from __future__ import annotations

from bench.rehearsal.stage import DUAN, Stage
from bench.results import Result, at_most
from tests.support.servers import OPERATIONS, Core
from tests.support.serving import until

LONGEST = 400
"""Bytes of log of a request, here and at nginx, at most."""


def rehearse(stage: Stage) -> list[Result]:
    stage.start_services()
    stage.start_processes()
    proxy = stage.start_nginx()
    bff, core = stage.client(proxy.url), Core(stage.folder / "core.sqlite3", url=stage.servers.core_url)
    headers = {"Authorization": f"Bearer {bff.sign_in(DUAN.phone)}"}
    # A quote asks the core whatever the cache holds.
    body = {"query": OPERATIONS["WithdrawalForm"], "variables": {"kind": "PROPERTY_FEE"}}
    answer = bff.client.post("/graphql", json=body, headers=headers)
    request_id = answer.headers["x-request-id"]
    at_nginx = until(lambda: lines_with(request_id, proxy.said()))
    here = until(lambda: lines_with(request_id, logs_of(stage)))
    calls = sorted(each["operation"] for each in core.control("GET", "requests") if each["requestId"] == request_id)
    figure = f"{len(at_nginx)} line at nginx, {len(here)} here, calls of the core: {', '.join(calls) or 'none'}"
    held = (answer.status_code, len(at_nginx), len(here)) == (200, 1, 1) and bool(calls)
    taken = [len(each.encode()) + 1 for each in (here[0], at_nginx[0])]
    return [
        Result("one request by its ID", "WithdrawalForm, by X-Request-ID of the answer", figure, "at all three", held),
        at_most("its bytes of log", f"{taken[0]} here, {taken[1]} at nginx", sum(taken), LONGEST, "bytes"),
    ]


def logs_of(stage: Stage) -> str:
    return "".join((stage.folder / f"{port}.log").read_text() for port in stage.servers.ports)


def lines_with(request_id: str, log: str) -> list[str]:
    return [each for each in log.splitlines() if request_id in each]
