"""What goes out: valid against the contract, signed anew each time, and never the password itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bff.legacy import Core
from bff.legacy.errors import CoreBadReply, CoreUnsendable
from bff.legacy.standard.code_tables import CODE_OF_APPLICATION_KIND
from bff.legacy.standard.contract import PACKAGED_WSDL
from bff.legacy.standard.paging import day_of
from bff.rules.application import Keep, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.rules.information import BulletinCategory
from tests.legacy.conftest import PASSWORD, Played, body_of, http, playing, recorded

PAGE: dict[str, Any] = {"since": date(2018, 1, 1), "until": date(2018, 10, 25), "page": 1, "size": 20}
SUBMISSION = Submission(
    serial="S1", account_number="1", kind=ApplicationKind.LOAN_PREPAYMENT, amount=Decimal("10000.00"), loan_number="2"
)

CALLS: dict[str, Callable[[Core], Awaitable[object]]] = {
    "QueryCustomer": lambda core: core.customer.find("99000019850312022X"),
    "SendMessage": lambda core: core.customer.send_message("13800000001", "您的验证码为000000"),
    "QueryAccount": lambda core: core.account.account("1"),
    "QueryAccountDetails": lambda core: core.account.withdrawals("1", **PAGE),
    "QueryLoans": lambda core: core.loan.loans("1"),
    "QueryLoanDetails": lambda core: core.loan.repayments("1", **PAGE),
    "QueryRepaymentPlan": lambda core: core.loan.plan("1"),
    "QueryWithdrawalBasis": lambda core: core.application.basis("1"),
    "SubmitApplication": lambda core: core.application.submit(SUBMISSION),
    "QueryApplication": lambda core: core.application.find("S1"),
    "QueryApplications": lambda core: core.application.applications("1", page=1, size=20),
    "QueryArticles": lambda core: core.information.bulletins(BulletinCategory.GUIDE, "租房", **PAGE),
    "QueryArticle": lambda core: core.information.bulletin("1"),
    "QueryChannels": lambda core: core.information.channels(),
    "QueryOutlets": lambda core: core.information.outlets(),
    "QueryDevelopments": lambda core: core.information.developments("湖滨区", "花园", **PAGE),
    "QueryFaqs": lambda core: core.information.faqs(),
    "QueryCalendar": lambda core: core.information.calendar(date(2018, 10, 1), date(2018, 10, 31)),
}


async def swallow(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
    writer.write(http(200, b""))


async def sent(call: Callable[[Core], Awaitable[object]]) -> bytes:
    async with playing(swallow) as (core, played):
        with pytest.raises(CoreBadReply):
            await call(core)
    (request,) = played.requests
    return request


def test_every_operation_of_the_contract_is_called_by_a_gateway() -> None:
    names = re.findall(r'<wsdl:operation name="(\w+)">', PACKAGED_WSDL.read_text(encoding="utf-8"))
    assert set(names) == set(CALLS)


@pytest.mark.parametrize("operation", CALLS)
async def test_a_request_is_valid_against_the_contract(operation: str) -> None:
    envelope = body_of(await sent(CALLS[operation]))
    schema = etree.XMLSchema(file=str(PACKAGED_WSDL.with_name("core.xsd")))
    (body,) = envelope.findall("{*}Body/*")
    head = envelope.find("{*}Header/{urn:gjj:core:1}Head")
    assert etree.QName(body).localname == operation
    assert head is not None
    schema.assertValid(body)
    schema.assertValid(head)


async def test_the_password_never_travels() -> None:
    request = await sent(CALLS["QueryAccount"])
    assert PASSWORD.encode() not in request
    assert b"PasswordDigest" in request


async def test_each_call_has_a_serial_a_nonce_and_a_digest_of_its_own() -> None:
    async with playing(recorded("account_good.xml")) as (core, played):
        await core.account.account("990140300001")
        await core.account.account("990140300001")
    for name in (rb"QQLSH>([^<]+)<", rb"Nonce[^>]*>([^<]+)<", rb"Password [^>]*>([^<]+)<"):
        one, other = (re.search(name, request) for request in played.requests)
        assert one
        assert other
        assert one[1] != other[1]


async def test_the_channel_and_the_soap_action_say_what_is_asked() -> None:
    request = await sent(CALLS["QueryLoans"])
    assert b"QDBH>APP<" in request
    assert b"urn:gjj:core:1/QueryLoans" in request
    assert request.startswith(b"POST /services/loan HTTP/1.1")


def test_kinds_of_application_have_the_codes_of_the_contract() -> None:
    assert {kind.value: code for kind, code in CODE_OF_APPLICATION_KIND.items()} == {
        "LOAN_PREPAYMENT": "01",
        "FUND_LOAN_REPAYMENT": "02",
        "COMMERCIAL_LOAN_REPAYMENT": "03",
        "HOME_PURCHASE": "04",
        "HOME_CONSTRUCTION": "05",
        "RENT": "06",
        "PROPERTY_FEE": "07",
        "RETIREMENT": "08",
        "UNEMPLOYMENT": "09",
        "DOWN_PAYMENT": "10",
    }


@pytest.mark.parametrize(
    ("keep", "payoff", "mode"), [(Keep.TERM, False, "01"), (Keep.INSTALLMENT, False, "02"), (None, True, "03")]
)
async def test_a_prepayment_says_what_it_keeps(keep: Keep | None, payoff: bool, mode: str) -> None:
    submission = Submission("S1", "1", ApplicationKind.LOAN_PREPAYMENT, Decimal("10000.00"), "2", keep, payoff)
    envelope = body_of(await sent(lambda core: core.application.submit(submission)))
    assert envelope.findtext(".//{*}TQHKFS") == mode
    assert envelope.findtext(".//{*}JE") == "10000.00"


async def test_what_was_confirmed_of_a_prepayment_is_sent() -> None:
    submission = replace(SUBMISSION, amount_due=Decimal("10204.45"))
    envelope = body_of(await sent(lambda core: core.application.submit(submission)))
    assert envelope.findtext(".//{*}YHZE") == "10204.45"
    envelope = body_of(await sent(lambda core: core.application.submit(SUBMISSION)))
    assert envelope.find(".//{*}YHZE") is None


async def test_a_core_that_does_not_take_it_is_not_sent_it(tmp_path: Path) -> None:
    for file in Path(PACKAGED_WSDL).parent.glob("core.*"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(re.sub('<xs:element name="YHZE".*?/>', "", text), encoding="utf-8")
    async with playing(swallow, wsdl=str(tmp_path / "core.wsdl")) as (core, played):
        with pytest.raises(CoreBadReply):
            await core.application.submit(replace(SUBMISSION, amount_due=Decimal("10204.45")))
    (request,) = played.requests
    assert body_of(request).findtext(".//{*}JE") == "10000.00"
    assert body_of(request).find(".//{*}YHZE") is None


@pytest.mark.parametrize("text", ["某厂\uffff", "某厂\ufffe", "某厂\x00", "某厂\ud800", "\x1b"])
async def test_a_character_that_xml_lacks_is_never_sent(text: str) -> None:
    """Nor does it spoil what is sent after it."""
    submission = replace(SUBMISSION, kind=ApplicationKind.RETIREMENT, former_employer=text, loan_number=None)
    async with playing(swallow) as (core, played):
        for _ in range(2):
            with pytest.raises(CoreUnsendable) as unsendable:
                await core.application.submit(submission)
            assert (unsendable.value.outcome_unknown, unsendable.value.is_outage) == (False, False)
        assert played.requests == []
        with pytest.raises(CoreBadReply):
            await core.application.submit(replace(submission, former_employer="某厂"))
        with pytest.raises(CoreUnsendable):
            await core.information.bulletins(None, text, **PAGE)
    assert len(played.requests) == 1


def test_a_day_has_eight_digits_also_in_a_year_that_needs_zeros() -> None:
    assert [day_of(date(year, 9, 4)) for year in (384, 2018)] == ["03840904", "20180904"]
