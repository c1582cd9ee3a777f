"""Operations a minute, and subscriptions at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.errors import ApiError
from bff.security.operation_rate_limiter import PEOPLE, STREAMS, Buckets, OperationRateLimiter
from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff

DUAN, GAO = "13800000001", "13800000002"
FIRST = "198.51.100.1"


@pytest.fixture
def paced(core: Core, tmp_path: Path) -> Iterator[Bff]:
    limits = {"rate_limit_per_minute": 6, "network_cost_a_minute": 6}
    with running_bff(settings_for(core, tmp_path, trusted_proxies="127.0.0.1", **limits)) as bff:
        yield bff


def outcomes(bff: Bff, count: int, token: str | None = None, address: str | None = None) -> list[str]:
    answers = [bff.execute("{ __typename }", {}, token, address) for _ in range(count)]
    return [each["errors"][0]["extensions"]["code"] if "errors" in each else "ok" for each in answers]


def test_a_network_that_sends_too_much_is_told_when_to_go_on(paced: Bff) -> None:
    assert outcomes(paced, 6, address=FIRST) == ["ok"] * 6
    answer = paced.execute("{ __typename }", address=FIRST)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= answer["errors"][0]["extensions"]["retryAfterSeconds"] <= 10


def test_networks_are_counted_by_what_their_operations_cost(paced: Bff) -> None:
    answers = [paced.execute("{ interestRates { effectiveFrom } }", address="198.51.100.4") for _ in range(4)]  # 2 each
    assert ["errors" in each for each in answers] == [False, False, False, True]


def test_others_are_answered_meanwhile(paced: Bff) -> None:
    outcomes(paced, 8, address="198.51.100.2")
    assert outcomes(paced, 1, address="198.51.100.3") == ["ok"]


def test_members_behind_one_address_are_counted_by_themselves(paced: Bff) -> None:
    tokens = [signed_in(paced, DUAN, "198.51.100.5"), signed_in(paced, GAO, "198.51.100.6")]
    assert outcomes(paced, 8, tokens[0])[:6] == ["ok"] * 6
    assert outcomes(paced, 1, tokens[0]) == ["RATE_LIMITED"]
    assert outcomes(paced, 1, tokens[1]) == ["ok"]


def signed_in(bff: Bff, phone: str, address: str) -> str:
    asked = {"username": phone, "loginPassword": "Practice-2018", "queryPassword": "201810"}
    token: str = bff.data("SignIn", {"input": asked}, address=address)["signIn"]["session"]["accessToken"]
    return token


def test_what_was_used_comes_back_evenly() -> None:
    at = 0.0
    pace = OperationRateLimiter(60, clock=lambda: at)
    for _ in range(60):
        pace.count("somebody")
    with pytest.raises(ApiError, match="1秒"):
        pace.count("somebody")
    at = 2.0
    pace.count("somebody")
    pace.count("somebody")
    with pytest.raises(ApiError):
        pace.count("somebody")


def test_the_counts_take_bounded_memory() -> None:
    buckets = Buckets(1, clock=lambda: 0.0)
    for number in range(PEOPLE + 1000):
        buckets.take(str(number))
    assert len(buckets._left) == PEOPLE


def test_what_is_refused_is_not_taken() -> None:
    buckets = Buckets(60, clock=lambda: 0.0)
    assert [buckets.take("a", 40), buckets.take("a", 40), buckets.take("a", 20)] == [0, 20, 0]


def test_more_than_a_minute_has_takes_all_of_it() -> None:
    buckets = Buckets(60, clock=lambda: 0.0)
    assert [buckets.take("a", 1000), buckets.take("a", 1)] == [0, 1]


def test_a_member_has_so_many_subscriptions_at_once() -> None:
    pace = OperationRateLimiter(0)
    opened = [pace.stream("somebody") for _ in range(STREAMS)]
    for each in opened:
        each.__enter__()
    with pytest.raises(ApiError), pace.stream("somebody"):
        pass
    with pace.stream("somebody else"):
        pass
    opened[0].__exit__(None, None, None)
    with pace.stream("somebody"):
        pass
