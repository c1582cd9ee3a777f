"""Showing a number in full: only in an unlocked session, and never without a trace."""

from __future__ import annotations

from bff import audit
from bff.context import Context
from bff.resolvers.access import unlocked


async def revealed(context: Context, what: str, number: str) -> str:
    """`number`, after an audit entry says that this member saw `what`."""
    unlocked(context)
    await audit.record(context, "reveal", "done", detail=what)
    return number
