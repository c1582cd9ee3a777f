"""A store that is closed leaves nothing behind that would answer to an event loop that has ended."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from bff.store.database import Store


async def test_the_thread_of_a_connection_that_was_given_up_ends_before_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who connects is cancelled, as a server's background work is at its end; aiosqlite waits for nothing then."""
    connect, begun, held, threads = sqlite3.connect, threading.Event(), threading.Event(), []

    def connect_late(*arguments: Any, **options: Any) -> sqlite3.Connection:
        threads.append(threading.current_thread())
        begun.set()
        held.wait()
        opened: sqlite3.Connection = connect(*arguments, **options)
        return opened

    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path}/bff.sqlite3")
    monkeypatch.setattr(sqlite3, "connect", connect_late)
    reading = asyncio.create_task(store.revision())
    await asyncio.to_thread(begun.wait)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    asyncio.get_running_loop().call_later(0.2, held.set)
    await store.close()
    assert [each.is_alive() for each in threads] == [False]
