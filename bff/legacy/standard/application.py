"""Gateway of applications: the facts that decide them, submission, and status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bff.legacy.errors import CoreRejected, message_building
from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.code_tables import (
    APPLICATION_KINDS,
    APPLICATION_STATUS,
    CODE_OF_APPLICATION_KIND,
    LOAN_STATUS,
    RELATION,
)
from bff.legacy.standard.paging import day_of, page_of, page_request
from bff.legacy.standard.reply_reader import ReplyReader
from bff.rules.application import CoreApplication, Keep, Rejection, Stage, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.rules.paging import Page
from bff.rules.withdrawals.facts import (
    ApplicationInFlight,
    CommercialLoan,
    DrawHistory,
    HomeRegistration,
    RentDraw,
    SharedLoan,
    WithdrawalBasis,
)

SERVICE = "ApplicationService"
KEEP_TERM, KEEP_INSTALLMENT, PAYOFF = "01", "02", "03"
AMOUNT_DUE = "YHZE"
"""The amount due of a prepayment; sent to cores that collect no more than what the member confirmed."""


@dataclass(frozen=True, slots=True)
class ApplicationGateway:
    client: CoreClient

    async def basis(self, account_number: str) -> WithdrawalBasis:
        """Read the facts on the core's business date (QueryWithdrawalBasis); never from a cache where they decide."""
        reply, found = await self.client.call(SERVICE, "QueryWithdrawalBasis", "TQYJ", GRZH=account_number)
        found.must_be("GRZH", account_number)
        rent = found.child_or_none("ZF")
        flight = found.child_or_none("ZBYW")
        return WithdrawalBasis(
            business_date=reply.date("KJRQ"),
            purchases=tuple(_home(each) for each in found.children("GF")),
            constructions=tuple(_home(each) for each in found.children("JF")),
            rent_first_drawn_on=rent.date_or_none("SCGTTQRQ") if rent else None,
            commercial_loans=tuple(_commercial_loan(each) for each in found.children("SYDK")),
            history=_history(found),
            in_flight=_in_flight(flight) if flight else None,
            fund_loan_repaid_in_12_months=found.money("JSEYDKHKE"),
            accrued_interest=found.money("YJLXE"),
            monthly_rent=rent.money_or_none("YZJ") if rent else None,
            lease_on=rent.date_or_none("ZLQSRQ") if rent else None,
            children=found.count_or_none("WCNZNS"),
            homes_in_city=found.count_or_none("BDZFTS"),
            contribution_months=found.count_or_none("LXJCYS"),
            barred_until=found.date_or_none("XZTQJZRQ"),
            shared_loans=_shared_loans(found),
            family_rent=_family_rent(found.child_or_none("JTZFTQ")),
        )

    async def submit(self, submission: Submission) -> CoreApplication:
        """Submit an application (SubmitApplication); the core answers a repeated serial with its first answer.

        Raises MessageNotWritten, and CoreError with `outcome_unknown` false, where nothing was done. Any other
        exception means: ask with `find`, never submit again blindly.
        """
        with message_building("SubmitApplication"):
            message = _message(submission)
            if not self.client.contract.request_has("SubmitApplication", AMOUNT_DUE):
                message.pop(AMOUNT_DUE, None)
        _, found = await self.client.call(SERVICE, "SubmitApplication", "SQXX", **message)
        found.must_be("SQLSH", submission.serial)
        found.must_be("GRZH", submission.account_number)
        return _application(found)

    async def find(self, serial: str, *, bypass_breaker: bool = False) -> CoreApplication | None:
        """Look an application up by our serial (QueryApplication); null where the core never accepted it.
        `bypass_breaker` asks although the service's circuit breaker is open."""
        try:
            call = self.client.call_bypassing_breaker if bypass_breaker else self.client.call
            _, found = await call(SERVICE, "QueryApplication", "SQXX", SQLSH=serial)
        except CoreRejected as refusal:
            if refusal.code is Rejection.RECORD_UNKNOWN:
                return None
            raise
        found.must_be("SQLSH", serial)
        return _application(found)

    async def applications(self, account_number: str, *, page: int, size: int) -> Page[CoreApplication]:
        """List a member's applications of every channel (QueryApplications), newest first."""
        paging = page_request(None, None, page, size)
        _, found = await self.client.call(SERVICE, "QueryApplications", "SQYE", GRZH=account_number, **paging)
        return page_of(found, "SQXX", _application)


def _message(submission: Submission) -> dict[str, Any]:
    optional = {
        "DKZH": submission.loan_number,
        "TQHKFS": _prepayment_mode(submission),
        "HTBH": submission.contract_number,
        "YDWMC": submission.former_employer,
        "ZSHM": submission.certificate_number,
        "PZRQ": submission.approved_on and day_of(submission.approved_on),
        AMOUNT_DUE: submission.amount_due,
    }
    return {
        "SQLSH": submission.serial,
        "GRZH": submission.account_number,
        "YWLX": CODE_OF_APPLICATION_KIND[submission.kind],
        "JE": submission.amount,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _prepayment_mode(submission: Submission) -> str | None:
    if submission.kind is not ApplicationKind.LOAN_PREPAYMENT:
        return None
    if submission.payoff:
        return PAYOFF
    return KEEP_INSTALLMENT if submission.keep is Keep.INSTALLMENT else KEEP_TERM


def _home(found: ReplyReader) -> HomeRegistration:
    return HomeRegistration(
        contract_number=found.key("HTBH"),
        price=found.money("FWZJ"),
        loans=found.money("DKJE"),
        down_payment=found.money_or_none("GFSFK"),
        first_drawn_on=found.date_or_none("SCGTTQRQ"),
        last_drawn_on=found.date_or_none("SCTQRQ"),
        area=found.rate_or_none("FWJZMJ"),
        contract_on=found.date_or_none("HTQDRQ"),
        certificate_on=found.date_or_none("BDCZRQ"),
        property_fee_on=found.date_or_none("WYFTQRQ"),
        drawn=found.money("LJTQJE"),
        drawn_for_down_payment=found.money_or_none("SFKTQJE") or Decimal("0.00"),
    )


def _commercial_loan(found: ReplyReader) -> CommercialLoan:
    status, status_code = found.code("DKZT", LOAN_STATUS)
    return CommercialLoan(
        contract_number=found.text("JKHTBH"),
        bank_name=found.text("DKYHMC"),
        repayment_account=found.text_or_none("HKZH"),
        status=status,
        status_code=status_code,
        amount=found.money("DKFFE"),
        balance=found.money("DKYE"),
        monthly_payment=found.money("YHKE"),
        repaid_in_12_months=found.money("JSEYHKE"),
    )


def _shared_loans(found: ReplyReader) -> tuple[SharedLoan, ...] | None:
    """Read GYDK. None of them and no number of them (GYDKBS) is a core that does not tell."""
    loans, number = tuple(_shared_loan(each) for each in found.children("GYDK")), found.count_or_none("GYDKBS")
    if number is not None and number != len(loans):
        raise found.broken("GYDKBS", "not the number of GYDK")
    return None if number is None and not loans else loans


def _shared_loan(found: ReplyReader) -> SharedLoan:
    relation, _ = found.code("CDGX", RELATION)
    status, status_code = found.code("DKZT", LOAN_STATUS)
    repaid, drawn = found.money("JSEYHKE"), found.money("JSEYTQE")
    if drawn < 0:
        raise found.broken("JSEYTQE", "below zero")
    return SharedLoan(
        number=found.text("DKZH"),
        relation=relation,
        status=status,
        status_code=status_code,
        balance=found.money("DKYE"),
        repaid_in_12_months=repaid,
        drawn_in_12_months=drawn,
    )


def _family_rent(found: ReplyReader | None) -> tuple[RentDraw, ...] | None:
    if found is None:
        return None
    return tuple(RentDraw(each.date("SLRQ"), each.money("TQJE")) for each in found.children("TQMX"))


def _history(found: ReplyReader) -> Mapping[ApplicationKind, DrawHistory]:
    """Read the withdrawals of each kind. A kind that this server does not know limits none of those that it does."""
    history = {}
    for each in found.children("TQLS"):
        kind = _kind(each)
        if kind is not None:
            history[kind] = DrawHistory(
                last_on=each.date("SCTQRQ"),
                this_year=each.money("BNTQJE"),
                total=each.money("LJTQJE"),
                count=each.count("LJTQCS"),
                handed_in_on=each.date_or_none("SCSLRQ"),
                times_this_year=each.count_or_none("BNTQCS"),
            )
    return history


def _in_flight(found: ReplyReader) -> ApplicationInFlight:
    return ApplicationInFlight(
        reference=found.text("SLBH"), kind=_kind(found), accepted_at=found.moment_or_none("SLSJ")
    )


def _application(found: ReplyReader) -> CoreApplication:
    status, status_code = found.code("ZT", APPLICATION_STATUS)
    return CoreApplication(
        serial=found.text("SQLSH"),
        reference=found.text("SLBH"),
        account_number=found.text("GRZH"),
        kind=_kind(found),
        amount=found.money("JE"),
        interest=found.money_or_none("FSLXE"),
        status=status,
        status_code=status_code,
        accepted_at=found.moment_or_none("SLSJ"),
        stages=tuple(_stage(each) for each in found.children("LC")),
    )


def _stage(found: ReplyReader) -> Stage:
    status, status_code = found.code("ZT", APPLICATION_STATUS)
    return Stage(status=status, status_code=status_code, at=found.moment_or_none("SJ"), note=found.text_or_none("BZ"))


def _kind(found: ReplyReader) -> ApplicationKind | None:
    code = found.text("YWLX")
    if code not in APPLICATION_KINDS:
        found.report_anomaly("YWLX", code)
    return APPLICATION_KINDS.get(code)
