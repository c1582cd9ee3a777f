"""Every way in which a core goes wrong has one recorded reply and one outcome."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping

import pytest

from bff.legacy import Core
from bff.legacy.errors import (
    CoreBadData,
    CoreBadReply,
    CoreBusy,
    CoreClosed,
    CoreError,
    CoreFault,
    CoreRejected,
    CoreTimeout,
    CoreUnreachable,
)
from bff.rules.account import AccountStatus
from bff.rules.application import Rejection
from bff.rules.loan import LoanStatus
from tests.legacy.conftest import NOW, RECORDED, Behaviour, Played, core_settings, http, pass_time, playing, recorded

DUAN = "990140300001"

READ: Mapping[str, tuple[str, AccountStatus]] = {
    "account_good.xml": ("段小梅", AccountStatus.NORMAL),
    "account_bom.xml": ("段小梅", AccountStatus.NORMAL),
    "account_gbk_declared.xml": ("买买提·吐尔逊", AccountStatus.NORMAL),
    "account_gbk_undeclared.xml": ("买买提·吐尔逊", AccountStatus.NORMAL),
    "account_gb18030_declared.xml": ("张𬱖", AccountStatus.NORMAL),
    "account_gbk_declared_gb18030_meant.xml": ("张𬱖", AccountStatus.NORMAL),
    "account_padded_codes.xml": ("段小梅", AccountStatus.NORMAL),
    "account_empty_dates.xml": ("段小梅", AccountStatus.NORMAL),
    "account_nil_and_missing.xml": ("段小梅", AccountStatus.NORMAL),
    "account_unknown_code.xml": ("段小梅", AccountStatus.UNKNOWN),
    "whitespace_before_declaration.xml": ("段小梅", AccountStatus.NORMAL),
}
"""Replies that are read: holder and status."""

OUTAGES: Mapping[str, str] = {
    "account_balance_missing.xml": "not valid against the XSD",
    "account_balance_empty.xml": "not valid against the XSD",
    "account_balance_nil.xml": "not valid against the XSD",
    "account_balance_nan.xml": "not valid against the XSD",
    "account_balance_exponent.xml": "not valid against the XSD",
    "account_balance_separators.xml": "not valid against the XSD",
    "account_balance_three_decimals.xml": "not valid against the XSD",
    "account_parts_are_not_the_whole.xml": "GRZHYE: not the sum of its parts",
    "account_bad_date.xml": "KHRQ: no date",
    "account_garbled_date.xml": "not valid against the XSD",
    "account_unexpected_element.xml": "not valid against the XSD",
    "account_reordered.xml": "not valid against the XSD",
    "account_of_another_person.xml": "GRZH: not what was asked for",
    "account_another_serial.xml": "QQLSH: not what was asked for",
    "account_wrong_element.xml": "another operation's element",
    "account_missing_namespace.xml": "another operation's element",
    "account_payload_missing.xml": "ZHXX: missing",
    "account_empty_body.xml": "no SOAP 1.1 envelope",
    "account_truncated.xml": "no well-formed XML",
    "account_control_character.xml": "no well-formed XML",
    "account_soap12.xml": "no SOAP 1.1 envelope",
    "fault_without_code.xml": "a fault without a code",
    "fault_soap12.xml": "no SOAP 1.1 envelope",
    "gateway_502.html": "no SOAP 1.1 envelope",
    "gateway_tag_soup.html": "no well-formed XML",
    "not_soap.json": "no well-formed XML",
    "empty.txt": "no well-formed XML",
    "entity_bomb.xml": "",
    "entity_external.xml": "a document type declaration",
    "entity_parameter.xml": "",
    "dtd_only.xml": "a document type declaration",
    "multipart.txt": "no well-formed XML",
}
"""Replies that are no answer, with HTTP status 200, and the reason that is logged; empty where it is the parser's."""

ANSWERS: Mapping[str, type[CoreError]] = {
    "account_refused_unknown.xml": CoreRejected,
    "account_refused_code_unmapped.xml": CoreRejected,
    "account_refused_closed.xml": CoreClosed,
    "account_refused_busy.xml": CoreBusy,
    "account_refused_authentication.xml": CoreFault,
    "fault_with_code.xml": CoreFault,
}


def test_every_recorded_reply_has_its_outcome() -> None:
    assert {path.name for path in RECORDED.iterdir()} == {*READ, *OUTAGES, *ANSWERS}


@pytest.mark.parametrize("name", READ)
async def test_a_reply_that_can_be_read_is(name: str) -> None:
    async with playing(recorded(name)) as (core, _):
        account = await core.account.account(DUAN)
    assert (account.holder, account.status) == READ[name]
    assert (str(account.balance.total), account.number) == ("30921.43", DUAN)


@pytest.mark.parametrize("name", OUTAGES)
async def test_a_reply_that_breaks_the_contract_is_an_outage(name: str) -> None:
    async with playing(recorded(name)) as (core, _):
        with pytest.raises(CoreBadReply) as broken:
            await core.account.account(DUAN)
    assert OUTAGES[name] in str(broken.value)
    assert broken.value.outcome_unknown


async def test_an_element_that_cannot_be_trusted_is_counted_by_its_name() -> None:
    async with playing(recorded("account_parts_are_not_the_whole.xml")) as (core, played):
        with pytest.raises(CoreBadData):
            await core.account.account(DUAN)
    assert played.odd == [("QueryAccount.GRZHYE", "not the sum of its parts")]


def told(elements: str) -> Behaviour:
    """An account of 30921.43 of which a core tells this, too."""

    async def play(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        good = (RECORDED / "account_good.xml").read_bytes().replace(b"@SERIAL@", serial.encode())
        writer.write(http(200, good.replace(b"</ZHXX>", f"{elements}</ZHXX>".encode())))

    return play


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ("", (None, None)),
        ("<DJJE>5000.00</DJJE>", ("5000.00", "25921.43")),
        ("<KYYE>25921.43</KYYE>", ("5000.00", "25921.43")),
        ("<DJJE>5000.00</DJJE><KYYE>20000.00</KYYE>", ("5000.00", "20000.00")),  # and 5921.43 are held otherwise
        ("<DJJE>30921.43</DJJE>", ("30921.43", "0.00")),
    ],
)
async def test_a_frozen_sum_leaves_the_rest_usable(elements: str, expected: tuple[str | None, str | None]) -> None:
    async with playing(told(elements)) as (core, _):
        account = await core.account.account(DUAN)
    assert tuple(None if each is None else str(each) for each in (account.frozen, account.usable)) == expected


@pytest.mark.parametrize(
    "elements",
    ["<DJJE>30921.44</DJJE>", "<KYYE>30921.44</KYYE>", "<DJJE>-1.00</DJJE>", "<DJJE>1.00</DJJE><KYYE>30921.43</KYYE>"],
)
async def test_a_frozen_sum_that_is_no_part_of_the_balance_is_trusted_by_nobody(elements: str) -> None:
    async with playing(told(elements)) as (core, _):
        with pytest.raises(CoreBadData, match="KYYE: not a part of the balance"):
            await core.account.account(DUAN)


LOAN = """<GYDK><DKZH>DK1</DKZH><CDGX>{relation}</CDGX><DKZT>2</DKZT><DKYE>187167.54</DKYE>
<JSEYHKE>32298.50</JSEYHKE><JSEYTQE>{drawn}</JSEYTQE></GYDK>"""


def told_of_a_loan(relation: str, drawn: str) -> Behaviour:
    return told_of_shared_loans(LOAN.format(relation=relation, drawn=drawn))


def told_of_shared_loans(elements: str) -> Behaviour:
    basis = f"<TQYJ><GRZH>1</GRZH><JSEYDKHKE>0.00</JSEYDKHKE><YJLXE>1.00</YJLXE>{elements}</TQYJ>".encode()

    async def play(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        answer = (RECORDED / "account_good.xml").read_bytes().replace(b"@SERIAL@", serial.encode())
        answer = answer.replace(b"QueryAccountResponse", b"QueryWithdrawalBasisResponse")
        writer.write(http(200, re.sub(rb"<ZHXX>.*</ZHXX>", basis, answer, flags=re.DOTALL)))

    return play


@pytest.mark.parametrize(
    ("code", "relation"), [("01 ", "BORROWER"), ("02", "SPOUSE"), ("03", "CO_BORROWER"), ("99", "UNKNOWN")]
)
async def test_a_shared_loan_is_told_with_what_all_drew(code: str, relation: str) -> None:
    async with playing(told_of_a_loan(code, "24500.00")) as (core, _):
        (loan,) = (await core.application.basis("1")).shared_loans or ()
    assert (loan.number, str(loan.relation), loan.status) == ("DK1", relation, LoanStatus.REPAYING)
    assert (str(loan.repaid_in_12_months), str(loan.drawn_in_12_months)) == ("32298.50", "24500.00")


COUNTED = LOAN.format(relation="02", drawn="0.00")


@pytest.mark.parametrize(
    ("elements", "loans"),
    [
        ("", None),
        ('<GYDKBS xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>', None),
        ("<GYDKBS>0</GYDKBS>", 0),
        (COUNTED, 1),
        (f"<GYDKBS>1</GYDKBS>{COUNTED}", 1),
    ],
)
async def test_no_shared_loan_is_not_the_same_as_not_told(elements: str, loans: int | None) -> None:
    async with playing(told_of_shared_loans(elements)) as (core, _):
        found = (await core.application.basis("1")).shared_loans
    assert (None if found is None else len(found)) == loans


@pytest.mark.parametrize(
    "elements", ["<GYDKBS>1</GYDKBS>", f"<GYDKBS>2</GYDKBS>{COUNTED}", f"<GYDKBS>0</GYDKBS>{COUNTED}"]
)
async def test_another_number_of_shared_loans_is_trusted_by_nobody(elements: str) -> None:
    async with playing(told_of_shared_loans(elements)) as (core, _):
        with pytest.raises(CoreBadData, match="GYDKBS: not the number of GYDK"):
            await core.application.basis("1")


async def test_less_than_nothing_cannot_have_been_drawn() -> None:
    async with playing(told_of_a_loan("01", "-0.01")) as (core, _):
        with pytest.raises(CoreBadData, match="JSEYTQE: below zero"):
            await core.application.basis("1")


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refusal_and_a_fault_are_told_apart(name: str) -> None:
    async with playing(recorded(name)) as (core, _):
        with pytest.raises(ANSWERS[name]):
            await core.account.account(DUAN)


@pytest.mark.parametrize("name", [*OUTAGES, *ANSWERS])
async def test_no_failure_repeats_what_the_core_sent(name: str) -> None:
    async with playing(recorded(name)) as (core, _):
        with pytest.raises(CoreError) as failed:
            await core.account.account(DUAN)
    told = f"{failed.value!r} {failed.value}"
    for personal in ("段小梅", "云南省", "990140300001", "root:"):
        assert personal not in told


async def test_an_unknown_code_is_counted_with_its_table() -> None:
    async with playing(recorded("account_unknown_code.xml")) as (core, played):
        account = await core.account.account(DUAN)
    assert (account.status_code, played.odd) == ("42", [("A.6", "42")])


async def test_a_return_code_that_nobody_knows_is_kept_and_counted() -> None:
    async with playing(recorded("account_refused_code_unmapped.xml")) as (core, played):
        with pytest.raises(CoreRejected) as refused:
            await core.account.account(DUAN)
    assert (refused.value.code, refused.value.raw_code, refused.value.text) == (Rejection.OTHER, "7777", "系统策略限制")
    assert played.odd == [("FHM", "7777")]


async def test_a_closed_core_says_when_it_opens() -> None:
    async with playing(recorded("account_refused_closed.xml")) as (core, _):
        with pytest.raises(CoreClosed) as closed:
            await core.account.account(DUAN)
    assert str(closed.value.opens_at) == "2018-10-26 08:30:00+08:00"


async def test_empty_dates_and_blanks_are_nothing() -> None:
    async with playing(recorded("account_empty_dates.xml")) as (core, _):
        account = await core.account.account(DUAN)
    assert (account.opened_on, account.sealed_on, account.last_withdrawn_on) == (None, None, None)


async def test_nil_empty_and_missing_are_all_nothing() -> None:
    async with playing(recorded("account_nil_and_missing.xml")) as (core, _):
        account = await core.account.account(DUAN)
    assert (account.employer, account.contribution.base, account.bank_account) == (None, None, None)


@pytest.mark.parametrize("status", [201, 202, 301, 302, 401, 404, 502, 503])
async def test_another_status_is_an_outage_even_with_a_good_body(status: int) -> None:
    async with playing(recorded("account_good.xml", status=status)) as (core, _):
        with pytest.raises(CoreBadReply, match=f"HTTP status {status}"):
            await core.account.account(DUAN)


async def test_a_good_body_with_500_is_an_outage() -> None:
    async with playing(recorded("account_good.xml", status=500)) as (core, _):
        with pytest.raises(CoreBadReply, match="HTTP status 500 without a fault"):
            await core.account.account(DUAN)


async def test_a_fault_may_come_with_500() -> None:
    async with playing(recorded("fault_with_code.xml", status=500)) as (core, _):
        with pytest.raises(CoreFault, match="soap:Server"):
            await core.account.account(DUAN)


@pytest.mark.parametrize("content_type", ["application/octet-stream", "text/plain", "application/soap+xml"])
async def test_the_content_type_does_not_matter(content_type: str) -> None:
    async with playing(recorded("account_good.xml", content_type=content_type)) as (core, _):
        assert (await core.account.account(DUAN)).holder == "段小梅"


async def test_the_charset_of_http_counts_where_xml_declares_none() -> None:
    behaviour = recorded("account_gbk_undeclared.xml", content_type="text/xml; charset=GBK")
    async with playing(behaviour) as (core, _):
        assert (await core.account.account(DUAN)).holder == "买买提·吐尔逊"


async def test_ten_megabytes_are_not_read_to_the_end() -> None:
    async def flood(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        writer.write(http(200, b"<a>" + b"x" * 10_000_000))

    async with playing(flood, max_bytes=1 << 20) as (core, _):
        with pytest.raises(CoreBadReply, match="more than 1048576 bytes"):
            await core.account.account(DUAN)


async def test_nesting_without_end_is_refused() -> None:
    async def deep(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        writer.write(http(200, b"<a>" * 100_000))

    async with playing(deep) as (core, _):
        with pytest.raises(CoreBadReply, match="no well-formed XML"):
            await core.account.account(DUAN)


async def test_a_short_body_is_an_outage() -> None:
    async def short(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        writer.write(http(200, b"<half", length=5000))

    async with playing(short) as (core, _):
        with pytest.raises(CoreBadReply, match="connection broke"):
            await core.account.account(DUAN)


async def test_a_reset_is_an_outage() -> None:
    async def reset(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        writer.transport.abort()

    async with playing(reset) as (core, _):
        with pytest.raises(CoreBadReply, match="connection broke"):
            await core.account.account(DUAN)


async def test_a_core_that_says_nothing_is_left_at_the_deadline() -> None:
    async def hang(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        pass_time(60)
        await played.closed_by_client.wait()

    async with playing(hang, timeout=60.0) as (core, played):
        with pytest.raises(CoreTimeout) as late:
            await core.account.account(DUAN)
        assert late.value.outcome_unknown
        await asyncio.wait_for(played.closed_by_client.wait(), 60)


async def test_a_core_that_drips_does_not_get_round_the_deadline() -> None:
    async def drip(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        writer.write(http(200, b"", length=100_000))
        while not played.closed_by_client.is_set():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with playing(drip, timeout=0.4) as (core, _):
        begun = time.monotonic()
        with pytest.raises(CoreTimeout):
            await core.account.account(DUAN)
        assert time.monotonic() - begun < 30


async def test_a_core_that_is_not_there_was_sent_nothing() -> None:
    async with playing(recorded("account_good.xml")) as (_, played):
        url = played.url
    core = await Core.connect(core_settings(url), lambda: NOW, lambda *_: None)
    with pytest.raises(CoreUnreachable) as refused:
        await core.account.account(DUAN)
    await core.close()
    assert not refused.value.outcome_unknown


async def test_cancelling_a_call_closes_its_connection() -> None:
    async def hang(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        await played.closed_by_client.wait()

    async with playing(hang) as (core, played):
        call = asyncio.ensure_future(core.account.account(DUAN))
        await asyncio.wait_for(played.arrived.wait(), 60)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(played.closed_by_client.wait(), 60)
