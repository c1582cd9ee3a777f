"""How Hypothesis looks for counter-examples here: the same ones on every machine, no clock in the verdict."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

derandomised = settings(
    derandomize=True, database=None, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)
