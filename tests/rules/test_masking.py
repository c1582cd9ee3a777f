"""How much of a number is shown."""

from __future__ import annotations

import pytest

from bff.rules.masking import mask_bank_account, mask_id_number, mask_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [("99000019850312022X", "9****************X"), ("E12", "E*2"), ("E1", "**"), ("E", "*"), ("", "")],
)
def test_of_an_id_number_the_ends_are_shown(number: str, shown: str) -> None:
    assert mask_id_number(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("13800000001", "138****0001"), ("12345678", "123*5678"), ("1234567", "*******"), ("", "")]
)
def test_of_a_phone_the_middle_is_hidden(number: str, shown: str) -> None:
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("6223690000000014", "************0014"), ("12345", "*2345"), ("1234", "****")]
)
def test_of_a_bank_account_the_last_four_are_shown(number: str, shown: str) -> None:
    assert mask_bank_account(number) == shown
