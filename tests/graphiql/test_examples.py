"""The examples in GraphiQL are the app's operations, and each works as it stands for the person whom it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from bff.cli import dev_examples
from bff.cli.dev_examples import LATEST_APPLICATION, NEW_KEY, OFFERED
from bff.cli.dev_members import PEOPLE
from bff.server.graphiql import GraphiQLExample
from tests.conftest import settings_for
from tests.flows.applying import IDS
from tests.support.servers import OPERATIONS, Bff, Core, running_bff

EXAMPLES = {each.title: each for each in dev_examples.examples()}
APPLYING = [name for name in EXAMPLES if name.startswith("Apply")]
PHONES = {person.name: person.phone for person in PEOPLE} | {"孙丽华": "13800000012", "何志强": "13800000014"}


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with running_bff(settings_for(core, tmp_path_factory.mktemp("bff"))) as bff:
        yield bff


def code(app: Bff, core: Core, phone: str, purpose: str) -> str:
    app.data("RequestSmsCode", {"input": {"phone": phone, "purpose": purpose}})
    found = re.search(r"验证码为(\d{6})", core.inbox(phone)[0]["text"])
    assert found
    return found[1]


def person_of(app: Bff, core: Core, example: GraphiQLExample) -> str:
    """The token of whom the example's note names first, else of 段小梅. Who has to register first does."""
    name = (re.findall("|".join(PHONES), example.query.partition("\n")[0]) or ["段小梅"])[0]
    phone = PHONES[name]
    if phone not in [person.phone for person in PEOPLE]:
        asked = {"name": name, "phone": phone, "idNumber": IDS[phone], "smsCode": code(app, core, phone, "REGISTER")}
        asked |= {"loginPassword": "Practice-2018", "queryPassword": "201810"}
        assert app.data("Register", {"input": asked})["register"]["userErrors"] == []
    return app.sign_in(phone)


def run(app: Bff, example: GraphiQLExample, variables: Any, token: str) -> Any:
    """What its one field gives, without an error of any kind."""
    (given,) = app.data(example.query, variables, token).values()
    if isinstance(given, dict):
        assert given.get("userErrors", []) == []
    return given


def test_every_operation_of_the_app_is_there_in_groups_with_its_own_text() -> None:
    assert list(EXAMPLES) != sorted(EXAMPLES)
    assert set(EXAMPLES) == set(OPERATIONS)
    for name, example in EXAMPLES.items():
        assert example.query.endswith(OPERATIONS[name])
        assert example.writes == OPERATIONS[name].startswith("mutation") == example.query.startswith("# 写操作。")
    groups = [each.group for each in EXAMPLES.values()]
    assert list(dict.fromkeys(groups)) == ["账户", "明细", "业务办理", "公共信息与计算器", "注册与登录"]
    assert [name for name, each in EXAMPLES.items() if each.opened] == [
        "AccountInfo",
        "ContributionDetails",
        "WithdrawalDetails",
        "LoanDetails",
    ]


@pytest.mark.parametrize("name", APPLYING)
def test_an_application_is_taken_as_it_stands(app: Bff, core: Core, name: str) -> None:
    token, before = person_of(app, core, EXAMPLES[name]), core.serials()
    text = EXAMPLES[name].variables.replace(NEW_KEY, uuid4().hex)
    for kind in re.findall(OFFERED % r"(\w+)", text):
        offered = app.data("WithdrawalForm", {"kind": kind}, token)["me"]["withdrawalQuote"]["amount"]
        text = text.replace(OFFERED % kind, offered)
    variables = json.loads(text)
    made = run(app, EXAMPLES[name], variables, token)["application"]
    assert made["status"] == "ACCEPTED"
    (serial,) = set(core.serials()) - set(before)
    core.control("PUT", f"applications/{serial}", {"status": "REJECTED"})  # nothing moves, and the next can apply


QUERIES = [name for name, each in EXAMPLES.items() if each.query.partition("query ")[1] and not each.writes]


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_something(app: Bff, core: Core, name: str) -> None:
    token = person_of(app, core, EXAMPLES[name])
    latest = app.data("{ me { applications(first: 1) { edges { node { id } } } } }", token=token)
    edges = latest["me"]["applications"]["edges"]
    text = EXAMPLES[name].variables.replace(LATEST_APPLICATION, edges[0]["node"]["id"] if edges else "")
    assert not empty(run(app, EXAMPLES[name], json.loads(text or "{}"), token))


def empty(given: Any) -> bool:
    """Null, an empty list or connection, also at the end of the one way down to it."""
    if not isinstance(given, dict):
        return given in (None, [])
    if "edges" in given:
        return not given["edges"]
    return len(given) == 1 and empty(next(iter(given.values())))


def test_members_sessions_and_passwords_go_as_their_notes_say(app: Bff, core: Core) -> None:
    """In the order of the menu; what is left to be typed is typed."""
    token, refresh = "", ""
    for name in ["RequestSmsCode", "Register", "SignIn", "Unlock", "RefreshSession"]:
        variables = json.loads(EXAMPLES[name].variables)
        if name == "Register":
            variables["input"]["smsCode"] = re.findall(r"验证码为(\d{6})", core.inbox("13800000006")[0]["text"])[0]
        if name == "RefreshSession":
            variables["refreshToken"] = refresh
        given = run(app, EXAMPLES[name], variables, token)
        if name in ("SignIn", "RefreshSession"):
            token, refresh = given["session"]["accessToken"], given["session"]["refreshToken"]
    run(app, EXAMPLES["ChangePassword"], json.loads(EXAMPLES["ChangePassword"].variables), token)
    run(app, EXAMPLES["SignOut"], {}, token)
    variables = json.loads(EXAMPLES["ResetPassword"].variables)
    variables["input"]["smsCode"] = code(app, core, variables["input"]["phone"], "RESET_PASSWORD")
    run(app, EXAMPLES["ResetPassword"], variables, "")
