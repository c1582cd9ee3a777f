"""The journal of applications in the store: written before the core is called, and corrected by what the core says."""

from bff.journal.claiming import claim, claim_under_way
from bff.journal.reading import (
    by_id,
    by_key,
    by_serial,
    count,
    count_missing,
    count_unconfirmed,
    hand_out,
    missing,
    open_of,
    page,
    unconfirmed,
)
from bff.journal.rows import Entry
from bff.journal.writing import (
    New,
    add,
    not_answered,
    not_received,
    not_sent,
    note_missing,
    refuse,
    send_again,
    settle,
    stop_asking,
)

__all__ = [
    "Entry",
    "New",
    "add",
    "by_id",
    "by_key",
    "by_serial",
    "claim",
    "claim_under_way",
    "count",
    "count_missing",
    "count_unconfirmed",
    "hand_out",
    "missing",
    "not_answered",
    "not_received",
    "not_sent",
    "note_missing",
    "open_of",
    "page",
    "refuse",
    "send_again",
    "settle",
    "stop_asking",
    "unconfirmed",
]
