"""The end of a server process, as its application learns of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stopping:
    """`announced` from the signal on: requests are still taken for as long as load balancers need to hear of it.
    `begun` is set when no more connections are: what would go on for ever ends then."""

    announced: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
