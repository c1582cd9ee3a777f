"""Who is a member? The same steps are taken for members, for people of the core who are none, and for nobody, over all
spellings of what they are called: the answers must be the same, and as slow."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import aiohttp

from bench.attack.graphql import REGISTER, RESET, SEND, SIGN_IN, Client
from bench.attack.ranks import p_value
from bench.attack.stage import Member, Stage
from bench.results import Result, none_of
from bench.servers import PASSWORD
from sandbox.book.generator import id_number_of

GUESS = "Guess-2018"
UNKNOWN = 400_000
"""Numbers of people who are in no book begin here."""
TIMES = 30
"""Of members, and as many of others."""
AT_ONCE = 4
"""Sequences, each for people of their own."""
CHANCE = 0.001
"""How likely the times must at least be if they told nothing."""


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in text)


PHONES: Sequence[Callable[[str], str]] = (
    lambda phone: phone,
    lambda phone: f" {phone}",
    lambda phone: f"+86{phone}",
    lambda phone: f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
    lambda phone: f"0086 {phone}",
    lambda phone: f"{phone}\t",
    _wide,
    lambda phone: f"0{phone}",
)
ID_NUMBERS: Sequence[Callable[[str], str]] = (
    lambda number: number,
    lambda number: number.lower(),
    lambda number: f" {number} ",
    lambda number: f"{number[:6]} {number[6:14]} {number[14:]}",
    _wide,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One request for a person, from the sequence's own network or, with `elsewhere`, from a new one, or from the one
    that the member is known to come from."""

    query: str
    asked: Callable[[Member], dict[str, str]]
    elsewhere: bool = False
    at_home: bool = False


def _sign_in(username: Callable[[Member], str], **more: object) -> Step:
    return Step(SIGN_IN, lambda who: {"username": username(who), "loginPassword": GUESS}, **more)  # type: ignore[arg-type] # the two switches


def _by_phone(spelling: Callable[[str], str] = PHONES[0], **more: object) -> Step:
    return _sign_in(lambda who: spelling(who.phone), **more)


def _by_id(spelling: Callable[[str], str] = ID_NUMBERS[0], **more: object) -> Step:
    return _sign_in(lambda who: spelling(who.id_number), **more)


def _send(purpose: str, spelling: Callable[[str], str] = PHONES[0], **more: bool) -> Step:
    return Step(SEND, lambda who: {"phone": spelling(who.phone), "purpose": purpose}, **more)


def _reset(new: str = "Autumn-Wind-9", **more: bool) -> Step:
    def asked(who: Member) -> dict[str, str]:
        return {
            "phone": who.phone,
            "idNumber": who.id_number,
            "smsCode": "000000",
            "which": "LOGIN",
            "newPassword": new,
        }

    return Step(RESET, asked, **more)


def _register(**more: bool) -> Step:
    def asked(who: Member) -> dict[str, str]:
        passwords = {"loginPassword": PASSWORD, "queryPassword": "201810", "smsCode": "000000"}
        return {"name": who.name, "phone": who.phone, "idNumber": who.id_number, **passwords}

    return Step(REGISTER, asked, **more)


SEQUENCES: dict[str, Sequence[Step]] = {
    "signIn, spellings of the phone": [_by_phone(each) for each in PHONES],
    "signIn, spellings of the ID number": [_by_id(each) for each in ID_NUMBERS],
    "signIn, phone and ID number in turn": [step for _ in range(3) for step in (_by_phone(), _by_id())],
    "signIn, phone, then ID number": [_by_phone()] * 3 + [_by_id()] * 3,
    "signIn from 24 networks": [_by_phone(elsewhere=True)] * 24,
    "signIn from 24 networks, spellings": [_by_phone(each, elsewhere=True) for each in PHONES] * 3,
    "signIn from 24 networks, phone and ID number": [_by_phone(elsewhere=True), _by_id(elsewhere=True)] * 12,
    "signIn from the home network": [_by_phone(at_home=True)] * 5,
    "signIn elsewhere, then from the home network": [_by_phone(elsewhere=True)] * 21 + [_by_phone(at_home=True)],
    "a code for a reset, twice": [_send("RESET_PASSWORD")] * 2,
    "a code for a registration, twice": [_send("REGISTER")] * 2,
    "codes for both": [_send("REGISTER"), _send("RESET_PASSWORD")],
    "a code for spellings of the phone": [_send("RESET_PASSWORD", each) for each in PHONES],
    "a code elsewhere, then from the home network": [
        _send("RESET_PASSWORD", elsewhere=True),
        _send("RESET_PASSWORD", at_home=True),
    ],
    "resetPassword, wrong code": [_reset()] * 6,
    "resetPassword, wrong code from 8 networks": [_reset(elsewhere=True)] * 8,
    "resetPassword, wrong code, from the home network": [_reset(at_home=True)] * 5,
    "resetPassword, weak password": [_reset("1")] * 2,
    "register, wrong code": [_register()] * 6,
    "register, wrong code, from the home network": [_register(at_home=True)] * 5,
    "a code, then a wrong one": [_send("RESET_PASSWORD"), _reset(), _reset()],
    "signIn, then a reset": [_by_phone(), _by_phone(), _send("RESET_PASSWORD"), _reset()],
}
"""All of it with wrong passwords and codes: what a stranger can do."""


@dataclass
class Cast:
    """New people for each sequence. Everybody has a network at home, which the server knows of members only."""

    client: Client
    members: list[Member]
    strangers: list[Member]
    nobodies: int = 0

    async def next(self) -> dict[str, tuple[Member, str]]:
        """One of each sort, with the home network. `pair` has a member's phone and another member's ID number."""
        member, stranger, home = self.members.pop(), self.strangers.pop(), self.client.network()
        await self._come_home(member, home)
        pair = replace(self.members.pop(), id_number=self.members.pop().id_number)
        found = {"a member": (member, home), "a person of the core": (stranger, self.client.network())}
        found["nobody"] = (self._nobody(), self.client.network())
        found["two members' phone and ID number"] = (pair, self.client.network())
        return found

    def _nobody(self) -> Member:
        self.nobodies += 1
        number = UNKNOWN + self.nobodies
        return Member("欧阳不同", f"198{number:08}", id_number_of(number), "")

    async def _come_home(self, member: Member, home: str) -> None:
        """The member signs in there, so that the server knows the network."""
        asked = {"username": member.phone, "loginPassword": PASSWORD}
        answer = await self.client.ask(SIGN_IN, asked, home)
        assert answer == "done", answer


async def attacks(stage: Stage) -> list[Result]:
    async with stage.server() as target, aiohttp.ClientSession() as session:
        client = Client(session, target.port)
        answers = await by_answers(Cast(client, list(stage.members), list(stage.strangers)))
    async with stage.server() as target, aiohttp.ClientSession() as session:
        client = Client(session, target.port)
        times = [await by_time(name, client, stage, step) for name, step in TIMED.items()]
    return [answers, *times]


async def by_answers(cast: Cast) -> Result:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> str:
        async with gate:
            return await _telling(cast, name)

    telling = [each for each in await asyncio.gather(*map(one, SEQUENCES)) if each]
    return none_of("by answers", f"{len(SEQUENCES)} sequences of answers, over spellings", telling, "that tell")


async def _telling(cast: Cast, name: str) -> str:
    """A difference counts when it comes twice: a window of the counters may end between two requests."""
    if not await differing(cast, SEQUENCES[name]):
        return ""
    again = await differing(cast, SEQUENCES[name])
    return f"{name}: {again}" if again else ""


async def differing(cast: Cast, steps: Sequence[Step]) -> str:
    """Whose answers are not those of nobody, and from which step on; empty where there is no difference."""
    people = await cast.next()
    networks = {sort: cast.client.network() for sort in people}
    for number, step in enumerate(steps, 1):

        async def take(sort: str, step: Step = step) -> str:
            who, home = people[sort]
            address = home if step.at_home else cast.client.network() if step.elsewhere else networks[sort]
            return re.sub(r"\d+", "#", await cast.client.ask(step.query, step.asked(who), address))

        found = dict(zip(people, await asyncio.gather(*map(take, people)), strict=True))
        if len(set(found.values())) > 1:
            others = [f"{sort} {answer.split()[0]}" for sort, answer in found.items() if answer != found["nobody"]]
            return f"at step {number} {', '.join(others)}; nobody {found['nobody'].split()[0]}"
    return ""


TIMED: dict[str, Step] = {
    "signIn by phone": _by_phone(),
    "signIn by ID number": _by_id(),
    "a code by SMS": _send("RESET_PASSWORD"),
    "resetPassword": _reset(),
    "register": _register(),
}


async def by_time(name: str, client: Client, stage: Stage, step: Step) -> Result:
    """One try for each, members and strangers in turns, each from a network of its own."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for pair in zip(stage.members[:TIMES], stage.strangers[:TIMES], strict=True):
        for who in pair:
            begun = time.perf_counter()
            await client.ask(step.query, step.asked(who), client.network())
            times[bool(who.token)].append(time.perf_counter() - begun)
    chance = p_value(times[True], times[False])
    middles = " and ".join(f"{median(each) * 1000:.1f}" for each in times.values())
    figure = f"medians {middles} ms, p = {chance:.2g}"
    return Result(
        f"by time: {name}", f"{len(times[True])} members and as many others", figure, f"p ≥ {CHANCE}", chance >= CHANCE
    )
