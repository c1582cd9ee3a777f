"""Gateway of individual accounts and of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.code_tables import ACCOUNT_STATUS, CONTRIBUTION_KIND, WITHDRAWAL_KIND
from bff.legacy.standard.paging import page_of, page_request
from bff.legacy.standard.reply_reader import ReplyReader
from bff.legacy.standard.reversals import REVERSED_ROW, row_state
from bff.rules.account import (
    Account,
    Balance,
    BankAccount,
    ContributionDetail,
    ContributionTerms,
    Employer,
    WithdrawalDetail,
)
from bff.rules.paging import Page
from bff.rules.rows import marked, signed

Row = TypeVar("Row")

SERVICE = "CollectionService"
PAID_IN, DRAWN = "01", "02"
ROWS = "QueryAccountDetails"
STANDS = "01"
"""CZBZ of rows that were not reversed."""


@dataclass(frozen=True, slots=True)
class AccountGateway:
    """`row_filter` is added to each request for rows."""

    client: CoreClient
    row_filter: Mapping[str, str]

    @classmethod
    def create(cls, client: CoreClient) -> AccountGateway:
        """Build a gateway. A core that does not say which row a reversal reverses is asked for rows that stand: the
        others would add up to nothing that its balances explain."""
        return cls(client, {} if client.contract.reply_has(ROWS, REVERSED_ROW) else {"CZBZ": STANDS})

    async def account(self, number: str) -> Account:
        """Read an account (QueryAccount). Raises CoreRejected (ACCOUNT_UNKNOWN) where there is none."""
        reply, found = await self.client.call(SERVICE, "QueryAccount", "ZHXX", GRZH=number)
        found.must_be("GRZH", number)
        return _account(found, reply.date("KJRQ"))

    async def contributions(
        self, number: str, *, since: date | None, until: date | None, page: int, size: int
    ) -> Page[ContributionDetail]:
        """List the rows that put money in, and reversals of such rows (QueryAccountDetails), newest first."""
        return await self._page(number, PAID_IN, _contribution, page_request(since, until, page, size))

    async def withdrawals(
        self, number: str, *, since: date | None, until: date | None, page: int, size: int
    ) -> Page[WithdrawalDetail]:
        """List the rows that took money out, and reversals of such rows (QueryAccountDetails), newest first."""
        return await self._page(number, DRAWN, _withdrawal, page_request(since, until, page, size))

    async def _page(
        self, number: str, direction: str, row_of: Callable[[ReplyReader], Row], paging: dict[str, object]
    ) -> Page[Row]:
        _, found = await self.client.call(
            SERVICE, ROWS, "MXYE", GRZH=number, MXLB=direction, **self.row_filter, **paging
        )
        return page_of(found, "MX", row_of)


def _account(found: ReplyReader, business_date: date) -> Account:
    status, status_code = found.code("GRZHZT", ACCOUNT_STATUS)
    balance = _balance(found)
    frozen, usable = _frozen_and_usable(found, balance.total)
    return Account(
        number=found.text("GRZH"),
        holder=found.text("XINGMING"),
        status=status,
        status_code=status_code,
        opened_on=found.date_or_none("KHRQ"),
        employer=_employer(found),
        balance=balance,
        contribution=ContributionTerms(
            base=found.money_or_none("GRJCJS"),
            employer_rate=found.rate_or_none("DWJCBL"),
            personal_rate=found.rate_or_none("GRJCBL"),
            employer_amount=found.money_or_none("DWYJCE"),
            personal_amount=found.money_or_none("GRYJCE"),
            paid_through=found.month_or_none("JZNY"),
        ),
        bank_account=_bank_account(found),
        sealed_on=found.date_or_none("FCRQ"),
        last_withdrawn_on=found.date_or_none("SCTQRQ"),
        closed_on=found.date_or_none("XHRQ"),
        business_date=business_date,
        frozen=frozen,
        usable=usable,
    )


def _frozen_and_usable(found: ReplyReader, total: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Return both sums where the core gives one of them; what is not frozen may be held for another reason."""
    frozen, usable = found.money_or_none("DJJE"), found.money_or_none("KYYE")
    if frozen is None and usable is None:
        return None, None
    frozen = total - usable if frozen is None and usable is not None else frozen
    usable = total - frozen if usable is None and frozen is not None else usable
    if frozen is None or usable is None or min(frozen, usable) < 0 or frozen + usable > total:
        raise found.broken("KYYE", "not a part of the balance")
    return frozen, usable


def _employer(found: ReplyReader) -> Employer | None:
    number = found.text_or_none("DWZH")
    return Employer(number, found.text_or_none("DWMC")) if number else None


def _bank_account(found: ReplyReader) -> BankAccount | None:
    number = found.text_or_none("GRCKZHHM")
    return BankAccount(number, found.text_or_none("GRCKZHKHYHMC")) if number else None


def _balance(found: ReplyReader) -> Balance:
    """Read a balance. Raises CoreBadData where the parts are not the whole: such a balance is never shown."""
    balance = Balance(
        carried_forward=found.money("GRZHSNJZYE"), current_year=found.money("GRZHDNGJYE"), total=found.money("GRZHYE")
    )
    if balance.carried_forward + balance.current_year != balance.total:
        raise found.broken("GRZHYE", "not the sum of its parts")
    return balance


def _contribution(found: ReplyReader) -> ContributionDetail:
    kind, kind_code = found.code("GJHTQYWLX", CONTRIBUTION_KIND)
    state, reverses = row_state(found)
    return ContributionDetail(
        id=found.text("YWLSH"),
        date=found.date("JZRQ"),
        kind=kind,
        kind_code=kind_code,
        summary=marked(found.text_or_none("ZHAIYAO"), state),
        month=found.month_or_none("HBJNY"),
        amount=signed(found.money("FSE"), state),
        balance=_balance(found),
        state=state,
        reverses=reverses,
    )


def _withdrawal(found: ReplyReader) -> WithdrawalDetail:
    kind, kind_code = found.code("GJHTQYWLX", WITHDRAWAL_KIND)
    state, reverses = row_state(found)
    interest = found.money_or_none("FSLXE")
    return WithdrawalDetail(
        id=found.text("YWLSH"),
        date=found.date("JZRQ"),
        kind=kind,
        kind_code=kind_code,
        reason=_reason(found),
        reason_code=found.text_or_none("TQYY"),
        summary=marked(found.text_or_none("ZHAIYAO"), state),
        amount=signed(found.money("FSE"), state),
        interest=None if interest is None else signed(interest, state),
        balance=_balance(found),
        state=state,
        reverses=reverses,
    )


def _reason(found: ReplyReader) -> str | None:
    """Return the core's name of the reason. A code without one is counted, and shown as 其他 rather than as a
    number."""
    code, name = found.text_or_none("TQYY"), found.text_or_none("TQYYMC")
    if code is None or name is not None:
        return name
    found.report_anomaly("A.7", code)
    return "其他"
