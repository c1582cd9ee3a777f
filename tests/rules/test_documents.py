"""Numbers of identity documents: what each kind takes, how it is kept, and where the core may have it."""

from __future__ import annotations

from datetime import date

import pytest

from bff.legacy.standard.code_tables import DOCUMENTS
from bff.rules.documents import SHAPES, DocumentKind, kinds_of, parse_any_document, parse_document
from bff.rules.identity import check_digit
from bff.rules.masking import mask_id_number

TODAY = date(2026, 11, 25)
Kind = DocumentKind


def card(first: str) -> str:
    """Seventeen digits with the true check digit."""
    return first + check_digit(first)


HONG_KONG = card("81000019900101001")
FOREIGN = card("91115619900101001")


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.IDENTITY_CARD, " 99000019850312022x", "99000019850312022X"),
        (Kind.RESIDENCE_PERMIT, HONG_KONG, HONG_KONG),
        (Kind.RESIDENCE_PERMIT, "99000019850312022X", None),
        (Kind.PASSPORT, "e1234 5678", "E12345678"),
        (Kind.PASSPORT, "Ｅ１２３４５６７８", "E12345678"),
        (Kind.PASSPORT, "ABCDEFGH", None),
        (Kind.PASSPORT, "E12", None),
        (Kind.TRAVEL_PERMIT, "h12345678", "H12345678"),
        (Kind.TRAVEL_PERMIT, "H1234567801", "H1234567801"),
        (Kind.TRAVEL_PERMIT, "12345678", "12345678"),
        (Kind.TRAVEL_PERMIT, "X12345678", None),
        (Kind.PERMANENT_RESIDENCE, FOREIGN, FOREIGN),
        (Kind.PERMANENT_RESIDENCE, "usa110019700101", "USA110019700101"),
        (Kind.PERMANENT_RESIDENCE, HONG_KONG, None),
        (Kind.OFFICER_CARD, "军字第2001988号", "军字第2001988号"),
        (Kind.OFFICER_CARD, "2001988", None),
        (Kind.IDENTITY_CARD, "990000198503120221", None),
    ],
)
def test_a_number_is_of_its_kind_or_refused(kind: Kind, typed: str, kept: str | None) -> None:
    assert parse_document(kind, typed, TODAY) == kept


def test_a_name_to_sign_in_with_is_any_document_and_no_phone() -> None:
    assert parse_any_document("e12345678", TODAY) == "E12345678"
    assert parse_any_document(HONG_KONG.lower(), TODAY) == HONG_KONG
    assert parse_any_document("13800000001", TODAY) is None
    assert parse_any_document("990000198503120221", TODAY) is None, "a wrong check digit"


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("99000019850312022X", ["01"]),
        ("110101190001010006", ["01"]),
        (HONG_KONG, ["99", "01"]),
        (FOREIGN, ["01", "04"]),
        ("E12345678", ["03"]),
        ("H12345678", ["99", "03"]),
        ("军字第2001988号", ["02"]),
    ],
)
def test_the_core_is_asked_under_the_types_that_have_such_numbers(number: str, codes: list[str]) -> None:
    assert [DOCUMENTS[kind] for kind in kinds_of(number)] == codes


def test_every_kind_has_a_shape_and_a_code() -> None:
    assert set(SHAPES) == set(DOCUMENTS) == set(Kind)


def test_other_documents_are_masked_to_their_ends() -> None:
    assert mask_id_number("E12345678") == "E*******8"
