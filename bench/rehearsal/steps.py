"""What breaks a server, its core or its store, and what clients go on asking meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import randrange
from time import sleep
from typing import Any
from uuid import uuid4

import httpx2

from bench.rehearsal.stage import DUAN
from bench.servers import Servers
from tests.support.servers import Bff, Core

WRONG = {"loginPassword": "Wrong-Rain-8"}
RIGHT = {"username": DUAN.phone, "loginPassword": "Practice-2018"}


@dataclass
class Target:
    """A server with a fault, and a member who is signed in."""

    servers: Servers
    bff: Bff
    core: Core
    token: str = ""

    def ask(self, operation: str, variables: Any = None, address: str | None = None) -> None:
        """Whatever becomes of it."""
        with suppress(httpx2.TransportError, AssertionError):
            self.bff.execute(operation, variables, self.token or None, address)

    def sign_in(self, asked: Mapping[str, str], address: str | None = None) -> None:
        with suppress(httpx2.TransportError, AssertionError):
            self.bff.execute("SignIn", {"input": asked}, address=address)

    def apply(self) -> None:
        asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
        self.ask("ApplyPropertyFeeWithdrawal", {"input": asked})


def changed(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=20)) as db, db:
        db.execute(statement)


def core_ends(it: Target) -> None:
    it.servers.kill(it.servers.core_port)


def server_ends(it: Target) -> None:
    it.servers.kill(it.servers.ports[0])


def log_disk_is_full(it: Target) -> None:
    """For a server that starts with it."""
    (port,) = it.servers.ports
    it.servers.terminate(port)
    log = it.servers.folder / f"{port}.log"
    log.unlink()
    log.symlink_to("/dev/full")
    it.servers.start_bff(port)


def ask_a_second(it: Target) -> None:
    it.ask("AccountInfo")
    sleep(1)


def ask_for_what_is_public(it: Target) -> None:
    it.ask("Faqs")
    sleep(1)


def core_is_slow(it: Target) -> None:
    it.core.break_("*", "delay", ms=3200)


def core_sends_a_new_code(it: Target) -> None:
    changed(it.core.book, "UPDATE account SET GRZHZT = '77'")


def reply_is_lost(it: Target) -> None:
    broken = [{"operation": each, "kind": "fault"} for each in ("QueryApplication", "QueryApplications")]
    it.core.control("PUT", "faults", [{"operation": "SubmitApplication", "kind": "lost_reply"}, *broken])
    it.apply()


def core_loses_an_application(it: Target) -> None:
    it.apply()
    changed(it.core.book, "DELETE FROM application")


def table_is_gone(it: Target) -> None:
    changed(it.servers.folder / "bff.sqlite3", "ALTER TABLE application RENAME TO elsewhere")


def ask_while_the_store_is_locked(it: Target) -> None:
    it.ask("ApplicationRecords", {"first": 5})
    with closing(sqlite3.connect(it.servers.folder / "bff.sqlite3", isolation_level=None, timeout=20)) as db:
        db.execute("BEGIN IMMEDIATE")
        it.sign_in(RIGHT)
        db.execute("ROLLBACK")
    sleep(1)


def two_ask_for_codes(it: Target) -> None:
    for number in (1, 2):
        asked = {"input": {"phone": f"1380000000{number}", "purpose": "REGISTER"}}
        it.ask("RequestSmsCode", asked, address=f"203.0.113.{number}")


def guess_at_one_name(it: Target) -> None:
    it.sign_in({**WRONG, "username": DUAN.phone}, "203.0.113.9")
    sleep(0.2)


def guess_under_a_new_name(it: Target) -> None:
    """From a network that is new as well, or nothing would be hashed."""
    number = randrange(1 << 24)  # noqa: S311 (no secret)
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    it.sign_in({**WRONG, "username": f"199{number:08}"}, address)
