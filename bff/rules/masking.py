"""Masks for personal numbers: identity numbers, phones, bank accounts."""

from __future__ import annotations


def mask_id_number(number: str) -> str:
    """Keep the first and last character: enough to recognise one's own, too little to use."""
    return _mask(number, head=1, tail=1)


def mask_phone(number: str) -> str:
    return _mask(number, head=3, tail=4)


def mask_bank_account(number: str) -> str:
    return _mask(number, head=0, tail=4)


def _mask(number: str, head: int, tail: int) -> str:
    # A short number would show all of itself through its ends.
    if len(number) <= head + tail:
        return "*" * len(number)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]
