"""A person as the centre has it on record."""

from __future__ import annotations

from dataclasses import dataclass

from bff.rules.account import AccountStatus


@dataclass(frozen=True, slots=True)
class Customer:
    """Person on the centre's records; names and numbers exactly as stored there, surrounding blanks removed. `phone`
    is empty where there is none."""

    account_number: str
    name: str
    phone: str
    id_number: str
    account_status: AccountStatus
