"""Reversed rows of a list, and the reversals that reverse them."""

from __future__ import annotations

from bff.legacy.standard.code_tables import ROW_STATE
from bff.legacy.standard.reply_reader import ReplyReader
from bff.rules.rows import RowState

REVERSED_ROW = "BCYWLSH"
"""Serial of the row that a reversal reverses."""


def row_state(found: ReplyReader) -> tuple[RowState, str | None]:
    """Return the state of a row, and the serial of the row that it reverses. A reversal has that serial or a minus;
    rows of a list without marks stand."""
    reverses = found.text_or_none(REVERSED_ROW)
    if reverses or found.money("FSE") < 0:
        return RowState.REVERSAL, reverses
    if found.text_or_none("CZBZ") is None:
        return RowState.STANDS, None
    return found.code("CZBZ", ROW_STATE)[0], None
