"""The protocol of the context that an application makes for each operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Freshness(Protocol):
    @property
    def until(self) -> float:
        """When the response expires, in wall-clock seconds; `inf` when it does not."""


class ReadTimes(Protocol):
    def ages(self) -> dict[str, float]:
        """Return the ages in seconds of the records that are older than others beside them; empty when all agree."""

    def restart(self) -> None:
        """Accept only records that were read since the operation began."""


class RequestContext(Protocol):
    """`staleness` holds, by record, the seconds since it was fresh, and becomes a response's `extensions.staleness`."""

    @property
    def staleness(self) -> Mapping[str, int]: ...
    @property
    def cache_control(self) -> Freshness: ...
    @property
    def snapshot(self) -> ReadTimes: ...

    def tell_ages(self, ages: dict[str, float]) -> None:
        """Add the ages of records that could not be read again to `staleness`."""

    def anonymous(self) -> RequestContext:
        """Return the context of a caller who is not authenticated, for a response that every caller shares."""

    async def cache_identity(self) -> tuple[object, ...] | None:
        """Return what a private response depends on beside its request; null when it is not cacheable now."""
