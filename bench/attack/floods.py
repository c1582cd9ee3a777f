"""Floods, each from an address of its own, of what is refused, and of bytes: how do others fare meanwhile?"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

from bench.attack.flooding import Flood, flooded
from bench.attack.probe import QUESTION, others, recovered
from bench.attack.raw_http import HOST, post
from bench.attack.stage import Stage, Target
from bench.results import Result, all_of, at_most, together

SECONDS = 10.0
WORST, AFTERWARDS = 500.0, 50.0
"""Milliseconds for /healthz: at worst, and the median of the last looks, when the address has used up what it may."""
LAST = 15


def _ask(query: str, **more: object) -> bytes:
    return post(json.dumps({"query": query, **more}).encode())


FLOODS: dict[str, Sequence[bytes]] = {
    "syntax errors": [_ask("{ a" + " {b" * n) for n in range(200)],
    "selections": [_ask(f"{{ me {{ {'name ' * 240} a{n}: name }} }}") for n in range(200)],
    "too many selections": [_ask(f"{{ me {{ {'name ' * 300} a{n}: name }} }}") for n in range(200)],
    "syntax errors by GET": [b"GET /graphql?query={a%d HTTP/1.1\r\n" % n + HOST + b"\r\n" for n in range(200)],
    "unknown fields": [_ask("{ " + " ".join(f"f{i}x{n}" for i in range(200)) + " }") for n in range(200)],
    "conflicts": [
        _ask("{ me { " + " ".join(f'application(id: "{i * n}") {{ id }}' for i in range(100)) + " } }")
        for n in range(200)
    ],
    "tokens": [_ask("{ " + "a " * 14_000 + f"a{n} }}") for n in range(20)],
    "missing variables": [_ask(f"query A{n}($i: SignInInput!) {{ __typename }}") for n in range(200)],
    "unknown operations": [_ask("query A { __typename }", operationName=f"B{n}") for n in range(200)],
    "unknown documents": [post(json.dumps({"documentId": f"{n:064x}"}).encode()) for n in range(200)],
    "no JSON": [post(b"[" * 100_000)],
    "bodies of 120 kB": [_ask("{ __typename }" + " " * 60_000, variables={"v": "x" * 55_000})],
    "413": [post(b"x" * 200_000)],
    "no such path": [b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n"],
}
OVER_WEBSOCKETS = [f"{{ me {{ {'name ' * 240} a{n}: name }} }}".encode() for n in range(200)]


async def attacks(stage: Stage) -> list[Result]:
    results = []
    async with stage.server() as target:
        for number, (name, requests) in enumerate(FLOODS.items(), 1):
            results.append(await _under(target, name, Flood(target.port, f"127.0.2.{number}", requests, SECONDS)))
        flood = Flood(target.port, "127.0.2.99", OVER_WEBSOCKETS, SECONDS, websocket=True)
        results.append(await _under(target, "selections, over WebSockets", flood))
    return results


async def _under(target: Target, name: str, flood: Flood) -> Result:
    await recovered(target.port)
    flooding = asyncio.create_task(flooded(flood))
    async with others(target.port) as health, others(target.port, QUESTION, every=0.25) as members:
        answers = await flooding
    attack, tried = f"flood of {name}", f"{flood.connections} connections, {SECONDS:.0f} s: {_listed(answers)}"
    asked = len(members.took) + members.unanswered
    return together(
        attack,
        tried,
        at_most(attack, tried, health.worst * 1000, WORST, "ms for /healthz at worst"),
        at_most(attack, tried, health.middle_of_last(LAST) * 1000, AFTERWARDS, "ms median at the end"),
        all_of(attack, tried, len(members.took), max(1, asked), "others' questions answered"),
    )


def _listed(answers: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in answers.most_common(3))
