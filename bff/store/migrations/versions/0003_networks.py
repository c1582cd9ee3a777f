"""Networks that members came from, codes bound to who asked for them, audit entries that nobody can delete early.

Codes sent before this end: they live for five minutes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
REFUSED = "audit entries are kept for half a year at least"


def upgrade() -> None:
    op.drop_column("session", "address")
    op.create_table(
        "known_network",
        sa.Column("member_id", sa.String(32), sa.ForeignKey("member.id"), primary_key=True),
        sa.Column("network", sa.String(64), primary_key=True),
        sa.Column("last_seen_at", MOMENT, nullable=False),
    )
    op.execute("DELETE FROM sms_code")
    op.add_column("sms_code", sa.Column("network", sa.String(64), nullable=False, server_default=""))
    op.add_column("sms_code", sa.Column("tries_left_elsewhere", sa.Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        _kept_on_sqlite()
    else:
        _kept_on_postgresql()


def _kept_on_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN OLD.at > datetime('now', '-180 days') "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    )


def _kept_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'TRUNCATE' THEN "
        f"RAISE EXCEPTION '{REFUSED}'; "
        "ELSIF OLD.at > now() - interval '180 days' THEN "
        f"RAISE EXCEPTION '{REFUSED}'; "
        "END IF; RETURN OLD; END $$"
    )
    op.execute("CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept()")
    op.execute(
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()"
    )
