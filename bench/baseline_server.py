"""What a straightforward implementation is: Strawberry's own view, zeep's own asynchronous client, zeep's objects.
Its schema is the part of ours that the comparison asks for. `uvicorn bench.baseline_server:app` with BENCH_CORE."""

from __future__ import annotations

import asyncio
import datetime
import functools
import os
import uuid
from decimal import Decimal
from typing import Any

import strawberry
import zeep
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types.nodes import SelectedField
from zeep.proxy import AsyncServiceProxy
from zeep.wsse.username import UsernameToken

from bench.member import PERSON
from bff.legacy.standard.contract import PACKAGED_WSDL

DIRECTION = {"contributions": "01", "withdrawals": "02"}
STATUS = {"01": "NORMAL", "02": "SEALED", "06": "FROZEN"}
KIND = {"01": "REMITTANCE", "02": "BACK_PAYMENT", "11": "PARTIAL", "12": "CLOSING"}


@strawberry.type
class Balance:
    carried_forward: Decimal
    current_year: Decimal
    total: Decimal


@strawberry.type
class Employer:
    number: str
    name: str | None


@strawberry.type
class Contribution:
    base: Decimal | None
    employer_rate: Decimal | None
    personal_rate: Decimal | None
    monthly_amount: Decimal | None
    paid_through: str | None


@strawberry.type
class BankAccount:
    bank_name: str | None
    number: str


@strawberry.type
class Row:
    id: strawberry.ID
    date: datetime.date
    kind: str
    reason: str | None
    summary: str | None
    month: str | None
    amount: Decimal
    balance: Balance


@strawberry.type
class Edge:
    node: Row


@strawberry.type
class Rows:
    edges: list[Edge]


@strawberry.type
class Account:
    number: str | None = None
    status: str | None = None
    opened_on: datetime.date | None = None
    employer: Employer | None = None
    balance: Balance | None = None
    contribution: Contribution | None = None
    bank_account: BankAccount | None = None
    lists: strawberry.Private[dict[str, Rows]]

    @strawberry.field
    def contributions(self, first: int = 20) -> Rows:
        return self.lists["contributions"]

    @strawberry.field
    def withdrawals(self, first: int = 20) -> Rows:
        return self.lists["withdrawals"]


class Core:
    """zeep's client, opened with the first request: its transport belongs to an event loop."""

    def __init__(self) -> None:
        client = zeep.AsyncClient(str(PACKAGED_WSDL), wsse=UsernameToken("bff", "practice", use_digest=True))
        binding = client.wsdl.bindings["{urn:gjj:core:1}CollectionServiceSoap"]
        self.service = AsyncServiceProxy(client, binding, address=f"{os.environ['BENCH_CORE']}/services/collection")

    async def call(self, operation: str, **asked: object) -> Any:
        head = {"QDBH": "APP", "QQLSH": uuid.uuid4().hex, "QQSJ": datetime.datetime.now(datetime.UTC)}
        found = await self.service[operation](**asked, _soapheaders={"head": head})
        if found.FHM != "0000":
            raise RuntimeError(found.FHXX)
        return found

    async def rows(self, direction: str, first: int) -> Rows:
        asked = {"GRZH": PERSON.account, "MXLB": direction, "CZBZ": "01", "YM": 1, "YHS": first + 1}
        found = await self.call("QueryAccountDetails", **asked)
        return Rows(edges=[Edge(node=row_of(each)) for each in found.MXYE.MX[:first]])

    async def account(self) -> Any:
        return (await self.call("QueryAccount", GRZH=PERSON.account)).ZHXX


core = functools.cache(Core)


def row_of(found: Any) -> Row:
    return Row(
        id=strawberry.ID(found.YWLSH),
        date=day_of(found.JZRQ),
        kind=KIND[found.GJHTQYWLX.strip()],
        reason=found.TQYYMC,
        summary=found.ZHAIYAO,
        month=month_of(found.HBJNY),
        amount=found.FSE,
        balance=balance_of(found),
    )


def account_of(found: Any, lists: dict[str, Rows]) -> Account:
    return Account(
        number=found.GRZH,
        status=STATUS[found.GRZHZT.strip()],
        opened_on=day_of(found.KHRQ),
        employer=Employer(number=found.DWZH, name=found.DWMC),
        balance=balance_of(found),
        contribution=Contribution(
            base=found.GRJCJS,
            employer_rate=found.DWJCBL,
            personal_rate=found.GRJCBL,
            monthly_amount=found.DWYJCE + found.GRYJCE,
            paid_through=month_of(found.JZNY),
        ),
        bank_account=BankAccount(bank_name=found.GRCKZHKHYHMC, number="*" * 12 + found.GRCKZHHM[-4:]),
        lists=lists,
    )


def balance_of(found: Any) -> Balance:
    return Balance(carried_forward=found.GRZHSNJZYE, current_year=found.GRZHDNGJYE, total=found.GRZHYE)


def day_of(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def month_of(text: str | None) -> str | None:
    return f"{text[:4]}-{text[4:]}" if text else None


@strawberry.type
class Me:
    @strawberry.field
    async def account(self, info: strawberry.Info) -> Account:
        """The lists are asked for beside the account itself, as everywhere in the comparison."""
        fields = info.selected_fields[0].selections
        selected = {each.name: each.arguments for each in fields if isinstance(each, SelectedField)}
        wanted = {name: int(selected[name].get("first", 20)) for name in DIRECTION if name in selected}
        calls = [core().rows(DIRECTION[name], first) for name, first in wanted.items()]
        if selected.keys() <= DIRECTION.keys():
            return Account(lists=dict(zip(wanted, await asyncio.gather(*calls), strict=True)))
        found, *lists = await asyncio.gather(core().account(), *calls)
        return account_of(found, dict(zip(wanted, lists, strict=True)))


@strawberry.type
class Query:
    @strawberry.field
    def me(self) -> Me:
        return Me()


# One of each for all requests, or nothing would be remembered.
caches: Any = [ParserCache(), ValidationCache()]
schema = strawberry.Schema(Query, extensions=caches)
app: GraphQL[None, None] = GraphQL(schema)
