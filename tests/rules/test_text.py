"""Searching as people type, and characters that nobody types."""

from __future__ import annotations

import pytest

from bff.rules.text_normalization import has_all_words, has_hidden_characters


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("", True),
        ("app", True),
        ("ＡＰＰ下载", True),
        ("下载 APP", True),
        ("下载\u3000二维码", True),
        ("下载 量子", False),
        ("载下", False),
        ("龴先生", True),
        ("\ue81e先生", True),
    ],
)
def test_every_word_is_found_in_one_of_the_texts(sought: str, found: bool) -> None:
    assert has_all_words(sought, "App下载", "二维码，\ue81e先生") is found


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\x85", "\ud800", "\u2028", "\u202e", "\ufeff"])
def test_what_nobody_types_is_hidden(character: str) -> None:
    assert has_hidden_characters(f"某{character}厂")


@pytest.mark.parametrize(
    "code", [0xFDD0, 0xFDEF, *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF))]
)
def test_noncharacters_are_hidden(code: int) -> None:
    assert has_hidden_characters(f"某{chr(code)}厂")


@pytest.mark.parametrize(
    "text", ["某厂", "买买提·吐尔逊", "𬱖", "王\ue863", "䶮", "é", "①", "\U000f0000", "\U0003134a"]
)
def test_rare_and_private_characters_are_not(text: str) -> None:
    assert not has_hidden_characters(text)
