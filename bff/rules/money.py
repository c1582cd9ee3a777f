"""Arithmetic on yuan. Every amount that leaves a rule has two places; halves are rounded up."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
MAXIMUM = Decimal("9999999999999999.99")
"""The largest amount of the data standard, N(18,2)."""


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def floor_to(amount: Decimal, unit: Decimal) -> Decimal:
    """Round down to a multiple of `unit`."""
    return ((amount / unit).to_integral_value(ROUND_FLOOR) * unit).quantize(CENT)
