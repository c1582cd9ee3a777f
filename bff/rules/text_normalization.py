"""Normalization of characters that people and old systems type differently: full-width forms, blanks, dots."""

from __future__ import annotations

import unicodedata

from bff.rules.private_use import assigned

_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_MIDDLE_DOTS = dict.fromkeys(map(ord, "•・．‧･∙⋅⸱●"), "·")
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def half_width(text: str) -> str:
    """Replace full-width digits, letters and signs by ASCII; no other folding, so ½ or ² stay what they are."""
    return text.translate(_HALF_WIDTH)


def without_blanks(text: str) -> str:
    return "".join(text.split())


def with_middle_dots(text: str) -> str:
    """Replace the dots of input methods and old code pages by U+00B7."""
    return text.translate(_MIDDLE_DOTS)


def search_key(text: str) -> str:
    """Return the form in which texts are searched: without regard to width, case, and GBK's private code points."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", assigned(text)).casefold())


def has_all_words(sought: str, *texts: str) -> bool:
    """Tell whether each word of `sought`, between blanks, is part of one of the texts."""
    keys = [search_key(text) for text in texts]
    return all(any(word in key for key in keys) for word in search_key(sought).split())


def has_hidden_characters(text: str) -> bool:
    """Tell whether a text has control, format, surrogate or line separator characters, or noncharacters, which are
    not typed on purpose and which XML lacks. Text goes to a core without them; it goes in UTF-8, so every other one
    can."""
    return any(unicodedata.category(c) in _HIDDEN or _is_no_character(ord(c)) for c in text)


def _is_no_character(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
