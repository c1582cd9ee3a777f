"""Members who apply, for the flows of applications."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from bff.rules.dates import at_centre
from bff.services import Services
from tests.conftest import settings_for
from tests.support.servers import OPERATIONS, Bff, Core, running_bff

DUAN, GAO, LU = "13800000001", "13800000002", "13800000003"
IDS = {
    DUAN: "99000019850312022X",
    GAO: "990000197906081136",
    LU: "990000198809211159",
    "13800000004": "990000195804171027",
    "13800000005": "990000197605230118",
    "13800000007": "990000198202143313",
    "13800000010": "990000197011022135",
    "13800000011": "990000197701151241",
    "13800000012": "990000198409092066",
    "13800000014": "990000199104251198",
}


async def register_everyone(services: Services) -> None:
    """Also those whom registration would turn away: what they see of applications is tested here."""
    for id_number in IDS.values():
        customer = await services.core.customer.find(id_number)
        assert customer is not None
        hashes = [await services.password_hasher.hash(each) for each in ("Practice-2018", "201810")]
        member_id = await services.members.add(customer, id_number, *hashes)
        if member_id and (privacy := services.policy.on(at_centre(services.now()).date()).privacy):
            await services.consents.give(member_id, privacy.version)


@contextmanager
def everyone(core: Core, folder: Path, **settings: Any) -> Iterator[Bff]:
    chosen = settings_for(core, folder, **{"confirm_every": 0.1, **settings})
    with running_bff(chosen, register_everyone) as bff:
        yield bff


def make(core: Core, who: str, *statements: str) -> None:
    """Changes what the core has on record of a person: `:who` is the account."""
    with closing(sqlite3.connect(core.book)) as db, db:
        (account,) = db.execute("SELECT GRZH FROM person WHERE ZJHM = ?", (IDS[who],)).fetchone()
        touched = [db.execute(statement, {"who": account}).rowcount for statement in statements]
    assert all(touched), "a statement found nothing to change"


def quote(bff: Bff, who: str, kind: str) -> Any:
    return bff.data(telling("WithdrawalForm"), {"kind": kind}, bff.sign_in(who))["me"]["withdrawalQuote"]


def codes(errors: list[dict[str, Any]]) -> set[str]:
    return {error["code"] for error in errors}


def apply(bff: Bff, token: str, operation: str, **asked: Any) -> Any:
    field = operation[0].lower() + operation[1:]
    return bff.data(telling(operation), {"input": {"idempotencyKey": str(uuid4()), **asked}}, token)[field]


def telling(operation: str) -> str:
    """The app's operation, which also asks for all that is known of a refusal."""
    return OPERATIONS[operation].replace("message\n", "message\n availableFrom\n limit\n months\n retryAfterSeconds\n")


def record_of(bff: Bff, token: str, application_id: str) -> Any:
    return bff.data("ApplicationRecord", {"id": application_id}, token)["me"]["application"]
