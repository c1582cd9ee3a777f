"""Serials and IDs of applications. They follow from the account and the member's key, so that the core knows again what
it was sent before a store was restored, and an ID that was given is found again."""

from __future__ import annotations

import hashlib

SERIAL, HEAD = 32, 24


def serial_of(account_number: str, key: str) -> str:
    """Return the serial of an application. The key is the client's, a UUID: without it a serial is not to be
    guessed."""
    head = _digest("serial", account_number, key)[:HEAD]
    return head + _mark(account_number, head)


def is_ours(serial: str, account_number: str) -> bool:
    """Return whether a server of this release made the serial, rather than another channel of the core."""
    return len(serial) == SERIAL and serial[HEAD:] == _mark(account_number, serial[:HEAD])


def id_of(serial: str) -> str:
    """Return the ID that the member sees."""
    return _digest("id", serial)[:SERIAL]


def _mark(account_number: str, head: str) -> str:
    return _digest("mark", account_number, head)[: SERIAL - HEAD]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
