"""An application whose ID an answer gave is found for ever: whatever its sender learns, it is settled with its reason,
and one that the core never got is handed in anew under its key, its ID and its serial."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import select
from structlog.testing import capture_logs

from bff.observability.operation import CallResult, CoreAttempt
from bff.observability.tracing import OpenTelemetryTracing
from bff.rules.application import CoreApplication, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.services import Services, open_services
from bff.store.database import Store
from bff.store.tables import application as table
from sandbox.book import deposits
from tests.conftest import on_each_database, settings_for
from tests.flows.applying import DUAN, apply, codes, everyone, record_of, telling
from tests.support.servers import OPERATIONS, ROOT, Bff, Core, running_bff
from tests.support.serving import until

FEE, FUND_LOAN = "ApplyPropertyFeeWithdrawal", "ApplyFundLoanRepaymentWithdrawal"
ACCOUNT = "990140300001"
NOT_RECEIVED = "业务系统未收到该申请，请重新提交。"


@pytest.fixture
def app(fresh_core: Core, tmp_path: Path, database: str) -> Iterator[Bff]:
    with everyone(fresh_core, tmp_path / "bff", database_url=database, confirm_within=0) as bff:
        yield bff


def fee(key: str, amount: str = "1500.00") -> dict[str, Any]:
    return {"idempotencyKey": key, "expectedAmount": amount}


def fault(kind: str, operation: str = "SubmitApplication", **more: object) -> dict[str, object]:
    return {"operation": operation, "kind": kind, **more}


UNASKED = fault("closed", "QueryApplication")


@contextmanager
def sending(bff: Bff, core: Core, token: str, key: str, *faults: dict[str, object]) -> Iterator[Future[Any]]:
    """A submission that the core has on its table; the answer comes when the block ends."""
    core.calls()
    core.control("PUT", "faults", [fault("hang"), *faults])
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(bff.execute, telling(FEE), {"input": fee(key)}, token)
        until(lambda: answer.done() or core.has({"SubmitApplication"}))
        try:
            yield answer
        finally:
            core.control("PUT", "faults", list(faults))
        answer.result()
    core.control("PUT", "faults", [UNASKED] if UNASKED in faults else [])


def listed(bff: Bff, token: str) -> dict[str, str]:
    """Statuses by ID."""
    found = bff.data("ApplicationRecords", {"first": 10}, token)["me"]["applications"]
    assert found["totalCount"] == len(found["edges"])
    return {edge["node"]["id"]: edge["node"]["status"] for edge in found["edges"]}


def settled(bff: Bff, token: str, application_id: str, status: str) -> Any:
    """By the search alone, before anyone looks."""
    until(lambda: raw(bff, application_id).status == status)
    return record_of(bff, token, application_id)


def raw(bff: Bff, application_id: str) -> Any:
    async def found() -> Any:
        store = await Store.open(bff.services.settings.store_url)
        async with store.read() as db:
            row = (await db.execute(select(table).where(table.c.id == application_id))).one()
        await store.close()
        return row

    return asyncio.run(found())


def with_core(bff: Bff, act: Callable[[Services], Any]) -> Any:
    """By messages of SOAP, past the journal."""

    async def run() -> Any:
        async with open_services(bff.services.settings) as services:
            return await act(services)

    return asyncio.run(run())


def arrives_late(bff: Bff, serial: str, contract_number: str | None = None) -> CoreApplication:
    fee = Submission(serial, ACCOUNT, ApplicationKind.PROPERTY_FEE, Decimal("1500.00"))
    sent = replace(fee, contract_number=contract_number)
    found: CoreApplication = with_core(bff, lambda services: services.core.application.submit(sent))
    return found


def statuses(record: Any) -> list[str]:
    return [step["status"] for step in record["history"]]


# ----- nothing was sent, or the core refuses --------------------------------------------------------------------


@on_each_database
def test_what_a_second_request_was_given_outlives_a_closed_core(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, fault("closed")) as first:
        given = apply(app, token, FEE, **fee(key))["application"]
        assert given["status"] == "CONFIRMING"
    assert first.result()["errors"][0]["extensions"]["code"] == "CORE_CLOSED"
    record = settled(app, token, given["id"], "NOT_RECEIVED")
    assert statuses(record) == ["CONFIRMING", "CONFIRMING", "NOT_RECEIVED"]
    assert record["history"][1]["note"].startswith("申请尚未送达业务系统：当前不在业务系统的服务时间，")
    assert record["history"][2]["note"] == NOT_RECEIVED
    assert listed(app, token) == {given["id"]: "NOT_RECEIVED"}

    serial = raw(app, given["id"]).serial
    anew = apply(app, token, FEE, **fee(key))
    assert (anew["application"]["id"], anew["application"]["status"]) == (given["id"], "ACCEPTED")
    assert fresh_core.serials() == [serial]
    assert statuses(record_of(app, token, given["id"]))[-2:] == ["CONFIRMING", "ACCEPTED"]


def test_what_was_listed_stays(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, fault("closed")):
        (given,) = until(lambda: listed(app, token))
    settled(app, token, given, "NOT_RECEIVED")
    assert listed(app, token) == {given: "NOT_RECEIVED"}


def test_what_nobody_was_given_leaves_no_trace(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, fault("closed")):
        pass
    assert listed(app, token) == {}
    assert apply(app, token, FEE, **fee(key))["application"]["status"] == "ACCEPTED"


def test_while_the_core_cannot_be_asked_it_is_being_confirmed_and_then_lets_others_pass(
    app: Bff, fresh_core: Core
) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, fault("closed"), UNASKED):
        given = apply(app, token, FEE, **fee(key))["application"]
    assert apply(app, token, FEE, **fee(key))["application"] == record_of(app, token, given["id"])
    assert listed(app, token) == {given["id"]: "CONFIRMING"}
    other = apply(app, token, FUND_LOAN, expectedAmount="24500.00")
    assert codes(other["userErrors"]) == {"APPLICATION_IN_PROGRESS"}
    fresh_core.heal()
    settled(app, token, given["id"], "NOT_RECEIVED")
    assert apply(app, token, FUND_LOAN, expectedAmount="24500.00")["application"]["status"] == "ACCEPTED"


@on_each_database
def test_what_a_second_request_was_given_is_rejected_when_the_core_refuses(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key) as first:
        given = apply(app, token, FEE, **fee(key))["application"]
        frozen(fresh_core)
    refused = first.result()["data"]["applyPropertyFeeWithdrawal"]
    assert (refused["application"], codes(refused["userErrors"])) == (None, {"ACCOUNT_FROZEN"})
    record = record_of(app, token, given["id"])
    assert (record["status"], statuses(record)) == ("REJECTED", ["CONFIRMING", "REJECTED"])
    assert record["history"][-1]["note"] == refused["userErrors"][0]["message"]
    assert listed(app, token) == {given["id"]: "REJECTED"}
    assert apply(app, token, FEE, **fee(key)) == refused


def test_a_refusal_that_nobody_was_given_an_id_before_is_only_a_refusal(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key) as first:
        frozen(fresh_core)
    refused = first.result()["data"]["applyPropertyFeeWithdrawal"]
    assert (refused["application"], codes(refused["userErrors"])) == (None, {"ACCOUNT_FROZEN"})
    assert apply(app, token, FEE, **fee(key)) == refused
    assert listed(app, token) == {}


def frozen(core: Core) -> None:
    with closing(sqlite3.connect(core.book)) as db, db:
        db.execute("UPDATE account SET GRZHZT = ? WHERE GRZH = ?", (deposits.FROZEN, ACCOUNT))


def test_who_watches_sees_it_settled_and_handed_in_anew(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, fault("closed")):
        given = apply(app, token, FEE, **fee(key))["application"]
    seen = []
    for status in watched(app, token, given["id"]):
        if status not in seen:
            seen.append(status)
        if status == "NOT_RECEIVED":
            apply(app, token, FEE, **fee(key))
        if status == "ACCEPTED":
            fresh_core.control("PUT", f"applications/{fresh_core.serials()[0]}", {"status": "COMPLETED"})
    assert seen[-3:] == ["NOT_RECEIVED", "ACCEPTED", "COMPLETED"]


def watched(bff: Bff, token: str, application_id: str) -> Iterator[str]:
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": application_id}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    with bff.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])["data"]["applicationProgress"]["status"]


def demanding(folder: Path) -> Path:
    """The contract of a core that wants something of a submission that we do not have."""
    for name in ("core.wsdl", "core.xsd"):
        text = (ROOT / "bff" / "legacy" / "standard" / "wsdl" / name).read_text("utf-8")
        wanted = '<xs:element name="SQLSH" type="Number"/><!-- 申请流水号'
        text = text.replace(wanted, '<xs:element name="BLRYBH" type="Code"/>' + wanted, 1)
        (folder / name).write_text(text, "utf-8")
    return folder / "core.wsdl"


def test_a_message_that_the_contract_has_no_room_for_leaves_nothing_behind(fresh_core: Core, tmp_path: Path) -> None:
    with everyone(fresh_core, tmp_path / "bff", core_wsdl=str(demanding(tmp_path))) as app:
        token = app.sign_in(DUAN)
        assert [failed(app, token, FEE), failed(app, token, FUND_LOAN, "24500.00")] == ["CORE_UNAVAILABLE"] * 2
        assert listed(app, token) == {}
        assert "SubmitApplication" not in fresh_core.calls()


_operation: ContextVar[str] = ContextVar("operation", default="")


class Faulty(OpenTelemetryTracing):
    """With a bug, before a submission's first byte."""

    @contextmanager
    def core_call(self, attempt: CoreAttempt, result: CallResult) -> Iterator[None]:
        _operation.set(attempt.operation)
        with super().core_call(attempt, result):
            yield

    def headers(self) -> Mapping[str, str]:
        if _operation.get() == "SubmitApplication":
            raise LookupError
        return super().headers()


def test_a_bug_before_the_first_byte_leaves_nothing_behind(fresh_core: Core, tmp_path: Path) -> None:
    settings = settings_for(fresh_core, tmp_path / "bff")
    with running_bff(settings, tracing=Faulty(TracerProvider())) as app, capture_logs() as said:
        token = app.sign_in(DUAN)
        assert [failed(app, token, FEE), failed(app, token, FUND_LOAN, "24500.00")] == ["INTERNAL_ERROR"] * 2
        assert listed(app, token) == {}
        assert "SubmitApplication" not in fresh_core.calls()
    assert [each["event"] for each in said].count("internal_error") == 2


def failed(bff: Bff, token: str, operation: str, amount: str = "1500.00") -> str:
    answer = bff.execute(operation, {"input": fee(str(uuid4()), amount)}, token)
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


# ----- handed in anew -------------------------------------------------------------------------------------------


@pytest.fixture
def lost(app: Bff, fresh_core: Core) -> tuple[str, str]:
    """Key and ID of an application that the core never got."""
    token, key = app.sign_in(DUAN), str(uuid4())
    fresh_core.break_("SubmitApplication", "reset")
    given: str = apply(app, token, FEE, **fee(key))["application"]["id"]
    fresh_core.heal()
    settled(app, token, given, "NOT_RECEIVED")
    return key, given


def test_other_input_under_its_key_is_refused(app: Bff, lost: tuple[str, str]) -> None:
    other = apply(app, app.sign_in(DUAN), FEE, **fee(lost[0], "1400.00"))
    assert codes(other["userErrors"]) == {"IDEMPOTENCY_KEY_REUSED"}


def test_what_speaks_against_it_by_now_is_said_and_it_stays(app: Bff, fresh_core: Core, lost: tuple[str, str]) -> None:
    token, (key, given) = app.sign_in(DUAN), lost
    frozen(fresh_core)
    assert "ACCOUNT_FROZEN" in codes(apply(app, token, FEE, **fee(key))["userErrors"])
    assert listed(app, token) == {given: "NOT_RECEIVED"}


@on_each_database
def test_of_many_that_hand_it_in_anew_one_sends(app: Bff, fresh_core: Core, lost: tuple[str, str]) -> None:
    token, (key, given) = app.sign_in(DUAN), lost
    url = app.services.settings.database_url
    with everyone(fresh_core, app.services.settings.data_dir, database_url=url) as other:
        fresh_core.calls()
        fresh_core.break_("SubmitApplication", "delay", ms=500)
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda bff: apply(bff, token, FEE, **fee(key)), [app, other] * 6))
        assert fresh_core.calls()["SubmitApplication"] == 1
    assert {answer["application"]["id"] for answer in answers} == {given}
    assert len(fresh_core.serials()) == 1


def test_it_waits_for_another_one_to_be_confirmed(app: Bff, fresh_core: Core, lost: tuple[str, str]) -> None:
    token, (key, given) = app.sign_in(DUAN), lost
    fresh_core.control("PUT", "faults", [fault("reset"), UNASKED])
    assert apply(app, token, FUND_LOAN, expectedAmount="24500.00")["application"]["status"] == "CONFIRMING"
    assert codes(apply(app, token, FEE, **fee(key))["userErrors"]) == {"APPLICATION_IN_PROGRESS"}
    assert listed(app, token)[given] == "NOT_RECEIVED"


def test_a_crash_before_the_call_leaves_what_can_be_handed_in_anew(fresh_core: Core, tmp_path: Path) -> None:
    with everyone(fresh_core, tmp_path / "bff", confirm_within=0) as app:
        token = app.sign_in(DUAN)
        with sending(app, fresh_core, token, "1", fault("closed")):
            (given,) = until(lambda: listed(app, token))
        before = raw(app, given)
        row = {**before._mapping, "history": before.history[:1], "may_arrive_until": datetime.now(UTC)}
        with_core(app, lambda services: _put(services, row | {"status": "CONFIRMING", "handed_out": False}))
        settled(app, token, given, "NOT_RECEIVED")
        assert apply(app, token, FEE, **fee("1"))["application"]["id"] == given


async def _put(services: Services, row: dict[str, Any]) -> None:
    async with services.store.write() as db:
        await db.execute(table.update().where(table.c.id == row["id"]).values(row))


# ----- the core's yes wins --------------------------------------------------------------------------------------


@on_each_database
def test_a_message_that_arrives_late_counts(app: Bff, lost: tuple[str, str]) -> None:
    token, (key, given) = app.sign_in(DUAN), lost
    found = arrives_late(app, raw(app, given).serial)
    record = settled(app, token, given, "ACCEPTED")
    assert record["reference"] == found.reference
    assert apply(app, token, FEE, **fee(key))["application"] == record


def test_a_late_message_with_other_content_and_a_new_one_are_one(
    app: Bff, fresh_core: Core, lost: tuple[str, str]
) -> None:
    """The core has the late one when the new one comes, and refuses that: its serial is used."""
    token, (key, given) = app.sign_in(DUAN), lost
    serial = raw(app, given).serial
    fresh_core.calls()
    fresh_core.break_("SubmitApplication", "hang")
    with ThreadPoolExecutor() as pool:
        late = pool.submit(arrives_late, app, serial, "1")
        until(lambda: submissions(fresh_core) == 1)
        anew = pool.submit(apply, app, token, FEE, **fee(key))
        until(lambda: submissions(fresh_core) == 2)
        fresh_core.heal()  # the core takes them up in their order
        late.result()
        answer = anew.result()
    assert answer["userErrors"] == []
    assert (answer["application"]["id"], answer["application"]["status"]) == (given, "ACCEPTED")
    assert fresh_core.serials() == [serial]


def submissions(core: Core) -> int:
    found: int = core.control("GET", "calls").get("SubmitApplication", 0)
    return found


def test_what_the_core_seemed_to_refuse_and_has_counts(app: Bff, fresh_core: Core) -> None:
    """It could not be asked whether it has it when it refused."""
    token, key = app.sign_in(DUAN), str(uuid4())
    with sending(app, fresh_core, token, key, UNASKED) as first:
        given = apply(app, token, FEE, **fee(key))["application"]["id"]
        frozen(fresh_core)
    assert codes(first.result()["data"]["applyPropertyFeeWithdrawal"]["userErrors"]) == {"ACCOUNT_FROZEN"}
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE account SET GRZHZT = ? WHERE GRZH = ?", (deposits.NORMAL, ACCOUNT))
    arrives_late(app, raw(app, given).serial)
    fresh_core.heal()
    assert settled(app, token, given, "ACCEPTED")["reference"].startswith("SL")
    assert apply(app, token, FEE, **fee(key))["application"]["id"] == given
