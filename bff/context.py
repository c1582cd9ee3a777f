"""What a request knows: the process's services, who is asking and from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bff.cache import Cache
    from bff.guard import Guard
    from bff.legacy import Core
    from bff.metrics import Metrics
    from bff.pace import Pace
    from bff.passwords import Passwords
    from bff.rules.policy import Policy
    from bff.rules.rates import RateTable
    from bff.sessions import CurrentSession
    from bff.sessions.recent import RecentSessions
    from bff.settings import Settings
    from bff.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What one process holds, built in `bff.app` and closed there."""

    settings: Settings
    core: Core
    cache: Cache | None
    store: Store
    passwords: Passwords
    guard: Guard
    pace: Pace
    recent: RecentSessions
    policy: Policy
    rates: RateTable
    now: Callable[[], datetime]  # aware, UTC
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from. `address` is the caller's, behind trusted proxies only."""

    address: str
    user_agent: str
    request_id: str


@dataclass(slots=True)
class Keeping:
    """Until when what was found for a request may serve again, in wall-clock seconds; without end where nothing that
    changes was read."""

    until: float = inf

    def at_most(self, until: float) -> None:
        self.until = min(self.until, until)

    def not_at_all(self) -> None:
        """It is audited, depends on the time of day, or is asked of the core each time."""
        self.until = 0.0


@dataclass(frozen=True, slots=True)
class Context:
    """`session` is null for an anonymous caller, also with a token that is wrong or has expired.

    `staleness` collects, by operation of the core, how many seconds old an answer was that is no longer fresh, and
    `keeping` how long all of it may serve again.
    """

    services: Services
    client: Client
    session: CurrentSession | None
    staleness: dict[str, int] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
