"""Guesses of one member's login password from many addresses over several processes: how many could be right, and how
long the owner waits. `python -m bench.guessing`; needs redis-server."""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from sandbox.server import open_book

SIGN_IN = "mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } userErrors { code message } } }"
SEND = "mutation($i: RequestSmsCodeInput!) { requestSmsCode(input: $i) { userErrors { code } } }"
RESET = "mutation($i: ResetPasswordInput!) { resetPassword(input: $i) { userErrors { code } } }"
REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { userErrors { code } } }"
ZHAO = {"name": "赵晓雪", "phone": "13800000006", "idNumber": "990000199808124082"}
HOME, ELSEWHERE = "198.51.100.1", "198.51.100.2"


class Callers:
    """Sends each request to any of the processes, from any address."""

    def __init__(self, session: aiohttp.ClientSession, servers: Servers, seed: int) -> None:
        self.session, self.servers = session, servers
        self.chance = random.Random(seed)  # noqa: S311 (repeatable)

    async def ask(self, query: str, asked: dict[str, Any], address: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.chance.choice(self.servers.ports)}/graphql"
        body = {"query": query, "variables": {"i": asked}}
        async with self.session.post(url, json=body, headers={"X-Forwarded-For": address}) as response:
            answer = await response.json()
        if "errors" in answer:
            return {"userErrors": [{"code": answer["errors"][0]["extensions"]["code"]}]}
        payload: dict[str, Any] = next(iter(answer["data"].values()))
        return payload

    async def sign_in(self, password: str, address: str) -> str:
        asked = {"username": ZHAO["phone"], "loginPassword": password}
        return outcome(await self.ask(SIGN_IN, asked, address))

    async def code(self, purpose: str, address: str) -> str:
        """Waits as long as codes are sent too often to this phone."""
        while outcome(await self.ask(SEND, {"phone": ZHAO["phone"], "purpose": purpose}, address)) != "done":
            await asyncio.sleep(2)
        async with self.session.get(f"{self.servers.core_url}/control/inbox?phone={ZHAO['phone']}") as response:
            found = re.search(r"验证码为(\d{6})", (await response.json())[0]["text"])
        assert found
        return found[1]


def outcome(payload: dict[str, Any]) -> str:
    return str(payload["userErrors"][0]["code"]) if payload["userErrors"] else "done"


async def attack(callers: Callers, options: argparse.Namespace) -> None:
    asked = {**ZHAO, "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD}
    code = await callers.code("REGISTER", HOME)
    assert outcome(await callers.ask(REGISTER, {**asked, "smsCode": code}, HOME)) == "done"
    addresses = [f"203.0.113.{number}" for number in range(1, options.addresses + 1)]
    gate = asyncio.Semaphore(options.at_once)

    async def guess(number: int) -> str:
        async with gate:
            return await callers.sign_in(f"guess-{number:08}", addresses[number % len(addresses)])

    begun = time.monotonic()
    owner = asyncio.create_task(_owner(callers))
    outcomes = Counter(await asyncio.gather(*(guess(number) for number in range(options.guesses))))
    took = time.monotonic() - begun
    print(f"{options.guesses} guesses from {options.addresses} addresses, {options.processes} processes, {took:.0f} s:")
    for name, count in outcomes.most_common():
        print(f"{count:8}  {name}")
    print(f"the owner at home meanwhile: {await owner}")
    begun = time.monotonic()
    print(f"the owner elsewhere: {await callers.sign_in(PASSWORD, ELSEWHERE)}; ", end="")
    reset = {"phone": ZHAO["phone"], "idNumber": ZHAO["idNumber"], "which": "LOGIN", "newPassword": "Autumn-Wind-9"}
    code = await callers.code("RESET_PASSWORD", ELSEWHERE)
    reset_outcome = outcome(await callers.ask(RESET, {**reset, "smsCode": code}, ELSEWHERE))
    then = await callers.sign_in("Autumn-Wind-9", ELSEWHERE)
    print(f"resets the password by a code: {reset_outcome}, signs in: {then}, {time.monotonic() - begun:.1f} s")


async def _owner(callers: Callers) -> str:
    """Signs in every second while the guessing goes on."""
    times, outcomes = [], Counter[str]()
    for _ in range(10):
        begun = time.monotonic()
        outcomes[await callers.sign_in(PASSWORD, HOME)] += 1
        times.append(time.monotonic() - begun)
        await asyncio.sleep(1)
    return f"{dict(outcomes)}, median {median(times):.2f} s, longest {max(times):.2f} s"


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), options.processes, {"BFF_TRUSTED_PROXIES": "127.0.0.1"})
        open_book(servers.folder / "core.sqlite3")
        try:
            servers.start_core()
            servers.start_redis()
            for port in servers.ports:
                servers.start_bff(port)
            async with aiohttp.ClientSession() as session:
                await attack(Callers(session, servers, seed=1), options)
        finally:
            servers.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guesses", type=int, default=10_000)
    parser.add_argument("--addresses", type=int, default=100)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=50)
    asyncio.run(main(parser.parse_args()))
