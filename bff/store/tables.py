"""The tables. Tokens, codes and passwords are here as hashes only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Moment(TypeDecorator[datetime]):
    """Aware UTC on both databases; SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        moment: datetime | None = value
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


metadata = MetaData()

member = Table(
    "member",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_number", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("phone", String(20), nullable=False, index=True),
    Column("id_number", String(64), nullable=False, unique=True),
    Column("login_hash", String(200), nullable=False),
    Column("query_hash", String(200), nullable=False),
    Column("registered_at", Moment, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_id", String(32), ForeignKey("member.id"), nullable=False, index=True),
    Column("access_hash", String(64), nullable=False, unique=True),
    Column("access_expires_at", Moment, nullable=False),
    Column("refresh_hash", String(64), nullable=False, unique=True),
    Column("refresh_expires_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("unlocked_until", Moment),
    Column("device", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

spent_refresh_token = Table(
    "spent_refresh_token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("session_id", String(32), ForeignKey("session.id"), nullable=False, index=True),
)

known_network = Table(
    "known_network",
    metadata,
    Column("member_id", String(32), ForeignKey("member.id"), primary_key=True),
    Column("network", String(64), primary_key=True),
    Column("last_seen_at", Moment, nullable=False),
)

sms_code = Table(
    "sms_code",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("phone", String(20), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("network", String(64), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("tries_left_elsewhere", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Index("sms_code_by_phone", "phone", "purpose", "sent_at"),
)

application = Table(
    "application",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_id", String(32), ForeignKey("member.id"), nullable=False),
    Column("key", String(64), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("amount", String(24), nullable=False),
    Column("entered", JSON, nullable=False),
    Column("serial", String(32), nullable=False, unique=True),
    Column("account_number", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("reference", String(64)),
    Column("interest", String(24)),
    Column("history", JSON, nullable=False),
    Column("refusal", JSON),
    Column("submitted_at", Moment, nullable=False),
    Column("next_check_at", Moment),
    Column("checks", Integer, nullable=False),
    UniqueConstraint("member_id", "key"),
    Index("application_by_member", "member_id", "submitted_at", "id"),
    Index("application_to_check", "next_check_at"),
    # What is not known yet may be in the core: nothing further is sent for the member before it is.
    Index(
        "one_unconfirmed_application",
        "member_id",
        unique=True,
        sqlite_where=text("status = 'CONFIRMING'"),
        postgresql_where=text("status = 'CONFIRMING'"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("member_id", String(32), index=True),
    Column("event", String(40), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("address", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("detail", Text),
)
