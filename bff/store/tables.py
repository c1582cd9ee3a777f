"""The tables. Tokens, codes and passwords are here as hashes only."""

from __future__ import annotations

import re
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
    false,
    text,
)
from sqlalchemy.types import TypeEngine

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Moment(TypeDecorator[datetime]):
    """Aware UTC on both databases; SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        moment: datetime | None = value
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


class Line(TypeDecorator[str]):
    """Text of at most `length` characters, with one behaviour on both databases: SQLite would hold NUL and longer text,
    PostgreSQL refuses them. A column equals no such text; to write one is a ValueError."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return _Compared(self.length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and value != storable(value, self.length):
            raise ValueError("a text that the store cannot hold")  # not quoted: it may be personal
        return value


class _Compared(Line):
    """The other side of a comparison."""

    cache_ok = True  # asked of each class

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or value == storable(value, self.length) else None


def storable(text: str, length: int) -> str:
    """What is left of a text that others chose, such as the name of a device."""
    return _UNSTORABLE.sub("", text)[:length]


metadata = MetaData()

member = Table(
    "member",
    metadata,
    Column("id", Line(32), primary_key=True),
    Column("account_number", Line(64), nullable=False, unique=True),
    Column("name", Line(200), nullable=False),
    Column("phone", Line(20), nullable=False, index=True),  # as the core last said; empty for none
    Column("phone_confirmed_at", Moment),  # when it said so; null once it no longer knows the person
    Column("former_phone", Line(20)),  # the one before, until both were told of the change
    Column("id_number", Line(64), nullable=False, unique=True),
    Column("login_hash", Line(200), nullable=False),
    Column("query_hash", Line(200), nullable=False),
    Column("registered_at", Moment, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Line(32), primary_key=True),
    Column("member_id", Line(32), ForeignKey("member.id"), nullable=False, index=True),
    Column("access_hash", Line(64), nullable=False, unique=True),
    Column("access_expires_at", Moment, nullable=False),
    Column("refresh_hash", Line(64), nullable=False, unique=True),
    Column("refresh_expires_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("unlocked_until", Moment),
    Column("nonce", Line(64)),  # with the access token it gives the refresh token
    Column("device", Line(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

spent_refresh_token = Table(
    "spent_refresh_token",
    metadata,
    Column("hash", Line(64), primary_key=True),
    Column("session_id", Line(32), ForeignKey("session.id"), nullable=False, index=True),
    Column("spent_at", Moment),
    Column("nonce", Line(64)),  # with the spent token it gives its successor, once, for some seconds
    Index(
        "spent_refresh_token_again",
        "spent_at",
        sqlite_where=text("nonce IS NOT NULL"),
        postgresql_where=text("nonce IS NOT NULL"),
    ),
)

consent = Table(
    "consent",
    metadata,
    Column("member_id", Line(32), ForeignKey("member.id"), primary_key=True),
    Column("version", Line(40), primary_key=True),  # of the privacy policy
    Column("given_at", Moment, nullable=False),
)

known_network = Table(
    "known_network",
    metadata,
    Column("member_id", Line(32), ForeignKey("member.id"), primary_key=True),
    Column("network", Line(64), primary_key=True),
    Column("last_seen_at", Moment, nullable=False),
)

sms_code = Table(
    "sms_code",
    metadata,
    Column("id", Line(32), primary_key=True),
    Column("phone", Line(20), nullable=False),
    Column("purpose", Line(20), nullable=False),
    Column("network", Line(64), nullable=False),
    Column("hash", Line(200), nullable=False),
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
    Column("id", Line(32), primary_key=True),
    Column("member_id", Line(32), ForeignKey("member.id"), nullable=False),
    Column("key", Line(64), nullable=False),
    Column("input_hash", Line(64), nullable=False),
    Column("kind", Line(40), nullable=False),
    Column("amount", Line(24), nullable=False),
    Column("entered", JSON, nullable=False),
    Column("serial", Line(32), nullable=False, unique=True),
    Column("account_number", Line(64), nullable=False),
    Column("status", Line(20), nullable=False),
    Column("reference", Line(64)),
    Column("interest", Line(24)),
    Column("history", JSON, nullable=False),
    Column("refusal", JSON(none_as_null=True)),
    Column("submitted_at", Moment, nullable=False),
    Column("next_check_at", Moment),
    Column("checks", Integer, nullable=False),
    # Whether an answer may have given its ID; from then on it is neither removed nor hidden.
    Column("handed_out", Boolean, nullable=False, server_default=false()),
    Column("confirming_since", Moment),
    Column("may_arrive_until", Moment),
    Column("missing_since", Moment),
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
    Index(
        "application_missing",
        "missing_since",
        sqlite_where=text("missing_since IS NOT NULL"),
        postgresql_where=text("missing_since IS NOT NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("member_id", Line(32), index=True),
    Column("event", Line(40), nullable=False),
    Column("outcome", Line(40), nullable=False),
    Column("address", Line(64), nullable=False),
    Column("request_id", Line(64), nullable=False),
    Column("detail", Text),
)
