"""Rows that were posted by mistake (冲账): both the row and the one that takes it back stay in a list."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class RowState(StrEnum):
    """REVERSED was taken back, REVERSAL takes a row back: the two add up to nothing. UNKNOWN is a mark of the core that
    this server does not know."""

    STANDS = "STANDS"
    REVERSED = "REVERSED"
    REVERSAL = "REVERSAL"
    UNKNOWN = "UNKNOWN"


def signed(amount: Decimal, state: RowState) -> Decimal:
    """With a minus where the row takes another back, so that the rows of a list add up."""
    return -abs(amount) if amount and state is RowState.REVERSAL else amount


def marked(summary: str | None, state: RowState) -> str | None:
    """A row's text says what it is, also to apps that read nothing but texts."""
    if state is RowState.REVERSED:
        return f"{summary}（已冲账）" if summary else "已冲账"
    if state is RowState.REVERSAL and "冲" not in (summary or ""):
        return f"冲账：{summary}" if summary else "冲账"
    return summary
