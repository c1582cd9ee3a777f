"""The account screens of the manual, from the app's own operations down to the practice core's book."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff
from tests.support.serving import given_up, until

DUAN, GAO = "13800000001", "13800000002"


@pytest.fixture(scope="module")
def token(bff: Bff) -> str:
    return bff.sign_in(DUAN)


def edges(connection: Any) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def test_account_info_shows_the_figures_of_the_manual(bff: Bff, token: str) -> None:
    me = bff.data("AccountInfo", token=token)["me"]
    assert (me["name"], me["idNumber"], me["phone"]) == ("段小梅", "9****************X", "138****0001")
    account = me["account"]
    assert account["status"] == "NORMAL"
    assert account["balance"] == {"carriedForward": "24543.43", "currentYear": "6378.00", "total": "30921.43"}
    assert account["contribution"] == {
        "base": "8858.00",
        "employerRate": "12",
        "personalRate": "12",
        "employerAmount": "1063.00",
        "personalAmount": "1063.00",
        "monthlyAmount": "2126.00",
        "paidThrough": "2018-09",
    }
    assert account["bankAccount"] == {"bankName": "云南省农村信用社联社", "number": "*"}
    assert account["lastWithdrawnOn"] == "2018-10-23"
    (loan,) = me["loans"]
    assert (loan["bankName"], loan["repaymentAccount"]) == ("农村信用社", "************0014")
    assert (loan["status"], loan["method"], loan["annualRate"]) == ("REPAYING", "EQUAL_PRINCIPAL", "3.575")
    assert (loan["amount"], loan["balance"]) == ("290000.00", "187167.54")
    assert (loan["periods"], loan["currentPeriod"]) == (120, 22)
    assert (loan["disbursedOn"], loan["maturesOn"], loan["overdue"]) == ("2016-12-14", "2026-12-14", None)
    assert loan["nextInstallment"] == {
        "period": 23,
        "dueOn": "2018-11-14",
        "amount": "2486.06",
        "principal": "1909.87",
        "interest": "576.19",
    }


def test_account_info_costs_two_calls_of_the_core(bff: Bff, core: Core, token: str) -> None:
    core.calls()
    bff.data("AccountInfo", token=token)
    assert core.calls() == {"QueryAccount": 1, "QueryLoans": 1}


def test_contribution_rows_are_those_of_the_manual(bff: Bff, token: str) -> None:
    found = bff.data("ContributionDetails", {"first": 3}, token)["me"]["account"]["contributions"]
    assert found["totalCount"] == 60
    assert [(row["date"], row["summary"], row["month"], row["amount"], row["balance"]) for row in edges(found)] == [
        (day, f"汇缴{month.replace('-', '')}公积金", month, "2126.00", dict(zip(PARTS, balance, strict=True)))
        for day, month, balance in (
            ("2018-09-08", "2018-09", ("26043.43", "6378.00", "32421.43")),
            ("2018-08-19", "2018-08", ("26043.43", "4252.00", "30295.43")),
            ("2018-07-14", "2018-07", ("26043.43", "2126.00", "28169.43")),
        )
    ]


PARTS = ("carriedForward", "currentYear", "total")


def test_the_lists_alone_do_not_call_for_the_account(bff: Bff, core: Core, token: str) -> None:
    core.calls()
    bff.data("ContributionDetails", {"first": 3}, token)
    assert core.calls() == {"QueryAccountDetails": 1}


def test_withdrawal_rows_tell_reason_and_balance(bff: Bff, token: str) -> None:
    found = bff.data("WithdrawalDetails", {"first": 1}, token)["me"]["account"]["withdrawals"]
    (row,) = edges(found)
    assert (row["date"], row["kind"], row["reason"], row["amount"]) == ("2018-10-23", "PARTIAL", "租房", "1500.00")
    assert row["balance"] == {"carriedForward": "24543.43", "currentYear": "6378.00", "total": "30921.43"}


def test_loan_rows_are_those_of_the_manual(bff: Bff, token: str) -> None:
    (loan,) = bff.data("LoanDetails", {"first": 4}, token)["me"]["loans"]
    assert [
        (r["date"], r["period"], r["periods"], r["amount"], r["principal"], r["interest"], r["penalty"], r["balance"])
        for r in edges(loan["repayments"])
    ] == [
        ("2018-10-15", 22, 120, "2473.16", "1909.87", "563.29", "0.00", "187167.54"),
        ("2018-09-14", 21, 120, "2497.82", "1909.87", "587.95", "0.00", "189077.41"),
        ("2018-08-14", 20, 120, "2503.70", "1909.87", "593.83", "0.00", "190987.28"),
        ("2018-07-16", 19, 120, "2490.23", "1909.87", "580.36", "0.00", "192897.15"),
    ]


def test_dates_bound_a_list_on_both_sides(bff: Bff, token: str) -> None:
    asked = {"from": "2018-07-14", "to": "2018-08-19"}
    found = bff.data("ContributionDetails", asked, token)["me"]["account"]["contributions"]
    assert [row["date"] for row in edges(found)] == ["2018-08-19", "2018-07-14"]
    assert found["totalCount"] == 2


def test_everything_at_once_costs_one_call_a_list(bff: Bff, core: Core, token: str) -> None:
    core.calls()
    document = """{ me { account { number balance { total }
        a: contributions(first: 2) { edges { node { amount } } } b: withdrawals { totalCount } }
        loans { repayments(first: 1) { edges { node { period } } } } } }"""
    bff.data(document, token=token)
    assert core.calls() == {"QueryAccount": 1, "QueryAccountDetails": 2, "QueryLoans": 1, "QueryLoanDetails": 1}


def test_calls_of_one_request_run_at_the_same_time(fresh_core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(fresh_core, tmp_path / "bff")) as bff:
        token = bff.sign_in(DUAN)
        fresh_core.break_("*", "hang")
        document = (
            "{ me { account { number contributions { totalCount } withdrawals { totalCount } } loans { number } } }"
        )
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(bff.data, document, token=token)
            until(lambda: fresh_core.control("GET", "load")["inFlight"] == 4)
            fresh_core.heal()
            assert asked.result()


def test_unmasked_shows_the_numbers_and_leaves_a_trace(bff: Bff, token: str) -> None:
    me = bff.data("Unmasked", token=token)["me"]
    assert me == {
        "idNumber": "99000019850312022X",
        "phone": "13800000001",
        "account": {"bankAccount": {"number": "1"}},
        "loans": [{"repaymentAccount": "6223690000000014"}],
    }


def test_a_locked_session_sees_its_name_and_no_account(bff: Bff) -> None:
    answer = bff.execute("AccountInfo", token=bff.sign_in(DUAN, unlocked=False))
    assert answer["data"]["me"]["name"] == "段小梅"
    assert (answer["data"]["me"]["account"], answer["data"]["me"]["loans"]) == (None, None)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"QUERY_PASSWORD_REQUIRED"}


def test_nobody_sees_nothing(bff: Bff) -> None:
    answer = bff.execute("AccountInfo")
    assert answer["data"] == {"me": None}
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_all_rows_of_25_years_page_through_while_one_is_posted(fresh_core: Core, fresh_bff: Bff) -> None:
    token = fresh_bff.sign_in("13800000011")
    before = _all_rows(fresh_bff, token)
    assert len(before) == 333
    seen = _all_rows(fresh_bff, token, meanwhile=lambda: fresh_core.move_clock(date(2018, 11, 20)))
    assert seen == before
    assert len(_all_rows(fresh_bff, token)) == 334


def _all_rows(bff: Bff, token: str, meanwhile: Any = None) -> list[str]:
    rows: list[str] = []
    after = None
    while True:
        asked = {"first": 23, "after": after}
        found = bff.data("ContributionDetails", asked, token)["me"]["account"]["contributions"]
        rows += [row["id"] for row in edges(found)]
        if not found["pageInfo"]["hasNextPage"]:
            assert len(rows) == len(set(rows))
            return rows
        after = found["pageInfo"]["endCursor"]
        if meanwhile is not None and len(rows) > 100:
            meanwhile()
            meanwhile = None


def _registered(core: Core, bff: Bff, name: str, id_number: str, phone: str) -> str:
    bff.data("RequestSmsCode", {"input": {"phone": phone, "purpose": "REGISTER"}})
    code = core.inbox(phone)[0]["text"].split("验证码为")[1][:6]
    asked = {
        "name": name,
        "phone": phone,
        "idNumber": id_number,
        "loginPassword": "Wo-Men-1977",
        "queryPassword": "740921",
        "smsCode": code,
    }
    payload = bff.data("Register", {"input": asked})["register"]
    assert payload["userErrors"] == []
    token: str = payload["session"]["accessToken"]
    return token


def test_dirty_data_read_fine(fresh_core: Core, fresh_bff: Bff) -> None:
    token = _registered(fresh_core, fresh_bff, "周大海", "990000198307303176", "13800000013")
    me = fresh_bff.data("AccountInfo", token=token)["me"]
    assert (me["account"]["status"], me["account"]["lastWithdrawnOn"]) == ("NORMAL", None)
    assert (me["account"]["contribution"]["base"], me["account"]["bankAccount"]["number"]) == (None, "*")
    rows = edges(fresh_bff.data("WithdrawalDetails", {}, token)["me"]["account"]["withdrawals"])
    assert [row["reason"] for row in rows] == ["租房", "其他"]


def test_a_dead_loan_service_leaves_the_account_alive(fresh_core: Core, fresh_bff: Bff) -> None:
    token = fresh_bff.sign_in(DUAN)
    fresh_core.break_("loan", "reset")
    answer = fresh_bff.execute("AccountInfo", token=token)
    assert answer["data"]["me"]["account"]["balance"]["total"] == "30921.43"
    assert answer["data"]["me"]["loans"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["me", "loans"]
    assert error["extensions"]["code"] == "CORE_UNAVAILABLE"
    assert error["extensions"]["retryAfterSeconds"] > 0


def test_a_hanging_core_is_answered_within_the_deadline(fresh_core: Core, fresh_bff: Bff) -> None:
    token = fresh_bff.sign_in(DUAN)
    fresh_core.break_("*", "hang")

    def ask() -> Any:
        return fresh_bff.execute("AccountInfo", token=token)

    answer = given_up(fresh_bff, 8, fresh_core, {"QueryAccount", "QueryLoans"}, ask)
    assert (answer["data"]["me"]["account"], answer["data"]["me"]["loans"]) == (None, None)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"CORE_TIMEOUT"}


@pytest.mark.parametrize("kind", ["truncate", "html502", "fault", "garbage", "closed", "reset"])
def test_a_broken_core_is_unavailable_and_never_a_figure(kind: str, fresh_core: Core, fresh_bff: Bff) -> None:
    token = fresh_bff.sign_in(DUAN)
    fresh_core.break_("QueryAccount", kind)
    answer = fresh_bff.execute("{ me { account { balance { total } } } }", token=token)
    assert answer["data"]["me"]["account"] is None
    assert answer["errors"][0]["extensions"]["code"] == ("CORE_CLOSED" if kind == "closed" else "CORE_UNAVAILABLE")
    fresh_core.heal()
    assert fresh_bff.data("{ me { account { balance { total } } } }", token=token)["me"]["account"]


def test_a_restarted_core_is_found_again(fresh_core: Core, fresh_bff: Bff) -> None:
    token = fresh_bff.sign_in(DUAN)
    fresh_core.stop()
    answer = fresh_bff.execute("{ me { account { number } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "CORE_UNAVAILABLE"
    fresh_core.start()
    assert fresh_bff.data("{ me { account { number } } }", token=token)["me"]["account"] == {"number": "990140300001"}


def test_the_contract_may_come_from_another_process_and_port(fresh_core: Core, tmp_path: Path, book: Path) -> None:
    folder = tmp_path / "wsdl"
    folder.mkdir()
    for name, path in (("core.wsdl", "loan?wsdl"), ("core.xsd", "core.xsd")):
        text = httpx2.get(f"{fresh_core.url}/services/{path}", timeout=60).text
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as files:
        assert files.stdout is not None
        port = files.stdout.readline().split("port ")[1].split()[0]
        settings = settings_for(
            fresh_core, tmp_path / "bff", core_url="", core_wsdl=f"http://127.0.0.1:{port}/core.wsdl"
        )
        try:
            with running_bff(settings) as bff:
                me = bff.data("AccountInfo", token=bff.sign_in(GAO))["me"]
        finally:
            files.terminate()
    assert me["account"]["balance"]["total"] == "41230.18"
