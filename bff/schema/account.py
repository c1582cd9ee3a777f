"""The individual account (个人账户) and its two lists."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

import strawberry

from bff.context import Context
from bff.resolvers import account as resolvers
from bff.resolvers.authorization import unlocked
from bff.resolvers.paging import Found, Slice
from bff.resolvers.reveal import revealed
from bff.rules import account as rules
from bff.rules.dates import Month
from bff.rules.masking import mask_bank_account
from bff.rules.rows import RowState
from bff.schema.connection import DEFAULT_PAGE, After, Connection, First, From, Info, To, connection, slice_of
from bff.schema.enums import register
from bff.schema.record_types import stands_for
from bff.schema.scalars import Money, Rate
from bff.schema.selection import Selected, selected_below, selects

Reveal = Annotated[
    bool, strawberry.argument(description="Show the whole number; each use is audited and limited (显示完整号码).")
]
Row = TypeVar("Row")

register(
    rules.AccountStatus,
    "State of an individual account (个人账户状态).",
    {
        "NORMAL": "Contributing (正常).",
        "SEALED": "Contributions stopped (封存, 停缴).",
        "FROZEN": "Blocked by the centre or a court (冻结).",
        "CLOSED": "Closed (销户).",
        "UNKNOWN": "A state that this server does not know (未知).",
    },
)
register(
    rules.ContributionKind,
    "What put money into the account (缴存业务类型).",
    {
        "REMITTANCE": "The monthly contribution (汇缴).",
        "BACK_PAYMENT": "A contribution for months missed (补缴).",
        "INTERNAL_TRANSFER": "From another account at this centre (内部转移).",
        "TRANSFER_IN": "From another centre (外部转入).",
        "INTEREST": "Interest posted on 30 June (年终结息).",
        "OTHER": "Something else (其他).",
        "UNKNOWN": "A kind that this server does not know (未知).",
    },
)
register(
    rules.WithdrawalDetailKind,
    "What took money out of the account (提取业务类型).",
    {
        "PARTIAL": "A withdrawal that leaves the account open (部分提取).",
        "CLOSING": "A withdrawal that closes the account (销户提取).",
        "TRANSFER_OUT": "To another centre (外部转出).",
        "OTHER": "Something else (其他).",
        "UNKNOWN": "A kind that this server does not know (未知).",
    },
)
register(
    RowState,
    "Whether a row of a list was taken back (冲账标识).",
    {
        "STANDS": "It was not (非冲账).",
        "REVERSED": "Posted by mistake, and taken back by another row (已冲账).",
        "REVERSAL": "Takes another row back; its amounts are below zero, so that the rows add up (冲账).",
        "UNKNOWN": "A mark that this server does not know (未知).",
    },
)
STATE = "Whether it was taken back, or takes another row back (冲账标识)."
REVERSES = "The row that it takes back, where the core tells it (被冲账的业务流水号)."


@strawberry.type(description="Balance of an account, in two parts (账户余额).")
class Balance:
    carried_forward: Money = strawberry.field(description="Carried over at the last 30 June (上年结转余额, 上期余额).")
    current_year: Money = strawberry.field(description="Credited since 1 July (当年归集余额, 本期余额).")
    total: Money = strawberry.field(description="Sum of both (合计余额).")


@strawberry.type(description="Employer that contributes (缴存单位).")
class Employer:
    number: str = strawberry.field(description="Unit account number (单位账号).")
    name: str | None = strawberry.field(description="Name (单位名称).")


@strawberry.type(description="Monthly contribution (缴存信息).")
class Contribution:
    base: Money | None = strawberry.field(description="Monthly wage that counts (缴存基数).")
    employer_rate: Rate | None = strawberry.field(description="Employer's share of the base, per cent (单位缴存比例).")
    personal_rate: Rate | None = strawberry.field(description="Member's share of the base, per cent (个人缴存比例).")
    employer_amount: Money | None = strawberry.field(description="Employer's share a month (单位月缴存额).")
    personal_amount: Money | None = strawberry.field(description="Member's share a month (个人月缴存额).")
    monthly_amount: Money | None = strawberry.field(description="Both shares (月缴存额).")
    paid_through: Month | None = strawberry.field(description="Last month paid for (缴至年月).")


@strawberry.type(description="Bank account that withdrawals are paid to (个人存款账户).")
class BankAccount:
    bank_name: str | None = strawberry.field(description="Bank (开户银行).")
    full_number: strawberry.Private[str]

    @strawberry.field(description="Account number, masked unless revealed (存款账户号码).")
    async def number(self, info: Info, reveal: Reveal = False) -> str:
        if reveal:
            return await revealed(info.context, "bank account", self.full_number)
        return mask_bank_account(self.full_number)


@strawberry.type(description="One row of the contribution list (缴存明细).")
class ContributionDetail:
    id: strawberry.ID = strawberry.field(description="The core's serial number (业务流水号).")
    date: datetime.date = strawberry.field(description="Day of posting (记账日期).")
    kind: rules.ContributionKind = strawberry.field(description="What it was (业务类型).")
    summary: str | None = strawberry.field(
        description="The core's text, as 汇缴201809公积金, with 已冲账 or 冲账 where it does not stand (摘要)."
    )
    month: Month | None = strawberry.field(description="Month paid for (汇补缴年月).")
    amount: Money = strawberry.field(description="Amount credited, below zero in a REVERSAL (发生额).")
    balance: Balance = strawberry.field(description="Balance after it (余额).")
    state: RowState = strawberry.field(description=STATE)
    reverses: strawberry.ID | None = strawberry.field(description=REVERSES)


@strawberry.type(description="One row of the withdrawal list (提取明细).")
class WithdrawalDetail:
    id: strawberry.ID = strawberry.field(description="The core's serial number (业务流水号).")
    date: datetime.date = strawberry.field(description="Day of posting (记账日期).")
    kind: rules.WithdrawalDetailKind = strawberry.field(description="What it was (业务类型).")
    reason: str | None = strawberry.field(
        description="Why, in the words of the core's dictionary; centres add reasons of their own (提取原因)."
    )
    summary: str | None = strawberry.field(
        description="The core's text, with 已冲账 or 冲账 where it does not stand (摘要)."
    )
    amount: Money = strawberry.field(description="Amount paid out, below zero in a REVERSAL (发生额).")
    interest: Money | None = strawberry.field(
        description="Interest paid on top when it closed the account (发生利息额)."
    )
    balance: Balance = strawberry.field(description="Balance after it (余额).")
    state: RowState = strawberry.field(description=STATE)
    reverses: strawberry.ID | None = strawberry.field(description=REVERSES)


balance_of = stands_for(Balance, rules.Balance)
employer_of = stands_for(Employer, rules.Employer)
contribution_of = stands_for(Contribution, rules.ContributionTerms)
contribution_detail = stands_for(ContributionDetail, rules.ContributionDetail)
withdrawal_detail = stands_for(WithdrawalDetail, rules.WithdrawalDetail)


@strawberry.type(description="An individual account (个人账户).")
class Account:
    number: str = strawberry.field(description="Personal account number (个人账号).")
    status: rules.AccountStatus = strawberry.field(description="State (个人账户状态).")
    opened_on: datetime.date | None = strawberry.field(description="Day of opening (开户日期).")
    employer: Employer | None = strawberry.field(description="Employer that contributes (缴存单位).")
    balance: Balance = strawberry.field(description="Balance (余额).")
    contribution: Contribution = strawberry.field(description="Monthly contribution (缴存信息).")
    bank_account: BankAccount | None = strawberry.field(
        description="Bank account that withdrawals are paid to (个人存款账户)."
    )
    last_withdrawn_on: datetime.date | None = strawberry.field(description="Day of the last withdrawal (上次提取日期).")
    frozen: Money | None = strawberry.field(
        description="Part of the balance that is frozen; null where the core does not tell it (冻结金额)."
    )
    usable: Money | None = strawberry.field(
        description="What can be drawn at most, under all rules; null where the core does not tell it (可用余额)."
    )
    ahead: strawberry.Private[Ahead]

    @strawberry.field(description="Contributions, newest first (缴存明细).")
    async def contributions(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None, from_: From = None, to: To = None
    ) -> Connection[ContributionDetail] | None:
        wanted = slice_of(first, after, from_, to)
        found = await self.ahead.page("contributions", wanted, selects(info._raw_info, "totalCount"))
        return cast(Connection[ContributionDetail], connection(found, contribution_detail))

    @strawberry.field(description="Withdrawals, newest first (提取明细).")
    async def withdrawals(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None, from_: From = None, to: To = None
    ) -> Connection[WithdrawalDetail] | None:
        wanted = slice_of(first, after, from_, to)
        found = await self.ahead.page("withdrawals", wanted, selects(info._raw_info, "totalCount"))
        return cast(Connection[WithdrawalDetail], connection(found, withdrawal_detail))


PLAIN_FIELDS = (
    "number",
    "status",
    "opened_on",
    "employer",
    "balance",
    "contribution",
    "bank_account",
    "last_withdrawn_on",
    "frozen",
    "usable",
)

LISTS: Mapping[str, Callable[..., Awaitable[Found[Any]]]] = {
    "contributions": resolvers.contributions,
    "withdrawals": resolvers.withdrawals,
}


@dataclass(frozen=True, slots=True)
class Ahead:
    """Pages of an account's lists that were asked for beside the account itself, not after it."""

    context: Context
    tasks: dict[tuple[str, Slice, bool], asyncio.Task[Found[Any]]]

    @classmethod
    def start(cls, context: Context, fields: list[Selected]) -> Ahead:
        ahead = cls(context, {})
        for field in fields:
            if field.name in LISTS:
                ahead._start(field.name, _slice_of(field), field.selects("totalCount"))
        return ahead

    async def page(self, name: str, wanted: Slice, with_total: bool) -> Found[Any]:
        return await self._start(name, wanted, with_total)

    async def drop(self) -> None:
        """Where the account itself failed, nobody waits for its lists."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    def _start(self, name: str, wanted: Slice, with_total: bool) -> asyncio.Task[Found[Any]]:
        key = (name, wanted, with_total)
        if key not in self.tasks:
            self.tasks[key] = asyncio.ensure_future(LISTS[name](self.context, wanted, with_total=with_total))
        return self.tasks[key]


async def load_account(info: Info) -> Account:
    """The account, called for only if more than its lists is selected; the lists are fetched at the same time."""
    unlocked(info.context)  # also when nothing is asked of the core
    fields = selected_below(info._raw_info)
    ahead = Ahead.start(info.context, fields)
    try:
        if all(field.name in LISTS for field in fields):
            return _account_of(None, ahead)
        return _account_of(await resolvers.account(info.context), ahead)
    except BaseException:
        await ahead.drop()
        raise


def _slice_of(field: Selected) -> Slice:
    get = field.arguments.get
    return slice_of(get("first"), get("after"), get("from"), get("to"))


def _account_of(record: rules.Account | None, ahead: Ahead) -> Account:
    if record is None:  # only lists are selected: nothing below is read
        return Account(**dict.fromkeys(PLAIN_FIELDS, cast(Any, None)), ahead=ahead)
    return Account(
        number=record.number,
        status=record.status,
        opened_on=record.opened_on,
        employer=employer_of(record.employer) if record.employer else None,
        balance=balance_of(record.balance),
        contribution=contribution_of(record.contribution),
        bank_account=bank_account_of(record.bank_account) if record.bank_account else None,
        last_withdrawn_on=record.last_withdrawn_on,
        frozen=cast(Money | None, record.frozen),
        usable=cast(Money | None, record.usable),
        ahead=ahead,
    )


def account_of(record: rules.Account, context: Context) -> Account:
    """An account that is known already; its lists are fetched when they are asked for."""
    return _account_of(record, Ahead(context, {}))


def bank_account_of(record: rules.BankAccount) -> BankAccount:
    return BankAccount(bank_name=record.bank_name, full_number=record.number)
