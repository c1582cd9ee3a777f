"""What the server is delivered with."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement


def delivered(name: str = "gjj-bff", extras: frozenset[str] = frozenset({"*"})) -> Iterator[Distribution]:
    """A distribution and what it needs on this machine, with all extras of our own."""
    seen: set[str] = set()
    waiting = [(name, extras)]
    while waiting:
        name, extras = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another system, or an extra that is not installed
        if found.metadata["Name"] in seen:
            continue
        seen.add(found.metadata["Name"])
        yield found
        for need in map(Requirement, found.requires or ()):
            wanted = extras or {""}
            if "*" in extras or not need.marker or any(need.marker.evaluate({"extra": each}) for each in wanted):
                waiting.append((need.name, frozenset(need.extras)))
