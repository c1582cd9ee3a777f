"""What quotes cost the core: their facts are read once a request, and reused for seconds while an amount is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bff.cli.dev_members import register_practice_people
from bff.rules.application_kinds import WithdrawalKind
from tests.conftest import settings_for
from tests.support.servers import Bff, Clock, Core, running_bff

DUAN, GAO = "13800000001", "13800000002"
FACTS = {"QueryAccount": 1, "QueryWithdrawalBasis": 1, "QueryLoans": 1}
OFFERS = "".join(f"{kind.lower()}: withdrawalQuote(kind: {kind}) {{ amount eligible }} " for kind in WithdrawalKind)
TEN = f"{{ me {{ {OFFERS} prepaymentQuote(amount: $amount) {{ payoffAmount eligible }} }} }}"
TYPED = "query ($amount: Money) { me { prepaymentQuote(amount: $amount) { effect { amountDue } refusals { code } } } }"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[False, True], ids=["without a cache", "with a cache"])
def app(fresh_core: Core, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Bff]:
    settings = settings_for(fresh_core, tmp_path / "bff", cache=request.param)
    with running_bff(settings, register_practice_people, now=clock) as bff:
        yield bff


with_cache = pytest.mark.parametrize("app", [True], indirect=True)


@pytest.mark.parametrize("amount", [None, "20000.00"])
def test_ten_offers_in_one_request_cost_three_calls(app: Bff, fresh_core: Core, amount: str | None) -> None:
    token = app.sign_in(DUAN)
    fresh_core.calls()
    me = app.data(f"query ($amount: Money) {TEN}", {"amount": amount}, token)["me"]
    assert fresh_core.calls() == FACTS
    assert (len(me), me["fund_loan_repayment"]["amount"], me["property_fee"]["amount"]) == (10, "24500.00", "1500.00")
    assert me["prepaymentQuote"]["payoffAmount"] == "187371.99"


def test_each_request_reads_its_facts_anew(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    fresh_core.calls()
    for _ in range(2):
        app.data(f"query ($amount: Money) {TEN}", None, token)
    assert fresh_core.calls() == dict.fromkeys(FACTS, 2)


@with_cache
def test_a_typed_amount_costs_three_calls_for_all_its_digits(app: Bff, fresh_core: Core, clock: Clock) -> None:
    token = app.sign_in(DUAN)
    fresh_core.calls()
    due = []
    for amount in ("2", "20", "200", "2000", "20000", "20000.00"):
        due.append(app.data(TYPED, {"amount": amount}, token)["me"]["prepaymentQuote"]["effect"]["amountDue"])
    assert fresh_core.calls() == FACTS
    assert (due[0], due[-1]) == ("206.45", "20204.45")
    clock.move(seconds=6)
    app.data(TYPED, {"amount": "30000"}, token)
    assert fresh_core.calls() == FACTS


@with_cache
def test_what_is_not_typed_is_read_fresh_also_while_something_is(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    app.data(TYPED, {"amount": "20000"}, token)
    fresh_core.calls()
    for document in (TYPED, "{ me { withdrawalQuote(kind: PROPERTY_FEE) { amount } } }"):
        app.data(document, None, token)
        assert fresh_core.calls() == FACTS
    app.data(f"query ($amount: Money) {TEN}", {"amount": "20000.00"}, token)
    assert fresh_core.calls() == FACTS


@with_cache
def test_an_application_asks_for_itself_and_the_next_digit_knows_of_it(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    app.data(TYPED, {"amount": "20000"}, token)
    fresh_core.calls()
    asked = {"idempotencyKey": str(uuid4()), "amount": "20000.00", "keep": "TERM"}
    applied = app.data("ApplyLoanPrepayment", {"input": asked}, token)["applyLoanPrepayment"]
    assert applied["userErrors"] == []
    assert fresh_core.calls() == {**FACTS, "SubmitApplication": 1}
    told = app.data(TYPED, {"amount": "20000"}, token)["me"]["prepaymentQuote"]["refusals"]
    assert [each["code"] for each in told] == ["APPLICATION_IN_PROGRESS"]


def test_the_second_of_two_applications_in_one_request_knows_of_the_first(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    fresh_core.calls()
    field = (
        '{}: applyPropertyFeeWithdrawal(input: {{idempotencyKey: "{}", expectedAmount: "1500.00"}}) '
        "{{ application {{ status }} userErrors {{ code }} }}"
    )
    both = app.data(f"mutation {{ {field.format('one', uuid4())} {field.format('two', uuid4())} }}", None, token)
    assert both["one"]["application"] == {"status": "ACCEPTED"}
    assert [each["code"] for each in both["two"]["userErrors"]] == ["APPLICATION_IN_PROGRESS"]
    # A refusal looks first for what a restored store no longer knows.
    assert fresh_core.calls() == {**dict.fromkeys(FACTS, 2), "SubmitApplication": 1, "QueryApplications": 1}


@with_cache
def test_one_members_facts_serve_nobody_else(app: Bff, fresh_core: Core) -> None:
    mine, other = app.sign_in(DUAN), app.sign_in(GAO)
    app.data(TYPED, {"amount": "20000"}, mine)
    fresh_core.calls()
    told = app.data(TYPED, {"amount": "20000"}, other)["me"]["prepaymentQuote"]
    assert [each["code"] for each in told["refusals"]] == ["NO_FUND_LOAN"]
    assert fresh_core.calls() == FACTS


def test_facts_that_cannot_be_read_are_asked_for_once(app: Bff, fresh_core: Core) -> None:
    token = app.sign_in(DUAN)
    fresh_core.break_("QueryWithdrawalBasis", "closed")
    fresh_core.calls()
    answer = app.execute(f"query ($amount: Money) {TEN}", None, token)
    assert len(answer["errors"]) == 10
    assert fresh_core.calls()["QueryWithdrawalBasis"] == 1
    fresh_core.heal()
    assert "errors" not in app.execute(f"query ($amount: Money) {TEN}", None, token)
