"""Names and citizen identity numbers (GB 11643): normal forms and comparison."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from bff.rules.private_use import assigned
from bff.rules.text_normalization import half_width, has_hidden_characters, with_middle_dots, without_blanks

_NAME_SIGNS = frozenset("· .-'’")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LONG = re.compile(r"[0-9]{17}[0-9X]")
_SHORT = re.compile(r"[0-9]{15}")
_VARIATION_SELECTORS = dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))


def parse_name(text: str) -> str | None:
    """Normalize a name: NFC, one blank between words, U+00B7 as the middle dot. Returns None unless it has 2 to 120
    bytes in GB 18030, as the core stores it.

    Characters are never held against a list: rare ones lie beyond the BMP, unnamed ones in the private use area.
    """
    if has_hidden_characters(text.strip()):
        return None
    name = " ".join(with_middle_dots(unicodedata.normalize("NFC", assigned(text))).split())
    plausible = any(map(_is_letter, name)) and all(_is_letter(c) or c in _NAME_SIGNS for c in name)
    return name if plausible and 2 <= len(name.encode("gb18030")) <= 120 else None


def _is_letter(character: str) -> bool:
    # Cn: letters that Unicode named after this Python was built.
    category = unicodedata.category(character)
    return category[0] in "LM" or category in {"Nl", "Co", "Cn"}


def same_name(first: str, second: str) -> bool:
    """Compare names without regard to blanks, case, width, variation selectors, the kind of dot and GBK's private
    code points. Empty names agree with none."""
    key = _name_key(first)
    return key != "" and key == _name_key(second)


def _name_key(text: str) -> str:
    dotted = unicodedata.normalize("NFKC", with_middle_dots(assigned(text))).replace(".", "·")
    return without_blanks(dotted).translate(_VARIATION_SELECTORS).casefold()


def parse_id_number(text: str, today: date) -> str | None:
    """Normalize an identity number to eighteen characters; fifteen digits are lengthened. Returns None without a
    valid check digit or with a birthday after `today`."""
    number = _eighteen(text)
    if number is None or check_digit(number) != number[17]:
        return None
    born = birthday(number)
    return number if born is not None and born <= today else None


def same_id(first: str, second: str) -> bool:
    """Compare identity numbers, those of fifteen digits with their long form; other documents compare as text."""
    key = id_key(first)
    return key != "" and key == id_key(second)


def id_key(text: str) -> str:
    """Return the form in which numbers are compared; other documents as text. Empty for blanks."""
    return _eighteen(text) or without_blanks(half_width(text)).upper()


def _eighteen(text: str) -> str | None:
    number = without_blanks(half_width(text)).upper()
    if _SHORT.fullmatch(number):
        number = f"{number[:6]}19{number[6:]}"
        return number + check_digit(number)
    return number if _LONG.fullmatch(number) else None


def check_digit(number: str) -> str:
    """Compute the eighteenth character from the first seventeen."""
    return _CHECKS[sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def birthday(number: str) -> date | None:
    """Return the date in an eighteen character number. Returns None for no date, and before 1900."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1900 else None
