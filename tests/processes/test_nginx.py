"""deploy/nginx/nginx.conf in front of two real processes, PostgreSQL and Redis: only addresses and paths differ."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import httpx2
import pytest

from bff.cli import main
from tests.processes.conftest import Place
from tests.servers import OPERATIONS, ROOT, Bff, Core, early_in_a_window
from tests.services import program
from tests.serving import Served, free_port, serving, until

DUAN = "13800000001"
BULLETINS = "query Bulletins { bulletins(first: 1) { edges { node { title } } } }"

pytestmark = pytest.mark.services


@dataclass
class Front(Bff):
    """What is asked through nginx; `behind` are the processes, `public` the ID of a registered
    document about what is public."""

    behind: tuple[Served, ...] = ()
    public: str = ""

    def requests(self) -> int:
        """That reached a process."""
        return sum(each.requests() for each in self.behind)


@pytest.fixture
def front(place: Place, fresh_core: Core, tmp_path: Path) -> Iterator[Front]:
    documents = tmp_path / "documents.json"
    public = tmp_path / "public.graphql"
    public.write_text(BULLETINS)
    assert main(["documents", "register", str(public), "--manifest", str(documents)]) == 0
    with ExitStack() as stack:
        behind = tuple(
            stack.enter_context(serving(fresh_core, place.folder, documents_file=documents, **place.settings))
            for _ in range(2)
        )
        url = stack.enter_context(nginx(tmp_path / "nginx", [each.url.removeprefix("http://") for each in behind]))
        client = stack.enter_context(httpx2.Client(base_url=url, timeout=60, trust_env=False))
        (known,) = json.loads(documents.read_text())["operations"]
        yield Front(url, client, behind=behind, public=known["id"])


@contextmanager
def nginx(folder: Path, upstreams: list[str]) -> Iterator[str]:
    folder.mkdir(mode=0o777)
    listen = f"127.0.0.1:{free_port()}"
    written = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    replaced = dict(zip(("bff-1:8000", "bff-2:8000"), upstreams, strict=True))
    for ours, here in {**replaced, "listen 8080": f"listen {listen}", "/var/cache/nginx": str(folder)}.items():
        assert ours in written
        written = written.replace(ours, here)
    file = folder / "nginx.conf"
    file.write_text(written)
    command = [program("nginx"), "-c", str(file), "-p", str(folder), "-g", "daemon off; user root;"]
    if os.getuid() != 0:
        command[-1] = "daemon off;"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: _answers(f"http://{listen}/healthz") or process.poll() is not None)
        assert process.poll() is None, process.communicate()[1]
        yield f"http://{listen}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def apply(front: Front, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    return front.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"][
        "application"
    ]


def complete(core: Core) -> None:
    (serial,) = core.serials()
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})


def test_a_screen_is_answered_by_either_process_and_by_one_that_is_left(front: Front) -> None:
    token = front.sign_in(DUAN)
    for _ in range(4):
        assert front.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"
    assert all(each.requests() for each in front.behind)
    front.behind[0].kill()
    for _ in range(4):
        assert front.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"


def test_events_come_through_as_they_happen(front: Front, fresh_core: Core) -> None:
    token = front.sign_in(DUAN)
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": apply(front, token)["id"]}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    seen = []
    with front.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                seen.append(json.loads(line[6:])["data"]["applicationProgress"]["status"])
                if len(seen) == 1:  # nothing further comes before the first was seen here
                    complete(fresh_core)
    assert seen == ["ACCEPTED", "COMPLETED"]


def test_a_websocket_comes_through(front: Front, fresh_core: Core) -> None:
    token = front.sign_in(DUAN)
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": apply(front, token)["id"]}}

    async def watch() -> list[str]:
        seen = []
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                f"{front.url}/graphql", protocols=["graphql-transport-ws"], headers={"Origin": front.url}
            ) as socket,
        ):
            await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            assert (await socket.receive_json())["type"] == "connection_ack"
            await socket.send_json({"type": "subscribe", "id": "1", "payload": body})
            while (message := await socket.receive_json())["type"] == "next":
                seen.append(message["payload"]["data"]["applicationProgress"]["status"])
                if seen == ["ACCEPTED"]:
                    await asyncio.to_thread(complete, fresh_core)
        return seen

    assert asyncio.run(watch()) == ["ACCEPTED", "COMPLETED"]


def test_a_public_answer_is_kept_and_known_again_by_its_tag(front: Front) -> None:
    asked = {"id": front.public}
    first = front.client.get("/graphql", params=asked)
    before = front.requests()
    again = front.client.get("/graphql", params=asked, headers={"Authorization": "Bearer of-somebody"})
    known = front.client.get("/graphql", params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert [first.headers["x-cache"], again.headers["x-cache"]] == ["MISS", "HIT"]
    assert (again.json(), known.status_code) == (first.json(), 304)
    assert first.json()["data"]["bulletins"]["edges"]
    assert front.requests() == before


def test_what_is_a_member_s_own_is_never_kept(front: Front) -> None:
    token = front.sign_in(DUAN)
    answers = [
        front.client.post("/graphql", json={"query": OPERATIONS["AccountInfo"]}, headers=headers)
        for headers in ({"Authorization": f"Bearer {token}"}, {})
    ]
    assert ["errors" in each.json() for each in answers] == [False, True]
    assert [each.headers["cache-control"] for each in answers] == ["no-store"] * 2


def test_nobody_passes_for_another_by_what_he_says_of_his_address(front: Front) -> None:
    asked = {"username": DUAN, "loginPassword": "Practice-2019"}
    early_in_a_window()
    tries = [front.data("SignIn", {"input": asked}, address=f"203.0.113.{number}") for number in range(4)]
    codes = [each["signIn"]["userErrors"][0]["code"] for each in tries]
    assert codes == ["WRONG_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"]


def test_one_address_asks_so_often_only(front: Front) -> None:
    async def statuses() -> list[int]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as client:

            async def one() -> int:
                async with client.get(f"{front.url}/graphql") as answer:
                    return answer.status

            return await asyncio.gather(*(one() for _ in range(400)))

    counted = Counter(asyncio.run(statuses()))
    assert counted[400] >= 101
    assert counted[429] > 0
    assert counted[400] + counted[429] == 400


def test_too_much_is_turned_away_before_it_reaches_a_process(front: Front) -> None:
    before = front.requests()
    assert front.client.post("/graphql", content=b"x" * (128 * 1024 + 1)).status_code == 413
    assert front.requests() == before


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/graphiql", "/"])
def test_nothing_else_is_reached_from_outside(front: Front, path: str) -> None:
    assert front.client.get(path).status_code == 404
