"""A release goes out behind nginx while members work: one process after the other, and no request fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest

from tests.processes.conftest import Place
from tests.processes.proxy import nginx
from tests.servers import OPERATIONS, Bff, Core
from tests.serving import Served, free_port, serving

pytestmark = pytest.mark.services

DUAN = "13800000001"


@dataclass
class Slot:
    """Where one process after the other runs, on the same port."""

    core: Core
    place: Place
    port: int
    stack: ExitStack
    served: Served | None = None

    def start(self) -> None:
        self.served = self.stack.enter_context(
            serving(self.core, self.place.folder, port=self.port, operations_a_minute=0, **self.place.settings)
        )

    def renew(self) -> None:
        assert self.served is not None
        self.served.terminate()
        self.start()


@contextmanager
def two_slots(core: Core, place: Place) -> Iterator[tuple[Slot, Slot]]:
    with ExitStack() as stack:
        first, second = (Slot(core, place, free_port(), stack) for _ in range(2))
        first.start()
        second.start()
        yield first, second


async def ask_until(over: asyncio.Event, url: str, token: str, answers: Counter[str]) -> None:
    """As an app does, one request after the other; a screen, and a POST that nginx may not repeat."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as client:
        while not over.is_set():
            for name in ("AccountInfo", "Faqs"):
                async with client.post(f"{url}/graphql", json={"query": OPERATIONS[name]}) as answer:
                    body: Any = await answer.json()
                    answers["fine" if answer.status == 200 and "errors" not in body else f"{answer.status} {body}"] += 1
            await asyncio.sleep(0.1)  # nginx lets one address ask 50 times a second


async def roll(url: str, token: str, slots: tuple[Slot, Slot]) -> Counter[str]:
    over, answers = asyncio.Event(), Counter[str]()
    members = [asyncio.create_task(ask_until(over, url, token, answers)) for _ in range(2)]
    for slot in slots:
        await asyncio.to_thread(slot.renew)
    over.set()
    await asyncio.gather(*members)
    return answers


def test_a_roll_without_a_pause_fails_no_request(place: Place, fresh_core: Core, tmp_path: Path) -> None:
    with (
        two_slots(fresh_core, place) as slots,
        nginx(tmp_path / "nginx", [f"127.0.0.1:{each.port}" for each in slots]) as proxy,
        httpx2.Client(base_url=proxy.url, timeout=60, trust_env=False) as client,
    ):
        token = Bff(proxy.url, client).sign_in(DUAN)
        answers = asyncio.run(roll(proxy.url, token, slots))
    assert answers.keys() == {"fine"}
    assert answers["fine"] > 50
