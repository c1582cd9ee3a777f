"""Whose words a member reads where the core refuses."""

from __future__ import annotations

import pytest

from bff.rules.application import Rejection
from bff.rules.core_refusals import KEY_REUSED, message_of


@pytest.mark.parametrize(
    ("reason", "text", "message"),
    [
        (Rejection.SERIAL_REUSED, "SERIAL EXISTS", KEY_REUSED),
        (Rejection.OTHER, " 资料不齐 ", "资料不齐"),
        (Rejection.OTHER, " ", "请到柜台咨询。"),
    ],
)
def test_the_core_s_words_stand_where_there_are_none_of_ours(reason: Rejection, text: str, message: str) -> None:
    assert message_of(reason, text, "请到柜台咨询。") == message
