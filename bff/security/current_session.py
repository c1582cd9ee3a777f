"""The session of a request and its member, as the store had them when the request came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """`phone` is as the core last said, at `phone_confirmed_at`."""

    id: str
    account_number: str
    name: str
    phone: str
    id_number: str
    phone_confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CurrentSession:
    id: str
    member: Member
    unlocked_until: datetime | None

    def is_unlocked(self, now: datetime) -> bool:
        return self.unlocked_until is not None and now < self.unlocked_until
