"""A core's refusals as members read them: the server's own sentence for each code of the table, the core's words where
there is none."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bff.legacy.standard.code_tables import REJECTIONS
from bff.rules.application import Rejection
from bff.rules.core_refusals import MESSAGES
from tests.flows.applying import DUAN, everyone
from tests.support.servers import Bff, Core

CLERKS = "未到可办理日期2019-01-25"
KNOWN = sorted(code for code, reason in REJECTIONS.items() if reason is not Rejection.OTHER)


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with everyone(core, tmp_path_factory.mktemp("core-refusals"), cache=False) as bff:
        yield bff


@pytest.fixture
def refusing(core: Core) -> Iterator[Core]:
    yield core
    core.heal()


def applied(app: Bff, token: str) -> dict[str, str]:
    form = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    told = app.data("ApplyPropertyFeeWithdrawal", {"input": form}, token)["applyPropertyFeeWithdrawal"]
    (error,) = told["userErrors"]
    return {"code": error["code"], "message": error["message"]}


def test_there_is_a_sentence_for_every_reason_that_is_known() -> None:
    assert set(MESSAGES) == set(Rejection) - {Rejection.OTHER}
    assert {*MESSAGES} <= {*REJECTIONS.values()}
    assert all(message.endswith("。") for message in MESSAGES.values())


def test_an_application_is_refused_in_our_words_for_every_known_code(app: Bff, refusing: Core) -> None:
    token = app.sign_in(DUAN)
    told = {}
    for code in KNOWN:
        refusing.break_("SubmitApplication", "refused", code=code, text=CLERKS)
        told[code] = applied(app, token)["message"]
    assert told == {code: MESSAGES[REJECTIONS[code]] for code in KNOWN}


@pytest.mark.parametrize("code", ["2099", "8888"])
@pytest.mark.parametrize(
    ("text", "message"),
    [("结清金额不符", "结清金额不符"), (" ", "业务系统未受理该申请，请到公积金中心柜台咨询。")],
)
def test_the_core_s_words_stand_for_what_is_in_no_table(
    app: Bff, refusing: Core, code: str, text: str, message: str
) -> None:
    refusing.break_("SubmitApplication", "refused", code=code, text=text)
    assert applied(app, app.sign_in(DUAN)) == {"code": "REFUSED_BY_CORE", "message": message}


def test_a_reading_is_refused_in_our_words_for_every_known_code(app: Bff, refusing: Core) -> None:
    token = app.sign_in(DUAN)
    for code in KNOWN:
        refusing.break_("QueryAccount", "refused", code=code, text=CLERKS)
        (error,) = app.execute("AccountInfo", token=token)["errors"]
        assert (error["message"], error["extensions"]["code"]) == (MESSAGES[REJECTIONS[code]], "CORE_REJECTED")
