"""A retry budget: retries are a share of the calls, and never multiply the load of a failing service."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class RetryBudget:
    """Each call earns `share` of a retry; at most `max_saved` retries are saved up."""

    share: float
    max_saved: float = 10.0
    saved: float = field(init=False)

    def __post_init__(self) -> None:
        self.saved = self.max_saved if self.share else 0.0

    def earn(self) -> None:
        """Add the share of one call."""
        self.saved = min(self.max_saved, self.saved + self.share)

    def spend(self) -> bool:
        """Take one retry; false where less than one is saved."""
        if self.saved < 1:
            return False
        self.saved -= 1
        return True
