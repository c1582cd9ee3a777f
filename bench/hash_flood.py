"""How long a sign-in takes while another address floods the server with tries of secrets.
`python -m bench.hash_flood`"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from bench.guessing import REGISTER, RESET, SEND, SIGN_IN, ZHAO, outcome
from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from sandbox.server import open_book

HOME, FLOOD = "198.51.100.1", "203.0.113.1"
Ask = Callable[[int], tuple[str, dict[str, Any]]]
FLOODS: dict[str, Ask] = {
    "signIn": lambda number: (SIGN_IN, {"username": f"1390000{number:04}", "loginPassword": "guess"}),
    "resetPassword": lambda number: (
        RESET,
        {
            "phone": f"1390000{number:04}",
            "idNumber": ZHAO["idNumber"],
            "smsCode": "000000",
            "which": "LOGIN",
            "newPassword": "Autumn-Wind-9",
        },
    ),
}


async def ask(session: aiohttp.ClientSession, url: str, query: str, asked: dict[str, Any], address: str) -> str:
    body, headers = {"query": query, "variables": {"i": asked}}, {"X-Forwarded-For": address}
    async with session.post(f"{url}/graphql", json=body, headers=headers) as response:
        answer = await response.json()
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else outcome(*answer["data"].values())


async def register(session: aiohttp.ClientSession, url: str, core: str) -> None:
    assert await ask(session, url, SEND, {"phone": ZHAO["phone"], "purpose": "REGISTER"}, HOME) == "done"
    async with session.get(f"{core}/control/inbox?phone={ZHAO['phone']}") as response:
        code = (await response.json())[0]["text"].partition("验证码为")[2][:6]
    asked = {**ZHAO, "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD, "smsCode": code}
    assert await ask(session, url, REGISTER, asked, HOME) == "done"


async def sign_ins(session: aiohttp.ClientSession, url: str, times: int) -> str:
    took, outcomes = [], Counter[str]()
    for _ in range(times):
        begun = time.perf_counter()
        outcomes[await ask(session, url, SIGN_IN, {"username": ZHAO["phone"], "loginPassword": PASSWORD}, HOME)] += 1
        took.append(time.perf_counter() - begun)
    return f"{dict(outcomes)}, median {median(took):.2f} s, longest {max(took):.2f} s"


async def measure(session: aiohttp.ClientSession, url: str, options: argparse.Namespace) -> None:
    print(f"{'nobody else':14} {await sign_ins(session, url, options.times)}")
    numbers = itertools.count()
    for name, flood in FLOODS.items():
        outcomes = Counter[str]()

        async def keep_on(flood: Ask = flood, outcomes: Counter[str] = outcomes) -> None:
            while True:
                outcomes[await ask(session, url, *flood(next(numbers)), FLOOD)] += 1

        tasks = [asyncio.create_task(keep_on()) for _ in range(options.at_once)]
        await asyncio.sleep(0.5)  # the flood is there
        print(f"{name:14} {await sign_ins(session, url, options.times)}; the flood: {dict(outcomes)}")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), 1, {"BFF_TRUSTED_PROXIES": "127.0.0.1"})
        open_book(servers.folder / "core.sqlite3")
        try:
            servers.start_core()
            servers.start_bff(servers.ports[0])
            url = f"http://127.0.0.1:{servers.ports[0]}"
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                await register(session, url, servers.core_url)
                await measure(session, url, options)
        finally:
            servers.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=60)
    asyncio.run(main(parser.parse_args()))
