"""Registers people of the practice core in the development set-up, with passwords that everybody knows."""

from __future__ import annotations

from bff.context import Services
from bff.sessions import members

PEOPLE = ("99000019850312022X", "990000197906081136", "990000198809211159")
LOGIN_PASSWORD, QUERY_PASSWORD = "Practice-2018", "201810"


async def register_practice_people(services: Services) -> None:
    """Those of them who are not registered yet."""
    for id_number in PEOPLE:
        if await members.find(services, id_number=id_number):
            continue
        customer = await services.core.customer.find(id_number)
        if customer is not None:
            hashes = [await services.passwords.hash(each) for each in (LOGIN_PASSWORD, QUERY_PASSWORD)]
            await members.add(services, customer, id_number, *hashes)
