"""Two servers as processes of their own over one PostgreSQL and one Redis, as behind a load balancer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.support.servers import Core, postgresql_store, running_bff
from tests.support.serving import Served, own_redis, serving


@dataclass
class Place:
    """What processes share. `settings` are those of each."""

    folder: Path
    database: str
    redis: str
    redis_process: subprocess.Popen[str]

    @property
    def settings(self) -> dict[str, object]:
        shared = {"database_url": self.database, "cache_url": self.redis, "trusted_proxies": "127.0.0.1"}
        return {**shared, "core_timeout": 2, "core_closed_pause": 0, "confirm_every": 0.1}


@contextmanager
def placed(core: Core, folder: Path) -> Iterator[Place]:
    """With the practice people registered."""
    with postgresql_store() as database, own_redis(folder) as (redis, process):
        with running_bff(settings_for(core, folder / "first", database_url=database)):
            pass  # registers them
        yield Place(folder / "bff", database, redis, process)


@pytest.fixture
def place(fresh_core: Core, tmp_path: Path) -> Iterator[Place]:
    with placed(fresh_core, tmp_path) as place:
        yield place


@pytest.fixture
def two(place: Place, fresh_core: Core) -> Iterator[tuple[Served, Served]]:
    with (
        serving(fresh_core, place.folder, **place.settings) as here,
        serving(fresh_core, place.folder, **place.settings) as there,
    ):
        yield here, there
