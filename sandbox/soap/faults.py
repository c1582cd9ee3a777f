"""Misbehaviour on demand: what a list of rules set from outside makes of a call."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_MS = 24 * 60 * 60 * 1000
KINDS = ("delay", "hang", "reset", "truncate", "html502", "fault", "garbage", "closed", "refused", "lost_reply")
OTHER = "2099"
KEYS = {"operation", "kind", "ms", "rate", "code", "text"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`operation` is a name of the WSDL, a service's path such as "loan", or "*"; `rate` the share of calls hit; `code`
    and `text` are those of a refusal."""

    operation: str
    kind: str
    ms: int = 0
    rate: float = 1.0
    code: str = OTHER
    text: str = ""

    @classmethod
    def of(cls, rule: Any) -> Fault:
        """From the control interface's JSON; raises ValueError that says what is wrong."""
        if not isinstance(rule, dict) or not {"operation", "kind"} <= set(rule) <= KEYS:
            raise ValueError("each fault has operation and kind, and may have ms, rate, code and text")
        if rule["kind"] not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        fault = cls(
            str(rule["operation"]),
            rule["kind"],
            int(rule.get("ms", 0)),
            float(rule.get("rate", 1.0)),
            str(rule.get("code", OTHER)),
            str(rule.get("text", "")),
        )
        if not 0 <= fault.ms <= LONGEST_MS or not 0 <= fault.rate <= 1:
            raise ValueError("ms is not negative and at most a day, rate is between 0 and 1")
        return fault

    def told(self) -> dict[str, object]:
        told = {"operation": self.operation, "kind": self.kind, "ms": self.ms, "rate": self.rate}
        return {**told, "code": self.code, "text": self.text} if self.kind == "refused" else told


@dataclass(slots=True)
class Faults:
    rules: Sequence[Fault] = ()
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the next change. Whoever waits for one takes it together with the rules: a task that looks for it later
    may find that of the change after."""
    _random: random.Random = field(default_factory=lambda: random.Random(20181025))  # noqa: S311 (repeatable)

    def set(self, rules: Sequence[Fault]) -> None:
        """Replaces the rules; calls that hang or are delayed go on."""
        self.rules = rules
        self.changed.set()
        self.changed = asyncio.Event()

    def hit(self, service: str, operation: str) -> dict[str, Fault]:
        """The rules that strike this call, by kind."""
        names = ("*", service, operation)
        return {
            rule.kind: rule
            for rule in self.rules
            if rule.operation in names and (rule.rate >= 1 or self._random.random() < rule.rate)
        }
