"""The tables. Tokens, codes and passwords are here as hashes only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
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
    Column("address", String(64), nullable=False),
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

sms_code = Table(
    "sms_code",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("phone", String(20), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Index("sms_code_by_phone", "phone", "purpose", "sent_at"),
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
