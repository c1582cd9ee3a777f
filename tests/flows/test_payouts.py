"""What became of a payment: approved and not paid yet, failed, posted and sent back by the bank afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bff.applications.reconciliation import PAYOUT_FAILED
from tests.conftest import on_each_database, settings_for
from tests.flows.applying import DUAN, apply, record_of, register_everyone
from tests.rules.people import policy_text
from tests.support.servers import Bff, Clock, Core, running_bff
from tests.support.serving import until

RETIREE = "13800000004"
RETIREMENT = {"formerEmployer": "练习市实验中学", "certificateNumber": "TX2018-0431", "approvedOn": "2018-04-30"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(fresh_core: Core, tmp_path: Path, clock: Clock, database: str) -> Iterator[Bff]:
    settings = settings_for(fresh_core, tmp_path / "bff", database_url=database, confirm_every=0.1)
    with running_bff(settings, register_everyone, now=clock) as bff:
        yield bff


def decide(core: Core, status: str, reason: str | None = None) -> None:
    core.control("PUT", f"applications/{core.serials()[-1]}", {"status": status, "reason": reason})


def balance(bff: Bff, token: str) -> tuple[str, str]:
    account = bff.data("AccountInfo", token=token)["me"]["account"]
    return account["status"], account["balance"]["total"]


@on_each_database
def test_a_payment_that_failed_says_so_and_the_member_applies_again(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    made = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    decide(fresh_core, "APPROVED")
    assert record_of(app, token, made["id"])["status"] == "APPROVED"
    decide(fresh_core, "PAYOUT_FAILED")
    record = record_of(app, token, made["id"])
    assert [(step["status"], step["note"]) for step in record["history"]] == [
        ("CONFIRMING", None),
        ("ACCEPTED", "已受理"),
        ("APPROVED", None),
        ("PAYOUT_FAILED", PAYOUT_FAILED),
    ]
    assert balance(app, token) == ("NORMAL", "30921.43")
    again = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
    assert again["application"]["status"] == "ACCEPTED"


@on_each_database
def test_what_the_bank_sends_back_days_later_is_noticed_without_anybody_asking(
    app: Bff, fresh_core: Core, clock: Clock
) -> None:
    token = app.sign_in(RETIREE)
    before = balance(app, token)
    made = apply(app, token, "ApplyRetirementWithdrawal", expectedAmount=before[1], **RETIREMENT)["application"]
    decide(fresh_core, "COMPLETED", "已转账")
    assert record_of(app, token, made["id"])["status"] == "COMPLETED"
    decide(fresh_core, "PAYOUT_FAILED", "收款账号有误，银行退回")
    assert record_of(app, token, made["id"])["status"] == "COMPLETED"  # not asked before tomorrow

    clock.move(days=1, seconds=1)
    token = app.sign_in(RETIREE)
    until(lambda: record_of(app, token, made["id"])["status"] == "PAYOUT_FAILED")
    record = record_of(app, token, made["id"])
    assert [step["status"] for step in record["history"]][-2:] == ["COMPLETED", "PAYOUT_FAILED"]
    assert record["history"][-1]["note"] == "收款账号有误，银行退回"
    assert balance(app, token) == before == ("SEALED", before[1])
    offer = app.data("WithdrawalForm", {"kind": "RETIREMENT"}, token)["me"]["withdrawalQuote"]
    assert (offer["eligible"], offer["amount"]) == (True, before[1])


def test_the_policy_of_the_centre_s_own_day_counts(fresh_core: Core, tmp_path: Path, clock: Clock) -> None:
    """At 20:30 in Greenwich it is tomorrow at the centre, from when on it waits for a second day."""
    one = "[[payout]]\nfrom = 2002-03-24\nuntil = 2026-11-30\nreturned_within_days = 1\n"
    two = "[[payout]]\nfrom = 2026-12-01\nreturned_within_days = 2\n"
    text = re.sub(r"\[\[payout\]\]\n[^\[]+", f"{one}\n{two}\n", policy_text("practice-centre.toml"))
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    settings = settings_for(fresh_core, tmp_path / "bff", policy_file=tmp_path / "policy.toml", confirm_every=0.1)
    clock.moment = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)
    with running_bff(settings, register_everyone, now=clock) as app:
        token = app.sign_in(DUAN)
        made = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
        decide(fresh_core, "COMPLETED")
        assert record_of(app, token, made["id"])["status"] == "COMPLETED"
        fresh_core.calls()
        clock.move(days=1, seconds=1)
        until(lambda: "QueryApplication" in fresh_core.control("GET", "calls"))
        decide(fresh_core, "PAYOUT_FAILED")
        clock.move(days=1, seconds=1)
        token = app.sign_in(DUAN)
        until(lambda: record_of(app, token, made["id"])["status"] == "PAYOUT_FAILED")
