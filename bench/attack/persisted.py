"""Persisted documents against the counters that slow guessing down, in one small Redis that evicts what is old."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import redis

from bench.attack.graphql import SEND, SIGN_IN, Client
from bench.attack.stage import Member, Stage
from bench.results import Result, at_most

MEMORY = "3mb"
GUESSES = 20
"""Tries of one account's password that are compared in a quarter of an hour, from all networks together."""
NETWORKS, EACH, LONG = 20, 100, 8000
"""The attacker's networks, documents from each, and their characters: five times what the Redis holds."""
QUOTA = 512 * 1024 // LONG
"""Documents that the server may keep of one network within a day."""
AT_ONCE = 3
"""Sent at the same time; a server that is busier than its Redis takes it for dead, and keeps nothing."""
SECONDS = 40.0
"""For the documents, at most: the second code has to be asked for within a minute."""


async def attacks(stage: Stage) -> list[Result]:
    stage.servers.start_redis("--maxmemory", MEMORY, "--maxmemory-policy", "allkeys-lru")
    url = stage.servers.environment.pop("BFF_CACHE_URL")
    settings = {"BFF_CACHE_URL": url, "BFF_LIMITS_URL": stage.servers.start_limits_redis()}
    try:
        async with stage.server(settings) as target, aiohttp.ClientSession() as session:
            return await _attack(Client(session, target.port), stage.members[0], redis.Redis.from_url(url))
    finally:
        stage.servers.kill(stage.servers.redis_port)
        stage.servers.kill(stage.servers.limits_port)


async def _attack(client: Client, member: Member, storage: Any) -> list[Result]:
    before = await guesses(client, member.phone, GUESSES + 5)
    home = client.network()
    codes = [await client.ask(SEND, _code(member.phone), home)]
    begun = time.monotonic()
    stored = await documents(client)
    evicted, there = storage.info("stats")["evicted_keys"], storage.dbsize()
    codes.append(await client.ask(SEND, _code(member.phone), home))
    took = time.monotonic() - begun
    after = await guesses(client, member.phone, GUESSES + 5)
    name = f"{NETWORKS * EACH} documents of {LONG // 1000} kB, Redis of {MEMORY}"
    tried = f"{_listed(stored)} in {took:.0f} s, {evicted} keys evicted"
    return [
        at_most(name, f"{before} guesses before, then {tried}", after, max(0, GUESSES - before), "guesses more"),
        at_most(name, "a second code for a phone within the minute", codes.count("done"), 1, "codes sent"),
        at_most(name, f"from each of {NETWORKS} networks", (evicted + there) / NETWORKS, QUOTA, "documents kept"),
    ]


async def guesses(client: Client, phone: str, times: int) -> int:
    """Of as many guesses of a password, each from another network, those that were compared."""
    asked = {"username": phone, "loginPassword": "Guess-2018"}
    answers = [await client.ask(SIGN_IN, asked, client.network()) for _ in range(times)]
    return sum(answer.startswith("WRONG_CREDENTIALS") for answer in answers)


async def documents(client: Client) -> Counter[str]:
    """New ones from all the attacker's networks at the same time; answers by status and code."""
    networks = [client.network() for _ in range(NETWORKS)]
    sending = iter([(address, number) for number in range(EACH) for address in networks])
    until = time.monotonic() + SECONDS
    found: Counter[str] = Counter()
    await asyncio.gather(*(_some(client, sending, until, found) for _ in range(AT_ONCE)))
    return found


async def _some(client: Client, sending: Iterator[tuple[str, int]], until: float, found: Counter[str]) -> None:
    for address, number in sending:
        if time.monotonic() > until:
            return
        query = f"{{ __typename }} # {address} {number} ".ljust(LONG, "x")
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
        status, text = await client.post({"query": query, "extensions": extensions}, address)
        found[f"{status} refused" if '"errors"' in text else str(status)] += 1


def _code(phone: str) -> dict[str, str]:
    return {"phone": phone, "purpose": "RESET_PASSWORD"}


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in found.most_common())
