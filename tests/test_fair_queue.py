"""Fair queueing: turns by caller, a bound, and places that are given back."""

from __future__ import annotations

import asyncio

import pytest

from bff.security.fair_queue import FairQueue, QueueFull

LONG = 60.0


async def waiting(queue: FairQueue, *callers: str) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(queue.acquire(caller, LONG), name=caller) for caller in callers]
    await asyncio.sleep(0)
    return tasks


async def served(queue: FairQueue, tasks: list[asyncio.Task[None]]) -> str:
    """The name of the one whose turn it is."""
    before = {task for task in tasks if task.done()}
    queue.release()
    await asyncio.sleep(0)
    (task,) = {task for task in tasks if task.done()} - before
    return task.get_name()


async def test_callers_take_turns() -> None:
    queue = FairQueue(at_once=1, longest=10)
    await queue.acquire("a", LONG)
    tasks = await waiting(queue, "a", "a", "a", "b", "b", "c")
    assert [await served(queue, tasks) for _ in tasks] == ["a", "b", "c", "a", "b", "a"]
    queue.release()
    await queue.acquire("a", LONG)


async def test_a_caller_with_more_waiting_makes_room_for_another() -> None:
    queue = FairQueue(at_once=1, longest=3)
    await queue.acquire("a", LONG)
    tasks = await waiting(queue, "a", "a", "a", "b")
    await asyncio.wait(tasks[2:3])
    assert isinstance(tasks[2].exception(), QueueFull)
    assert [await served(queue, [tasks[0], tasks[1], tasks[3]]) for _ in range(3)] == ["a", "b", "a"]


async def test_the_caller_with_the_most_waiting_is_refused_itself() -> None:
    queue = FairQueue(at_once=1, longest=2)
    await queue.acquire("a", LONG)
    tasks = await waiting(queue, "a", "b")
    for caller in ("a", "b", "c"):
        with pytest.raises(QueueFull):
            await queue.acquire(caller, LONG)
    assert [await served(queue, tasks) for _ in tasks] == ["a", "b"]


async def test_a_caller_that_waited_too_long_leaves_no_gap() -> None:
    queue = FairQueue(at_once=1, longest=2)
    await queue.acquire("a", LONG)
    with pytest.raises(QueueFull):
        await queue.acquire("b", 0.01)
    assert len(queue) == 0
    assert [await served(queue, await waiting(queue, "c"))] == ["c"]


async def test_a_place_that_was_given_to_a_caller_that_left_goes_on_to_the_next() -> None:
    queue = FairQueue(at_once=1, longest=2)
    await queue.acquire("a", LONG)
    tasks = await waiting(queue, "b", "c")
    queue.release()
    tasks[0].cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [True, False]
    queue.release()
    await queue.acquire("d", LONG)


async def test_a_caller_that_leaves_the_queue_takes_no_turn() -> None:
    queue = FairQueue(at_once=1, longest=2)
    await queue.acquire("a", LONG)
    tasks = await waiting(queue, "b", "c")
    tasks[0].cancel()
    queue.release()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [True, False]
