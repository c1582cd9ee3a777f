"""The ten applications, from the offer to the ledger, through real HTTP and the practice core."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.conftest import on_each_database
from tests.flows.applying import DUAN, GAO, LU, apply, codes, everyone, quote, record_of
from tests.support.servers import OPERATIONS, Bff, Core
from tests.support.serving import given_up


@pytest.fixture
def app(fresh_core: Core, tmp_path: Path, database: str) -> Iterator[Bff]:
    with everyone(fresh_core, tmp_path / "bff", database_url=database, request_timeout=60) as bff:
        yield bff


@pytest.fixture(scope="module")
def reading(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    """For tests that only look."""
    with everyone(core, tmp_path_factory.mktemp("reading")) as bff:
        yield bff


# ----- offers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "kind", "amount", "words"),
    [
        (DUAN, "FUND_LOAN_REPAYMENT", "24500.00", "贰万肆仟伍佰元整"),
        (DUAN, "PROPERTY_FEE", "1500.00", "壹仟伍佰元整"),
        (LU, "HOME_PURCHASE", "6900.00", "陆仟玖佰元整"),
        (GAO, "COMMERCIAL_LOAN_REPAYMENT", "23800.00", "贰万叁仟捌佰元整"),
    ],
)
def test_offers_are_those_of_the_manual(reading: Bff, who: str, kind: str, amount: str, words: str) -> None:
    offer = quote(reading, who, kind)
    assert (offer["eligible"], offer["refusals"]) == (True, [])
    assert (offer["amount"], offer["amountInWords"]) == (amount, words)


def test_unemployment_shows_the_whole_balance_and_says_that_the_account_is_not_sealed(reading: Bff) -> None:
    offer = quote(reading, DUAN, "UNEMPLOYMENT")
    assert (offer["amount"], offer["eligible"]) == ("30921.43", False)
    assert codes(offer["refusals"]) == {"ACCOUNT_NOT_SEALED"}
    assert offer["requiredFields"] == ["certificateNumber"]


@pytest.mark.parametrize(
    ("who", "kind", "balance", "interest"),
    [
        ("13800000004", "RETIREMENT", "239161.59", "1155.95"),  # 116 days since 1 July: x 116 x 1.50 % / 360
        ("13800000005", "UNEMPLOYMENT", "66375.05", "320.81"),  # likewise
    ],
)
def test_closing_kinds_offer_balance_and_interest_to_the_day(
    reading: Bff, who: str, kind: str, balance: str, interest: str
) -> None:
    offer = quote(reading, who, kind)
    assert (offer["eligible"], offer["amount"], offer["interest"]) == (True, balance, interest)


def test_the_commercial_loan_stands_on_its_form(reading: Bff) -> None:
    offer = quote(reading, GAO, "COMMERCIAL_LOAN_REPAYMENT")
    assert (offer["loan"]["amount"], offer["loan"]["balance"]) == ("180000.00", "54140.55")
    assert offer["account"]["balance"]["total"] == "41230.18"


@pytest.mark.parametrize(
    ("who", "kind", "refused"),
    [
        ("13800000007", "FUND_LOAN_REPAYMENT", {"LOAN_IN_ARREARS"}),
        (GAO, "FUND_LOAN_REPAYMENT", {"NO_FUND_LOAN"}),
        (DUAN, "COMMERCIAL_LOAN_REPAYMENT", {"NO_COMMERCIAL_LOAN"}),
        (GAO, "HOME_PURCHASE", {"CONTRACT_NOT_REGISTERED"}),
        (GAO, "HOME_CONSTRUCTION", {"CONTRACT_NOT_REGISTERED"}),
        (GAO, "RENT", {"FIRST_TIME_AT_COUNTER"}),
        (DUAN, "RENT", {"TOO_EARLY"}),
        ("13800000010", "PROPERTY_FEE", {"ACCOUNT_FROZEN"}),
        ("13800000004", "PROPERTY_FEE", {"ACCOUNT_NOT_NORMAL"}),
        (DUAN, "RETIREMENT", {"ACCOUNT_NOT_SEALED"}),
    ],
)
def test_a_refused_offer_says_all_its_reasons(reading: Bff, who: str, kind: str, refused: set[str]) -> None:
    offer = quote(reading, who, kind)
    assert not offer["eligible"]
    assert refused <= codes(offer["refusals"]) <= refused | {"NOTHING_AVAILABLE"}
    assert all(error["message"].endswith("。") for error in offer["refusals"])


def test_too_early_says_from_when(reading: Bff) -> None:
    (refusal,) = quote(reading, DUAN, "RENT")["refusals"]
    assert "2019年1月23日" in refusal["message"]


def test_the_prepayment_form_shows_minimum_payoff_and_effect(reading: Bff) -> None:
    asked = {"amount": "50000.00", "keep": "TERM"}
    form = reading.data("LoanPrepaymentForm", asked, reading.sign_in(DUAN))["me"]["prepaymentQuote"]
    assert (form["eligible"], form["minimumAmount"]) == (True, "10000.00")
    assert form["payoffAmount"] == "187371.99"  # 187167.54 and eleven days: 204.45
    assert form["loan"]["balance"] == "187167.54"
    assert form["effect"]["balance"] == "137167.54"
    assert form["effect"]["installment"]["principal"] == "1399.67"
    assert form["effect"]["maturesOn"] == "2026-12-14"


# ----- ten kinds, end to end ------------------------------------------------------------------------------------

JOURNEYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "FUND_LOAN_REPAYMENT": (DUAN, "ApplyFundLoanRepaymentWithdrawal", {}),
    "COMMERCIAL_LOAN_REPAYMENT": (GAO, "ApplyCommercialLoanRepaymentWithdrawal", {}),
    "HOME_PURCHASE": (LU, "ApplyHomePurchaseWithdrawal", {"contractNumber": "gf20170618-0032 "}),
    "HOME_CONSTRUCTION": ("13800000012", "ApplyHomeConstructionWithdrawal", {"contractNumber": "JF20160905-0011"}),
    "RENT": ("13800000014", "ApplyRentWithdrawal", {}),
    "PROPERTY_FEE": (DUAN, "ApplyPropertyFeeWithdrawal", {}),
    "RETIREMENT": (
        "13800000004",
        "ApplyRetirementWithdrawal",
        {"formerEmployer": "练习市实验中学", "certificateNumber": "TX2018-0431", "approvedOn": "2018-04-30"},
    ),
    "UNEMPLOYMENT": ("13800000005", "ApplyUnemploymentWithdrawal", {"certificateNumber": "SY2018-0117"}),
    "DOWN_PAYMENT": ("13800000011", "ApplyDownPaymentWithdrawal", {}),
}


ENTERED = "query($id: ID!) { me { application(id: $id) { entered { field value } } } }"


@pytest.mark.parametrize("kind", JOURNEYS)
def test_a_withdrawal_goes_from_offer_to_ledger(app: Bff, fresh_core: Core, kind: str) -> None:
    who, operation, form = JOURNEYS[kind]
    token = app.sign_in(who)
    offer = app.data("WithdrawalForm", {"kind": kind}, token)["me"]["withdrawalQuote"]
    assert offer["eligible"], offer["refusals"]
    before = offer["account"]["balance"]["total"]

    applied = apply(app, token, operation, expectedAmount=offer["amount"], **form)
    assert applied["userErrors"] == []
    application = applied["application"]
    assert (application["kind"], application["status"], application["amount"]) == (kind, "ACCEPTED", offer["amount"])
    assert application["reference"].startswith("SL")

    serial = _serial(fresh_core, application["reference"])
    fresh_core.control("PUT", f"applications/{serial}", {"status": "APPROVED"})
    assert record_of(app, token, application["id"])["status"] == "APPROVED"
    fresh_core.control("PUT", f"applications/{serial}", {"status": "COMPLETED", "reason": "已转账"})
    record = record_of(app, token, application["id"])
    assert [step["status"] for step in record["history"]] == ["CONFIRMING", "ACCEPTED", "APPROVED", "COMPLETED"]
    assert record["history"][-1]["note"] == "已转账"

    entered = app.data(ENTERED, {"id": application["id"]}, token)["me"]["application"]["entered"]
    assert {each["field"]: each["value"] for each in entered} == {"expectedAmount": offer["amount"], **form}

    (row, *_) = app.data("WithdrawalDetails", {"first": 1}, token)["me"]["account"]["withdrawals"]["edges"]
    assert (row["node"]["date"], row["node"]["amount"]) == ("2018-10-25", offer["amount"])
    assert row["node"]["interest"] == offer["interest"]
    after = app.data("WithdrawalForm", {"kind": kind}, token)["me"]["withdrawalQuote"]
    assert not after["eligible"]
    # Last: who looks at an account that is closed is signed out by it.
    account = app.data("AccountInfo", token=token)["me"]["account"]
    assert _fen(before) - _fen(account["balance"]["total"]) == _fen(offer["amount"])
    closes = kind in ("RETIREMENT", "UNEMPLOYMENT")
    assert account["status"] == ("CLOSED" if closes else "NORMAL")
    assert codes(after["refusals"]) & ({"ACCOUNT_CLOSED"} if closes else {"TOO_EARLY", "LIMIT_REACHED"})


@pytest.mark.parametrize(
    ("keep", "principal", "matures_on"), [("TERM", "1399.67", "2026-12-14"), ("INSTALLMENT", "1909.87", "2024-10-14")]
)
def test_a_partial_prepayment_cuts_the_loan_anew(
    app: Bff, fresh_core: Core, keep: str, principal: str, matures_on: str
) -> None:
    token = app.sign_in(DUAN)
    applied = apply(app, token, "ApplyLoanPrepayment", amount="50000.00", keep=keep)
    assert applied["userErrors"] == []
    _complete(fresh_core, applied)
    (loan,) = app.data("AccountInfo", token=token)["me"]["loans"]
    assert (loan["balance"], loan["nextInstallment"]["principal"], loan["maturesOn"]) == (
        "137167.54",
        principal,
        matures_on,
    )
    (row,) = app.data("LoanDetails", {"first": 1}, token)["me"]["loans"][0]["repayments"]["edges"]
    assert (row["node"]["kind"], row["node"]["principal"], row["node"]["interest"]) == (
        "PREPAYMENT",
        "50000.00",
        "204.45",
    )


def test_an_amount_due_that_is_confirmed_is_checked_where_nobody_asks_for_it(app: Bff, fresh_core: Core) -> None:
    token, asked = app.sign_in(DUAN), {"amount": "50000.00", "keep": "TERM"}
    (error,) = apply(app, token, "ApplyLoanPrepayment", **asked, expectedAmount="50204.44")["userErrors"]
    assert (error["code"], error["field"], error["limit"]) == ("QUOTE_CHANGED", "expectedAmount", "50204.45")
    _complete(fresh_core, apply(app, token, "ApplyLoanPrepayment", **asked, expectedAmount="50204.45"))
    (row,) = app.data("LoanDetails", {"first": 1}, token)["me"]["loans"][0]["repayments"]["edges"]
    assert (row["node"]["principal"], row["node"]["interest"]) == ("50000.00", "204.45")


def test_the_core_bills_what_the_form_promised(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    asked = {"amount": "50000.00", "keep": "TERM"}
    promised = app.data("LoanPrepaymentForm", asked, token)["me"]["prepaymentQuote"]["effect"]["installment"]
    _complete(fresh_core, apply(app, token, "ApplyLoanPrepayment", **asked))
    (loan,) = app.data("AccountInfo", token=token)["me"]["loans"]
    assert {name: loan["nextInstallment"][name] for name in promised} == promised


def test_the_payoff_settles_the_loan(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    form = app.data("LoanPrepaymentForm", {}, token)["me"]["prepaymentQuote"]
    _complete(fresh_core, apply(app, token, "ApplyLoanPrepayment", amount=form["payoffAmount"]))
    (loan,) = app.data("AccountInfo", token=token)["me"]["loans"]
    assert (loan["status"], loan["balance"], loan["nextInstallment"]) == ("SETTLED", "0.00", None)


@on_each_database
def test_a_rejection_gives_its_reason_and_moves_nothing(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
    serial = _serial(fresh_core, applied["application"]["reference"])
    fresh_core.control("PUT", f"applications/{serial}", {"status": "REJECTED", "reason": "材料不清晰"})
    record = record_of(app, token, applied["application"]["id"])
    assert (record["status"], record["history"][-1]["note"]) == ("REJECTED", "材料不清晰")
    assert quote(app, DUAN, "PROPERTY_FEE")["eligible"]
    assert app.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"


# ----- refusals -------------------------------------------------------------------------------------------------


def test_a_stale_amount_is_refused_with_the_new_one(app: Bff) -> None:
    applied = apply(app, app.sign_in(DUAN), "ApplyFundLoanRepaymentWithdrawal", expectedAmount="24600.00")
    assert applied["application"] is None
    (error,) = applied["userErrors"]
    assert (error["code"], error["field"]) == ("QUOTE_CHANGED", "expectedAmount")
    assert "24500.00" in error["message"]


def test_everything_wrong_with_a_form_is_said_at_once(app: Bff) -> None:
    applied = apply(
        app,
        app.sign_in(DUAN),
        "ApplyRetirementWithdrawal",
        expectedAmount="1.00",
        formerEmployer=" ",
        certificateNumber="",
        approvedOn="2019-01-01",
    )
    assert {(error["code"], error["field"]) for error in applied["userErrors"]} == {
        ("REQUIRED", "formerEmployer"),
        ("REQUIRED", "certificateNumber"),
        ("INVALID_DATE", "approvedOn"),
        ("ACCOUNT_NOT_SEALED", None),
    }


def test_a_contract_that_is_not_registered_is_refused(app: Bff) -> None:
    asked = {"expectedAmount": "6900.00", "contractNumber": "GF20170618-0033"}
    applied = apply(app, app.sign_in(LU), "ApplyHomePurchaseWithdrawal", **asked)
    assert "CONTRACT_NOT_REGISTERED" in codes(applied["userErrors"])


@pytest.mark.parametrize(("amount", "code"), [("9999.99", "BELOW_MINIMUM"), ("187167.54", "ABOVE_MAXIMUM")])
def test_a_prepayment_has_its_bounds(app: Bff, amount: str, code: str) -> None:
    applied = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", amount=amount)
    assert codes(applied["userErrors"]) == {code}


def test_one_application_at_a_time(app: Bff) -> None:
    token = app.sign_in(DUAN)
    assert apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    second = apply(app, token, "ApplyFundLoanRepaymentWithdrawal", expectedAmount="24500.00")
    assert (second["application"], codes(second["userErrors"])) == (None, {"APPLICATION_IN_PROGRESS"})


@on_each_database
def test_two_devices_at_once_make_one_application(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    asked = ["ApplyPropertyFeeWithdrawal", "ApplyFundLoanRepaymentWithdrawal"] * 5
    amounts = {"ApplyPropertyFeeWithdrawal": "1500.00", "ApplyFundLoanRepaymentWithdrawal": "24500.00"}
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda name: apply(app, token, name, expectedAmount=amounts[name]), asked))
    assert len([each for each in made if each["application"]]) == 1
    assert len(_in_core(fresh_core)) == 1


# ----- never lost, never doubled --------------------------------------------------------------------------------


@on_each_database
def test_the_same_key_gives_the_same_application_however_often(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    asked = {"idempotencyKey": key, "expectedAmount": "1500.00"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: apply(app, token, "ApplyPropertyFeeWithdrawal", **asked), range(40)))
    assert {answer["application"]["id"] for answer in answers} == {answers[0]["application"]["id"]}
    assert len(_in_core(fresh_core)) == 1


@on_each_database
def test_the_same_key_with_other_input_is_refused(app: Bff) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    apply(app, token, "ApplyPropertyFeeWithdrawal", idempotencyKey=key, expectedAmount="1500.00")
    other = apply(app, token, "ApplyPropertyFeeWithdrawal", idempotencyKey=key, expectedAmount="1400.00")
    assert (other["application"], codes(other["userErrors"])) == (None, {"IDEMPOTENCY_KEY_REUSED"})


@pytest.mark.parametrize("key", ["", "   ", "x" * 65, "键", "a\nb"])
def test_a_key_that_is_none_is_refused(app: Bff, key: str) -> None:
    asked = {"idempotencyKey": key, "expectedAmount": "1500.00"}
    applied = apply(app, app.sign_in(DUAN), "ApplyPropertyFeeWithdrawal", **asked)
    assert [error["field"] for error in applied["userErrors"]] == ["idempotencyKey"]


@on_each_database
def test_a_lost_reply_is_confirmed_and_not_sent_again(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    fresh_core.break_("SubmitApplication", "lost_reply")
    asked = {"idempotencyKey": key, "expectedAmount": "1500.00"}
    applied = apply(app, token, "ApplyPropertyFeeWithdrawal", **asked)
    assert (applied["application"]["status"], applied["application"]["reference"]) == ("CONFIRMING", None)
    fresh_core.heal()
    record = record_of(app, token, applied["application"]["id"])
    assert record["status"] == "ACCEPTED"
    again = apply(app, token, "ApplyPropertyFeeWithdrawal", **asked)
    assert again["application"]["id"] == applied["application"]["id"]
    assert len(_in_core(fresh_core)) == 1


def test_a_submission_that_hangs_is_confirming_and_blocks_another(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    fresh_core.break_("SubmitApplication", "hang")

    def send() -> Any:
        return apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")

    applied = given_up(app, 8, fresh_core, {"SubmitApplication"}, send)
    assert applied["application"]["status"] == "CONFIRMING"
    second = apply(app, token, "ApplyFundLoanRepaymentWithdrawal", expectedAmount="24500.00")
    assert codes(second["userErrors"]) == {"APPLICATION_IN_PROGRESS"}


@on_each_database
def test_a_core_that_is_away_takes_nothing_and_the_key_can_be_used_again(app: Bff, fresh_core: Core) -> None:
    token, key = app.sign_in(DUAN), str(uuid4())
    fresh_core.break_("SubmitApplication", "closed")
    variables = {"input": {"idempotencyKey": key, "expectedAmount": "1500.00"}}
    answer = app.execute("ApplyPropertyFeeWithdrawal", variables, token)
    assert answer["errors"][0]["extensions"]["code"] == "CORE_CLOSED"
    fresh_core.heal()
    assert app.data("ApplyPropertyFeeWithdrawal", variables, token)["applyPropertyFeeWithdrawal"]["application"]


def test_a_message_that_never_arrived_is_told_so(fresh_core: Core, tmp_path: Path) -> None:
    with everyone(fresh_core, tmp_path / "bff", confirm_within=0) as app:
        token = app.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "reset")
        applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
        fresh_core.heal()
        record = record_of(app, token, applied["application"]["id"])
        assert (record["status"], record["history"][-1]["note"]) == (
            "NOT_RECEIVED",
            "业务系统未收到该申请，请重新提交。",
        )
        assert apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]


def test_a_restart_finds_what_was_left_unconfirmed(fresh_core: Core, tmp_path: Path) -> None:
    with everyone(fresh_core, tmp_path / "bff") as app:
        fresh_core.break_("SubmitApplication", "lost_reply")
        applied = apply(app, app.sign_in(DUAN), "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
        assert applied["application"]["status"] == "CONFIRMING"
    fresh_core.heal()
    with everyone(fresh_core, tmp_path / "bff") as app:
        assert record_of(app, app.sign_in(DUAN), applied["application"]["id"])["status"] == "ACCEPTED"


# ----- records and progress -------------------------------------------------------------------------------------


@on_each_database
def test_records_page_newest_first(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    made = []
    for _ in range(3):
        applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
        made.append(applied["application"]["id"])
        serial = _serial(fresh_core, applied["application"]["reference"])
        fresh_core.control("PUT", f"applications/{serial}", {"status": "REJECTED", "reason": "重新提交"})
        app.data("ApplicationRecords", {"first": 1}, token)
    first = app.data("ApplicationRecords", {"first": 2}, token)["me"]["applications"]
    assert first["totalCount"] == 3
    after = first["pageInfo"]["endCursor"]
    rest = app.data("ApplicationRecords", {"first": 2, "after": after}, token)["me"]["applications"]
    listed = [edge["node"]["id"] for edge in (*first["edges"], *rest["edges"])]
    assert (listed, rest["pageInfo"]["hasNextPage"]) == (made[::-1], False)


def test_somebody_elses_application_is_like_one_that_does_not_exist(app: Bff) -> None:
    made = apply(app, app.sign_in(DUAN), "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]["id"]
    token = app.sign_in(GAO)
    for unknown in (made, "0" * 32):
        assert app.data("ApplicationRecord", {"id": unknown}, token)["me"]["application"] is None
        answer = app.execute("ApplicationRecords", {"after": unknown}, token)
        extensions = answer["errors"][0]["extensions"]
        assert (extensions["code"], extensions["field"]) == ("BAD_USER_INPUT", "after")


@on_each_database
def test_progress_tells_each_change_and_ends(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    serial = _serial(fresh_core, applied["reference"])
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": applied["id"]}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    seen = []
    with app.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                seen.append(json.loads(line[6:])["data"]["applicationProgress"]["status"])
                following = {"ACCEPTED": "APPROVED", "APPROVED": "COMPLETED"}.get(seen[-1])
                if following:
                    fresh_core.control("PUT", f"applications/{serial}", {"status": following})
            if line.startswith("event: complete"):
                break
    assert seen == ["ACCEPTED", "APPROVED", "COMPLETED"]


def _complete(core: Core, applied: Any) -> None:
    serial = _serial(core, applied["application"]["reference"])
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})


def _serial(core: Core, reference: str) -> str:
    return str(_query(core, "SELECT SQLSH FROM application WHERE SLBH = ?", reference)[0][0])


def _in_core(core: Core) -> list[Any]:
    return _query(core, "SELECT SQLSH FROM application")


def _query(core: Core, query: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(core.book)) as db:
        return db.execute(query, values).fetchall()


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_progress_also_runs_over_a_websocket(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    serial = _serial(fresh_core, applied["reference"])

    async def watch() -> list[str]:
        seen = []
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"{app.url}/graphql", protocols=["graphql-transport-ws"]) as socket,
        ):
            await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            assert (await socket.receive_json())["type"] == "connection_ack"
            body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": applied["id"]}}
            await socket.send_json({"type": "subscribe", "id": "1", "payload": body})
            while (message := await socket.receive_json())["type"] == "next":
                seen.append(message["payload"]["data"]["applicationProgress"]["status"])
                if seen[-1] == "ACCEPTED":
                    await asyncio.to_thread(
                        fresh_core.control, "PUT", f"applications/{serial}", {"status": "COMPLETED"}
                    )
            assert message == {"type": "complete", "id": "1"}
        return seen

    assert asyncio.run(watch()) == ["ACCEPTED", "COMPLETED"]


def test_progress_ends_with_the_session(app: Bff) -> None:
    token = app.sign_in(DUAN)
    applied = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": applied["id"]}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    answers = []
    with app.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                answers.append(json.loads(line[6:]))
                if len(answers) == 1:
                    app.data("SignOut", token=token)
    assert answers[0]["data"]["applicationProgress"]["status"] == "ACCEPTED"
    assert answers[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
