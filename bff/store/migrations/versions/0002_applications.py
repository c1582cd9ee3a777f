"""The journal of applications."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("member_id", sa.String(32), sa.ForeignKey("member.id"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount", sa.String(24), nullable=False),
        sa.Column("entered", sa.JSON, nullable=False),
        sa.Column("serial", sa.String(32), nullable=False, unique=True),
        sa.Column("account_number", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.Column("interest", sa.String(24)),
        sa.Column("history", sa.JSON, nullable=False),
        sa.Column("refusal", sa.JSON),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("next_check_at", MOMENT),
        sa.Column("checks", sa.Integer, nullable=False),
        sa.UniqueConstraint("member_id", "key"),
    )
    op.create_index("application_by_member", "application", ["member_id", "submitted_at", "id"])
    op.create_index("application_to_check", "application", ["next_check_at"])
    unconfirmed = sa.text("status = 'CONFIRMING'")
    op.create_index(
        "one_unconfirmed_application",
        "application",
        ["member_id"],
        unique=True,
        sqlite_where=unconfirmed,
        postgresql_where=unconfirmed,
    )
