"""The phone number that counts is the one that the core has at present: for names, codes, resets and warnings."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bff.resolvers import record
from tests.conftest import on_each_database, settings_for
from tests.support.servers import Bff, Clock, Core, running_bff
from tests.support.serving import given_up, until

DUAN, DUAN_ID, DUAN_ACCOUNT = "13800000001", "99000019850312022X", "990140300001"
GAO, GAO_ID = "13800000002", "990000197906081136"
NEW = "13911112222"
STRANGER, STRANGER_ID = "13933334444", "990000198503120297"
PASSWORD, ANOTHER = "Practice-2018", "Autumn-Wind-9"
CHANGED = "您在公积金中心登记的手机号码已变更"


@pytest.fixture
def clock() -> Clock:
    return Clock()


PATIENT = {"core_timeout": 40, "request_timeout": 60}


@pytest.fixture
def bff(fresh_core: Core, tmp_path: Path, clock: Clock, database: str) -> Iterator[Bff]:
    settings = settings_for(fresh_core, tmp_path / "bff", trusted_proxies="127.0.0.1", database_url=database, **PATIENT)
    with running_bff(settings, now=clock) as bff:
        yield bff


class Addresses:
    """A new one for each request: what is counted by network is no matter here."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return f"2001:db8:0:{self.last:x}::1"


address = Addresses()


def move_phone(core: Core, phone: str, account: str = DUAN_ACCOUNT) -> None:
    assert core.control("PUT", f"accounts/{account}", {"phone": phone})


def account_of(core: Core, id_number: str) -> str:
    with closing(sqlite3.connect(core.book)) as db:
        account: str = db.execute("SELECT GRZH FROM person WHERE ZJHM = ?", (id_number,)).fetchone()[0]
    return account


def sign_in(bff: Bff, username: str, password: str = PASSWORD) -> str:
    """The outcome."""
    asked = {"username": username, "loginPassword": password}
    errors = bff.data("SignIn", {"input": asked}, address=address())["signIn"]["userErrors"]
    return errors[0]["code"] if errors else "done"


def ask_for_code(bff: Bff, phone: str) -> Any:
    asked = {"phone": phone, "purpose": "RESET_PASSWORD"}
    return bff.execute("RequestSmsCode", {"input": asked}, address=address())


def send_code(bff: Bff, core: Core, phone: str) -> str:
    assert ask_for_code(bff, phone)["data"]["requestSmsCode"]["userErrors"] == []
    return next(found[1] for each in core.inbox(phone) if (found := re.search(r"验证码为(\d{6})", each["text"])))


def reset(bff: Bff, phone: str, id_number: str, code: str) -> Any:
    asked = {"phone": phone, "idNumber": id_number, "smsCode": code, "which": "LOGIN", "newPassword": ANOTHER}
    return bff.execute("ResetPassword", {"input": asked}, address=address())


def outcome(answer: Any) -> str:
    if "errors" in answer:
        code: str = answer["errors"][0]["extensions"]["code"]
        return code
    errors = next(iter(answer["data"].values()))["userErrors"]
    return errors[0]["code"] if errors else "done"


def told(core: Core, phone: str) -> list[str]:
    return [each["text"] for each in core.inbox(phone) if CHANGED in each["text"]]


def store(bff: Bff, statement: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(bff.services.settings.data_dir / "bff.sqlite3")) as db, db:
        return db.execute(statement, values).fetchall()


def settled(bff: Bff) -> None:
    """What goes on after an answer is done."""
    until(lambda: not bff.services.background._tasks)


def confirmed_yesterday(bff: Bff) -> None:
    store(bff, "UPDATE member SET phone_confirmed_at = datetime(phone_confirmed_at, '-1 day')")


# ----- a number that was given up -------------------------------------------------------------------------------


@on_each_database
def test_a_number_that_was_given_up_resets_nothing_and_the_present_one_does(bff: Bff, fresh_core: Core) -> None:
    code = send_code(bff, fresh_core, DUAN)
    move_phone(fresh_core, NEW)
    assert outcome(reset(bff, DUAN, DUAN_ID, code)) == "NOT_ON_RECORD"
    assert sign_in(bff, DUAN_ID, ANOTHER) == "WRONG_CREDENTIALS"
    code = send_code(bff, fresh_core, NEW)
    assert outcome(reset(bff, NEW, DUAN_ID, code)) == "done"
    assert sign_in(bff, DUAN_ID, ANOTHER) == "done"
    until(lambda: len(told(fresh_core, DUAN)) == len(told(fresh_core, NEW)) == 1)
    assert fresh_core.inbox(DUAN)[0]["text"].startswith(f"【练习住房公积金管理中心】{CHANGED}")


def test_a_number_that_was_given_up_gets_no_code_but_a_text_of_its_own(bff: Bff, fresh_core: Core) -> None:
    """The answer is that of a stranger's number, and so is the work before it."""
    strangers = ask_for_code(bff, STRANGER)
    move_phone(fresh_core, NEW)
    fresh_core.calls()
    assert ask_for_code(bff, DUAN) == strangers
    settled(bff)
    texts = [each["text"] for each in fresh_core.inbox(DUAN)]
    (own,) = [each for each in texts if CHANGED not in each]
    assert re.fullmatch(
        "【练习住房公积金管理中心】本号码已不是您在公积金中心登记的手机号码，不能用于重置密码，请使用在中心登记的新号码。"
        "如非本人办理变更，请立即致电.+。",
        own,
    )
    assert len(told(fresh_core, DUAN)) == len(told(fresh_core, NEW)) == 1
    assert fresh_core.calls() == {"QueryCustomer": 1, "SendMessage": 3}


def test_the_present_number_resets_although_the_core_was_not_asked_before(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, NEW)
    code = send_code(bff, fresh_core, NEW)
    assert outcome(reset(bff, NEW, DUAN_ID, code)) == "done"
    assert sum("修改了公积金登录密码" in each["text"] for each in fresh_core.inbox(NEW)) == 1


def test_a_given_up_number_is_answered_like_a_stranger_s(bff: Bff, fresh_core: Core) -> None:
    """And costs the core as many calls. The change has been told before."""
    move_phone(fresh_core, NEW)
    sign_in(bff, DUAN_ID)
    until(lambda: len(told(fresh_core, DUAN)) == len(told(fresh_core, NEW)) == 1)
    seen = []
    for phone, id_number in ((DUAN, DUAN_ID), (STRANGER, STRANGER_ID), (STRANGER, DUAN_ID), (DUAN, STRANGER_ID)):
        fresh_core.calls()
        asked = ask_for_code(bff, phone)
        calls = fresh_core.calls()
        code = next(found[1] for m in fresh_core.inbox(phone) if (found := re.search(r"验证码为(\d{6})", m["text"])))
        fresh_core.calls()
        seen.append((asked, calls, reset(bff, phone, id_number, code), fresh_core.calls()))
    assert seen[1:] == seen[:1] * 3
    assert outcome(seen[0][2]) == "NOT_ON_RECORD"
    assert (seen[0][1], seen[0][3]) == ({"QueryCustomer": 1, "SendMessage": 1}, {"QueryCustomer": 1})


def test_a_change_is_told_to_both_numbers_once(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, NEW)
    for _ in range(3):
        assert sign_in(bff, DUAN_ID) == "done"
    until(lambda: told(fresh_core, DUAN) and told(fresh_core, NEW))
    assert sign_in(bff, DUAN_ID) == "done"
    assert (len(told(fresh_core, DUAN)), len(told(fresh_core, NEW))) == (1, 1)
    assert store(bff, "SELECT outcome FROM audit WHERE event = 'phone changed'") == [("done",)]


def test_a_change_that_could_not_be_told_is_told_at_the_next_occasion(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, NEW)
    fresh_core.break_("SendMessage", "html502")
    assert sign_in(bff, DUAN_ID) == "done"
    failed = "SELECT outcome FROM audit WHERE event = 'phone message'"
    until(lambda: store(bff, failed) == [("failed",)])
    fresh_core.heal()
    assert sign_in(bff, DUAN_ID) == "done"
    until(lambda: len(told(fresh_core, DUAN)) == len(told(fresh_core, NEW)) == 1)


# ----- names ----------------------------------------------------------------------------------------------------


def test_the_name_to_sign_in_with_follows_the_core(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    move_phone(fresh_core, NEW)
    assert sign_in(bff, NEW) == "WRONG_CREDENTIALS"
    assert sign_in(bff, DUAN_ID) == "done"
    assert [sign_in(bff, name) for name in (DUAN, NEW)] == ["WRONG_CREDENTIALS", "done"]
    assert bff.data("{ me { phone(reveal: true) } }", token=token)["me"]["phone"] == NEW


def test_a_number_that_was_handed_on_is_the_name_of_the_member_who_has_it_now(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, NEW)
    move_phone(fresh_core, DUAN, account_of(fresh_core, GAO_ID))
    assert sign_in(bff, GAO_ID) == "done"
    until(lambda: store(bff, "SELECT phone FROM member WHERE id_number = ?", DUAN_ID) == [(NEW,)])
    token = bff.data("SignIn", {"input": {"username": DUAN, "loginPassword": PASSWORD}})["signIn"]["session"]
    assert bff.data("{ me { name } }", token=token["accessToken"])["me"]["name"] == "高小华"


def test_two_members_with_one_number_sign_in_by_their_id_numbers(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, DUAN, account_of(fresh_core, GAO_ID))
    assert sign_in(bff, GAO_ID) == "done"
    assert [sign_in(bff, name) for name in (DUAN, GAO, DUAN_ID, GAO_ID)] == [
        "WRONG_CREDENTIALS",
        "WRONG_CREDENTIALS",
        "done",
        "done",
    ]
    code = send_code(bff, fresh_core, DUAN)
    assert outcome(reset(bff, DUAN, GAO_ID, code)) == "done"


def test_a_number_is_compared_as_it_is_tidied_whatever_the_core_s_spelling(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, f"+86 {DUAN[:3]}-{DUAN[3:]} ")
    assert [sign_in(bff, DUAN) for _ in range(2)] == ["done", "done"]
    assert store(bff, "SELECT count(*) FROM audit WHERE event = 'phone changed'") == [(0,)]


PHONE = "{ me { phone(reveal: true) masked: phone } }"


def test_the_present_number_is_shown_and_signs_in_from_then_on(bff: Bff, fresh_core: Core) -> None:
    """The core is asked when it was not on this day, once, and both numbers hear of the change."""
    token = bff.sign_in(DUAN)
    confirmed_yesterday(bff)
    move_phone(fresh_core, NEW)
    fresh_core.calls()
    for _ in range(3):
        assert bff.data(PHONE, token=token)["me"] == {"phone": NEW, "masked": "139****2222"}
    settled(bff)
    assert fresh_core.calls() == {"QueryCustomer": 1, "SendMessage": 2}
    assert (len(told(fresh_core, DUAN)), len(told(fresh_core, NEW))) == (1, 1)
    assert [sign_in(bff, name) for name in (DUAN, NEW)] == ["WRONG_CREDENTIALS", "done"]


def test_a_number_that_the_core_confirmed_today_costs_no_call(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    fresh_core.calls()
    assert bff.data(PHONE, token=token)["me"]["phone"] == DUAN
    assert fresh_core.calls() == {}


@pytest.mark.parametrize("kind", ["closed", "html502"])
def test_the_last_number_is_shown_while_the_core_cannot_be_asked(bff: Bff, fresh_core: Core, kind: str) -> None:
    token = bff.sign_in(DUAN)
    confirmed_yesterday(bff)
    fresh_core.break_("*", kind)
    assert bff.data(PHONE, token=token)["me"]["phone"] == DUAN


def test_who_signs_in_with_a_number_that_is_not_known_yet_is_told_another_way(bff: Bff, fresh_core: Core) -> None:
    move_phone(fresh_core, NEW)
    asked = {"username": NEW, "loginPassword": PASSWORD}
    (error,) = bff.data("SignIn", {"input": asked}, address=address())["signIn"]["userErrors"]
    assert error["message"].endswith("在中心更换过手机号码的，请先用身份证号登录。")
    assert [sign_in(bff, name) for name in (DUAN_ID, NEW)] == ["done", "done"]


def test_a_whole_answer_that_is_held_does_not_show_the_number_from_before(
    fresh_core: Core, tmp_path: Path, clock: Clock
) -> None:
    with running_bff(settings_for(fresh_core, tmp_path, cache=True, trusted_proxies="127.0.0.1"), now=clock) as bff:
        token = bff.sign_in(DUAN)
        for _ in range(2):
            assert bff.data("AccountInfo", token=token)["me"]["phone"] == "138****0001"
        move_phone(fresh_core, NEW)
        assert sign_in(bff, DUAN_ID) == "done"
        assert bff.data("AccountInfo", token=token)["me"]["phone"] == "139****2222"


# ----- nobody, nothing ------------------------------------------------------------------------------------------


def test_a_member_without_a_number_in_the_core_signs_in_and_resets_nothing(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    move_phone(fresh_core, "")
    assert sign_in(bff, DUAN_ID) == "done"
    until(lambda: len(told(fresh_core, DUAN)) == 1)
    assert bff.data("{ me { phone(reveal: true) masked: phone } }", token=token)["me"] == {"phone": "", "masked": ""}
    assert sign_in(bff, DUAN) == "WRONG_CREDENTIALS"
    assert outcome(reset(bff, DUAN, DUAN_ID, send_code(bff, fresh_core, DUAN))) == "NOT_ON_RECORD"


def test_a_member_whom_the_core_no_longer_knows_signs_in_and_resets_nothing(bff: Bff, fresh_core: Core) -> None:
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE person SET ZJHM = 'gone' WHERE GRZH = ?", (DUAN_ACCOUNT,))
    assert sign_in(bff, DUAN) == "done"
    code = send_code(bff, fresh_core, DUAN)
    assert outcome(reset(bff, DUAN, DUAN_ID, code)) == "NOT_ON_RECORD"
    code = send_code(bff, fresh_core, STRANGER)
    fresh_core.break_("QueryCustomer", "html502")
    assert outcome(reset(bff, STRANGER, DUAN_ID, code)) == "CORE_UNAVAILABLE"


# ----- while the core cannot be asked ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["closed", "html502", "hang"])
def test_signing_in_by_password_goes_on(bff: Bff, fresh_core: Core, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before a call to the core is given up."""
    monkeypatch.setattr(record, "ASKING", 2.0)
    confirmed_yesterday(bff)
    fresh_core.break_("*", kind)

    def ask() -> Any:
        return sign_in(bff, DUAN)

    assert (given_up(bff, 2, fresh_core, {"QueryCustomer"}, ask) if kind == "hang" else ask()) == "done"


def test_a_reset_is_refused_with_the_opening_time_unless_the_core_confirmed_the_phone_today(
    bff: Bff, fresh_core: Core
) -> None:
    codes = {phone: send_code(bff, fresh_core, phone) for phone in (DUAN, GAO, STRANGER)}
    settled(bff)
    confirmed_yesterday(bff)
    fresh_core.break_("QueryCustomer", "closed")
    refused = [reset(bff, phone, id_, codes[phone]) for phone, id_ in ((DUAN, DUAN_ID), (STRANGER, STRANGER_ID))]
    shown = [{**each["errors"][0]["extensions"], "requestId": None} for each in refused]
    assert shown[0]["code"] == "CORE_CLOSED"
    assert shown[0]["opensAt"] == shown[1]["opensAt"]
    assert shown[0]["retryAfterSeconds"] >= 1
    assert shown[0].keys() == shown[1].keys()
    fresh_core.heal()
    assert sign_in(bff, GAO) == "done"
    fresh_core.break_("QueryCustomer", "closed")
    assert outcome(reset(bff, GAO, GAO_ID, codes[GAO])) == "done"
    assert outcome(reset(bff, DUAN, GAO_ID, codes[DUAN])) == "CORE_CLOSED"
    fresh_core.heal()
    assert outcome(reset(bff, DUAN, DUAN_ID, codes[DUAN])) == "done"


def test_no_code_goes_to_a_phone_that_the_core_did_not_confirm_today(bff: Bff, fresh_core: Core) -> None:
    """The message says why; the answer is the same for all, or it would say who signed in today."""
    confirmed_yesterday(bff)
    assert sign_in(bff, GAO) == "done"
    fresh_core.break_("QueryCustomer", "closed")
    answers = [ask_for_code(bff, phone) for phone in (DUAN, STRANGER, GAO)]
    assert answers[1:] == answers[:1] * 2
    assert outcome(answers[0]) == "done"
    texts = {phone: fresh_core.inbox(phone)[0]["text"] for phone in (DUAN, STRANGER, GAO)}
    assert re.fullmatch(
        r"【练习住房公积金管理中心】现在无法核对您在中心登记的手机号码，暂不能重置密码，请稍后重新获取验证码。当前不在业务系统的服务时间，预计.*恢复，请届时再试。",
        texts[DUAN],
    )
    assert texts[STRANGER] == texts[DUAN]
    assert "重置密码验证码为" in texts[GAO]


@pytest.mark.parametrize("phone", [DUAN, STRANGER], ids=["a member's", "nobody's"])
def test_a_closed_core_sends_no_codes_and_says_when_it_opens(bff: Bff, fresh_core: Core, phone: str) -> None:
    fresh_core.break_("*", "closed")
    answer = ask_for_code(bff, phone)
    assert outcome(answer) == "CORE_CLOSED"
    assert {"opensAt", "retryAfterSeconds"} <= answer["errors"][0]["extensions"].keys()


# ----- warnings, and members who stay signed in -----------------------------------------------------------------


def test_a_new_password_is_told_to_the_present_number(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    move_phone(fresh_core, NEW)
    asked = {"which": "LOGIN", "currentPassword": PASSWORD, "newPassword": ANOTHER}
    assert bff.data("ChangePassword", {"input": asked}, token)["changePassword"]["userErrors"] == []
    assert any("修改了公积金登录密码" in each["text"] for each in fresh_core.inbox(NEW))
    assert not any("修改了公积金登录密码" in each["text"] for each in fresh_core.inbox(DUAN))


def test_the_core_is_asked_once_a_day_about_members_who_stay_signed_in(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN, unlocked=False)
    confirmed_yesterday(bff)
    fresh_core.calls()
    for _ in range(2):
        token = bff.data("Unlock", {"queryPassword": "201810"}, token)["unlock"]["session"]["accessToken"]
        settled(bff)
    assert fresh_core.calls() == {"QueryCustomer": 1}
