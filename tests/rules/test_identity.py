"""Names and identity numbers. Everyone here is synthetic: there is no area 99."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.identity import birthday, check_digit, parse_id_number, parse_name, same_id, same_name
from tests.rules.examples import derandomised

TODAY = date(2018, 10, 25)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("990000199001010017", "990000199001010017"),
        ("99000019850615007x", "99000019850615007X"),
        ("９９００００１９８５０６１５００７ｘ", "99000019850615007X"),
        ("990000 19850615 007X", "99000019850615007X"),
        ("990000200002290036", "990000200002290036"),
        ("11010519491231002X", "11010519491231002X"),
        ("990000900101001", "990000199001010017"),
    ],
)
def test_id_number_is_stored_with_eighteen_characters(text: str, number: str) -> None:
    assert parse_id_number(text, TODAY) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "99000019900101001",
        "990000199001010018",
        "9900001990010100170",
        "X90000199001010017",
        "990000190002290013",
        "99000018991231001" + check_digit("99000018991231001"),
        "99000019991301001X",
        "990000209912310017",
        "990000901301001",
        "٩90000199001010017",
    ],
    ids=[
        "empty",
        "short",
        "check digit",
        "long",
        "X in front",
        "1900 was no leap year",
        "before 1900",
        "month 13",
        "not born yet",
        "month 13 of fifteen digits",
        "digits of another script",
    ],
)
def test_id_number_is_refused(text: str) -> None:
    assert parse_id_number(text, TODAY) is None


def test_id_number_may_be_born_today() -> None:
    number = "99000020181025001"
    assert parse_id_number(number + check_digit(number), TODAY) is not None


@derandomised
@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(born: date, sequence: int, place: int, step: int) -> None:
    number = f"990000{born:%Y%m%d}{sequence:03d}"
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert parse_id_number(number + check_digit(number), TODAY) is not None
    assert parse_id_number(wrong + check_digit(number), TODAY) is None


def test_birthday_stands_in_the_number() -> None:
    assert birthday("99000019850312022X") == date(1985, 3, 12)


@pytest.mark.parametrize("stored", ["990000900101001", " 990000199001010017 ", "990000199001010017"])
def test_ids_agree_across_fifteen_and_eighteen_digits(stored: str) -> None:
    assert same_id("990000199001010017", stored)


def test_ids_of_other_documents_compare_as_text() -> None:
    assert same_id("e 12345678", "E12345678")
    assert not same_id("E12345678", "E12345679")
    assert not same_id("", " ")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 段小梅 ", "段小梅"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("张𬱖", "张𬱖"),
        ("张\U000323af", "张\U000323af"),
        ("张\ue000", "张\ue000"),
        ("〇小明", "〇小明"),
        ("Anna  Smith-O'Neil", "Anna Smith-O'Neil"),
        ("Zoe\u0308 Li", "Zoë Li"),
    ],
)
def test_name_is_tidied_and_keeps_rare_characters(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text", ["", " ", "·", "a", "段\u200b小梅", "段\n小梅", "段\u202e梅", "段3", "<段>", "段" * 61]
)
def test_name_is_refused(text: str) -> None:
    assert parse_name(text) is None


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("张𬱖", "张𬱖 "),
        ("高 小华", "高小华"),
        ("高\u3000小华", "高小华"),
        ("ANNA SMITH", "Ａｎｎａ Ｓｍｉｔｈ"),
        ("葛\U000e0100小明", "葛小明"),
    ],
)
def test_names_agree_across_spellings(typed: str, stored: str) -> None:
    assert same_name(typed, stored)


def test_names_of_two_people_differ() -> None:
    assert not same_name("张𬱖", "张?")
    assert not same_name("买买提·吐尔逊", "买买提吐尔逊")
    assert not same_name("", " ")


@pytest.mark.parametrize(("text", "taken"), [("丁", True), ("丁" * 60, True), ("丁" * 60 + "a", False), ("a", False)])
def test_a_name_has_two_to_120_bytes_of_the_core(text: str, taken: bool) -> None:
    assert parse_name(text) == (text if taken else None)


def test_nobody_on_record_was_born_before_1900() -> None:
    assert birthday("110101190001010000") == date(1900, 1, 1)
    assert birthday("110101189912310000") is None


@pytest.mark.parametrize("number", ["9900001990010100", ""])
def test_a_number_that_is_cut_short_has_no_check_digit(number: str) -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        check_digit(number)
