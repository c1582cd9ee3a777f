"""A release goes out behind nginx while members work: one process after the other, and no request fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.processes.asking import asked_meanwhile
from tests.processes.conftest import Place
from tests.processes.proxy import nginx
from tests.support.servers import Bff, Core
from tests.support.services import free_port
from tests.support.serving import Served, serving, until

pytestmark = pytest.mark.services

DUAN = "13800000001"
SETTINGS: dict[str, Any] = {"rate_limit_per_minute": 0, "drain_time": 2}
"""While a process drains, nginx uses up the idle connections that it keeps: a POST over one that is being closed would
be answered by 503."""


@dataclass
class Slot:
    """Where one process after the other runs, on the same port."""

    core: Core
    place: Place
    port: int
    stack: ExitStack
    served: Served | None = None

    def start(self) -> None:
        self.served = self.stack.enter_context(
            serving(self.core, self.place.folder, port=self.port, **SETTINGS, **self.place.settings)
        )

    def renew(self) -> None:
        assert self.served is not None
        self.served.terminate()
        self.start()

    def is_asked(self) -> bool:
        """Whether nginx has sent it a request."""
        assert self.served is not None
        return self.served.requests() > 0


@contextmanager
def two_slots(core: Core, place: Place) -> Iterator[tuple[Slot, Slot]]:
    with ExitStack() as stack:
        first, second = (Slot(core, place, free_port(), stack) for _ in range(2))
        first.start()
        second.start()
        yield first, second


def test_a_roll_without_a_pause_fails_no_request(place: Place, fresh_core: Core, tmp_path: Path) -> None:
    with (
        two_slots(fresh_core, place) as slots,
        nginx(tmp_path / "nginx", [f"127.0.0.1:{each.port}" for each in slots]) as proxy,
        httpx2.Client(base_url=proxy.url, timeout=60, trust_env=False) as client,
    ):
        token = Bff(proxy.url, client).sign_in(DUAN)
        with asked_meanwhile(proxy.url, token) as answers:
            for slot in slots:
                before = answers.total()
                slot.renew()
                until(lambda: answers.total() > before + 25)  # noqa: B023 (called here)
                until(slot.is_asked)
    assert answers.keys() == {"fine"}
    assert answers["fine"] > 50
