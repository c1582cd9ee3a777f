"""Whether two samples of times differ (Mann and Whitney's test)."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt


def p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely ranks that lie so far apart are if both come from the same, two-sided; by the normal approximation,
    which is close from some ten values each. Ties count as half."""
    above = sum((one > other) + 0.5 * (one == other) for one in first for other in second)
    products = len(first) * len(second)
    deviation = sqrt(products * (len(first) + len(second) + 1) / 12)
    return erfc(abs(above - products / 2) / deviation / sqrt(2))
