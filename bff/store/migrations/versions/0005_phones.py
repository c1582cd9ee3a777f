"""The core's present phone number of a member, and when the core confirmed it.

Members from before count as not confirmed until they sign in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("member", sa.Column("phone_confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("member", sa.Column("former_phone", sa.String(20)))
