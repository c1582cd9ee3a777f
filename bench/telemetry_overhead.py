"""Cost of metrics and a log line to a request whose answer is cached: `python -m bench.telemetry_overhead 2>/dev/null`.
One process and no network: the application is called directly."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from starlette.types import Message

from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from bff.app import create_app
from bff.cli.dev_examples import OPERATIONS, operations_of
from bff.cli.dev_members import register_practice_people
from bff.legacy.instrumentation import CallAttempt
from bff.observability import logging as logs
from bff.observability.metrics import Metrics
from bff.observability.telemetry import Telemetry
from bff.settings import Settings

REQUESTS = 3000
SIGN_IN = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }"


def main() -> None:
    logs.configure("INFO", "json")
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(Path(folder), 0, {})
        try:
            servers.start_core()
            request = asyncio.run(measure_requests(servers.core_url, Path(folder)))
        finally:
            servers.stop()
    seen, called = measure_operations(), measure_calls()
    print(f"a cached AccountInfo           {1e6 * request:6.0f} µs of processor, all in all")
    print(f"figures and line of it         {1e6 * seen:6.0f} µs ({100 * seen / request:.1f} %)")
    print(f"figures of a call to the core  {1e6 * called:6.0f} µs")


async def measure_requests(core_url: str, folder: Path) -> float:
    settings = Settings(core_url=core_url, data_dir=folder, password_memory_kib=64, rate_limit_per_minute=0)
    app = create_app(settings, at_start=register_practice_people)
    text = (OPERATIONS / "account.graphql").read_text(encoding="utf-8")
    document = operations_of(text)["AccountInfo"]
    async with app.router.lifespan_context(app):
        secrets = {"username": "13800000001", "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD}
        answer = await post(app, {"query": SIGN_IN, "variables": {"input": secrets}})
        token = answer["data"]["signIn"]["session"]["accessToken"]
        answer = await post(app, {"query": document}, token)
        assert "errors" not in answer, answer
        began = process_time()
        for _ in range(REQUESTS):
            await post(app, {"query": document}, token)
        return (process_time() - began) / REQUESTS


async def post(app: Any, body: Any, token: str = "") -> Any:
    sent: list[Message] = []
    incoming = asyncio.Queue[Message]()
    incoming.put_nowait({"type": "http.request", "body": json.dumps(body).encode(), "more_body": False})
    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    scope |= {"scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "app": app, "root_path": ""}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, incoming.get, send)
    return json.loads(b"".join(each.get("body", b"") for each in sent))


def measure_operations() -> float:
    telemetry, answer = Telemetry(Metrics.new(), frozenset({"AccountInfo"})), dict[str, Any](data={})
    began = process_time()
    for _ in range(REQUESTS):
        with telemetry.operation("AccountInfo", "query", "0123456789abcdef0123456789abcdef") as operation:
            operation.answered(answer)
    return (process_time() - began) / REQUESTS


def measure_calls() -> float:
    telemetry = Telemetry(Metrics.new())
    began = process_time()
    for _ in range(REQUESTS):
        attempt = CallAttempt("CollectionService", "QueryAccount")
        with telemetry.core_call(attempt):
            attempt.mark_sent()
    return (process_time() - began) / REQUESTS


if __name__ == "__main__":
    main()
