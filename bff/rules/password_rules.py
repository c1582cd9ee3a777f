"""Rules for passwords: length, personal data, common passwords and patterns."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

from bff.rules.refusal import Refusal, UserErrorCode

LOGIN_SHORTEST = 8
QUERY_SHORTEST = 6
LONGEST = 128
COMMON = "\n" + files("bff.rules").joinpath("common_passwords.txt").read_text("utf-8")
"""One a line, as a text: a set takes twenty times the memory, and few look. What lists of guesses begin with, of six
characters and more, in lower case: the 30 000 that zxcvbn 4.5 (MIT) counted most often in leaks, and what people here
use. Runs and repeats are told by rule."""


def login_password_refusal(
    password: str, *, id_number: str, phone: str, field: str = "loginPassword"
) -> Refusal | None:
    """Check a login password. `id_number` has eighteen characters, `phone` eleven digits; neither may be part of the
    password."""
    if refusal := _length(password, LOGIN_SHORTEST, field):
        return refusal
    if _holds(password, id_number, phone):
        return _weak("密码不能包含本人的身份证号或手机号码。", field)
    return _habit(password, field)


def query_password_refusal(
    password: str, *, id_number: str, phone: str, field: str = "queryPassword"
) -> Refusal | None:
    """Check a query password, often six digits: it may hold neither a birthday nor the end of a number on the
    person's papers."""
    if refusal := _length(password, QUERY_SHORTEST, field):
        return refusal
    if _holds(password, *_birthdays(id_number), id_number[-6:], phone[-6:]):
        return _weak("密码不能包含本人生日，也不能包含身份证号或手机号码的后6位。", field)
    return _habit(password, field)


def same_passwords(field: str) -> Refusal:
    """Return the refusal of a query password that equals the login password: two equal secrets protect as one."""
    return _weak("登录密码和查询密码不能相同，请另设一个。", field)


def _holds(password: str, *own: str) -> bool:
    # Documents other than identity cards are shorter: pieces of them would be found in anything.
    return any(len(part) >= QUERY_SHORTEST and part in password.upper() for part in own)


def _length(password: str, shortest: int, field: str) -> Refusal | None:
    if shortest <= len(password) <= LONGEST:
        return None
    return _weak(f"密码长度须为{shortest}至{LONGEST}个字符。", field)


def _habit(password: str, field: str) -> Refusal | None:
    plain = password.casefold()
    if f"\n{plain}\n" in COMMON or _is_run(plain) or _repeats(plain):
        return _weak("密码过于简单，请勿使用常见密码、连续或重复的字符。", field)
    return None


def _birthdays(id_number: str) -> Iterator[str]:
    year, month, day = id_number[6:10], id_number[10:12], id_number[12:14]
    yield from (year[2:] + month + day, year + month, month + day + year[2:], day + month + year[2:])


def _is_run(text: str) -> bool:
    """Tell runs such as abcdef or 987654: each character follows, or precedes, the one to its left; 0 follows 9."""
    steps = {_step(a, b) for a, b in pairwise(text)}
    return len(steps) == 1 and steps <= {1, -1}


def _step(left: str, right: str) -> int:
    if left + right in {"90", "09"}:
        return 1 if left == "9" else -1
    return ord(right) - ord(left)


def _repeats(text: str) -> bool:
    """Tell repetitions of a unit of up to half the length: 111111, 121212, abcabc; 112233 and 111222 as well."""
    if any(text == (text[:n] * len(text))[: len(text)] for n in range(1, len(text) // 2 + 1)):
        return True
    return any(len(text) % n == 0 and _is_run_of_blocks(text, n) for n in (2, 3))


def _is_run_of_blocks(text: str, size: int) -> bool:
    blocks = [text[i : i + size] for i in range(0, len(text), size)]
    return all(len(set(block)) == 1 for block in blocks) and _is_run("".join(block[0] for block in blocks))


def _weak(message: str, field: str) -> Refusal:
    return Refusal(UserErrorCode.WEAK_PASSWORD, message, field)
