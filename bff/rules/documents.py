"""Identity documents besides the identity card (GB 11643): the formats of their numbers, and the normal form for
comparing and storing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bff.rules.identity import id_key, parse_id_number


class DocumentKind(StrEnum):
    """Kind of document that a person is on record by."""

    IDENTITY_CARD = "IDENTITY_CARD"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    TRAVEL_PERMIT = "TRAVEL_PERMIT"
    PASSPORT = "PASSPORT"
    PERMANENT_RESIDENCE = "PERMANENT_RESIDENCE"
    OFFICER_CARD = "OFFICER_CARD"


@dataclass(frozen=True, slots=True)
class Shape:
    """Format of a document's number. `card` is the prefix of a number with the structure of an identity card's,
    `other` the pattern of any other."""

    name: str
    card: str = ""
    other: str = ""


SHAPES: Mapping[DocumentKind, Shape] = {
    DocumentKind.IDENTITY_CARD: Shape("身份证", card=r"."),
    DocumentKind.RESIDENCE_PERMIT: Shape("港澳台居民居住证", card=r"8[123]"),
    DocumentKind.TRAVEL_PERMIT: Shape("港澳台居民来往内地（大陆）通行证", other=r"[HM]?[0-9]{8}(?:[0-9]{2})?"),
    DocumentKind.PASSPORT: Shape("护照", other=r"(?=.*[0-9])[A-Z0-9]{5,17}"),
    DocumentKind.PERMANENT_RESIDENCE: Shape("外国人永久居留身份证", card=r"9", other=r"[A-Z]{3}[0-9]{12}"),
    DocumentKind.OFFICER_CARD: Shape("军官证", other=r"[\u4e00-\u9fff]{1,3}第{0,1}[0-9]{4,10}号{0,1}"),
}
"""The new 外国人永久居留身份证 and the 居住证 have eighteen characters with a check digit, as an identity card has."""
PHONE = re.compile(r"1[0-9]{10}")


def parse_document(kind: DocumentKind, text: str, today: date) -> str | None:
    """Normalize a number of a kind: capitals, half width, no blanks. Returns None where it does not have the kind's
    format."""
    shape, number = SHAPES[kind], id_key(text)
    if shape.card and (card := parse_id_number(text, today)):
        return card if re.match(shape.card, card) else None
    return number if shape.other and re.fullmatch(shape.other, number) else None


def parse_any_document(text: str, today: date) -> str | None:
    """Normalize a number of unknown kind, as in signing in. Returns None for none, and for a mobile number."""
    if PHONE.fullmatch(id_key(text)):
        return None
    return next((found for kind in DocumentKind if (found := parse_document(kind, text, today))), None)


def is_card(number: str) -> bool:
    """Tell whether a number has the structure of an identity card's: those belong to one person."""
    return re.fullmatch(r"[0-9]{17}[0-9X]", number) is not None


def kinds_of(number: str) -> tuple[DocumentKind, ...]:
    """Return the kinds under which a number may be on record, the likeliest first."""
    if not is_card(number):
        return tuple(kind for kind, shape in SHAPES.items() if shape.other and re.fullmatch(shape.other, number))
    if re.match(SHAPES[DocumentKind.RESIDENCE_PERMIT].card, number):
        return (DocumentKind.RESIDENCE_PERMIT, DocumentKind.IDENTITY_CARD)
    # A 9 and the number of a province: identity cards have no area that begins so.
    foreign = (DocumentKind.PERMANENT_RESIDENCE,) if re.match(r"9[1-6]", number) else ()
    return (DocumentKind.IDENTITY_CARD, *foreign)
