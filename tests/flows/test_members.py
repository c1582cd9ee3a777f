"""Registration, passwords, sessions: part one of the manual, through the front door."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bff.resolvers import password
from bff.security.sessions import hash_token
from bff.store.database import Store
from tests.conftest import on_each_database, settings_for
from tests.rules.people import POLICIES
from tests.support.servers import Bff, Clock, Core, running_bff
from tests.support.serving import given_up

ZHAO = {"name": "赵晓雪", "phone": "13800000006", "idNumber": "990000199808124082"}
ZHAO_ACCOUNT = "990180800006"
MAIMAITI = {"name": "买买提·吐尔逊", "phone": "13800000008", "idNumber": "990000198606301517"}
ZHANG = {"name": "张𬱖", "phone": "13800000009", "idNumber": "990000199001012223"}
PASSWORDS = {"loginPassword": "Summer-Rain-8", "queryPassword": "739104"}
DUAN, DUAN_ID = "13800000001", "99000019850312022X"
SESSIONS = "{ me { sessions { id device current } } }"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(core: Core, tmp_path: Path, clock: Clock, database: str) -> Iterator[Bff]:
    """A server of its own for each test, with nobody but the practice people registered."""
    settings = settings_for(core, tmp_path, trusted_proxies="127.0.0.1", database_url=database)
    with running_bff(settings, now=clock) as bff:
        yield bff


def send_code(bff: Bff, core: Core, phone: str, purpose: str = "REGISTER", address: str | None = None) -> str:
    payload = bff.data("RequestSmsCode", {"input": {"phone": phone, "purpose": purpose}}, address=address)
    assert payload["requestSmsCode"]["userErrors"] == []
    return code_in(core.inbox(phone)[0]["text"])


def code_in(text: str) -> str:
    found = re.search(r"验证码为(\d{6})", text)
    assert found
    return found[1]


def register(bff: Bff, asked: dict[str, str], code: str, address: str | None = None) -> Any:
    return bff.data("Register", {"input": {**PASSWORDS, **asked, "smsCode": code}}, address=address)["register"]


def sign_in(bff: Bff, username: str, password: str, address: str | None = None) -> Any:
    asked = {"username": username, "loginPassword": password}
    return bff.data("SignIn", {"input": asked}, address=address)["signIn"]


def codes_of(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def code_of_error(answer: Any) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


# ----- registration -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "typed"),
    [
        (ZHAO, ZHAO["name"]),
        (MAIMAITI, "买买提•吐尔逊"),
        (MAIMAITI, "买买提・吐尔逊"),
        (MAIMAITI, " 买买提．吐尔逊 "),
        (ZHANG, ZHANG["name"]),
    ],
)
def test_a_contributing_member_registers_with_the_code_from_the_message(
    app: Bff, core: Core, person: dict[str, str], typed: str
) -> None:
    payload = register(app, {**person, "name": typed}, send_code(app, core, person["phone"]))
    assert codes_of(payload) == []
    me = app.data("AccountInfo", token=payload["session"]["accessToken"])["me"]
    assert me["name"] == person["name"]
    assert me["account"]["status"] == "NORMAL"
    assert codes_of(sign_in(app, person["phone"], PASSWORDS["loginPassword"])) == []
    assert codes_of(sign_in(app, person["idNumber"], PASSWORDS["loginPassword"])) == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("idNumber", "９９００００１９９８０８１２４０８２"),
        ("idNumber", " 990000 19980812 4082 "),
        ("phone", "138 0000 0006"),
        ("phone", "+86 13800000006"),
    ],
)
def test_numbers_are_taken_as_people_type_them(app: Bff, core: Core, field: str, typed: str) -> None:
    assert codes_of(register(app, {**ZHAO, field: typed}, send_code(app, core, ZHAO["phone"]))) == []


@pytest.mark.parametrize(
    "wrong",
    [{"name": "赵晓血"}, {"idNumber": "990000199808124074"}, {"idNumber": "990000199001012223"}],
    ids=["name", "unknown ID number", "another person's ID number"],
)
def test_what_does_not_agree_with_the_records_is_not_said(app: Bff, core: Core, wrong: dict[str, str]) -> None:
    payload = register(app, {**ZHAO, **wrong}, send_code(app, core, ZHAO["phone"]))
    assert payload["session"] is None
    assert payload["userErrors"] == [
        {
            "code": "NOT_ON_RECORD",
            "field": None,
            "message": "姓名、手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，"
            "重新获取验证码后再试，仍不一致的，请携带身份证到柜台核实更正。",
        }
    ]


def test_a_phone_that_is_not_on_record_is_answered_likewise(app: Bff, core: Core) -> None:
    other = "13900000000"
    payload = register(app, {**ZHAO, "phone": other}, send_code(app, core, other))
    assert codes_of(payload) == ["NOT_ON_RECORD"]


@pytest.mark.parametrize("status", ["SEALED", "FROZEN", "CLOSED"])
def test_only_contributing_members_register(app: Bff, core: Core, status: str) -> None:
    core.control("PUT", f"accounts/{ZHAO_ACCOUNT}", {"status": status})
    try:
        refused = register(app, ZHAO, send_code(app, core, ZHAO["phone"]))
    finally:
        core.control("PUT", f"accounts/{ZHAO_ACCOUNT}", {"status": "NORMAL"})
    assert codes_of(refused) == ["ACCOUNT_NOT_NORMAL"]
    assert refused["userErrors"][0]["message"] == (
        "只有账户状态为正常缴存的职工可以注册，请携带身份证到公积金中心柜台咨询。"
    )


def test_which_accounts_may_register_is_the_centre_s_policy(core: Core, tmp_path: Path) -> None:
    """At the example centre one whose account is sealed does, one whose account is frozen does not."""
    states = {ZHAO_ACCOUNT: "SEALED", "990110200008": "FROZEN"}
    with running_bff(settings_for(core, tmp_path, policy_file=POLICIES / "example-centre.toml")) as bff:
        try:
            for number, status in states.items():
                core.control("PUT", f"accounts/{number}", {"status": status})
            agreeing = ({**who, "privacyConsent": "2"} for who in (ZHAO, MAIMAITI))
            sealed, frozen = (register(bff, who, send_code(bff, core, who["phone"])) for who in agreeing)
        finally:
            for number in states:
                core.control("PUT", f"accounts/{number}", {"status": "NORMAL"})
    assert (codes_of(sealed), codes_of(frozen)) == ([], ["ACCOUNT_NOT_NORMAL"])
    assert frozen["userErrors"][0]["message"].startswith("只有账户状态为正常缴存或封存的职工可以注册")


def test_all_input_errors_come_back_at_once_each_with_its_field(app: Bff) -> None:
    asked = {
        "name": "1",
        "phone": "12345",
        "idNumber": "990000199808124083",
        "loginPassword": "short",
        "queryPassword": "123456",
    }
    payload = register(app, asked, " ")
    assert {(error["field"], error["code"]) for error in payload["userErrors"]} == {
        ("name", "INVALID_NAME"),
        ("phone", "INVALID_PHONE"),
        ("idNumber", "INVALID_ID_NUMBER"),
        ("loginPassword", "WEAK_PASSWORD"),
        ("queryPassword", "WEAK_PASSWORD"),
        ("smsCode", "REQUIRED"),
    }


@on_each_database
@pytest.mark.parametrize("spelt", ["0086 138 - 0000 - 0006", "013800000006", "138-0000-0006"])
def test_a_phone_that_the_core_spells_otherwise_signs_in(app: Bff, core: Core, spelt: str) -> None:
    with spelling(core, ZHAO["phone"], spelt):
        assert codes_of(register(app, ZHAO, send_code(app, core, ZHAO["phone"]))) == []
    assert codes_of(sign_in(app, ZHAO["phone"], PASSWORDS["loginPassword"])) == []


@contextmanager
def spelling(core: Core, phone: str, spelt: str) -> Iterator[None]:
    """The core's records say so meanwhile."""
    changed = "UPDATE person SET SJHM = ? WHERE SJHM = ?"
    with closing(sqlite3.connect(core.book)) as db:
        with db:
            db.execute(changed, (spelt, phone))
        yield
        with db:
            db.execute(changed, (phone, spelt))


@on_each_database
def test_nobody_registers_twice(app: Bff, core: Core) -> None:
    duan = {"name": "段小梅", "phone": DUAN, "idNumber": DUAN_ID}
    assert codes_of(register(app, duan, send_code(app, core, DUAN))) == ["ALREADY_REGISTERED"]


def test_the_core_s_silence_does_not_use_up_the_code(fresh_bff: Bff, fresh_core: Core) -> None:
    code = send_code(fresh_bff, fresh_core, ZHAO["phone"])
    fresh_core.break_("QueryCustomer", "html502")
    answer = fresh_bff.execute("Register", {"input": {**PASSWORDS, **ZHAO, "smsCode": code}})
    assert code_of_error(answer) == "CORE_UNAVAILABLE"
    fresh_core.heal()
    assert codes_of(register(fresh_bff, ZHAO, code)) == []


# ----- codes ------------------------------------------------------------------------------------------------------


def test_a_code_that_may_have_been_sent_is_not_said_to_have_failed(fresh_bff: Bff, fresh_core: Core) -> None:
    fresh_core.break_("SendMessage", "lost_reply")
    asked = {"input": {"phone": ZHAO["phone"], "purpose": "REGISTER"}}
    (error,) = fresh_bff.execute("RequestSmsCode", asked)["errors"]
    assert error["message"] == "验证码可能已发出，请留意短信；1分钟后仍未收到的，请重新获取。"
    assert error["extensions"] == {"code": "CORE_UNAVAILABLE", "outcomeUnknown": True, "retryAfterSeconds": 60}
    fresh_core.heal()
    code = code_in(fresh_core.inbox(ZHAO["phone"])[0]["text"])
    assert codes_of(register(fresh_bff, ZHAO, code)) == []


def test_a_code_is_sent_to_an_unknown_phone_too_with_the_same_answer(app: Bff, core: Core) -> None:
    answers = []
    for phone in ("13800000006", "13912345678"):
        answers.append(app.data("RequestSmsCode", {"input": {"phone": phone, "purpose": "REGISTER"}}))
        assert code_in(core.inbox(phone)[0]["text"])
    assert answers[0] == answers[1]
    assert answers[0]["requestSmsCode"] == {"expiresInSeconds": 300, "resendInSeconds": 60, "userErrors": []}


def test_another_code_can_be_had_after_a_minute_only(app: Bff, core: Core) -> None:
    send_code(app, core, ZHAO["phone"])
    payload = app.data("RequestSmsCode", {"input": {"phone": ZHAO["phone"], "purpose": "REGISTER"}})["requestSmsCode"]
    assert codes_of(payload) == ["TOO_MANY_ATTEMPTS"]
    assert payload["userErrors"][0]["field"] == "phone"
    assert payload["resendInSeconds"] is None


@on_each_database
def test_a_code_works_once(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"])
    assert codes_of(register(app, {**ZHAO, "name": "赵小雪"}, code)) == ["NOT_ON_RECORD"]
    assert codes_of(register(app, ZHAO, code)) == ["WRONG_SMS_CODE"]


def test_a_code_is_taken_as_people_type_it(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"])
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    assert codes_of(register(app, ZHAO, f"{wide[:3]} {wide[3:]}")) == []


@on_each_database
def test_a_code_ends_after_five_minutes(app: Bff, core: Core, clock: Clock) -> None:
    code = send_code(app, core, ZHAO["phone"])
    clock.move(minutes=5, seconds=1)
    assert codes_of(register(app, ZHAO, code)) == ["WRONG_SMS_CODE"]


def test_a_code_works_for_its_purpose_only(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"], "RESET_PASSWORD")
    assert codes_of(register(app, ZHAO, code)) == ["WRONG_SMS_CODE"]


def test_a_code_works_for_its_phone_only(app: Bff, core: Core) -> None:
    send_code(app, core, ZHAO["phone"])
    code = send_code(app, core, "13900000000")
    assert codes_of(register(app, ZHAO, code)) == ["WRONG_SMS_CODE"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_without_tries_left_is_worth_nothing(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"], address="203.0.113.1")
    with closing(sqlite3.connect(store_of(app))) as db, db:
        db.execute("UPDATE sms_code SET tries_left = 1")
    assert codes_of(register(app, ZHAO, wrong(code), "203.0.113.1")) == ["WRONG_SMS_CODE"]
    assert codes_of(register(app, ZHAO, code, "203.0.113.1")) == ["WRONG_SMS_CODE"]


@on_each_database
def test_strangers_cannot_use_up_the_tries_of_who_asked(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"], address="203.0.113.1")
    for stranger in range(10, 18):
        answer = register(app, ZHAO, wrong(code), f"203.0.113.{stranger}")
        assert codes_of(answer) == ["WRONG_SMS_CODE"]
    assert codes_of(register(app, ZHAO, code, "203.0.113.1")) == []


def test_a_stranger_s_request_does_not_replace_one_s_code(app: Bff, core: Core, clock: Clock) -> None:
    code = send_code(app, core, DUAN, "RESET_PASSWORD", address="203.0.113.1")
    with closing(sqlite3.connect(store_of(app))) as db, db:
        db.execute("UPDATE sms_code SET network = '203.0.113.1'")
        db.execute(
            "INSERT INTO sms_code SELECT 'another', phone, purpose, hash, expires_at, tries_left, used,"
            " '9999-12-31 00:00:00', '203.0.113.9', 3 FROM sms_code"
        )
    assert codes_of(reset(app, code, address="203.0.113.1")) == []


def store_of(bff: Bff) -> str:
    path: str = bff.services.store.engine.url.database
    return path


# ----- signing in -------------------------------------------------------------------------------------------------


def test_an_unknown_user_and_a_wrong_password_look_alike(app: Bff) -> None:
    unknown = sign_in(app, "13999999999", "Practice-2018", "203.0.113.1")
    wrong_password = sign_in(app, DUAN, "Practice-2019", "203.0.113.2")
    assert unknown == wrong_password
    assert codes_of(unknown) == ["WRONG_CREDENTIALS"]


@pytest.mark.parametrize("username", [" 138-0000-0001 ", "９９０００0１９８５０３１２０２２ｘ", "99000019850312022x"])
def test_the_user_name_is_taken_as_people_type_it(app: Bff, username: str) -> None:
    assert codes_of(sign_in(app, username, "Practice-2018")) == []


def test_a_wrong_query_password_opens_nothing(app: Bff) -> None:
    asked = {"username": DUAN, "loginPassword": "Practice-2018", "queryPassword": "000000"}
    payload = app.data("SignIn", {"input": asked})["signIn"]
    assert payload["session"] is None
    assert payload["userErrors"][0]["field"] == "queryPassword"


@on_each_database
def test_unlocking_lapses_and_can_be_renewed(app: Bff, clock: Clock) -> None:
    token = app.sign_in(DUAN)
    assert app.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"
    locked = app.sign_in(DUAN, unlocked=False)
    assert code_of_error(app.execute("AccountInfo", token=locked)) == "QUERY_PASSWORD_REQUIRED"
    session = app.data("Unlock", {"queryPassword": "201810"}, locked)["unlock"]["session"]
    assert app.data("AccountInfo", token=locked)["me"]["account"]["balance"]["total"] == "30921.43"
    for _ in range(3):
        clock.move(minutes=11)
        answer = app.data("RefreshSession", {"refreshToken": session["refreshToken"]})
        session = answer["refreshSession"]["session"]
    assert code_of_error(app.execute("AccountInfo", token=session["accessToken"])) == "QUERY_PASSWORD_REQUIRED"


# ----- sessions ---------------------------------------------------------------------------------------------------


def session_of(app: Bff) -> Any:
    return sign_in(app, DUAN, "Practice-2018")["session"]


def refresh(app: Bff, token: str) -> Any:
    return app.data("RefreshSession", {"refreshToken": token})["refreshSession"]


def test_an_access_token_is_short_lived(app: Bff, clock: Clock) -> None:
    session = session_of(app)
    clock.move(minutes=15)
    assert code_of_error(app.execute(SESSIONS, token=session["accessToken"])) == "UNAUTHENTICATED"
    renewed = refresh(app, session["refreshToken"])["session"]
    assert len(app.data(SESSIONS, token=renewed["accessToken"])["me"]["sessions"]) == 1


@on_each_database
def test_unlocking_keeps_both_tokens(app: Bff) -> None:
    session = session_of(app)
    unlocked = app.data("Unlock", {"queryPassword": "201810"}, session["accessToken"])["unlock"]["session"]
    assert unlocked["unlockedUntil"] is not None
    assert unlocked == {**session, "unlockedUntil": unlocked["unlockedUntil"]}
    renewed = refresh(app, session["refreshToken"])["session"]
    again = app.data("Unlock", {"queryPassword": "201810"}, renewed["accessToken"])["unlock"]["session"]
    assert again["refreshToken"] == renewed["refreshToken"]
    assert refresh(app, again["refreshToken"])["session"]["unlockedUntil"] == again["unlockedUntil"]


@on_each_database
def test_a_refresh_whose_answer_was_lost_gives_the_same_successor_once_more(app: Bff, clock: Clock) -> None:
    session = session_of(app)
    renewed = refresh(app, session["refreshToken"])["session"]
    clock.move(seconds=29)
    assert refresh(app, session["refreshToken"])["session"] == renewed
    assert len(app.data(SESSIONS, token=renewed["accessToken"])["me"]["sessions"]) == 1
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]
    assert_ended(app, renewed)


@on_each_database
def test_a_refresh_token_that_is_replayed_later_ends_its_family(app: Bff, clock: Clock) -> None:
    session = session_of(app)
    renewed = refresh(app, session["refreshToken"])["session"]
    clock.move(seconds=30)
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]
    assert_ended(app, renewed)


def test_a_refresh_token_from_before_the_previous_one_ends_its_family(app: Bff) -> None:
    session = session_of(app)
    renewed = refresh(app, session["refreshToken"])["session"]
    newest = refresh(app, renewed["refreshToken"])["session"]
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]
    assert_ended(app, newest)


def test_a_refresh_once_more_gives_what_is_unlocked_meanwhile_and_opens_nothing_that_was_ended(app: Bff) -> None:
    session = session_of(app)
    renewed = refresh(app, session["refreshToken"])["session"]
    unlocked = app.data("Unlock", {"queryPassword": "201810"}, renewed["accessToken"])["unlock"]["session"]
    assert refresh(app, session["refreshToken"])["session"] == unlocked
    other = session_of(app)
    renewed = refresh(app, other["refreshToken"])["session"]
    app.data("SignOut", token=renewed["accessToken"])
    assert codes_of(refresh(app, other["refreshToken"])) == ["SESSION_EXPIRED"]


def assert_ended(app: Bff, session: Any) -> None:
    assert code_of_error(app.execute(SESSIONS, token=session["accessToken"])) == "UNAUTHENTICATED"
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]


@on_each_database
def test_a_session_of_an_older_release_is_unlocked_and_refreshed(app: Bff) -> None:
    session = session_of(app)
    replaced = "UPDATE session SET nonce = NULL, refresh_hash = :hashed"
    in_store(app, replaced, hashed=hash_token("of an older release"))
    unlocked = app.data("Unlock", {"queryPassword": "201810"}, session["accessToken"])["unlock"]["session"]
    assert unlocked["accessToken"] == session["accessToken"]
    renewed = refresh(app, unlocked["refreshToken"])["session"]
    assert len(app.data(SESSIONS, token=renewed["accessToken"])["me"]["sessions"]) == 1


def in_store(app: Bff, statement: str, **values: object) -> None:
    async def run() -> None:
        store = await Store.open(app.services.settings.store_url)
        async with store.write() as db:
            await db.execute(text(statement), values)
        await store.close()

    asyncio.run(run())


def test_a_replay_ends_no_other_session(app: Bff) -> None:
    other, session = session_of(app), session_of(app)
    for _ in range(3):
        refresh(app, session["refreshToken"])
    assert len(app.data(SESSIONS, token=other["accessToken"])["me"]["sessions"]) == 1


@on_each_database
def test_a_session_that_is_not_used_ends(app: Bff, clock: Clock) -> None:
    session = session_of(app)
    clock.move(days=14)
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]


def test_a_session_that_is_used_ends_too_in_the_end(app: Bff, clock: Clock) -> None:
    session = session_of(app)
    for _ in range(6):
        clock.move(days=13)
        session = refresh(app, session["refreshToken"])["session"]
    clock.move(days=11, hours=23)
    session = refresh(app, session["refreshToken"])["session"]
    assert datetime.fromisoformat(session["refreshExpiresAt"]) == clock.moment + timedelta(hours=1)
    clock.move(hours=1)
    assert codes_of(refresh(app, session["refreshToken"])) == ["SESSION_EXPIRED"]


@on_each_database
def test_one_s_sessions_are_listed_and_can_be_ended(app: Bff) -> None:
    here, there = session_of(app)["accessToken"], session_of(app)["accessToken"]
    listed = app.data(SESSIONS, token=here)["me"]["sessions"]
    assert sorted(each["current"] for each in listed) == [False, True]
    assert all(each["device"].startswith("python-httpx") for each in listed)
    other = next(each["id"] for each in listed if not each["current"])
    assert app.data("mutation($id: ID!) { endSession(id: $id) { userErrors { code } } }", {"id": other}, here)
    assert code_of_error(app.execute(SESSIONS, token=there)) == "UNAUTHENTICATED"
    assert len(app.data(SESSIONS, token=here)["me"]["sessions"]) == 1


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (f" {DUAN_ID.lower()}\n", 0, "2 sessions ended\n"),
        ("990000198503120220\n", 1, "No member has this ID number.\n"),
        ("\n", 1, "No member has this ID number.\n"),
    ],
)
def test_an_operator_signs_a_member_out_everywhere(app: Bff, typed: str, status: int, says: str) -> None:
    tokens, theirs = [session_of(app)["accessToken"] for _ in range(2)], app.sign_in("13800000002")
    command = [str(Path(sys.executable).with_name("bff")), "end-sessions"]
    settings = {"BFF_DATABASE_URL": app.services.settings.store_url, "BFF_CORE_URL": "http://127.0.0.1:9"}
    done = subprocess.run(command, input=typed, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (status, says)
    assert ["errors" in app.execute(SESSIONS, token=each) for each in tokens] == [status == 0] * 2
    assert len(app.data(SESSIONS, token=theirs)["me"]["sessions"]) == 1


def test_somebody_else_s_session_is_like_one_that_does_not_exist(app: Bff) -> None:
    mine, theirs = session_of(app)["accessToken"], app.sign_in("13800000002")
    their_id = app.data(SESSIONS, token=theirs)["me"]["sessions"][0]["id"]
    end = "mutation($id: ID!) { endSession(id: $id) { userErrors { code } } }"
    assert app.data(end, {"id": their_id}, mine) == app.data(end, {"id": "0" * 32}, mine)
    assert len(app.data(SESSIONS, token=theirs)["me"]["sessions"]) == 1


def test_signing_out_ends_this_session_only(app: Bff) -> None:
    here, there = session_of(app)["accessToken"], session_of(app)["accessToken"]
    app.data("SignOut", token=here)
    assert code_of_error(app.execute(SESSIONS, token=here)) == "UNAUTHENTICATED"
    assert len(app.data(SESSIONS, token=there)["me"]["sessions"]) == 1


def test_a_closed_account_ends_all_sessions(fresh_bff: Bff, fresh_core: Core) -> None:
    here, there = fresh_bff.sign_in(DUAN), fresh_bff.sign_in(DUAN)
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute(
            "UPDATE account SET GRZHZT = '05' WHERE GRZH IN (SELECT GRZH FROM person WHERE ZJHM = '99000019850312022X')"
        )
    assert fresh_bff.data("AccountInfo", token=here)["me"]["account"]["status"] == "CLOSED"
    for token in (here, there):
        assert code_of_error(fresh_bff.execute(SESSIONS, token=token)) == "UNAUTHENTICATED"


# ----- passwords --------------------------------------------------------------------------------------------------


def change(app: Bff, token: str, which: str, current: str, new: str) -> Any:
    asked = {"which": which, "currentPassword": current, "newPassword": new}
    return app.data("ChangePassword", {"input": asked}, token)["changePassword"]


def reset(app: Bff, code: str, which: str = "LOGIN", new: str = "Autumn-Wind-9", address: str | None = None) -> Any:
    asked = {"phone": DUAN, "idNumber": "99000019850312022X", "smsCode": code, "which": which, "newPassword": new}
    return app.data("ResetPassword", {"input": asked}, address=address)["resetPassword"]


@on_each_database
def test_a_changed_login_password_ends_the_other_sessions(app: Bff) -> None:
    here, there = session_of(app)["accessToken"], session_of(app)["accessToken"]
    assert codes_of(change(app, here, "LOGIN", "Practice-2018", "Autumn-Wind-9")) == []
    assert len(app.data(SESSIONS, token=here)["me"]["sessions"]) == 1
    assert code_of_error(app.execute(SESSIONS, token=there)) == "UNAUTHENTICATED"
    assert codes_of(sign_in(app, DUAN, "Practice-2018")) == ["WRONG_CREDENTIALS"]
    assert codes_of(sign_in(app, DUAN, "Autumn-Wind-9")) == []


@on_each_database
def test_a_changed_query_password_unlocks(app: Bff) -> None:
    token = session_of(app)["accessToken"]
    assert codes_of(change(app, token, "QUERY", "201810", "864209")) == []
    assert codes_of(app.data("Unlock", {"queryPassword": "201810"}, token)["unlock"]) == ["WRONG_CREDENTIALS"]
    assert codes_of(app.data("Unlock", {"queryPassword": "864209"}, token)["unlock"]) == []


def test_a_password_is_changed_by_who_knows_it(app: Bff) -> None:
    payload = change(app, session_of(app)["accessToken"], "LOGIN", "Practice-2019", "Autumn-Wind-9")
    assert payload["userErrors"] == [
        {"code": "WRONG_CREDENTIALS", "field": "currentPassword", "message": "当前密码不正确。"}
    ]


@pytest.mark.parametrize(
    ("which", "new"),
    [
        ("LOGIN", "1234567"),
        ("LOGIN", "password"),
        ("LOGIN", "13800000001"),
        ("LOGIN", "99000019850312022x"),
        ("QUERY", "123456"),
        ("QUERY", "850312"),
        ("QUERY", "19850312"),
    ],
)
def test_a_weak_password_is_refused(app: Bff, which: str, new: str) -> None:
    current = "Practice-2018" if which == "LOGIN" else "201810"
    payload = change(app, session_of(app)["accessToken"], which, current, new)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("WEAK_PASSWORD", "newPassword")]


@on_each_database
def test_a_forgotten_password_is_reset_by_a_code_and_ends_all_sessions(app: Bff, core: Core) -> None:
    token = session_of(app)["accessToken"]
    assert codes_of(reset(app, send_code(app, core, DUAN, "RESET_PASSWORD"))) == []
    assert code_of_error(app.execute(SESSIONS, token=token)) == "UNAUTHENTICATED"
    assert codes_of(sign_in(app, DUAN, "Autumn-Wind-9")) == []


@pytest.mark.parametrize(("which", "name"), [("LOGIN", "登录密码"), ("QUERY", "查询密码")])
def test_the_owner_hears_by_sms_of_a_new_password(app: Bff, core: Core, which: str, name: str) -> None:
    code = send_code(app, core, DUAN, "RESET_PASSWORD")
    asked = {"phone": DUAN, "idNumber": DUAN_ID, "smsCode": code, "which": which, "newPassword": "Autumn-Wind-9"}
    app.data("ResetPassword", {"input": asked})
    text = core.inbox(DUAN)[0]["text"]
    assert re.fullmatch(
        rf"【练习住房公积金管理中心】您于\d+月\d+日\d\d:\d\d修改了公积金{name}。如非本人操作，.*致电12329。", text
    )


@pytest.mark.parametrize("kind", ["hang", "html502"])
def test_a_new_password_stands_when_no_message_can_be_sent(
    fresh_bff: Bff, fresh_core: Core, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password, "TELLING", 2.0)
    token = session_of(fresh_bff)["accessToken"]
    fresh_core.break_("SendMessage", kind)

    def send() -> Any:
        return change(fresh_bff, token, "LOGIN", "Practice-2018", "Autumn-Wind-9")

    changed = given_up(fresh_bff, 2, fresh_core, {"SendMessage"}, send) if kind == "hang" else send()
    assert codes_of(changed) == []
    assert codes_of(sign_in(fresh_bff, DUAN, "Autumn-Wind-9")) == []
    with closing(sqlite3.connect(store_of(fresh_bff))) as db:
        said = "SELECT outcome, detail FROM audit WHERE event = 'password message'"
        assert db.execute(said).fetchall() == [("failed", "login")]


def test_resetting_does_not_say_who_is_a_member(app: Bff, core: Core) -> None:
    answers = []
    for phone, id_number in (("13800000006", ZHAO["idNumber"]), (DUAN, ZHAO["idNumber"])):
        code = send_code(app, core, phone, "RESET_PASSWORD")
        asked = {
            "phone": phone,
            "idNumber": id_number,
            "smsCode": code,
            "which": "LOGIN",
            "newPassword": "Autumn-Wind-9",
        }
        answers.append(app.data("ResetPassword", {"input": asked})["resetPassword"])
    assert answers[0] == answers[1]
    assert codes_of(answers[0]) == ["NOT_ON_RECORD"]


def test_a_reset_asks_to_check_what_it_asked_for(app: Bff, core: Core) -> None:
    code = send_code(app, core, "13800000006", "RESET_PASSWORD")
    asked = {"phone": "13800000006", "idNumber": DUAN_ID, "smsCode": code, "which": "LOGIN"}
    payload = app.data("ResetPassword", {"input": {**asked, "newPassword": "Autumn-Wind-9"}})["resetPassword"]
    assert payload["userErrors"][0]["message"] == (
        "手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，在中心更换过手机号码的，请填写新号码，"
        "重新获取验证码后再试，仍不一致的，请携带身份证到柜台核实更正。"
    )


# ----- two passwords ----------------------------------------------------------------------------------------------

SAME = {"code": "WEAK_PASSWORD", "message": "登录密码和查询密码不能相同，请另设一个。"}


def test_registration_takes_no_two_passwords_that_are_one(app: Bff) -> None:
    payload = register(app, {**ZHAO, "queryPassword": PASSWORDS["loginPassword"]}, "123456")
    assert payload["userErrors"] == [{**SAME, "field": "queryPassword"}]


@pytest.mark.parametrize(
    ("which", "current", "other"),
    [("LOGIN", "Practice-2018", "Moon-Over-7"), ("QUERY", "Moon-Over-7", "Practice-2018")],
)
def test_a_changed_password_is_not_the_other_one(app: Bff, which: str, current: str, other: str) -> None:
    token = session_of(app)["accessToken"]
    assert codes_of(change(app, token, "QUERY", "201810", "Moon-Over-7")) == []
    assert change(app, token, which, current, other)["userErrors"] == [{**SAME, "field": "newPassword"}]


@pytest.mark.usefixtures("standing_count")
def test_a_new_password_is_a_try_of_the_other_one(app: Bff) -> None:
    """Who knows one of them would else find the other, guess by guess."""
    token = session_of(app)["accessToken"]
    current, outcomes = "Practice-2018", []
    for number in range(4):
        new = f"Autumn-Wind-{number}9"
        outcomes += codes_of(change(app, token, "LOGIN", current, new)) or ["done"]
        current = new
    assert outcomes == ["done"] * 3 + ["TOO_MANY_ATTEMPTS"]


def test_a_reset_password_is_not_the_other_one_and_the_code_is_good_for_another(app: Bff, core: Core) -> None:
    token = session_of(app)["accessToken"]
    assert codes_of(change(app, token, "QUERY", "201810", "Moon-Over-7")) == []
    code = send_code(app, core, DUAN, "RESET_PASSWORD")
    asked = {"phone": DUAN, "idNumber": DUAN_ID, "smsCode": code, "which": "LOGIN", "newPassword": "Moon-Over-7"}
    payload = app.data("ResetPassword", {"input": asked})["resetPassword"]
    assert payload["userErrors"] == [{**SAME, "field": "newPassword"}]
    assert codes_of(reset(app, code)) == []


# ----- what is kept -----------------------------------------------------------------------------------------------


def test_a_stolen_store_shows_no_usable_secret(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"])
    session = register(app, ZHAO, code)["session"]
    renewed = refresh(app, session["refreshToken"])["session"]
    app.data("Unlock", {"queryPassword": PASSWORDS["queryPassword"]}, renewed["accessToken"])
    with closing(sqlite3.connect(store_of(app))) as db:
        dump = "\n".join(db.iterdump())
    tokens = [each[name] for each in (session, renewed) for name in ("accessToken", "refreshToken")]
    secrets = [*tokens, *PASSWORDS.values(), f"'{code}'"]
    assert [secret for secret in secrets if secret in dump] == []
    assert ZHAO["phone"] in dump


def test_security_events_and_reveals_are_audited(app: Bff) -> None:
    sign_in(app, DUAN, "wrong", "203.0.113.7")
    token = app.sign_in(DUAN)
    app.data("{ me { idNumber(reveal: true) } }", token=token, address="203.0.113.8")
    with closing(sqlite3.connect(store_of(app))) as db:
        rows = db.execute("SELECT event, outcome, address, detail FROM audit ORDER BY id").fetchall()
        members = db.execute("SELECT count(DISTINCT member_id) FROM audit").fetchone()[0]
    assert rows == [
        ("sign in", "WRONG_CREDENTIALS", "203.0.113.7", None),
        ("sign in", "done", "127.0.0.1", None),
        ("reveal", "done", "203.0.113.8", "ID number"),
    ]
    assert members == 1


def test_a_number_that_an_answer_shows_many_times_is_audited_once(app: Bff) -> None:
    token = app.sign_in(DUAN)
    many = " ".join(f"a{number}: phone(reveal: true)" for number in range(20))
    shown = app.data(f"{{ me {{ {many} idNumber(reveal: true) }} }}", token=token)["me"]
    assert len(shown) == 21
    assert shown["a0"] == shown["a19"] == DUAN
    with closing(sqlite3.connect(store_of(app))) as db:
        rows = db.execute("SELECT detail FROM audit WHERE event = 'reveal' ORDER BY detail").fetchall()
    assert rows == [("ID number",), ("phone",)]


@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 'done'", "DELETE FROM audit"])
def test_the_audit_log_only_grows(app: Bff, statement: str) -> None:
    sign_in(app, DUAN, "wrong")
    with closing(sqlite3.connect(store_of(app))) as db, pytest.raises(sqlite3.IntegrityError, match="audit"):
        db.execute(statement)
