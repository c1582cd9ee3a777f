"""deploy/nginx/nginx.conf in front of two real processes, PostgreSQL and Redis: only addresses and paths differ."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import httpx2
import pytest

from bff.cli.main import main
from tests.processes.asking import tries_until_refused
from tests.processes.conftest import Place, placed
from tests.processes.proxy import Nginx, nginx
from tests.support.certificates import certificate
from tests.support.servers import OPERATIONS, Bff, Core
from tests.support.serving import Served, serving, until

DUAN = "13800000001"
PLAN = "query RepaymentPlan($input: RepaymentPlanInput!) { repaymentPlan(input: $input) { totalInterest } }"
ID_NUMBER = "99000019850312022X"
BULLETINS = "query Bulletins { bulletins(first: 1) { edges { node { title } } } }"

pytestmark = pytest.mark.services


@dataclass
class Front(Bff):
    """What is asked through nginx; `behind` are the processes, `public` and `plan` the IDs of registered documents
    about what is public."""

    nginx: Nginx = field(kw_only=True)
    behind: tuple[Served, ...] = ()
    public: str = ""
    plan: str = ""

    def requests(self) -> int:
        """That reached a process."""
        return sum(each.requests() for each in self.behind)


def certificates(folder: Path) -> Path:
    """As a certificate authority's client lays them down."""
    for made, name in zip(certificate(folder, days=90), ("fullchain.pem", "privkey.pem"), strict=True):
        made.rename(folder / name)
    return folder


@contextmanager
def fronted(place: Place, core: Core, folder: Path) -> Iterator[Front]:
    documents, public = folder / "documents.json", folder / "public.graphql"
    public.write_text(f"{BULLETINS}\n{PLAN}")
    assert main(["documents", "register", str(public), "--manifest", str(documents)]) == 0
    ids = {each["name"]: each["id"] for each in json.loads(documents.read_text())["operations"]}
    with ExitStack() as stack:
        behind = tuple(
            stack.enter_context(serving(core, place.folder, documents_file=documents, **place.settings))
            for _ in range(2)
        )
        upstreams = [each.url.removeprefix("http://") for each in behind]
        proxy = stack.enter_context(nginx(folder / "nginx", upstreams, certificates(folder / "certificates")))
        client = stack.enter_context(httpx2.Client(base_url=proxy.url, timeout=60, trust_env=False))
        yield Front(proxy.url, client, nginx=proxy, behind=behind, public=ids["Bulletins"], plan=ids["RepaymentPlan"])


@pytest.fixture
def fresh_front(place: Place, fresh_core: Core, tmp_path: Path) -> Iterator[Front]:
    """For a test that kills processes or changes the book."""
    with fronted(place, fresh_core, tmp_path) as front:
        yield front


@pytest.fixture(scope="module")
def front(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    with placed(core, folder) as place, fronted(place, core, folder) as front:
        yield front


def apply(front: Front, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    return front.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"][
        "application"
    ]


def complete(core: Core) -> None:
    (serial,) = core.serials()
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})


def test_a_screen_is_answered_by_either_process_and_by_one_that_is_left(fresh_front: Front) -> None:
    token = fresh_front.sign_in(DUAN)
    for _ in range(4):
        assert fresh_front.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"
    assert all(each.requests() for each in fresh_front.behind)
    fresh_front.behind[0].kill()
    for _ in range(4):
        assert fresh_front.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"


def test_events_come_through_as_they_happen(fresh_front: Front, fresh_core: Core) -> None:
    token = fresh_front.sign_in(DUAN)
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": apply(fresh_front, token)["id"]}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    seen = []
    with fresh_front.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                seen.append(json.loads(line[6:])["data"]["applicationProgress"]["status"])
                if len(seen) == 1:  # nothing further comes before the first was seen here
                    complete(fresh_core)
    assert seen == ["ACCEPTED", "COMPLETED"]


def test_a_websocket_comes_through(fresh_front: Front, fresh_core: Core) -> None:
    token = fresh_front.sign_in(DUAN)
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": apply(fresh_front, token)["id"]}}

    async def watch() -> list[str]:
        seen = []
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                f"{fresh_front.url}/graphql", protocols=["graphql-transport-ws"], headers={"Origin": fresh_front.url}
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
    once = front.client.get("/graphql", params=asked)
    first = front.client.get("/graphql", params=asked)
    before = front.requests()
    again = front.client.get("/graphql", params=asked, headers={"Authorization": "Bearer of-somebody"})
    known = front.client.get("/graphql", params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert [each.headers["x-cache"] for each in (once, first, again)] == ["MISS", "MISS", "HIT"]
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


def test_nobody_passes_for_another_by_what_he_says_of_his_address(fresh_front: Front) -> None:
    made_up = [(fresh_front, f"203.0.113.{number}") for number in range(6)]
    assert tries_until_refused(DUAN, made_up) in (3, 4, 5)


def test_one_address_asks_so_often_only(fresh_front: Front) -> None:
    counted = asked_too_often(f"{fresh_front.url}/graphql")
    assert counted[400] >= 101
    assert counted[429] > 0
    assert counted.keys() == {400, 429}


def test_too_much_is_turned_away_before_it_reaches_a_process(front: Front) -> None:
    before = front.requests()
    assert front.client.post("/graphql", content=b"x" * (128 * 1024 + 1)).status_code == 413
    assert front.requests() == before


def test_a_path_with_a_slash_at_its_end_is_answered(front: Front) -> None:
    answer = front.client.post("/graphql/", json={"query": "{ __typename }"})
    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/graphiql", "/"])
def test_nothing_else_is_reached_from_outside(front: Front, path: str) -> None:
    assert front.client.get(path).status_code == 404


def test_calculators_stay_out_of_the_cache(front: Front) -> None:
    before = front.nginx.cached()
    for amount in (100000, 100000, 100000, *range(100001, 100040)):
        asked = {"input": {"principal": str(amount), "periods": 120, "method": "EQUAL_PRINCIPAL", "annualRate": "3.25"}}
        answer = front.client.get("/graphql", params={"id": front.plan, "variables": json.dumps(asked)})
        assert answer.json()["data"]["repaymentPlan"]["totalInterest"]
        assert (answer.headers["x-cache"], answer.headers["cache-control"][:7]) == ("MISS", "private")
    assert front.nginx.cached() == before


def test_a_large_answer_is_compressed(front: Front) -> None:
    token = front.sign_in(DUAN)
    body = {"query": OPERATIONS["ContributionDetails"], "variables": {"first": 40}}
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
    answer = front.client.post("/graphql", json=body, headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers.get("content-length", 0)) < len(answer.content)
    assert len(answer.json()["data"]["me"]["account"]["contributions"]["edges"]) == 40


def test_a_request_is_found_by_its_id_from_nginx_to_the_core(front: Front, core: Core) -> None:
    token = front.sign_in(DUAN)
    core.calls()
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "chosen-by-the-caller"}
    # A quote asks the core whatever the cache holds.
    body = {"query": OPERATIONS["WithdrawalForm"], "variables": {"kind": "PROPERTY_FEE"}}
    answer = front.client.post("/graphql", json=body, headers=headers)
    found = answer.headers["x-request-id"]
    here = until(lambda: [line for line in front.nginx.access_log() if line[1] == found])
    ours = until(lambda: [each for one in front.behind for each in one.events() if each.get("request_id") == found])
    calls = {each["operation"] for each in core.control("GET", "requests") if each["requestId"] == found}
    assert re.fullmatch("[0-9a-f]{32}", found)
    assert [line[2:5] for line in here] == [["POST", "/graphql", "200"]]
    assert [(each["event"], each["operation"]) for each in ours] == [("request", "WithdrawalForm")]
    assert "QueryAccount" in calls


def test_what_nginx_says_itself_is_json_and_says_when_to_come_again(fresh_front: Front) -> None:
    large = fresh_front.client.post("/graphql", content=b"x" * (128 * 1024 + 1))
    for each in fresh_front.behind:
        each.kill()
    away = fresh_front.client.post("/graphql", json={"query": "{ __typename }"})
    assert (large.status_code, large.json()["errors"][0]["extensions"]["code"]) == (413, "BAD_REQUEST")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert away.json()["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfterSeconds": 5}
    assert away.headers["content-type"] == "application/json"


def test_no_log_of_nginx_has_what_a_query_string_holds(fresh_front: Front) -> None:
    asked = {"id": fresh_front.plan, "variables": json.dumps({"input": {"idNumber": ID_NUMBER}})}
    statuses = {fresh_front.client.get("/graphql", params=asked).status_code}
    statuses.add(fresh_front.client.get("/graphql", params={**asked, "more": "x" * 40_000}).status_code)
    statuses.add(fresh_front.client.get("/other", params=asked).status_code)
    statuses |= asked_too_often(f"{fresh_front.url}/graphql?number={ID_NUMBER}").keys()
    for each in fresh_front.behind:
        each.kill()
    statuses.add(fresh_front.client.get("/graphql", params=asked).status_code)
    assert {200, 404, 414, 429, 503} <= statuses
    until(lambda: sum(line[4] == "503" for line in fresh_front.nginx.access_log()))
    assert ID_NUMBER not in fresh_front.nginx.said()


def asked_too_often(url: str) -> Counter[int]:
    """Statuses. Where the machine stalls, 400 requests may take so long that all are allowed."""
    counted = Counter[int]()

    def refused() -> int:
        counted.update(asyncio.run(many(url, 400)))
        return counted[429]

    until(refused)
    return counted


async def many(url: str, times: int) -> list[int]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as client:

        async def one() -> int:
            async with client.get(url) as answer:
                return answer.status

        return await asyncio.gather(*(one() for _ in range(times)))


def test_members_come_over_tls_and_are_told_to_stay_there(front: Front) -> None:
    trusted = ssl.create_default_context(cafile=front.nginx.folder.parent / "certificates" / "fullchain.pem")
    url = f"{front.nginx.tls_url.replace('127.0.0.1', 'localhost')}/graphql"
    answer = httpx2.post(url, json={"query": "{ __typename }"}, verify=trusted, timeout=60, trust_env=False)
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    plain = httpx2.get(f"{front.nginx.redirecting_url}/graphql?id=1", timeout=60, trust_env=False)
    assert (plain.status_code, plain.headers["location"]) == (308, "https://127.0.0.1/graphql?id=1")


def test_tls_is_1_2_or_newer(front: Front) -> None:
    port = int(front.nginx.tls_url.rsplit(":", 1)[1])
    spoken = [spoken_with(port, each) for each in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
    assert spoken == ["TLSv1.2", "TLSv1.3"]
    with pytest.raises(OSError, match=r"alert protocol version|unsupported protocol|no protocols available"):
        spoken_with(port, ssl.TLSVersion.TLSv1_1)


def spoken_with(port: int, version: ssl.TLSVersion) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as tls:
        return tls.version()
