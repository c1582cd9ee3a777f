"""Members who go on asking while something is done to the servers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import aiohttp

from tests.support.servers import OPERATIONS, Bff

FINE = "fine"


def tries_until_refused(username: str, callers: Iterable[tuple[Bff, str]]) -> int:
    """Wrong passwords that were compared, of one server and address after the other, before one was not. Where the
    machine stalls these are more than the three of five seconds, but at most the five of a minute."""
    asked = {"input": {"username": username, "loginPassword": "Practice-2019"}}
    for taken, (bff, address) in enumerate(callers):
        code = bff.data("SignIn", asked, address=address)["signIn"]["userErrors"][0]["code"]
        if code == "TOO_MANY_ATTEMPTS":
            return taken
        assert code == "WRONG_CREDENTIALS"
    raise AssertionError("no try was refused")


@contextmanager
def asked_meanwhile(url: str, token: str, members: int = 2) -> Iterator[Counter[str]]:
    """What became of their requests; complete when the block has ended."""
    over, answers = Event(), Counter[str]()
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(asyncio.run, _ask_together(over, url, token, answers, members))
        try:
            yield answers
        finally:
            over.set()
            asking.result()


async def _ask_together(over: Event, url: str, token: str, answers: Counter[str], members: int) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        await asyncio.gather(*(_ask_until(over, client, url, answers) for _ in range(members)))


async def _ask_until(over: Event, client: aiohttp.ClientSession, url: str, answers: Counter[str]) -> None:
    """As an app does, one request after the other; a screen, and a POST that nginx may not repeat."""
    while not over.is_set():
        for name in ("AccountInfo", "Faqs"):
            async with client.post(f"{url}/graphql", json={"query": OPERATIONS[name]}) as answer:
                body: Any = await answer.json()
                fine = answer.status == 200 and "errors" not in body
                answers[FINE if fine else f"{answer.status} {body}"] += 1
        await asyncio.sleep(0.1)  # nginx lets one address ask 50 times a second
