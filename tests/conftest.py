"""Shared by all tests: one seeded book, the practice core over a copy of it, a server in front of that."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import httpcore2
import pytest
import structlog
from limits.aio import strategies
from limits.aio.storage import memory

from bff import services
from bff.observability import logging as logs
from bff.rules.policy.loader import load_policy
from bff.rules.policy.rates import load_rates
from bff.settings import Settings
from sandbox.server import open_book
from tests.support.patience import be_patient
from tests.support.servers import FAST_HASHES, Bff, Core, copy_book, postgresql_store, running_bff, running_core

MEMORY = Path("/dev/shm")  # noqa: S108 (pytest makes a folder of this user's there)

# Settings of whoever runs the tests are none of the servers that the tests start.
for name in [each for each in os.environ if each.startswith(("BFF_", "SANDBOX_"))]:
    if not name.startswith(("BFF_TEST_", "BFF_REQUIRE_SERVICES", "BFF_SCREENSHOTS")):
        del os.environ[name]
# The practice core's, which a server that is no development set-up does not have by itself.
os.environ["BFF_CORE_PASSWORD"] = "practice"
# Tables are as wide in a process that runs files side by side, and in a narrow terminal, as in any other.
os.environ["COLUMNS"] = "120"
# `bff check` speaks the terminal's language.
os.environ["LANGUAGE"] = "en"
# Hundreds of processes are started from these sources. Compiling them each time takes longer than running them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Stores wait for the disk at each commit, which is most of what they do; in memory they need not.
room = os.statvfs(MEMORY) if MEMORY.is_dir() else None
if room and room.f_bavail * room.f_frsize > 2 * 1024**3 and not room.f_flag & os.ST_NOEXEC:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# A client loads all certificates of the machine, which takes longer than what it asks for: once a process will do.
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
# Hundreds of servers are started in a process, and most of them read the same policy and rates.
vars(services).update(load_policy=cache(load_policy), load_rates=cache(load_rates))

be_patient()

LONGEST = (
    "processes/test_workers", "graphql/test_schemathesis", "processes/test_nginx", "graphql/test_costs",
    "flows/test_applications", "cache/test_screens", "processes/test_serving", "flows/test_members",
    "flows/test_handed_out", "test_image", "processes/test_rolling", "store/test_migrations", "schema/test_lint",
)  # fmt: skip
"""Files that take the longest, the longest first, as `pytest --durations=0` has them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the longest files: side by side, one that comes last keeps the other processes waiting."""
    places = {f"tests/{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.split("::")[0], len(places)))


def pytest_collection_finish() -> None:
    """A look of the garbage collector at thousands of tests takes 0.3 s, and finds nothing."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A test may configure the process's logging, as `bff check` does, but not for those that come after it."""
    configured, ours = structlog.get_config(), [logging.getLogger(), *map(logging.getLogger, (*logs.QUIET, *logs.BUSY))]
    levels = [each.level for each in ours]
    yield
    structlog.configure(**configured)
    for each, level in zip(ours, levels, strict=True):
        each.handlers = [handler for handler in each.handlers if not isinstance(handler, logs.Handler)]
        each.setLevel(level)


@pytest.fixture
def standing_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Redis tries are counted by windows of the wall clock, of five seconds and more, in which servers of this
    process stay: who counts tries exactly does not get past the end of one, however slow the machine is."""
    now = time.time()
    for module in (memory, strategies):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now))


on_each_database = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)], indirect=True
)
"""For the journeys that the server makes over its store: also on PostgreSQL, where there is one."""


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """`database_url` of a store without rows; empty, for SQLite in the data folder, unless the test wants another."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
        return
    with postgresql_store() as url:
        yield url


@pytest.fixture(scope="session")
def seeded_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "core.sqlite3"
    open_book(path)
    return path


@pytest.fixture
def book(seeded_book: Path, tmp_path: Path) -> Path:
    return copy_book(seeded_book, tmp_path / "core.sqlite3")


@pytest.fixture(scope="module")
def core(seeded_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    """Shared by the tests of a module, which leave its book as it was."""
    with running_core(copy_book(seeded_book, tmp_path_factory.mktemp("core") / "core.sqlite3")) as core:
        yield core


@pytest.fixture
def fresh_core(book: Path) -> Iterator[Core]:
    """For a test that changes the book, breaks the core or stops it."""
    with running_core(book) as core:
        yield core


NO_NETWORK_LIMIT = {"network_bytes_a_minute": 0, "network_refusals_a_minute": 0, "network_cost_a_minute": 0}


def settings_for(core: Core, folder: Path, **more: object) -> Settings:
    """What a test does to the core is seen at once: nothing is cached or kept back unless `more` says so."""
    values: dict[str, object] = {"development": True, "data_dir": folder, "core_url": core.url, **FAST_HASHES}
    values |= {"cache": False, "core_closed_pause": 0, "rate_limit_per_minute": 0, **NO_NETWORK_LIMIT, **more}
    return Settings(**values)  # type: ignore[arg-type] # checked by pydantic


@pytest.fixture(scope="module")
def bff(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with running_bff(settings_for(core, tmp_path_factory.mktemp("bff"))) as bff:
        yield bff


@pytest.fixture
def fresh_bff(fresh_core: Core, tmp_path: Path) -> Iterator[Bff]:
    with running_bff(settings_for(fresh_core, tmp_path / "bff", request_timeout=60)) as bff:
        yield bff
