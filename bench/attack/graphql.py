"""GraphQL as a client sends it, from any address that a trusted proxy names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

SIGN_IN = "mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code field message } } }"
SEND = "mutation($i: RequestSmsCodeInput!) { requestSmsCode(input: $i) { userErrors { code field message } } }"
RESET = "mutation($i: ResetPasswordInput!) { resetPassword(input: $i) { userErrors { code field message } } }"
REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { userErrors { code field message } } }"


def _networks() -> Iterator[str]:
    """Addresses that are each of a network of their own (/32, /64)."""
    return (f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1" for number in count(1))


@dataclass
class Client:
    session: aiohttp.ClientSession
    port: int
    networks: Iterator[str] = field(default_factory=_networks)

    def network(self) -> str:
        """One that was not used before."""
        return next(self.networks)

    async def post(self, body: dict[str, Any] | bytes, address: str, token: str | None = None) -> tuple[int, str]:
        """Status and text of the answer, which is a stream for a subscription."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        headers |= {"X-Forwarded-For": address, "Accept": "application/json, text/event-stream;q=0.5"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://127.0.0.1:{self.port}/graphql"
        async with self.session.post(url, data=data, headers=headers) as response:
            return response.status, await response.text()

    async def ask(self, query: str, asked: dict[str, Any], address: str) -> str:
        """Code, field and message of the first refusal, which are empty where there is none; or an error's code."""
        headers = {"X-Forwarded-For": address}
        url = f"http://127.0.0.1:{self.port}/graphql"
        body = {"query": query, "variables": {"i": asked}}
        async with self.session.post(url, json=body, headers=headers) as response:
            answer = await response.json()
        if "errors" in answer:
            return str(answer["errors"][0]["extensions"]["code"])
        errors = next(iter(answer["data"].values()))["userErrors"]
        return " ".join(str(errors[0][name]) for name in ("code", "field", "message")) if errors else "done"
