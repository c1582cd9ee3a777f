"""Cache entries: a record with its times, as stored bytes and as the answer of a read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from bff.cache.policy import TABLE, CachePolicy

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class CachedRecord(Generic[Record]):
    """The answer of a read. `age` is null for a fresh record, else the seconds since the core gave it. It is fresh
    until `fresh_until`, 0 where nothing can say that it still holds. The core gave it at `received_at`, for a request
    that began at `requested_at`."""

    record: Record
    age: float | None = None
    fresh_until: float = field(default=0.0, compare=False)
    received_at: float = field(default=0.0, compare=False)
    requested_at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class CacheEntry(Generic[Record]):
    """What is stored under one key; times are wall-clock seconds."""

    received_at: float
    fresh_until: float
    requested_at: float
    record: Record

    def encode(self) -> bytes:
        """Write the entry as MessagePack."""
        return msgspec.msgpack.encode((self.received_at, self.fresh_until, self.requested_at, self.record))

    def fresh(self) -> CachedRecord[Record]:
        """Return the record as a fresh answer."""
        return CachedRecord(
            self.record, fresh_until=self.fresh_until, received_at=self.received_at, requested_at=self.requested_at
        )

    def stale(self, now: float) -> CachedRecord[Record]:
        """Return the record as a stale answer, with its age."""
        return CachedRecord(self.record, max(0.0, now - self.received_at))


_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    policy.name: msgspec.msgpack.Decoder(tuple[float, float, float, policy.type])  # type: ignore[name-defined] # a type at run time
    for policy in TABLE
}


def decode(policy: CachePolicy[Record], raw: bytes) -> CacheEntry[Record] | None:
    """Read an entry; null for one that another version of this server wrote differently."""
    try:
        return CacheEntry(*_DECODERS[policy.name].decode(raw))
    except msgspec.MsgspecError:
        return None


def key_of(
    policy: CachePolicy[Any], account_number: str | None, generation: str | None, arguments: tuple[object, ...]
) -> str:
    """Return the key of a record. Its parts are packed, not joined, so that different parts never look alike, and
    hashed, so that no account number stands in a shared storage."""
    parts = msgspec.msgpack.encode((policy.name, account_number, generation, arguments))
    return hashlib.sha256(parts).hexdigest()
