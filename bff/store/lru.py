"""Mapping with a bound on its entries, of which the least recently used is evicted first."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """`max_entries` bounds the entries; `get` and `put` make theirs the most recently used one."""

    __slots__ = ("_entries", "max_entries")

    def __init__(self, max_entries: int) -> None:
        self.max_entries = max_entries
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Value | None:
        if (value := self._entries.get(key)) is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self.max_entries:
            self.evict()

    def pop(self, key: Key) -> Value | None:
        return self._entries.pop(key, None)

    def evict(self) -> tuple[Key, Value]:
        """Remove and return the least recently used entry. Raises KeyError when there is none."""
        return self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()
