"""What the drill's devices send, and what of the answers counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from bff.rules.application_kinds import ApplicationKind

APPLY = """mutation($input: %sInput!) { apply%s(input: $input) {
  application { id status } userErrors { code } } }"""
LOOK = "query($id: ID!) { me { application(id: $id) { id status } } }"
LIST = """query($after: String) { me { applications(first: 100, after: $after) {
  edges { node { id status } } pageInfo { hasNextPage endCursor } } } }"""
AMOUNTS = {ApplicationKind.PROPERTY_FEE: "1500.00", ApplicationKind.RENT: "12000.00"}
NAMES = {ApplicationKind.PROPERTY_FEE: "PropertyFeeWithdrawal", ApplicationKind.RENT: "RentWithdrawal"}


@dataclass(frozen=True, slots=True)
class Wish:
    """An application as a member wants it, under the key that the first device made."""

    kind: ApplicationKind
    key: str

    @property
    def input(self) -> dict[str, str]:
        return {"idempotencyKey": self.key, "expectedAmount": AMOUNTS[self.kind]}


async def post(
    session: aiohttp.ClientSession, port: int, token: str, query: str, variables: dict[str, Any]
) -> dict[str, Any] | None:
    """The answer's data where they are whole; null where there is no answer or one with errors."""
    body = {"query": query, "variables": variables}
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with session.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
    except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError):
        return None
    return None if "errors" in answer else answer["data"]


async def apply(session: aiohttp.ClientSession, port: int, token: str, wish: Wish) -> dict[str, Any] | None:
    """The mutation's payload, or null."""
    name = NAMES[wish.kind]
    data = await post(session, port, token, APPLY % (name, name), {"input": wish.input})
    return data[f"apply{name}"] if data else None


async def look(session: aiohttp.ClientSession, port: int, token: str, number: str) -> dict[str, Any] | None:
    """`{"application": …}`, which is null inside for an ID that the server does not know, or null without an answer."""
    data = await post(session, port, token, LOOK, {"id": number})
    return data["me"] if data else None


async def list_all(session: aiohttp.ClientSession, port: int, token: str) -> list[dict[str, Any]] | None:
    """All of a member's applications, page by page; null where a page did not come."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        data = await post(session, port, token, LIST, {"after": after})
        if data is None or (page := data["me"]["applications"]) is None:
            return None
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
