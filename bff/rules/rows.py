"""Reversals of rows posted by mistake (冲账): both the row and its reversal stay in a list."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class RowState(StrEnum):
    """State of a row. REVERSED was reversed by another row, REVERSAL reverses one: the two add up to zero. UNKNOWN
    stands for a mark of the core that this server does not know."""

    STANDS = "STANDS"
    REVERSED = "REVERSED"
    REVERSAL = "REVERSAL"
    UNKNOWN = "UNKNOWN"


def signed(amount: Decimal, state: RowState) -> Decimal:
    """Negate the amount of a reversal, so that the rows of a list add up."""
    return -abs(amount) if amount and state is RowState.REVERSAL else amount


def marked(summary: str | None, state: RowState) -> str | None:
    """Mark a row's text with its state, for apps that read nothing but texts."""
    if state is RowState.REVERSED:
        return f"{summary}（已冲账）" if summary else "已冲账"
    if state is RowState.REVERSAL and "冲" not in (summary or ""):
        return f"冲账：{summary}" if summary else "冲账"
    return summary
