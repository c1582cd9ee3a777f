"""Gateway of housing fund loans: loans, their rows and repayment plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.code_tables import LOAN_STATUS, REPAYMENT_KIND, REPAYMENT_METHOD
from bff.legacy.standard.paging import page_of, page_request
from bff.legacy.standard.reply_reader import ReplyReader
from bff.legacy.standard.reversals import row_state
from bff.rules.loan import Installment, Loan, NextInstallment, Overdue, Repayment, Repricing
from bff.rules.paging import Page
from bff.rules.rows import signed

SERVICE = "LoanService"


@dataclass(frozen=True, slots=True)
class LoanGateway:
    client: CoreClient

    async def loans(self, account_number: str) -> tuple[Loan, ...]:
        """List all loans of a borrower (QueryLoans), newest first."""
        _, found = await self.client.call(SERVICE, "QueryLoans", "DKLB", GRZH=account_number)
        return tuple(_loan(each, account_number) for each in found.children("DK"))

    async def repayments(
        self, loan_number: str, *, since: date | None, until: date | None, page: int, size: int
    ) -> Page[Repayment]:
        """List the rows posted to a loan (QueryLoanDetails), newest first."""
        paging = page_request(since, until, page, size)
        _, found = await self.client.call(SERVICE, "QueryLoanDetails", "MXYE", DKZH=loan_number, **paging)
        found.must_be("DKZH", loan_number)
        return page_of(found, "MX", _repayment)

    async def plan(self, loan_number: str) -> tuple[Installment, ...]:
        """List the periods still to come (QueryRepaymentPlan), the next one first."""
        _, found = await self.client.call(SERVICE, "QueryRepaymentPlan", "HKJH", DKZH=loan_number)
        found.must_be("DKZH", loan_number)
        return tuple(_installment(each) for each in found.children("JH"))


def _loan(found: ReplyReader, account_number: str) -> Loan:
    found.must_be("JKRGJJZH", account_number)
    status, status_code = found.code("DKZT", LOAN_STATUS)
    method, method_code = found.code("DKHKFS", REPAYMENT_METHOD)
    return Loan(
        number=found.text("DKZH"),
        contract_number=found.text("JKHTBH"),
        bank_name=found.text_or_none("SWTYHMC"),
        repayment_account=found.text_or_none("HKZH"),
        status=status,
        status_code=status_code,
        method=method,
        method_code=method_code,
        amount=found.money("DKFFE"),
        balance=found.money("DKYE"),
        annual_rate=found.rate("DKLL"),
        periods=found.count("DKQS"),
        current_period=found.count("DQQC"),
        disbursed_on=found.date("DKFFRQ"),
        matures_on=found.date_or_none("YDDQRQ"),
        due_day=found.count_or_none("YDHKR"),
        settled_on=found.date_or_none("DKJQRQ"),
        billed_through=found.date_or_none("SCHKRQ"),
        last_prepaid_on=found.date_or_none("SCTQHKRQ"),
        unposted_installments=found.count_or_none("DRZBJ") or 0,
        next_installment=_next(each) if (each := found.child_or_none("XQHK")) else None,
        overdue=_overdue(each) if (each := found.child_or_none("YQXX")) else None,
        prepaid_this_year=found.count_or_none("BNTQHKCS"),
        prepaid_in_all=found.count_or_none("LJTQHKCS"),
        repriced=_repriced(found),
    )


def _repriced(found: ReplyReader) -> Repricing | None:
    on, rate_before = found.date_or_none("LLTZRQ"), found.rate_or_none("TZQLL")
    return Repricing(on, rate_before) if on and rate_before is not None else None


def _next(found: ReplyReader) -> NextInstallment:
    return NextInstallment(
        period=found.count("HKQC"),
        due_on=found.date("HKRQ"),
        amount=found.money("DQJHHKJE"),
        principal=found.money("DQJHGHBJ"),
        interest=found.money("DQJHGHLX"),
    )


def _overdue(found: ReplyReader) -> Overdue | None:
    overdue = Overdue(
        periods=found.count("YQQS"),
        amount=found.money("YQJE"),
        principal=found.money("YQBJ"),
        interest=found.money("YQLX"),
        penalty=found.money("YQFX"),
    )
    return overdue if overdue.periods else None


def _repayment(found: ReplyReader) -> Repayment:
    kind, kind_code = found.code("DKYWMXLX", REPAYMENT_KIND)
    state, reverses = row_state(found)
    return Repayment(
        id=found.text("YWLSH"),
        date=found.date("JZRQ"),
        due_on=found.date_or_none("YWFSRQ"),
        kind=kind,
        kind_code=kind_code,
        period=found.count_or_none("DQQC"),
        periods=found.count("DKQS"),
        amount=signed(found.money("FSE"), state),
        principal=signed(found.money("BJJE"), state),
        interest=signed(found.money("LXJE"), state),
        penalty=signed(found.money("FXJE"), state),
        balance=found.money("DKYE"),
        state=state,
        reverses=reverses,
    )


def _installment(found: ReplyReader) -> Installment:
    return Installment(
        period=found.count("HKQC"),
        due_on=found.date("HKRQ"),
        amount=found.money("FSE"),
        principal=found.money("HKBJJE"),
        interest=found.money("HKLXJE"),
        balance=found.money("DKYE"),
    )
