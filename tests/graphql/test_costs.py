"""No request takes the event loop for long, whatever it says: each generated shape, with caches as cold as they get. By
counted work, which is the same on each machine; `bench/` has the times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import settings_for
from tests.graphql.costs import Endpoint, endpoint, fixed_work
from tests.graphql.shapes import BODY, FAMILIES, Shape, family, shapes
from tests.support.servers import Core

CALLS = 300_000
"""Of functions, for one request. Some 50 ms of processor; `python -m bench.limits` measures them."""
TIMES = 25
"""The time of the reference, for work that no call shows, such as a regular expression that backtracks. The longest
request takes seven."""
TRIES = 3


IN_DEVELOPMENT = ("texts", "values", "mistakes", "variables")
"""Where errors suggest what may have been meant. Introspection, which GraphiQL needs, takes longer there."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("costs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def in_production(core: Core, folder: Path) -> AsyncIterator[Endpoint]:
    async with endpoint(settings_for(core, folder, development=False, cache=True)) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def in_development(core: Core, folder: Path) -> AsyncIterator[Endpoint]:
    async with endpoint(settings_for(core, folder, development=True, cache=True)) as found:
        yield found


async def test_there_are_hundreds_of_shapes_and_a_body_holds_each() -> None:
    sizes = {name: len(shape.body()) for name, shape in shapes().items()}
    assert len(sizes) > 500
    assert {name: size for name, size in sizes.items() if size > BODY} == {}


@pytest.mark.parametrize("which", FAMILIES)
async def test_no_request_takes_the_processor_for_long(which: str, in_production: Endpoint) -> None:
    await check(which, in_production)


@pytest.mark.parametrize("which", IN_DEVELOPMENT)
async def test_none_does_in_development_either(which: str, in_development: Endpoint) -> None:
    await check(which, in_development)


async def test_no_answer_is_out_of_proportion(in_production: Endpoint) -> None:
    sizes = {name: len((await in_production.cost(shape, 1e9, 1)).answer) for name, shape in family("answers").items()}
    assert {name: size for name, size in sizes.items() if size > 250_000} == {}


async def check(which: str, cold: Endpoint) -> None:
    done = {name: await cold.work(shape) for name, shape in family(which).items()}
    assert {name: each for name, each in done.items() if not 0 < each.calls <= CALLS} == {}
    assert {name: each for name, each in done.items() if each.status >= 500 or b"INTERNAL_ERROR" in each.answer} == {}
    within = TIMES * fixed_work()
    long = {name: each.milliseconds for name, each in done.items() if each.milliseconds > within}
    assert {name: ms for name, ms in long.items() if not await is_within(TIMES, family(which)[name], cold)} == {}


async def is_within(times: float, shape: Shape, cold: Endpoint) -> bool:
    """By one of several tries, each beside the reference."""
    for _ in range(TRIES):
        within = times * fixed_work()
        if (await cold.work(shape)).milliseconds <= within:
            return True
    return False
