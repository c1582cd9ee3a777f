"""One Hypothesis profile for the rules: the same examples on every machine, no clock in the verdict."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "rules",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(autouse=True, scope="package")
def _profile() -> None:
    settings.load_profile("rules")
