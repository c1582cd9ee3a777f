"""What a caller sees of each kind of misbehaviour, and the control interface that asks for it."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree
from starlette.requests import Request
from starlette.types import Message

from sandbox.book import database
from sandbox.soap import endpoint
from sandbox.soap.faults import Fault, Faults
from sandbox.tests.process import running
from sandbox.tests.wire import DUAN, MAIMAITI, XSD, Answer, Wire, envelope

TO_ACCOUNT: dict[str, object] = {"operation": "QueryAccount"}
CUT_OFF = (ConnectionResetError, http.client.RemoteDisconnected)


def account(core: Wire) -> Answer:
    return core.call("collection", "QueryAccount", GRZH=DUAN)


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    since = time.monotonic()
    answer = work()
    return time.monotonic() - since, answer


def calls(core: Wire) -> dict[str, int]:
    found: dict[str, int] = core.control("GET", "calls").json
    return found


def load(core: Wire) -> dict[str, int]:
    found: dict[str, int] = core.control("GET", "load").json
    return found


@contextmanager
def waiting(core: Wire, count: int, call: Callable[[Wire], Answer] = account) -> Iterator[None]:
    """While `count` calls are kept waiting; the core is healed when the block ends."""
    callers = [threading.Thread(target=call, args=[core]) for _ in range(count)]
    for caller in callers:
        caller.start()
    while load(core)["inFlight"] < count:
        callers[0].join(0.01)
        assert callers[0].is_alive()
    yield
    core.misbehave()
    for caller in callers:
        caller.join(60)


def send(core: Wire) -> Answer:
    return core.call("customer", "SendMessage", SJHM="13800000001", DXNR="x")


# ----- each kind -----


def test_delay_answers_late(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "delay", "ms": 300})
    took, answer = timed(lambda: account(core))
    assert answer.get("FHM") == "0000"
    assert took >= 0.3


def test_a_delay_keeps_nobody_else_waiting(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "delay", "ms": 60_000})
    with waiting(core, 12):
        answer = core.call("loan", "QueryLoans", GRZH=DUAN)
        assert load(core)["inFlight"] == 12
    assert answer.get("FHM") == "0000"


def test_a_core_started_with_a_delay_is_slow_for_everybody(book: Path) -> None:
    with running(book, "--delay", "200") as url:
        took, answer = timed(lambda: account(Wire(url)))
    assert answer.get("FHM") == "0000"
    assert took >= 0.2


def test_hang_gives_no_answer(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    with pytest.raises(TimeoutError):
        core.post("collection", envelope("QueryAccount", {"GRZH": DUAN}), timeout=0.5)


def test_a_call_that_hangs_is_answered_once_the_core_is_healed(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    answers: list[Answer] = []
    caller = threading.Thread(target=lambda: answers.append(account(core)))
    caller.start()
    while "QueryAccount" not in calls(core):
        caller.join(0.01)
    assert answers == []
    core.misbehave()
    caller.join(60)
    assert [answer.get("ZHXX/GRZHYE") for answer in answers] == ["30921.43"]


async def test_a_core_that_is_healed_as_a_call_begins_to_hang_answers_it() -> None:
    faults = Faults([Fault("QueryAccount", "hang")])

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    hanging = asyncio.ensure_future(endpoint._hang(Request({"type": "http"}, receive), faults.changed))
    faults.set([])  # before any task of it has run
    assert await asyncio.wait_for(hanging, 10)


def test_others_are_answered_while_one_hangs(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    connection = core.connect()
    connection.request("POST", "/services/collection", envelope("QueryAccount", {"GRZH": DUAN}))
    try:
        assert core.call("loan", "QueryLoans", GRZH=DUAN).get("FHM") == "0000"
    finally:
        connection.close()


def test_reset_cuts_the_connection(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "reset"})
    with pytest.raises(ConnectionResetError):
        account(core)


def test_truncate_promises_more_than_it_sends(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "truncate"})
    with pytest.raises(http.client.IncompleteRead) as cut:
        account(core)
    assert len(cut.value.partial) > 0
    assert cut.value.expected is not None
    assert abs(cut.value.expected - len(cut.value.partial)) <= 1
    assert b"</soap:Envelope>" not in cut.value.partial


def test_html502_is_a_gateways_page(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "html502"})
    answer = account(core)
    assert (answer.status, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "<h1>502 Bad Gateway</h1>" in answer.text


def test_fault_is_a_soap_fault_with_its_code(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault"})
    answer = account(core)
    assert (answer.status, answer.core_fault) == (500, "9999")
    assert etree.QName(answer.reply).localname == "Fault"


def test_the_detail_of_a_fault_is_valid(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault"})
    detail = account(core).reply.find("detail")
    assert detail is not None
    etree.XMLSchema(file=str(XSD)).assertValid(detail[0])


def test_garbage_is_no_xml(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "garbage"})
    answer = account(core)
    assert (answer.status, answer.body) == (200, b"\x00\xff<not><xml")


def test_closed_says_when_the_core_opens(core: Wire) -> None:
    core.misbehave({"operation": "*", "kind": "closed"})
    answer = account(core)
    assert (answer.status, answer.get("FHM"), answer.get("KYSJ")) == (200, "9001", "2018-10-26T08:30:00")
    assert answer.get("ZHXX") is None


def test_closed_on_a_friday_opens_on_monday(core: Wire) -> None:
    core.move_clock("2018-10-26")
    core.misbehave({"operation": "*", "kind": "closed"})
    assert account(core).get("KYSJ") == "2018-10-29T08:30:00"


def test_a_closed_cores_reply_is_valid(core: Wire) -> None:
    core.misbehave({"operation": "*", "kind": "closed"})
    etree.XMLSchema(file=str(XSD)).assertValid(account(core).reply)


def test_a_closed_core_does_nothing(core: Wire) -> None:
    core.misbehave({"operation": "*", "kind": "closed"})
    core.call("customer", "SendMessage", SJHM="13800000001", DXNR="x")
    assert core.control("GET", "inbox").json == []


def test_lost_reply_cuts_the_connection_after_the_work(core: Wire) -> None:
    core.misbehave({"operation": "SendMessage", "kind": "lost_reply"})
    with pytest.raises(ConnectionResetError):
        core.call("customer", "SendMessage", SJHM="13800000001", DXNR="验证码 123456")
    assert [each["text"] for each in core.control("GET", "inbox").json] == ["验证码 123456"]


def test_an_application_whose_reply_was_lost_is_found_by_its_serial(core: Wire) -> None:
    core.misbehave({"operation": "SubmitApplication", "kind": "lost_reply"})
    with pytest.raises(ConnectionResetError):
        core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    assert core.call("application", "QueryApplication", SQLSH="S-1").get("SQXX/ZT") == "02"


def test_reset_does_nothing_before_it_cuts(core: Wire) -> None:
    core.misbehave({"operation": "SendMessage", "kind": "reset"})
    with pytest.raises(ConnectionResetError):
        core.call("customer", "SendMessage", SJHM="13800000001", DXNR="x")
    assert core.control("GET", "inbox").json == []


def test_a_bare_socket_sees_the_reset(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "reset"})
    address = urlsplit(core.url)
    body = envelope("QueryAccount", {"GRZH": DUAN})
    head = f"POST /services/collection HTTP/1.1\r\nHost: core\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as bare:
        bare.sendall(head.encode() + body)
        with pytest.raises(ConnectionResetError):
            bare.recv(1)


# ----- whom it strikes -----


def test_other_operations_are_not_struck(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault"})
    assert core.call("loan", "QueryLoans", GRZH=DUAN).get("FHM") == "0000"


def test_a_whole_service_can_be_struck(core: Wire) -> None:
    core.misbehave({"operation": "loan", "kind": "fault"})
    assert core.call("loan", "QueryLoans", GRZH=DUAN).core_fault == "9999"
    assert account(core).get("FHM") == "0000"


def test_all_services_can_be_struck(core: Wire) -> None:
    core.misbehave({"operation": "*", "kind": "fault"})
    assert core.call("loan", "QueryLoans", GRZH=DUAN).core_fault == "9999"
    assert account(core).core_fault == "9999"


def test_a_rate_strikes_its_share_of_the_calls(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault", "rate": 0.3})
    struck = [account(core).status for _ in range(100)].count(500)
    assert 15 <= struck <= 45


def test_a_rate_strikes_the_same_calls_after_each_start(book: Path) -> None:
    def pattern() -> list[int]:
        with running(book) as url:
            core = Wire(url)
            core.misbehave(TO_ACCOUNT | {"kind": "fault", "rate": 0.5})
            return [account(core).status for _ in range(20)]

    assert pattern() == pattern()


def test_a_rate_of_nothing_strikes_nobody(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault", "rate": 0})
    assert {account(core).status for _ in range(10)} == {200}


def test_several_rules_strike_together(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "delay", "ms": 200}, TO_ACCOUNT | {"kind": "html502"})
    took, answer = timed(lambda: account(core))
    assert answer.status == 502
    assert took >= 0.2


@pytest.mark.parametrize(
    "kind", ["reset", "truncate", "html502", "fault", "garbage", "closed", "refused", "lost_reply"]
)
def test_an_empty_list_heals(core: Wire, kind: str) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": kind})
    core.misbehave()
    assert account(core).get("ZHXX/GRZHYE") == "30921.43"


def test_new_rules_replace_the_old(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault"})
    core.misbehave({"operation": "loan", "kind": "fault"})
    assert account(core).get("FHM") == "0000"


def test_the_rules_can_be_read_back(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "delay", "ms": 5})
    assert core.control("GET", "faults").json == [{"operation": "QueryAccount", "kind": "delay", "ms": 5, "rate": 1.0}]


def test_refused_answers_with_a_code_and_does_nothing(core: Wire) -> None:
    core.misbehave({"operation": "SendMessage", "kind": "refused", "code": "2001", "text": "个人账户已冻结"})
    answer = send(core)
    assert (answer.status, answer.get("FHM"), answer.get("FHXX")) == (200, "2001", "个人账户已冻结")
    core.misbehave()
    assert core.control("GET", "inbox?phone=13800000001").json == []


def test_the_core_survives_a_caller_that_leaves_while_it_hangs(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    for _ in range(3):
        with pytest.raises(TimeoutError):
            core.post("collection", envelope("QueryAccount", {"GRZH": DUAN}), timeout=0.1)
    core.misbehave()
    assert account(core).get("FHM") == "0000"


# ----- the control interface -----


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("faults", {}, "a JSON array is expected"),
        ("faults", ["hang"], "each fault has operation and kind"),
        ("faults", [{"kind": "hang"}], "each fault has operation and kind"),
        ("faults", [{"operation": "*", "kind": "hang", "often": 1}], "each fault has operation and kind"),
        ("faults", [{"operation": "*", "kind": "nap"}], "kind is one of delay, hang"),
        ("faults", [{"operation": "*", "kind": "delay", "ms": -1}], "ms is not negative"),
        ("faults", [{"operation": "*", "kind": "delay", "ms": 10**400}], "at most a day"),
        ("faults", [{"operation": "*", "kind": "delay", "ms": "soon"}], "soon"),
        ("faults", [{"operation": "*", "kind": "fault", "rate": 1.1}], "rate is between 0 and 1"),
        ("faults", [{"operation": "*", "kind": "fault", "rate": None}], "TypeError"),
        ("clock", [], "a JSON object is expected"),
        ("clock", {}, "date"),
        ("clock", {"date": "tomorrow"}, "tomorrow"),
        ("clock", {"date": 20181026}, "TypeError"),
        ("clock", {"date": "2018-10-24"}, "does not go back"),
        ("applications/S-1", {"status": "DONE"}, "status is one of APPROVED, COMPLETED, REJECTED, PAYOUT_FAILED"),
        ("applications/S-1", {}, "status is one of APPROVED, COMPLETED, REJECTED, PAYOUT_FAILED"),
        ("applications/S-1", {"status": "COMPLETED"}, "无此申请"),
        ("members", {}, "count"),
        ("members", {"count": "many"}, "many"),
    ],
)
def test_what_the_caller_did_wrong_is_400_with_a_text(reading_core: Wire, path: str, value: object, says: str) -> None:
    answer = reading_core.control("PUT", path, value)
    assert answer.status == 400
    assert says in answer.json["error"]


@pytest.mark.parametrize("path", ["faults", "clock", "applications/S-1", "members"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff"], ids=["empty", "broken", "bytes"])
def test_a_body_that_is_no_json_is_400(reading_core: Wire, path: str, body: bytes) -> None:
    answer = reading_core.request("PUT", f"/control/{path}", body)
    assert (answer.status, answer.json["error"]) == (400, "ValueError: the body is no JSON")


def test_an_endless_delay_is_400(core: Wire) -> None:
    body = b'[{"operation": "*", "kind": "delay", "ms": 1e999}]'
    assert core.request("PUT", "/control/faults", body).status == 400


def test_a_reason_that_is_no_text_is_400(core: Wire) -> None:
    core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    answer = core.control("PUT", "applications/S-1", {"status": "REJECTED", "reason": ["x"]})
    assert (answer.status, answer.json["error"]) == (400, "ValueError: reason is text")


def test_a_status_that_is_no_text_is_400(core: Wire) -> None:
    answer = core.control("PUT", "applications/S-1", {"status": ["APPROVED"]})
    assert answer.status == 400
    assert answer.json["error"] == "ValueError: status is one of APPROVED, COMPLETED, REJECTED, PAYOUT_FAILED"


def test_bad_rules_leave_the_old_ones(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "fault"})
    core.control("PUT", "faults", [{"operation": "*", "kind": "nap"}])
    assert account(core).core_fault == "9999"


def test_the_clock_can_be_read(reading_core: Wire) -> None:
    assert reading_core.control("GET", "clock").json == {"date": "2018-10-25"}


def test_the_clock_can_be_moved(core: Wire) -> None:
    assert core.control("PUT", "clock", {"date": "2018-11-14"}).json == {"date": "2018-11-14"}
    answer = core.call("loan", "QueryLoans", GRZH=DUAN)
    assert (answer.get("KJRQ"), answer.get("DKLB/DK/DKYE")) == ("20181114", "185257.67")


@pytest.mark.parametrize(
    ("status", "code", "amount"), [("APPROVED", "03", "0"), ("COMPLETED", "04", "1"), ("REJECTED", "05", "0")]
)
def test_an_application_can_be_decided(core: Wire, status: str, code: str, amount: str) -> None:
    core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    answer = core.control("PUT", "applications/S-1", {"status": status, "reason": "办理"})
    assert (answer.status, answer.json) == (200, {"serial": "S-1", "status": status})
    found = core.call("application", "QueryApplication", SQLSH="S-1")
    assert (found.get("SQXX/ZT"), found.all("SQXX/LC/BZ")[-1]) == (code, "办理")
    drawn = core.call("collection", "QueryAccountDetails", GRZH=MAIMAITI, MXLB="02", YM=1, YHS=20)
    assert drawn.get("MXYE/ZHS") == amount


def test_members_can_be_added(core: Wire) -> None:
    assert core.control("PUT", "members", {"count": 3, "seed": 5}).json == {"count": 3}
    assert core.get("/").text.count("199000000") == 3


def test_calls_are_counted_by_operation(core: Wire) -> None:
    for _ in range(2):
        account(core)
    core.call("loan", "QueryLoans", GRZH=DUAN)
    assert calls(core) == {"QueryAccount": 2, "QueryLoans": 1}


def test_counted_calls_can_be_cleared(core: Wire) -> None:
    account(core)
    assert core.control("DELETE", "calls").json == {}
    account(core)
    assert calls(core) == {"QueryAccount": 1}


def test_a_call_that_is_struck_counts(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "reset"})
    with pytest.raises(CUT_OFF):
        account(core)
    assert calls(core) == {"QueryAccount": 1}


def test_the_most_calls_at_the_same_time_are_known(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    with waiting(core, 3):
        assert load(core) == {"inFlight": 3, "peak": 3}
    core.call("loan", "QueryLoans", GRZH=DUAN)
    assert load(core) == {"inFlight": 0, "peak": 3}


def test_calls_one_after_another_are_one_at_a_time(core: Wire) -> None:
    for _ in range(3):
        account(core)
    assert load(core) == {"inFlight": 0, "peak": 1}


def test_calls_that_wait_to_change_the_book_keep_nobody_from_reading(book: Path, core: Wire) -> None:
    with database.connected(book) as other:
        other.execute("BEGIN IMMEDIATE")
        with waiting(core, 40, send):
            assert account(core).get("FHM") == "0000"
            assert core.control("GET", "inbox").json == []
            assert load(core)["inFlight"] == 40
            other.execute("ROLLBACK")
    assert len(core.control("GET", "inbox").json) == 40


def test_clearing_the_calls_clears_the_peak_but_not_what_is_in_flight(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "hang"})
    with waiting(core, 2):
        core.control("DELETE", "calls")
        assert load(core) == {"inFlight": 2, "peak": 2}
    core.control("DELETE", "calls")
    assert load(core) == {"inFlight": 0, "peak": 0}


def test_a_call_that_is_cut_is_no_longer_in_flight(core: Wire) -> None:
    core.misbehave(TO_ACCOUNT | {"kind": "reset"})
    with pytest.raises(CUT_OFF):
        account(core)
    assert load(core) == {"inFlight": 0, "peak": 1}


def test_what_is_no_message_does_not_count(core: Wire) -> None:
    core.post("collection", b"hello")
    assert calls(core) == {}


def test_messages_are_listed_newest_first(core: Wire) -> None:
    for text in ("first", "second"):
        core.call("customer", "SendMessage", SJHM="13800000001", DXNR=text)
    core.call("customer", "SendMessage", SJHM="13800000002", DXNR="third")
    assert [each["text"] for each in core.control("GET", "inbox?phone=13800000001").json] == ["second", "first"]
    assert [each["text"] for each in core.control("GET", "inbox").json] == ["third", "second", "first"]


def test_messages_carry_the_business_date(core: Wire) -> None:
    core.call("customer", "SendMessage", SJHM="13800000001", DXNR="x")
    assert core.control("GET", "inbox").json[0]["at"].startswith("2018-10-25T")


def test_the_timer_completes_applications(book: Path) -> None:
    with running(book, "--process-every", "0.05") as url:
        core = Wire(url)
        core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
        until = time.monotonic() + 20
        while (answer := core.call("application", "QueryApplication", SQLSH="S-1")).get("SQXX/ZT") != "04":
            assert time.monotonic() < until
    assert answer.all("SQXX/LC/ZT") == ["02", "03", "04"]


def test_a_core_started_again_finds_its_book(book: Path) -> None:
    with running(book) as url:
        Wire(url).move_clock("2018-11-14")
    with running(book) as url:
        assert Wire(url).control("GET", "clock").json == {"date": "2018-11-14"}


def test_a_core_without_a_book_makes_one(tmp_path: Path) -> None:
    with running(tmp_path / "new" / "core.sqlite3", "--generate", "5") as url:
        assert account(Wire(url)).get("ZHXX/GRZHYE") == "30921.43"
        assert Wire(url).get("/").text.count("199000000") == 5


def customer(core: Wire) -> Answer:
    return core.call("customer", "QueryCustomer", ZJLX="01", ZJHM="99000019850312022X")


def test_a_counter_changes_phone_and_status(core: Wire) -> None:
    asked = {"phone": "13911112222", "status": "SEALED"}
    answer = core.control("PUT", f"accounts/{DUAN}", asked)
    assert (answer.status, answer.json) == (200, {"number": DUAN, **asked})
    assert (customer(core).get("KHXX/SJHM"), customer(core).get("KHXX/GRZHZT")) == ("13911112222", "02")
    assert core.control("PUT", f"accounts/{DUAN}", {"phone": ""}).status == 200
    assert (customer(core).get("KHXX/SJHM"), customer(core).get("KHXX/GRZHZT")) == ("", "02")


def test_a_person_has_the_account_that_theirs_was_merged_into(core: Wire) -> None:
    assert core.control("PUT", f"accounts/{DUAN}", {"mergedInto": MAIMAITI}).status == 200
    found = [customer(core).get(f"KHXX/{name}") for name in ("GRZH", "XINGMING", "SJHM", "GRZHZT")]
    assert found == [MAIMAITI, "段小梅", "13800000001", "01"]
    assert [account(core).get(f"ZHXX/{name}") for name in ("GRZHZT", "XHRQ", "GRZHYE")] == [
        "03",
        "20181025",
        "30921.43",
    ]


def test_a_status_comes_with_its_day(core: Wire) -> None:
    def put(status: str) -> list[str | None]:
        assert core.control("PUT", f"accounts/{DUAN}", {"status": status}).status == 200
        found = account(core)
        return [found.get(f"ZHXX/{name}") for name in ("GRZHZT", "FCRQ", "XHRQ")]

    assert put("SEALED") == ["02", "20181025", None]
    core.control("PUT", "clock", {"date": "2018-10-29"})
    assert put("SEALED") == ["02", "20181025", None]
    assert put("FROZEN") == ["06", "20181025", None]
    assert put("CLOSED") == ["05", "20181025", "20181029"]
    assert put("NORMAL") == ["01", None, None]


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        (DUAN, {}),
        (DUAN, []),
        (DUAN, {"status": "GONE"}),
        (DUAN, {"phone": 13911112222}),
        (DUAN, {"phone": "1" * 65}),
        (DUAN, {"mergedInto": DUAN}),
        (DUAN, {"mergedInto": "nobody"}),
        (DUAN, {"phone": "13911112222", "name": "x"}),
        ("nobody", {"phone": "13911112222"}),
    ],
)
def test_what_a_counter_cannot_change_is_refused_whole(core: Wire, number: str, asked: object) -> None:
    assert core.control("PUT", f"accounts/{number}", asked).status == 400
    assert customer(core).get("KHXX/SJHM") == "13800000001"
