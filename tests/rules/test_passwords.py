"""Which passwords are refused."""

from __future__ import annotations

import pytest

from bff.rules.password_rules import login_password_refusal, query_password_refusal, same_passwords
from bff.rules.refusal import Refusal, UserErrorCode

ID_NUMBER = "99000019850312022X"
PHONE = "13800000001"


@pytest.mark.parametrize(
    "password", ["Practice-2018", "correct horse battery", "密码可以是一句话", "x9" + "k7v2mq" * 21]
)
def test_login_password_is_taken(password: str) -> None:
    assert login_password_refusal(password, id_number=ID_NUMBER, phone=PHONE) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "k7v2mq9",
        "k" * 129,
        "woaini1314",
        "Password1",
        "1qaz2wsx",
        "my13800000001",
        "99000019850312022x",
        "abcdefgh",
        "87654321",
        "67890123",
        "hgfedcba",
        "aaaaaaaa",
        "wxwxwxwxw",
        "aabbccdd",
        "kkllmmnn",
        "mmmnnnooo",
        "Mountain",
    ],
)
def test_login_password_is_weak(password: str) -> None:
    refusal = login_password_refusal(password, id_number=ID_NUMBER, phone=PHONE)
    assert refusal is not None
    assert (refusal.code, refusal.field) == (UserErrorCode.WEAK_PASSWORD, "loginPassword")


@pytest.mark.parametrize("password", ["201810", "739204", "a8k2mz"])
def test_query_password_is_taken(password: str) -> None:
    assert query_password_refusal(password, id_number=ID_NUMBER, phone=PHONE) is None


@pytest.mark.parametrize(
    "password",
    [
        "12345",
        "7" * 129,
        "123456",
        "654321",
        "890123",
        "210987",
        "111111",
        "121212",
        "123123",
        "738738",
        "112233",
        "111222",
        "520520",
        "850312",
        "198503",
        "19850312",
        "031285",
        "120385",
        "12022x",
        "000001",
    ],
)
def test_query_password_is_weak(password: str) -> None:
    refusal = query_password_refusal(password, id_number=ID_NUMBER, phone=PHONE)
    assert refusal is not None
    assert (refusal.code, refusal.field) == (UserErrorCode.WEAK_PASSWORD, "queryPassword")


def test_a_short_foreign_document_does_not_make_every_password_weak() -> None:
    assert query_password_refusal("739204", id_number="E1", phone=PHONE) is None


def test_the_refusal_says_what_to_do() -> None:
    refusal = login_password_refusal("short", id_number=ID_NUMBER, phone=PHONE, field="password")
    assert refusal is not None
    assert (refusal.field, refusal.message) == ("password", "密码长度须为8至128个字符。")


def test_two_passwords_that_are_one_are_refused_by_their_field() -> None:
    message = "登录密码和查询密码不能相同，请另设一个。"
    assert same_passwords("queryPassword") == Refusal(UserErrorCode.WEAK_PASSWORD, message, "queryPassword")


OWN = "密码不能包含本人的身份证号或手机号码。"
OWN_ENDS = "密码不能包含本人生日，也不能包含身份证号或手机号码的后6位。"
SIMPLE = "密码过于简单，请勿使用常见密码、连续或重复的字符。"


@pytest.mark.parametrize(("password", "message"), [(f"x{PHONE}x", OWN), ("abcabcabc", SIMPLE)])
def test_a_login_password_is_refused_with_the_reason(password: str, message: str) -> None:
    refusal = login_password_refusal(password, id_number=ID_NUMBER, phone=PHONE)
    assert refusal == Refusal(UserErrorCode.WEAK_PASSWORD, message, "loginPassword")


@pytest.mark.parametrize(
    ("password", "message"),
    [("000001", OWN_ENDS), ("12022x", OWN_ENDS), ("850312", OWN_ENDS), ("x000001", OWN_ENDS), ("121212", SIMPLE)],
)
def test_a_query_password_is_refused_with_the_reason(password: str, message: str) -> None:
    refusal = query_password_refusal(password, id_number=ID_NUMBER, phone=PHONE)
    assert refusal == Refusal(UserErrorCode.WEAK_PASSWORD, message, "queryPassword")


@pytest.mark.parametrize("password", ["acegik", "1223334", "abcdabc1", "k7m2k7", "kk22xx", "1k2v3m"])
def test_steps_of_two_and_a_unit_longer_than_half_are_no_habit(password: str) -> None:
    assert query_password_refusal(password, id_number=ID_NUMBER, phone=PHONE) is None
