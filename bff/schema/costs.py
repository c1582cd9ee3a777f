"""Metadata of fields that cost more than others: how many rows lists without pages have, and what a field takes.
The limits of documents read it. A unit is about what a row's field takes that came from the core."""

from __future__ import annotations

from collections.abc import Mapping

Cost = Mapping[str, int]


def rows(count: int) -> Cost:
    """Of a list without pages, as many as there usually are."""
    return {"rows": count}


def cost(units: int) -> Cost:
    """Of a field that computes, or whose text is long."""
    return {"cost": units}


PLAN_ROWS = rows(120)
"""A plan has 360 rows; made here, three take what one takes that comes from the core."""
ONE_PLAN, TWO_PLANS, THREE_PLANS = cost(300), cost(800), cost(1000)
LONG_TEXT = cost(100)
FEW, SOME, MANY = rows(2), rows(5), rows(20)
