"""Guessing through the front door: aliases, batches and forged addresses win nothing, and the owner gets in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.servers import Bff, Core, early_in_a_window, running_bff

DUAN = "13800000001"
TRY = '{name}: signIn(input: {{username: "13800000001", loginPassword: "guess-{name}"}}) {{ userErrors {{ code }} }}'
ELSEWHERE = "203.0.113.9"


@pytest.fixture
def app(core: Core, tmp_path: Path) -> Iterator[Bff]:
    with running_bff(settings_for(core, tmp_path, trusted_proxies="127.0.0.1")) as bff:
        yield bff


@pytest.fixture
def exposed(core: Core, tmp_path: Path) -> Iterator[Bff]:
    """A server without a proxy in front."""
    with running_bff(settings_for(core, tmp_path)) as bff:
        yield bff


def guess(bff: Bff, password: str, address: str | None = None, username: str = DUAN) -> Any:
    asked = {"username": username, "loginPassword": password}
    errors = bff.data("SignIn", {"input": asked}, address=address)["signIn"]["userErrors"]
    return errors[0]["code"] if errors else "done"


THREE_OF_EIGHT = ["WRONG_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"] * 5


def test_aliases_in_one_document_are_tries_like_others(app: Bff) -> None:
    document = "mutation { " + " ".join(TRY.format(name=name) for name in "abcdefgh") + " }"
    early_in_a_window()
    answer = app.data(document, address=ELSEWHERE)
    assert [answer[alias]["userErrors"][0]["code"] for alias in "abcdefgh"] == THREE_OF_EIGHT


def test_a_batch_is_refused_whole(app: Bff) -> None:
    body = {"query": "{ __typename }"}
    assert app.client.post("/graphql", json=[body] * 100).status_code == 400


def test_the_refusal_says_when_to_try_again(app: Bff) -> None:
    early_in_a_window()
    for number in range(8):
        guess(app, f"guess-{number}", ELSEWHERE)
    asked = {"username": DUAN, "loginPassword": "Practice-2018"}
    (error,) = app.data("SignIn", {"input": asked}, address=ELSEWHERE)["signIn"]["userErrors"]
    assert error["code"] == "TOO_MANY_ATTEMPTS"
    assert error["message"].startswith("尝试次数过多，请在")


def test_forged_addresses_win_nothing(exposed: Bff) -> None:
    early_in_a_window()
    assert [guess(exposed, f"guess-{number}", f"203.0.113.{number}") for number in range(8)] == THREE_OF_EIGHT


def test_an_unknown_user_is_paused_like_a_known_one(app: Bff) -> None:
    early_in_a_window()
    assert [guess(app, f"guess-{number}", ELSEWHERE, "13999999999") for number in range(8)] == THREE_OF_EIGHT


def test_guessing_from_everywhere_does_not_keep_the_owner_out_at_home(app: Bff) -> None:
    assert guess(app, "Practice-2018", "198.51.100.1") == "done"
    outcomes = [guess(app, f"guess-{number}", f"203.0.113.{number}") for number in range(30)]
    # The owner's first sign-in counted, too: nobody knew the network yet.
    assert outcomes.count("WRONG_CREDENTIALS") == 19
    assert guess(app, "Practice-2018", "198.51.100.2") == "TOO_MANY_ATTEMPTS"
    assert guess(app, "Practice-2018", "198.51.100.1") == "done"


def test_refresh_tokens_are_guessed_at_a_bounded_rate(app: Bff) -> None:
    outcomes = []
    for number in range(70):
        answer = app.data("RefreshSession", {"refreshToken": f"guess-{number}"}, address=ELSEWHERE)
        outcomes.append(answer["refreshSession"]["userErrors"][0]["code"])
    assert outcomes == ["SESSION_EXPIRED"] * 60 + ["TOO_MANY_ATTEMPTS"] * 10
