"""Guessing through the front door: aliases, batches and forged addresses win nothing, and the owner gets in."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff

pytestmark = pytest.mark.usefixtures("standing_count")

DUAN, DUAN_ID = "13800000001", "99000019850312022X"
STRANGER_ID = "990000198503120297"
TRY = '{name}: signIn(input: {{username: "13800000001", loginPassword: "guess-{name}"}}) {{ userErrors {{ code }} }}'
HOME, ELSEWHERE = "198.51.100.1", "203.0.113.9"


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
    answer = app.data(document, address=ELSEWHERE)
    assert [answer[alias]["userErrors"][0]["code"] for alias in "abcdefgh"] == THREE_OF_EIGHT


def test_a_batch_is_refused_whole(app: Bff) -> None:
    body = {"query": "{ __typename }"}
    assert app.client.post("/graphql", json=[body] * 100).status_code == 400


def test_the_refusal_says_when_to_try_again(app: Bff) -> None:
    for number in range(8):
        guess(app, f"guess-{number}", ELSEWHERE)
    asked = {"username": DUAN, "loginPassword": "Practice-2018"}
    (error,) = app.data("SignIn", {"input": asked}, address=ELSEWHERE)["signIn"]["userErrors"]
    assert error["code"] == "TOO_MANY_ATTEMPTS"
    assert error["message"].startswith("尝试次数过多，请在")


def test_forged_addresses_win_nothing(exposed: Bff) -> None:
    assert [guess(exposed, f"guess-{number}", f"203.0.113.{number}") for number in range(8)] == THREE_OF_EIGHT


MEMBER_AND_STRANGER = pytest.mark.parametrize(
    ("phone", "id_number"),
    [(DUAN, DUAN_ID), ("13999999999", STRANGER_ID), (DUAN, STRANGER_ID)],
    ids=["a member's", "nobody's", "a member's phone, another's ID number"],
)
"""Every answer is the same for them."""


def fifteen(id_number: str) -> str:
    return id_number[:6] + id_number[8:17]


@MEMBER_AND_STRANGER
def test_all_spellings_of_a_name_are_one(app: Bff, phone: str, id_number: str) -> None:
    full_width = phone.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    phones = [phone, f" {phone} ", f"+86{phone}", f"{phone[:3]}-{phone[3:]}", f"0086 {phone}", full_width, f"0{phone}"]
    lower = id_number.lower()
    ids = [id_number, lower, f" {id_number[:6]} {lower[6:]}", fifteen(id_number), f"{fifteen(id_number)} ", lower]
    for names in (phones, ids):
        outcomes = [guess(app, f"guess-{number}", ELSEWHERE, name) for number, name in enumerate(names)]
        assert outcomes == ["WRONG_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"] * (len(names) - 3)


@MEMBER_AND_STRANGER
def test_phone_and_id_number_do_not_show_that_they_are_one_person_s(app: Bff, phone: str, id_number: str) -> None:
    outcomes = [guess(app, f"guess-{number}", ELSEWHERE, name) for name in (phone, id_number) for number in range(4)]
    assert outcomes == (["WRONG_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"]) * 2


@MEMBER_AND_STRANGER
def test_the_owner_s_network_shows_nothing_after_guesses_from_elsewhere(app: Bff, phone: str, id_number: str) -> None:
    """Neither by an answer nor by the work done for it, which is what takes time."""
    assert guess(app, "Practice-2018", HOME) == "done"
    for name in (phone, id_number):
        tried = [guess(app, f"guess-{number}", f"203.0.113.{number}", name) for number in range(12)]
        before = hashes(app)
        tried += [guess(app, "guess", HOME, name) for _ in range(4)]
        assert tried == ["WRONG_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"] * 6
        assert hashes(app) - before == 3


def test_guessing_from_everywhere_does_not_keep_the_owner_out_at_home(app: Bff) -> None:
    assert guess(app, "Practice-2018", HOME) == "done"
    outcomes = [guess(app, f"guess-{number}", f"203.0.113.{number}") for number in range(30)]
    assert outcomes.count("WRONG_CREDENTIALS") == 10
    assert guess(app, "Practice-2018", "198.51.100.2") == "TOO_MANY_ATTEMPTS"
    assert [guess(app, "Practice-2018", HOME) for _ in range(5)] == ["done"] * 5


def test_two_names_have_twenty_tries_together(app: Bff) -> None:
    for number in range(10):
        for name in (DUAN, DUAN_ID):
            assert guess(app, f"guess-{number}", f"203.0.113.{number}", name) == "WRONG_CREDENTIALS"
    for name in (DUAN, DUAN_ID):
        assert guess(app, "Practice-2018", "198.51.100.2", name) == "TOO_MANY_ATTEMPTS"


def test_the_owner_s_sign_ins_are_not_seen_in_the_tries_that_others_have(app: Bff) -> None:
    for number in range(30):
        assert guess(app, "Practice-2018", f"198.51.100.{number}") == "done"
    outcomes = [guess(app, f"guess-{number}", f"203.0.113.{number}") for number in range(11)]
    assert outcomes == ["WRONG_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"]


def test_a_flood_from_many_networks_costs_few_hashes(app: Bff) -> None:
    """Ten of the name, and three of each network in case the owner is there."""
    before = hashes(app)
    for number in range(200):
        guess(app, f"guess-{number}", f"203.0.113.{number % 10}")
    assert hashes(app) - before <= 10 + 3 * 10


def outcomes_in_the_log(app: Bff) -> Counter[tuple[str, str | None]]:
    with closing(sqlite3.connect(app.services.settings.data_dir / "bff.sqlite3")) as db:
        return Counter(db.execute("SELECT outcome, detail FROM audit WHERE event = 'sign in'").fetchall())


def test_whether_a_refusal_is_written_down_does_not_depend_on_there_being_a_member(app: Bff) -> None:
    """A write takes time: each name that was refused has one a minute, known or not."""
    for name in ("13999999998", "13999999999", DUAN):
        for number in range(5):
            guess(app, f"guess-{number}", ELSEWHERE, name)
    assert outcomes_in_the_log(app)[("TOO_MANY_ATTEMPTS", None)] == 3


def send(bff: Bff, phone: str, address: str, token: str | None = None) -> str:
    asked = {"phone": phone, "purpose": "RESET_PASSWORD"}
    errors = bff.data("RequestSmsCode", {"input": asked}, token, address)["requestSmsCode"]["userErrors"]
    return errors[0]["code"] if errors else "sent"


@pytest.mark.parametrize("phone", [DUAN, "13999999999"], ids=["a member's", "nobody's"])
def test_messages_show_nothing_in_the_owner_s_network(app: Bff, phone: str) -> None:
    assert guess(app, "Practice-2018", HOME) == "done"
    assert [send(app, phone, ELSEWHERE), send(app, phone, HOME), send(app, phone, HOME)] == [
        "sent",
        "sent",
        "TOO_MANY_ATTEMPTS",
    ]
    elsewhere = [send(app, phone, f"203.0.113.{number}") for number in range(10, 40)]
    assert elsewhere == ["sent"] * 28 + ["TOO_MANY_ATTEMPTS"] * 2
    assert send(app, phone, "198.51.100.77") == "TOO_MANY_ATTEMPTS"


def test_a_member_who_is_signed_in_gets_a_code_whatever_others_asked_for(app: Bff) -> None:
    token = app.sign_in(DUAN)
    for number in range(31):
        last = send(app, DUAN, f"203.0.113.{number}")
    assert last == "TOO_MANY_ATTEMPTS"
    assert send(app, DUAN, HOME) == "TOO_MANY_ATTEMPTS"
    assert send(app, DUAN, "198.51.100.2", token) == "sent"
    assert send(app, "13800000002", "198.51.100.2", token) == "sent"


def test_messages_to_all_phones_have_a_budget(core: Core, tmp_path: Path) -> None:
    """Those that are refused for another reason use nothing of it, and warnings go on."""
    settings = settings_for(core, tmp_path, trusted_proxies="127.0.0.1", sms_codes_an_hour=4, sms_codes_a_day=9)
    with running_bff(settings) as app:
        token = app.sign_in(DUAN)
        assert [send(app, DUAN, HOME) for _ in range(6)] == ["sent"] + ["TOO_MANY_ATTEMPTS"] * 5
        others = [send(app, f"1390000000{number}", f"203.0.113.{number}") for number in range(5)]
        assert others == ["sent"] * 3 + ["TOO_MANY_ATTEMPTS"] * 2
        asked = {"input": {"phone": "13900000009", "purpose": "RESET_PASSWORD"}}
        (error,) = app.data("RequestSmsCode", asked, address=ELSEWHERE)["requestSmsCode"]["userErrors"]
        assert re.fullmatch(
            r"今日短信验证码发送量已达上限，请在\d+(分钟|小时)后再获取；急需办理的，请携带身份证到柜台。",
            error["message"],
        )
        value = app.services.metrics.registry.get_sample_value("bff_sms_over_budget_total")
        assert value == 3.0
        assert change(app, token, HOME, "Practice-2018") == "done"
        assert "修改了公积金登录密码" in core.inbox(DUAN)[0]["text"]


def test_people_behind_one_mobile_gateway_get_their_codes_in_one_minute(app: Bff) -> None:
    assert [send(app, f"139000000{number}", ELSEWHERE) for number in range(10, 70)] == ["sent"] * 60
    assert send(app, "13900000009", ELSEWHERE) == "TOO_MANY_ATTEMPTS"
    assert send(app, "13900000009", HOME) == "sent"


def test_the_longest_of_all_pauses_is_told(core: Core, tmp_path: Path) -> None:
    """The phone may have another code within a minute, but nobody gets one today."""
    settings = settings_for(core, tmp_path, trusted_proxies="127.0.0.1", sms_codes_an_hour=0, sms_codes_a_day=1)
    with running_bff(settings) as app:
        asked = {"input": {"phone": DUAN, "purpose": "RESET_PASSWORD"}}
        assert send(app, DUAN, HOME) == "sent"
        (error,) = app.data("RequestSmsCode", asked, address=HOME)["requestSmsCode"]["userErrors"]
    assert error["message"].startswith("今日短信验证码发送量已达上限")


@pytest.mark.parametrize("phone", [DUAN, "13999999999"], ids=["a member's", "nobody's"])
def test_wrong_codes_show_nothing_in_the_owner_s_network(app: Bff, phone: str) -> None:
    assert guess(app, "Practice-2018", HOME) == "done"
    elsewhere = [reset(app, phone, f"203.0.113.{number}") for number in range(24)]
    assert [*elsewhere, reset(app, phone, HOME)] == ["WRONG_SMS_CODE"] * 25


def reset(bff: Bff, phone: str, address: str, code: str = "000000") -> str:
    asked = {"phone": phone, "idNumber": DUAN_ID, "smsCode": code, "which": "LOGIN", "newPassword": "Autumn-Wind-9"}
    errors = bff.data("ResetPassword", {"input": asked}, address=address)["resetPassword"]["userErrors"]
    return errors[0]["code"] if errors else "done"


def register(bff: Bff, phone: str, address: str, code: str = "000000") -> str:
    asked = {"name": "段小梅", "phone": phone, "idNumber": DUAN_ID, "smsCode": code}
    passwords = {"loginPassword": "Autumn-Wind-9", "queryPassword": "739104"}
    answer = bff.data("Register", {"input": {**asked, **passwords}}, address=address)["register"]
    code_of: str = answer["userErrors"][0]["code"]
    return code_of


def change(bff: Bff, token: str, address: str, current: str = "guess") -> str:
    asked = {"which": "LOGIN", "currentPassword": current, "newPassword": "Autumn-Wind-9"}
    errors = bff.data("ChangePassword", {"input": asked}, token, address)["changePassword"]["userErrors"]
    return errors[0]["code"] if errors else "done"


def unlock(bff: Bff, token: str, address: str) -> str:
    code: str = bff.data("Unlock", {"queryPassword": "guess"}, token, address)["unlock"]["userErrors"][0]["code"]
    return code


def test_a_try_that_is_refused_costs_no_hash(app: Bff) -> None:
    """Of a wrong secret one is computed, to compare; of a try that came too fast none."""
    token = app.sign_in(DUAN)
    roads: dict[str, Callable[[str], str]] = {
        "sign in": lambda address: guess(app, "guess", address),
        "sign in, nobody": lambda address: guess(app, "guess", address, "13999999999"),
        "reset": lambda address: reset(app, DUAN, address),
        "register": lambda address: register(app, "13999999999", address),
        "change": lambda address: change(app, token, address),
        "unlock": lambda address: unlock(app, token, address),
    }
    for number, (name, road) in enumerate(roads.items()):
        before, address = hashes(app), f"203.0.113.{number}"
        outcomes = Counter(road(address) for _ in range(6))
        assert outcomes["TOO_MANY_ATTEMPTS"] == 3, (name, outcomes)
        assert hashes(app) - before == 3, name


def test_a_try_that_the_server_was_too_busy_to_compare_does_not_count(app: Bff) -> None:
    queue = app.services.password_hasher._queue
    queue._free, queue.longest = 0, 0
    asked = {"input": {"username": DUAN, "loginPassword": "Practice-2018"}}
    for _ in range(6):
        answer = app.execute("SignIn", asked, address=ELSEWHERE)
        assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    queue._free, queue.longest = 2, 64
    assert guess(app, "Practice-2018", ELSEWHERE) == "done"


def test_a_message_that_is_not_sent_costs_no_hash(app: Bff) -> None:
    before = hashes(app)
    assert [send(app, DUAN, ELSEWHERE) for _ in range(4)] == ["sent"] + ["TOO_MANY_ATTEMPTS"] * 3
    assert hashes(app) - before == 1


def hashes(app: Bff) -> float:
    value: float = app.services.metrics.registry.get_sample_value("bff_password_hashes_total")
    return value


def test_refresh_tokens_are_guessed_at_a_bounded_rate(app: Bff) -> None:
    outcomes = []
    for number in range(70):
        answer = app.data("RefreshSession", {"refreshToken": f"guess-{number}"}, address=ELSEWHERE)
        outcomes.append(answer["refreshSession"]["userErrors"][0]["code"])
    assert outcomes == ["SESSION_EXPIRED"] * 60 + ["TOO_MANY_ATTEMPTS"] * 10
