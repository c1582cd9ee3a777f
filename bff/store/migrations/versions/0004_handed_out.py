"""Applications that were handed out, that the core never got, and that it no longer knows.

An older release wrote REJECTED for what never arrived. Those rows have neither a reference nor a refusal of the core.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("application", sa.Column("handed_out", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("application", sa.Column("confirming_since", MOMENT))
    op.add_column("application", sa.Column("may_arrive_until", MOMENT))
    op.add_column("application", sa.Column("missing_since", MOMENT))
    missing = sa.text("missing_since IS NOT NULL")
    op.create_index(
        "application_missing", "application", ["missing_since"], sqlite_where=missing, postgresql_where=missing
    )
    _rewrite()


def _rewrite() -> None:
    """What never arrived is NOT_RECEIVED, and what may still change is asked about again."""
    table = sa.table(
        "application",
        *(sa.column(name) for name in ("id", "status", "reference")),
        *(sa.column(name, sa.JSON) for name in ("refusal", "history")),
        sa.column("next_check_at", MOMENT),
    )
    db = op.get_bind()
    rejected = sa.select(table).where(table.c.status == "REJECTED", table.c.reference.is_(None))
    for row in db.execute(rejected).all():
        if row.refusal is None:
            history = [*row.history[:-1], {**row.history[-1], "status": "NOT_RECEIVED"}]
            changed = sa.update(table).where(table.c.id == row.id)
            db.execute(changed.values(status="NOT_RECEIVED", history=history))
    unasked = table.c.status.in_(["NOT_RECEIVED", "ACCEPTED", "IN_REVIEW"]), table.c.next_check_at.is_(None)
    db.execute(sa.update(table).where(*unasked).values(next_check_at=datetime.now(UTC)))
