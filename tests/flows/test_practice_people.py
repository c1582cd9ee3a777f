"""The development set-up's people, and sealing through the control interface: kinds that close an account can be
tried by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bff.cli import dev
from tests.conftest import settings_for
from tests.flows.applying import apply, codes, quote, record_of
from tests.support.servers import Bff, Core, running_bff
from tests.support.serving import until

DUAN, DUAN_ACCOUNT = "13800000001", "990140300001"
GAO, GAO_ACCOUNT = "13800000002", "990100500002"
CHEN, CHEN_ACCOUNT = "13800000011", "990931100011"
YANG, LI = "13800000004", "13800000005"
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "RETIREMENT": (
        "ApplyRetirementWithdrawal",
        {"formerEmployer": "练习市实验中学", "certificateNumber": "TX2018-0431", "approvedOn": "2018-04-30"},
    ),
    "UNEMPLOYMENT": ("ApplyUnemploymentWithdrawal", {"certificateNumber": "SY2018-0117"}),
}


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    """Over one book: each test closes the account of another person, and the last one moves the clock."""
    with running_bff(settings_for(core, tmp_path_factory.mktemp("bff"), confirm_every=0.1)) as bff:
        yield bff


def closes_the_account(app: Bff, core: Core, who: str, kind: str) -> None:
    token, before = app.sign_in(who), core.serials()
    operation, form = FORMS[kind]
    payload = apply(app, token, operation, expectedAmount=quote(app, who, kind)["amount"], **form)
    assert payload["userErrors"] == []
    (serial,) = set(core.serials()) - set(before)
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    made = payload["application"]["id"]
    until(lambda: record_of(app, token, made)["status"] == "COMPLETED")
    account = app.data("AccountInfo", token=token)["me"]["account"]
    assert (account["status"], account["balance"]["total"]) == ("CLOSED", "0.00")


def test_everyone_in_graphiqls_list_signs_in(app: Bff) -> None:
    seen = {}
    for person in dev.PEOPLE:
        me: Any = app.data("AccountInfo", token=app.sign_in(person.username))["me"]
        seen[me["name"]] = me["account"]["status"]
    assert seen == {
        "段小梅": "NORMAL",
        "高小华": "NORMAL",
        "卢小鹏": "NORMAL",
        "杨秀英": "SEALED",
        "李建国": "SEALED",
        "马文斌": "NORMAL",
        "陈静": "NORMAL",
    }


@pytest.mark.parametrize(("who", "kind"), [(YANG, "RETIREMENT"), (LI, "UNEMPLOYMENT")])
def test_who_is_sealed_from_the_start_draws_and_closes(app: Bff, core: Core, who: str, kind: str) -> None:
    closes_the_account(app, core, who, kind)


def test_who_is_sealed_by_the_control_interface_draws_and_closes(app: Bff, core: Core) -> None:
    before = quote(app, DUAN, "RETIREMENT")
    assert (before["eligible"], codes(before["refusals"])) == (False, {"ACCOUNT_NOT_SEALED"})
    core.control("PUT", f"accounts/{DUAN_ACCOUNT}", {"status": "SEALED"})
    assert quote(app, DUAN, "RETIREMENT")["eligible"]
    closes_the_account(app, core, DUAN, "RETIREMENT")


def test_who_contributes_again_does_not_draw(app: Bff, core: Core) -> None:
    core.control("PUT", f"accounts/{GAO_ACCOUNT}", {"status": "SEALED"})
    core.control("PUT", f"accounts/{GAO_ACCOUNT}", {"status": "NORMAL"})
    assert codes(quote(app, GAO, "UNEMPLOYMENT")["refusals"]) == {"ACCOUNT_NOT_SEALED"}


def test_half_a_year_after_it_was_sealed_an_account_is_drawn_by_who_is_unemployed(app: Bff, core: Core) -> None:
    """However long the policy lets people wait, up to that."""
    core.control("PUT", f"accounts/{CHEN_ACCOUNT}", {"status": "SEALED"})
    core.move_clock(date(2019, 4, 25))
    closes_the_account(app, core, CHEN, "UNEMPLOYMENT")
