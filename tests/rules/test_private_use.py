"""Characters that GBK had before Unicode, by the standard's bytes and by what they became."""

from __future__ import annotations

import pytest

from bff.rules.identity import parse_name, same_name
from bff.rules.parsing import same_contract
from bff.rules.private_use import ASSIGNED, assigned

ROWS = {
    0xE78D: (0xA6, range(0xD9, 0xE0)),
    0xE794: (0xA6, (0xEC, 0xED, 0xF3)),
    0xE7C7: (0xA8, (0xBC, 0xBF)),
    0xE7E7: (0xA9, range(0x89, 0x96)),
    0xE815: (0xFE, [trail for trail in range(0x50, 0xA1) if trail != 0x7F]),
}
"""Where each run of private code points begins, and the bytes that it stood for."""
BYTES = {
    private + at: bytes([lead, trail]) for private, (lead, trails) in ROWS.items() for at, trail in enumerate(trails)
}
SINCE_2005_AND_2022 = {
    **dict(zip(range(0xE78D, 0xE797), map(ord, "︐︒︑︓︔︕︖︗︘︙"), strict=True)),
    0xE7C7: 0x1E3F,
    0xE816: 0x20087,
    0xE817: 0x20089,
    0xE818: 0x200CC,
    0xE831: 0x215D7,
    0xE83B: 0x2298F,
    0xE855: 0x241FE,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
}
"""What Python's codec, which is that of GB 18030-2000, still gives as private."""


def test_every_private_code_point_of_gbk_is_known() -> None:
    assert set(ASSIGNED) == set(BYTES)
    assert len(ASSIGNED) == 105
    assert len(set(ASSIGNED.values())) == 105


@pytest.mark.parametrize("private", BYTES)
def test_a_private_code_point_is_the_character_of_its_bytes(private: int) -> None:
    decoded = BYTES[private].decode("gb18030")
    expected = chr(SINCE_2005_AND_2022[private]) if decoded == chr(private) else decoded
    assert assigned(chr(private)) == expected


def test_other_private_characters_stay() -> None:
    others = "".join(map(chr, range(0xE000, 0xF900)))
    assert {chr(private) for private in BYTES} == set(others) - set(assigned(others))
    assert assigned("段小梅") == "段小梅"


@pytest.mark.parametrize("private", BYTES)
def test_a_name_of_an_old_core_is_the_one_that_a_phone_types(private: int) -> None:
    assert same_name(f"王{chr(private)}", f"王{ASSIGNED[private]}")
    assert same_contract(f"购{chr(private)}第1号", f"购{ASSIGNED[private]}第1号")


def test_a_name_is_kept_by_its_assigned_characters() -> None:
    assert parse_name("王\ue863") == "王䶮"
    assert not same_name("王\ue81e", "王䶮")
