"""The bounded mapping that the caches and rate limits of a process keep their entries in."""

from __future__ import annotations

import pytest

from bff.store.lru import LruCache


def test_the_least_recently_used_entry_is_evicted() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("read", 1)
    cache.put("written", 2)
    assert cache.get("read") == 1
    cache.put("written", 3)
    cache.put("read", 4)
    cache.put("new", 5)
    assert [cache.get(each) for each in ("read", "written", "new")] == [4, None, 5]


def test_a_look_whether_an_entry_is_there_is_no_use_of_it() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("first", 1)
    cache.put("second", 2)
    assert "first" in cache
    cache.put("third", 3)
    assert ("first" in cache, len(cache)) == (False, 2)


def test_entries_are_removed_one_by_one_and_all_at_once() -> None:
    cache: LruCache[str, int] = LruCache(3)
    for number, name in enumerate(("a", "b", "c")):
        cache.put(name, number)
    assert (cache.evict(), cache.pop("c"), cache.pop("c")) == (("a", 0), 2, None)
    cache.clear()
    assert len(cache) == 0
    with pytest.raises(KeyError):
        cache.evict()
