"""The shutdown of a server process, shared with its application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class ShutdownState:
    """`announced` from the signal on: requests are still accepted for the drain time. `begun` is set when no more
    connections are accepted: streams end then."""

    announced: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
