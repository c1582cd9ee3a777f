"""Amounts, phones, contract numbers and lines of text as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.identity import parse_name
from bff.rules.parsing import (
    contract_key,
    parse_contract_number,
    parse_money,
    parse_phone,
    parse_text,
    same_contract,
    same_phone,
)
from tests.rules.examples import derandomised


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("10000", "10000.00"),
        ("10000.5", "10000.50"),
        ("0.01", "0.01"),
        (" 1989.50 ", "1989.50"),
        ("１２３４．５６", "1234.56"),
        ("10,000", "10000.00"),
        ("1,234,567.8", "1234567.80"),
        ("１０，０００", "10000.00"),
        ("9,999,999,999,999,999.99", "9999999999999999.99"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_money_has_two_places(text: str, amount: str) -> None:
    parsed = parse_money(text)
    assert parsed is not None
    assert str(parsed) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-1", "+1", "1e3", "1.234", ".5", "5.", "NaN", "Infinity", "½", "²", "٣", "1 000", "1" * 17),
        *("1,00", "1,0000", ",100", "1,,000", "1000,000", "1.000,00", "10000元", "99,999,999,999,999,999"),
    ],
)
def test_money_refuses_signs_exponents_other_separators_and_third_decimals(text: str) -> None:
    assert parse_money(text) is None


@derandomised
@given(st.decimals(0, 10**15, places=2))
def test_money_reads_back_what_it_shows(amount: Decimal) -> None:
    assert parse_money(f"{amount:.2f}") == amount


@pytest.mark.parametrize(
    "text",
    ["13800000001", " 138 0000 0001 ", "138-0000-0001", "１３８００００００01", "+8613800000001", "8613800000001"],
)
def test_phone_is_eleven_digits_however_it_is_typed(text: str) -> None:
    assert parse_phone(text) == "13800000001"


@pytest.mark.parametrize("text", ["", "1380000000", "138000000011", "12800000001", "23800000001", "1380000000a"])
def test_phone_refuses_what_is_no_mainland_mobile(text: str) -> None:
    assert parse_phone(text) is None


def test_phones_agree_across_the_spellings_of_old_cores() -> None:
    assert same_phone("13800000001", "013800000001 ")
    assert not same_phone("13800000001", "13800000002")


def test_an_unreadable_phone_agrees_with_nothing() -> None:
    assert not same_phone("", "")


@pytest.mark.parametrize("text", ["GF20170618-0032", "云（2017）第0032号", "〔2016〕建/11(A)", "1", "𬱖1"])
def test_contract_number_keeps_its_spelling(text: str) -> None:
    assert parse_contract_number(f" {text} ") == text


@pytest.mark.parametrize("text", ["", "  ", "A" * 31, "A_1", "A\u200b1", "A\n1", "<A>", "A;1"])
def test_contract_number_refuses_other_characters_and_lengths(text: str) -> None:
    assert parse_contract_number(text) is None


@pytest.mark.parametrize("text", ["ＧＦ２０１７０６１８－００３２", "gf20170618-0032", "GF 20170618-0032 "])
def test_contract_numbers_agree_by_what_they_say(text: str) -> None:
    assert same_contract("GF20170618-0032", text)


def test_contract_numbers_are_compared_in_capitals() -> None:
    assert contract_key(" ｇｆ 2017－0032 ") == "GF2017-0032"


def test_contract_numbers_differ_by_one_digit() -> None:
    assert contract_key("GF20170618-0032") != contract_key("GF20170618-0033")


def test_text_is_one_visible_line() -> None:
    assert parse_text("  练习市第一中学 ", 60) == "练习市第一中学"
    assert [parse_text(text, 10) for text in ("", "   ", "一\n二", "一\u202e二", "一" * 11)] == [None] * 5


@pytest.mark.parametrize("text", ["\ufffe", "\uffff", "\U0010fffe", "\ufdd0", "\ufdef"])
def test_what_unicode_calls_no_character_is_in_no_text(text: str) -> None:
    assert parse_text(f"练习{text}", 10) is None
    assert parse_name(f"赵{text}") is None


@pytest.mark.parametrize("text", ["\ufdcf", "\ufdf0", "\ufffd"])
def test_their_neighbours_are_characters(text: str) -> None:
    assert parse_text(f"练习{text}", 10) == f"练习{text}"


@pytest.mark.parametrize(("text", "taken"), [("厂", True), ("厂" * 5, True), ("厂" * 6, False), ("", False)])
def test_a_text_has_one_character_and_no_more_than_its_longest(text: str, taken: bool) -> None:
    assert parse_text(text, 5) == (text if taken else None)


@pytest.mark.parametrize(("length", "taken"), [(1, True), (30, True), (31, False)])
def test_a_contract_number_has_up_to_30_characters(length: int, taken: bool) -> None:
    assert (parse_contract_number("1" * length) is not None) == taken
