"""People of the practice core who are registered in the development set-up, with public passwords."""

from __future__ import annotations

from dataclasses import dataclass

from bff.services import Services

LOGIN_PASSWORD, QUERY_PASSWORD = "Practice-2018", "201810"


@dataclass(frozen=True, slots=True)
class PracticePerson:
    """A person; `note` says which features they show."""

    name: str
    phone: str
    id_number: str
    note: str


PEOPLE = (
    PracticePerson("段小梅", "13800000001", "99000019850312022X", "公积金贷款、租房提取"),
    PracticePerson("高小华", "13800000002", "990000197906081136", "商业贷款"),
    PracticePerson("卢小鹏", "13800000003", "990000198809211159", "已登记购房合同"),
    PracticePerson("杨秀英", "13800000004", "990000195804171027", "封存，已退休"),
    PracticePerson("李建国", "13800000005", "990000197605230118", "封存，失业"),
    PracticePerson("马文斌", "13800000007", "990000198202143313", "贷款逾期两期"),
    PracticePerson("陈静", "13800000011", "990000197701151241", "25年明细，两笔贷款"),
)
"""Members with sealed accounts registered while they contributed: today they would be refused."""


async def register_practice_people(services: Services) -> None:
    """Register those who are not registered yet."""
    for person in PEOPLE:
        if await services.members.find(id_number=person.id_number):
            continue
        customer = await services.core.customer.find(person.id_number)
        if customer is not None:
            hashes = [await services.password_hasher.hash(each) for each in (LOGIN_PASSWORD, QUERY_PASSWORD)]
            await services.members.add(customer, person.id_number, *hashes)
