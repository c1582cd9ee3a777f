"""Gateway of customers, and of SMS messages to their phones."""

from __future__ import annotations

from dataclasses import dataclass

from bff.legacy.errors import CoreRejected
from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.code_tables import ACCOUNT_STATUS, DOCUMENTS
from bff.rules.application import Rejection
from bff.rules.customer import Customer
from bff.rules.documents import DocumentKind, kinds_of

SERVICE = "CustomerService"


@dataclass(frozen=True, slots=True)
class CustomerGateway:
    client: CoreClient

    async def find(self, id_number: str, kind: DocumentKind | None = None) -> Customer | None:
        """Look a person up by the number of a document (QueryCustomer); null where the centre has no such person.
        Without a kind, each kind that has such numbers is tried, one call a code: an identity card's costs one."""
        for code in dict.fromkeys(DOCUMENTS[each] for each in ((kind,) if kind else kinds_of(id_number))):
            if (customer := await self._find(code, id_number)) is not None:
                return customer
        return None

    async def _find(self, code: str, id_number: str) -> Customer | None:
        try:
            _, found = await self.client.call(SERVICE, "QueryCustomer", "KHXX", ZJLX=code, ZJHM=id_number)
        except CoreRejected as refusal:
            if refusal.code is Rejection.PERSON_UNKNOWN:
                return None
            raise
        return Customer(
            account_number=found.text("GRZH"),
            name=found.text("XINGMING"),
            phone=found.text_or_none("SJHM") or "",
            id_number=found.text("ZJHM"),
            account_status=found.code("GRZHZT", ACCOUNT_STATUS)[0],
        )

    async def send_message(self, phone: str, text: str) -> None:
        """Send an SMS (SendMessage). It may arrive twice, but is never sent again by this server."""
        await self.client.call(SERVICE, "SendMessage", "DXLSH", SJHM=phone, DXNR=text)
