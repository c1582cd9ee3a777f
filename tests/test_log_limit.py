"""A line that is logged again and again is held back, and counted."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

from bff.observability.log_rate_limiter import BURST, KINDS, RATE, LogRateLimiter
from tests.support.servers import ROOT


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_many_lines_of_a_kind_pass_at_once_and_few_a_second_after_that() -> None:
    clock = Clock()
    limit = LogRateLimiter(clock)
    assert [limit.passes("a") for _ in range(BURST + 1)] == [0] * BURST + [None]
    assert limit.passes("b") == 0
    clock.now = 1.0
    assert [limit.passes("a") for _ in range(int(RATE) + 1)] == [1] + [0] * (int(RATE) - 1) + [None]
    assert limit.repeated == 2


def test_kinds_without_end_take_no_memory_without_end() -> None:
    limit = LogRateLimiter(Clock())
    assert all(limit.passes(number) == 0 for number in range(3 * KINDS))
    assert len(limit._kinds) <= KINDS


def logged(program: str) -> list[dict[str, Any]]:
    """Lines of a process that logs as the server does."""
    command = [sys.executable, "-c", dedent(program)]
    ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=True)
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_a_flood_of_our_own_lines_ends_soon() -> None:
    lines = logged("""
        import structlog
        from bff.observability import logging as logs
        logs.start("INFO", "json")
        log = structlog.get_logger("x")
        for number in range(5000):
            log.warning("flood", number=number)
        log.warning("other")
        log.info("request", outcome="refused")
        assert logs.repeated() >= 4000
    """)
    assert BURST <= sum(each["event"] == "flood" for each in lines) < 1000
    assert [each["event"] for each in lines][-2:] == ["other", "request"]


def test_a_flood_of_a_library_s_lines_ends_soon_whatever_they_say() -> None:
    lines = logged("""
        import logging
        from bff.observability import logging as logs
        logs.start("INFO", "json")
        for number in range(5000):
            logging.getLogger("asyncio").error(f"no descriptor for {number}")
        assert logs.repeated() >= 4000
    """)
    assert BURST <= len(lines) < 1000


def test_each_operation_that_went_well_has_its_line() -> None:
    lines = logged("""
        import structlog
        from bff.observability import logging as logs
        logs.start("INFO", "json")
        for number in range(300):
            structlog.get_logger("x").info("request", outcome="ok", request_id=str(number))
    """)
    assert [each["request_id"] for each in lines] == [str(number) for number in range(300)]
