"""What a token's successor is derived with, besides the token itself.

Sessions from before have no nonce: the next refresh gives them one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("session", sa.Column("nonce", sa.String(64)))
    op.add_column("spent_refresh_token", sa.Column("spent_at", sa.DateTime(timezone=True)))
    op.add_column("spent_refresh_token", sa.Column("nonce", sa.String(64)))
    again = sa.text("nonce IS NOT NULL")
    op.create_index(
        "spent_refresh_token_again",
        "spent_refresh_token",
        ["spent_at"],
        sqlite_where=again,
        postgresql_where=again,
    )
