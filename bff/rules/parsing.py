"""Parsers of typed input: amounts, phones, contract numbers. Each returns the normalized value, or None."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from bff.rules.money import CENT, MAXIMUM
from bff.rules.private_use import assigned
from bff.rules.text_normalization import half_width, has_hidden_characters, without_blanks

_MONEY = re.compile(r"([0-9]{1,16}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.[0-9]{1,2})?")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_PHONE_PREFIX = re.compile(r"^(\+86|0086|86(?=1[3-9][0-9]{9}$)|0(?=1))")
_CONTRACT_SIGNS = frozenset("-/()〔〕")
_BEYOND_BMP = 0x20000


def parse_money(text: str) -> Decimal | None:
    """Parse yuan with two places. Commas may part thousands; no sign, no exponent, at most two decimals; N(18,2)."""
    plain = half_width(text).strip()
    amount = Decimal(plain.replace(",", "")) if _MONEY.fullmatch(plain) else None
    return amount.quantize(CENT) if amount is not None and amount <= MAXIMUM else None


def parse_phone(text: str) -> str | None:
    """Parse the eleven digits of a mainland mobile; blanks, hyphens and the country code are removed."""
    plain = _PHONE_PREFIX.sub("", without_blanks(half_width(text)).replace("-", ""))
    return plain if _PHONE.fullmatch(plain) else None


def same_phone(first: str, second: str) -> bool:
    one = parse_phone(first)
    return one is not None and one == parse_phone(second)


def parse_contract_number(text: str) -> str | None:
    """Parse 1 to 30 letters, digits, Chinese characters and - / ( ) （ ） 〔 〕, as typed except for blanks around
    it."""
    raw = text.strip()
    key = contract_key(raw)
    plausible = all(c.isalnum() or c in _CONTRACT_SIGNS or ord(c) >= _BEYOND_BMP for c in key)
    return raw if 1 <= len(raw) <= 30 and plausible and not has_hidden_characters(raw) else None


def contract_key(text: str) -> str:
    """Return the form in which contract numbers are compared (NFKC, case, blanks, GBK's private code points)."""
    return without_blanks(unicodedata.normalize("NFKC", assigned(text))).upper()


def same_contract(first: str, second: str) -> bool:
    return contract_key(first) == contract_key(second)


def parse_text(text: str, longest: int) -> str | None:
    """Parse a line of free text such as an employer's name or a certificate number: 1 to `longest` characters."""
    line = unicodedata.normalize("NFC", text).strip()
    return line if 1 <= len(line) <= longest and not has_hidden_characters(line) else None
