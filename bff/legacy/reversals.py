"""Which rows of a list were taken back, and which rows take them back."""

from __future__ import annotations

from bff.legacy.standard.code_tables import ROW_STATE
from bff.legacy.standard.reply_reader import Reader
from bff.rules.rows import RowState

REVERSED_ROW = "BCYWLSH"
"""Serial of the row that a row takes back."""


def row_state(found: Reader) -> tuple[RowState, str | None]:
    """The state, and the row that is taken back. A core tells a reversal by that row's serial or by a minus; a list
    without marks has rows that stand."""
    reverses = found.text_or_none(REVERSED_ROW)
    if reverses or found.money("FSE") < 0:
        return RowState.REVERSAL, reverses
    if found.text_or_none("CZBZ") is None:
        return RowState.STANDS, None
    return found.code("CZBZ", ROW_STATE)[0], None
