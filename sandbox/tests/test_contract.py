"""The contract read by many threads at once, as the core does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.server import WSDL
from sandbox.soap.contract import BadMessage, Contract
from sandbox.tests.wire import DUAN, envelope

GOOD, BAD = envelope("QueryAccount", {"GRZH": DUAN}), envelope("QueryAccount", {"NOPE": "x"})
REFUSAL = "Element '{urn:gjj:core:1}NOPE': This element is not expected. Expected is ( {urn:gjj:core:1}GRZH )."


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads take turns after a microsecond, so that what they share is shared often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_threads_do_not_take_each_others_errors() -> None:
    contract = Contract.load(WSDL)

    def said(body: bytes) -> str:
        try:
            return contract.read(body, "collection").operation
        except BadMessage as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(said, [GOOD, BAD] * 1500))
    assert answers == ["QueryAccount", REFUSAL] * 1500
