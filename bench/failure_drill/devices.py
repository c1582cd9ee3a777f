"""Members at their phones: they send what they want until they are told what became of it, and look at it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from bench.failure_drill import requests
from bench.failure_drill.comparison import Seen
from bench.failure_drill.people import Person
from bench.failure_drill.requests import Wish
from bff.rules.application_kinds import ApplicationKind

AGAIN = 0.25
"""Seconds until a device sends anew what was not answered."""
LOOKS = 4
"""At an application that is being confirmed, before the member puts the phone away."""
FOR_NOW = {"ACCOUNT_FROZEN", "APPLICATION_IN_PROGRESS"}
"""Refusals that may be over soon, for which a member comes back some times."""
COMES_BACK = 12


@dataclass
class Notebook:
    """What the devices were told. `last` is each key's latest answer: an ID, or a refusal's code."""

    seen: set[Seen] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    last: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    unanswered: int = 0

    def note(self, person: Person, application: dict[str, Any], key: str | None = None) -> None:
        self.seen.add(Seen(application["id"], person.account, key))
        self.answers[application["status"]] += 1


@dataclass
class Devices:
    session: aiohttp.ClientSession
    ports: Sequence[int]
    notebook: Notebook
    chance: random.Random

    async def storm(self, person: Person) -> None:
        """One device with one key, two with one key, or two with a key and a kind each; then the list."""
        first, second = Wish(ApplicationKind.PROPERTY_FEE, str(uuid4())), Wish(ApplicationKind.RENT, str(uuid4()))
        wishes = self.chance.choice(([first], [second], [first, first], [first, second]))
        sending = zip(person.devices, wishes, strict=False)
        await asyncio.gather(*(self._send_later(person, device, wish) for device, wish in sending))
        for row in await requests.list_all(self.session, self._port(), person.devices[0]) or ():
            self.notebook.note(person, row)

    async def _send_later(self, person: Person, device: str, wish: Wish) -> None:
        await asyncio.sleep(self.chance.uniform(0, 0.5))
        await self.send(person, device, wish)

    async def send(self, person: Person, device: str, wish: Wish) -> None:
        """The same key again, at any process, until there is an answer that a member would leave it at."""
        refused = 0
        while refused < COMES_BACK:
            payload = await requests.apply(self.session, self._port(), device, wish)
            self.notebook.tries += 1
            if payload and payload["application"]:
                self.notebook.note(person, payload["application"], wish.key)
                self.notebook.last[person.account, wish.key] = payload["application"]["id"]
                if await self._is_left(person, device, payload["application"]):
                    return
            elif payload:
                code = payload["userErrors"][0]["code"]
                self.notebook.answers[code] += 1
                self.notebook.last.setdefault((person.account, wish.key), code)
                refused = refused + 1 if code in FOR_NOW else COMES_BACK
            await asyncio.sleep(AGAIN * (1 + refused))

    async def _is_left(self, person: Person, device: str, application: dict[str, Any]) -> bool:
        """Whether the member has nothing more to do; one that was not received is sent again."""
        for _ in range(LOOKS):
            if application["status"] != "CONFIRMING":
                break
            await asyncio.sleep(AGAIN)
            if (me := await requests.look(self.session, self._port(), device, application["id"])) is None:
                continue
            if me["application"] is None:
                self.notebook.vanished.add(application["id"])
                break
            application = me["application"]
            self.notebook.note(person, application)
        return bool(application["status"] != "NOT_RECEIVED")

    def _port(self) -> int:
        return self.chance.choice(self.ports)
