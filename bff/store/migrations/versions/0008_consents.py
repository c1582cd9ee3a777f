"""Which versions of the privacy policy a member agreed to, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("member_id", sa.String(32), sa.ForeignKey("member.id"), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
    )
