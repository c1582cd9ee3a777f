"""Members who may apply for both kinds of the drill, each signed in on two devices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from bff.services import open_services
from bff.settings import Settings
from sandbox.book import database, generator
from sandbox.server import open_book

GENERATED = "SELECT GRZH FROM person WHERE SJHM LIKE '199%'"
FEN = 5_000_000
"""In each account: enough for both kinds, and for them again in the next year."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member by the account, with an unlocked session's access token for each device."""

    account: str
    devices: tuple[str, ...]


def generate(book: Path, count: int) -> list[str]:
    """The ID numbers of `count` members who may all apply."""
    open_book(book)
    with database.connected(book) as db, database.transaction(db):
        generator.generate(db, count, 7, years=1)
        db.execute(
            f"UPDATE account SET GRZHZT = '01', GRZHSNJZYE = ?, GRZHDNGJYE = 0, GRZHYE = ? WHERE GRZH IN ({GENERATED})",  # noqa: S608 (a constant)
            (FEN, FEN),
        )
        db.execute(f"INSERT INTO rent (GRZH, SCGTTQRQ) SELECT GRZH, '20170105' FROM ({GENERATED})")  # noqa: S608 (a constant)
        people = db.execute("SELECT ZJHM FROM person WHERE SJHM LIKE '199%'").fetchall()
    return [id_number for (id_number,) in people]


async def register(servers: Servers, id_numbers: list[str], devices: int = 1) -> list[Person]:
    """Registers and signs in without the front door, which would only measure password hashes."""
    people = []
    settings = Settings(
        data_dir=servers.folder,
        core_url=servers.core_url,
        database_url=servers.environment.get("BFF_DATABASE_URL", ""),
        password_memory_kib=int(servers.environment.get("BFF_PASSWORD_MEMORY_KIB", "65536")),
    )
    async with open_services(settings) as services:
        # As a server with the environment's settings will compare them.
        hashes = [await services.password_hasher.hash(each) for each in (PASSWORD, QUERY_PASSWORD)]
        for id_number in id_numbers:
            customer = await services.core.customer.find(id_number)
            assert customer is not None
            member_id = await services.members.add(customer, id_number, *hashes)
            assert member_id is not None
            phones = [f"drill {number}" for number in range(devices)]
            tokens = [(await services.sessions.start(member_id, each, unlock=True)).access for each in phones]
            people.append(Person(customer.account_number, tuple(tokens)))
    return people
