"""Servers that only CI starts, or whoever names them in the environment."""

from __future__ import annotations

import os

import pytest


def redis_url() -> str:
    """Skips the test where there is none, unless CI has no excuse."""
    url = os.environ.get("BFF_TEST_REDIS_URL", "")
    if not url:
        message = "BFF_TEST_REDIS_URL names no Redis"
        if os.environ.get("BFF_REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return url
