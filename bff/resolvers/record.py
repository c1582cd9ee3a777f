"""A member's record in the core at present, and whether it is the member's."""

from __future__ import annotations

import asyncio

from bff.context import Context
from bff.legacy.errors import CoreTimeout
from bff.rules.customer import Customer
from bff.rules.documents import is_card
from bff.rules.identity import same_id, same_name
from bff.rules.parsing import same_phone
from bff.security.members import Credentials

ASKING = 2.0
"""Seconds that a member waits for the core's answer."""


async def ask(context: Context, id_number: str) -> Customer | None:
    """Return whom the core has by this number of a document. Raises CoreError."""
    try:
        async with asyncio.timeout(ASKING):
            return await context.services.core.customer.find(id_number)
    except TimeoutError as error:
        raise CoreTimeout("QueryCustomer", "no answer in time") from error


def own(customer: Customer | None, who: Credentials) -> Customer | None:
    """Return the record, if it is this member's. An identity card's number belongs to one person. Passports of two
    countries may have one number: there another account is the member's only where name and phone agree, too, as in
    registration."""
    if customer is None or not same_id(customer.id_number, who.id_number):
        return None
    if is_card(who.id_number) or customer.account_number == who.account_number:
        return customer
    agrees = same_name(customer.name, who.name) and same_phone(customer.phone, who.phone)
    return customer if agrees else None
