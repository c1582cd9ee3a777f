"""Consent to the privacy policy: demanded by policy, kept with moment and version, asked for anew when that rises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bff.rules.consent import consent_refusal
from bff.rules.dates import at_centre
from bff.rules.policy.model import PrivacyPolicy
from bff.store.database import Store
from bff.store.tables import audit, consent
from tests.conftest import on_each_database, settings_for
from tests.flows.test_members import PASSWORDS, ZHAO, codes_of, register, send_code
from tests.rules.people import policy_text
from tests.support.servers import Bff, Clock, Core, running_bff

SECTION = '[[privacy]]\nfrom = 2002-03-24\nversion = "2018-01"\nconsent_required = false\n'
ENTRY = '[[privacy]]\nfrom = {}\n{}version = "{}"\nconsent_required = true\n'
OWN = "{ privacyPolicy { version consentRequired } me { privacyConsent { version current givenAt } } }"
GIVE = "mutation Give($version: String!) { givePrivacyConsent(version: $version) { userErrors { code field } } }"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(core: Core, tmp_path: Path, clock: Clock, database: str) -> Iterator[Bff]:
    """A centre that demands version 1 up to tomorrow, and 2 from then on."""
    tomorrow = at_centre(clock()).date() + timedelta(days=1)
    until = f"until = {tomorrow}\n"
    policy = tmp_path / "policy.toml"
    entries = ENTRY.format("2002-03-24", until, "1") + ENTRY.format(tomorrow + timedelta(days=1), "", "2")
    text = policy_text("practice-centre.toml")
    assert SECTION in text
    policy.write_text(text.replace(SECTION, entries), encoding="utf-8")
    settings = settings_for(core, tmp_path, policy_file=policy, database_url=database)
    with running_bff(settings, now=clock) as bff:
        yield bff


def sign_in(app: Bff, consented: str | None = None, password: str = PASSWORDS["loginPassword"]) -> Any:
    asked = {"username": ZHAO["phone"], "loginPassword": password, "privacyConsent": consented}
    return app.data("SignIn", {"input": asked})["signIn"]


def registered(app: Bff, core: Core) -> str:
    payload = register(app, {**ZHAO, "privacyConsent": "1"}, send_code(app, core, ZHAO["phone"]))
    assert codes_of(payload) == []
    token: str = payload["session"]["accessToken"]
    return token


def kept(app: Bff) -> tuple[list[str], list[tuple[str, str]]]:
    """Versions in the order in which they were given, and the audit entries about them."""

    async def read() -> tuple[list[str], list[tuple[str, str]]]:
        store = await Store.open(app.services.settings.store_url)
        async with store.read() as db:
            versions = [row.version for row in await db.execute(select(consent).order_by(consent.c.given_at))]
            query = select(audit).where(audit.c.event == "privacy consent").order_by(audit.c.id)
            entries = [(row.outcome, row.detail) for row in await db.execute(query)]
        await store.close()
        return versions, entries

    return asyncio.run(read())


@on_each_database
def test_registration_needs_the_version_in_force(app: Bff, core: Core) -> None:
    code = send_code(app, core, ZHAO["phone"])
    for consented in ({}, {"privacyConsent": "0"}, {"privacyConsent": "2"}, {"privacyConsent": " "}):
        payload = register(app, {**ZHAO, **consented}, code)
        (error,) = payload["userErrors"]
        assert (error["code"], error["field"]) == ("CONSENT_REQUIRED", "privacyConsent")
    payload = register(app, {**ZHAO, "privacyConsent": "1"}, code)
    assert codes_of(payload) == [], "none of the refusals used the code up"
    told = app.execute(OWN, token=payload["session"]["accessToken"])["data"]
    assert told["privacyPolicy"] == {"version": "1", "consentRequired": True}
    assert {**told["me"]["privacyConsent"], "givenAt": None} == {"version": "1", "current": True, "givenAt": None}
    assert kept(app) == (["1"], [("given", "1")])


def test_a_new_version_is_asked_for_at_the_next_sign_in_and_only_the_member_is_told(
    app: Bff, core: Core, clock: Clock
) -> None:
    registered(app, core)
    assert codes_of(sign_in(app)) == []
    clock.move(days=2)
    refused = sign_in(app)
    assert (codes_of(refused), refused["session"]) == (["CONSENT_REQUIRED"], None)
    assert refused["userErrors"][0]["message"] == "隐私政策已更新为版本2，请重新阅读并同意后继续。"
    assert codes_of(sign_in(app, "1")) == ["CONSENT_REQUIRED"]
    assert codes_of(sign_in(app, "2", password="wrong")) == ["WRONG_CREDENTIALS"]
    assert codes_of(sign_in(app, "2")) == []
    assert codes_of(sign_in(app)) == []
    assert kept(app) == (["1", "2"], [("given", "1"), ("asked for", "2"), ("asked for", "2"), ("given", "2")])


def test_a_member_who_is_signed_in_agrees_without_signing_in_again(app: Bff, core: Core, clock: Clock) -> None:
    registered(app, core)
    clock.move(days=1)
    token = sign_in(app)["session"]["accessToken"]
    answer = app.execute(GIVE, {"version": "2"}, token)["data"]["givePrivacyConsent"]
    assert answer["userErrors"] == [{"code": "CONSENT_REQUIRED", "field": "version"}]
    clock.move(days=1)
    token = sign_in(app, "2")["session"]["accessToken"]
    assert app.execute(GIVE, {"version": "2"}, token)["data"]["givePrivacyConsent"]["userErrors"] == []
    assert app.execute(OWN, token=token)["data"]["me"]["privacyConsent"]["current"] is True


def test_the_practice_centre_demands_none_and_keeps_what_is_given(bff: Bff) -> None:
    token = bff.sign_in("13800000001")
    told = bff.execute(OWN, token=token)["data"]
    assert told["privacyPolicy"] == {"version": "2018-01", "consentRequired": False}
    assert bff.execute(GIVE, {"version": "2018-01"}, token)["data"]["givePrivacyConsent"]["userErrors"] == []
    consented = bff.execute(OWN, token=token)["data"]["me"]["privacyConsent"]
    assert (consented["version"], consented["current"]) == ("2018-01", True)


def test_a_centre_without_a_version_asks_for_nothing() -> None:
    assert consent_refusal(None, "1") is None
    refused = consent_refusal(None, "1", asked=True)
    assert refused is not None
    assert refused.code.value == "NOT_OFFERED"
    optional = PrivacyPolicy("1", consent_required=False)
    assert consent_refusal(optional, None, "0") is None
