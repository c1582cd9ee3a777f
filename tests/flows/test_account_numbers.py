"""The account number that counts is the one that the core has at present: accounts are merged, and handed on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import on_each_database, settings_for
from tests.flows.applying import apply, record_of
from tests.flows.test_members import MAIMAITI, PASSWORDS, ZHAO, ZHAO_ACCOUNT, codes_of, register, send_code
from tests.flows.test_phones import (
    DUAN,
    DUAN_ACCOUNT,
    DUAN_ID,
    GAO,
    GAO_ID,
    Addresses,
    confirmed_yesterday,
    settled,
    sign_in,
    store,
)
from tests.support.servers import Bff, Core, running_bff
from tests.support.serving import until

GAO_ACCOUNT, MAIMAITI_ACCOUNT, ZHANG_ACCOUNT = "990100500002", "990110200008", "990130900009"
OLD_BALANCE, NEW_BALANCE = "30921.43", "109610.48"
CHANGES = "SELECT outcome, detail FROM audit WHERE event = 'account number changed'"
PASSPORT = "E12345678"

address = Addresses()


@pytest.fixture
def bff(fresh_core: Core, tmp_path: Path, database: str) -> Iterator[Bff]:
    """With a cache, which keeps what the core said of either account."""
    settings = settings_for(
        fresh_core, tmp_path / "bff", cache=True, trusted_proxies="127.0.0.1", database_url=database, confirm_every=0.1
    )
    with running_bff(settings) as bff:
        yield bff


def merge(core: Core, account: str, into: str) -> None:
    assert core.control("PUT", f"accounts/{account}", {"mergedInto": into})


def give(core: Core, id_number: str, account: str) -> None:
    """Puts an ID number on the record of an account, and off any other."""
    with closing(sqlite3.connect(core.book)) as db, db:
        db.execute("UPDATE person SET ZJHM = 'gone' WHERE ZJHM = ?", (id_number,))
        db.execute("UPDATE person SET ZJHM = ?, ZJLX = '01' WHERE GRZH = ?", (id_number, account))


def shown(bff: Bff, token: str) -> tuple[str, str, str]:
    account = bff.data("AccountInfo", token=token)["me"]["account"]
    return account["number"], account["status"], account["balance"]["total"]


def number_of(bff: Bff, username: str) -> str:
    return shown(bff, bff.sign_in(username))[0]


def stored(bff: Bff, id_number: str) -> str:
    number: str = store(bff, "SELECT account_number FROM member WHERE id_number = ?", id_number)[0][0]
    return number


def apply_fee(bff: Bff, token: str, key: str) -> Any:
    return apply(bff, token, "ApplyPropertyFeeWithdrawal", idempotencyKey=key, expectedAmount="1500.00")


def oddities(bff: Bff) -> float:
    metric = bff.services.metrics.oddities.labels("QueryCustomer.GRZH")
    value: float = metric._value.get()
    return value


# ----- another account ------------------------------------------------------------------------------------------


@on_each_database
def test_the_account_follows_the_core_also_in_sessions_that_are_open(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    for _ in range(2):
        assert shown(bff, token) == (DUAN_ACCOUNT, "NORMAL", OLD_BALANCE)
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    another = bff.sign_in(DUAN)
    assert shown(bff, another) == shown(bff, token) == (MAIMAITI_ACCOUNT, "NORMAL", NEW_BALANCE)


def test_a_change_is_audited_once_with_masked_numbers(bff: Bff, fresh_core: Core) -> None:
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    for _ in range(2):
        assert sign_in(bff, DUAN) == "done"
    assert store(bff, CHANGES) == [("done", "********0001 to ********0008")]


def test_the_account_follows_where_members_stay_signed_in(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    confirmed_yesterday(bff)
    bff.data("Unlock", {"queryPassword": "201810"}, token)
    settled(bff)
    assert shown(bff, token) == (MAIMAITI_ACCOUNT, "NORMAL", NEW_BALANCE)


def test_an_account_that_is_closed_is_not_followed_to(bff: Bff, fresh_core: Core) -> None:
    give(fresh_core, DUAN_ID, MAIMAITI_ACCOUNT)
    fresh_core.control("PUT", f"accounts/{MAIMAITI_ACCOUNT}", {"status": "CLOSED"})
    assert number_of(bff, DUAN) == DUAN_ACCOUNT


# ----- applications of the old account --------------------------------------------------------------------------


@on_each_database
def test_applications_of_the_old_account_stay_and_go_on(bff: Bff, fresh_core: Core) -> None:
    key = str(uuid4())
    applied = apply_fee(bff, bff.sign_in(DUAN), key)["application"]
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    token = bff.sign_in(DUAN)
    assert shown(bff, token)[:2] == (MAIMAITI_ACCOUNT, "NORMAL")
    fresh_core.control("PUT", f"accounts/{MAIMAITI_ACCOUNT}", {"status": "SEALED"})
    (serial,) = fresh_core.serials()
    fresh_core.control("PUT", f"applications/{serial}", {"status": "REJECTED", "reason": "账户已合并"})
    until(lambda: record_of(bff, token, applied["id"])["status"] == "REJECTED")
    assert shown(bff, token)[:2] == (MAIMAITI_ACCOUNT, "SEALED")  # read anew, as after any application
    listed = bff.data("{ me { applications(first: 5) { edges { node { id } } } } }", token=token)
    assert listed["me"]["applications"]["edges"] == [{"node": {"id": applied["id"]}}]
    assert apply_fee(bff, token, key)["application"]["id"] == applied["id"]
    assert fresh_core.serials() == [serial]


def test_what_a_restored_store_lacks_of_the_old_account_is_found_and_not_sent_again(bff: Bff, fresh_core: Core) -> None:
    key = str(uuid4())
    applied = apply_fee(bff, bff.sign_in(DUAN), key)["application"]
    store(bff, "DELETE FROM application")
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    token = bff.sign_in(DUAN)
    assert record_of(bff, token, applied["id"])["amount"] == "1500.00"
    assert apply_fee(bff, token, key)["application"]["id"] == applied["id"]
    assert len(fresh_core.serials()) == 1


def test_the_account_waits_while_the_core_does_not_list_the_applications(bff: Bff, fresh_core: Core) -> None:
    merge(fresh_core, DUAN_ACCOUNT, MAIMAITI_ACCOUNT)
    fresh_core.break_("QueryApplications", "html502")
    assert sign_in(bff, DUAN) == "done"
    assert stored(bff, DUAN_ID) == DUAN_ACCOUNT
    fresh_core.heal()
    until(lambda: sign_in(bff, DUAN) == "done" and stored(bff, DUAN_ID) == MAIMAITI_ACCOUNT)


# ----- an account that another member has -----------------------------------------------------------------------


@on_each_database
def test_an_account_that_another_member_has_stays_theirs(bff: Bff, fresh_core: Core) -> None:
    """The core knows nobody any more by that member's number, so it does not say that they have another account."""
    merge(fresh_core, DUAN_ACCOUNT, GAO_ACCOUNT)
    token = bff.sign_in(DUAN)
    settled(bff)
    assert oddities(bff) == 1
    assert shown(bff, token)[:2] == (DUAN_ACCOUNT, "CLOSED")
    assert number_of(bff, GAO) == GAO_ACCOUNT


def test_an_account_that_is_held_is_audited(bff: Bff, fresh_core: Core) -> None:
    merge(fresh_core, DUAN_ACCOUNT, GAO_ACCOUNT)
    sign_in(bff, DUAN)
    settled(bff)
    assert store(bff, CHANGES) == [("held by another", "********0001 to ********0002")]


@on_each_database
def test_an_account_that_was_handed_on_is_free_once_the_core_says_so(bff: Bff, fresh_core: Core) -> None:
    token = bff.sign_in(DUAN)
    give(fresh_core, GAO_ID, ZHANG_ACCOUNT)
    give(fresh_core, DUAN_ID, GAO_ACCOUNT)
    assert sign_in(bff, DUAN) == "done"
    settled(bff)
    assert shown(bff, token)[0] == GAO_ACCOUNT
    assert number_of(bff, GAO_ID) == ZHANG_ACCOUNT
    assert oddities(bff) == 0


@on_each_database
def test_two_members_whose_accounts_were_exchanged_change_at_once(bff: Bff, fresh_core: Core) -> None:
    tokens = [bff.sign_in(DUAN), bff.sign_in(GAO)]
    assert [shown(bff, each)[0] for each in tokens] == [DUAN_ACCOUNT, GAO_ACCOUNT]
    give(fresh_core, GAO_ID, DUAN_ACCOUNT)
    give(fresh_core, DUAN_ID, GAO_ACCOUNT)
    assert sign_in(bff, GAO) == "done"
    settled(bff)
    assert [shown(bff, each)[0] for each in tokens] == [GAO_ACCOUNT, DUAN_ACCOUNT]
    assert oddities(bff) == 0


def test_who_registers_with_an_account_that_was_handed_on_is_not_turned_away(bff: Bff, fresh_core: Core) -> None:
    give(fresh_core, DUAN_ID, ZHANG_ACCOUNT)
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute(
            "UPDATE person SET (XINGMING, SJHM, ZJLX, ZJHM) = (SELECT XINGMING, SJHM, ZJLX, ZJHM FROM person"
            " WHERE GRZH = ?) WHERE GRZH = ?",
            (MAIMAITI_ACCOUNT, DUAN_ACCOUNT),
        )
        db.execute("UPDATE person SET ZJHM = 'gone' WHERE GRZH = ?", (MAIMAITI_ACCOUNT,))
    payload = register(bff, MAIMAITI, send_code(bff, fresh_core, MAIMAITI["phone"]))
    assert codes_of(payload) == []
    assert shown(bff, payload["session"]["accessToken"])[0] == DUAN_ACCOUNT
    assert number_of(bff, DUAN) == ZHANG_ACCOUNT


# ----- other documents ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "phone", "expected"),
    [
        (ZHAO["name"], ZHAO["phone"], ZHANG_ACCOUNT),
        ("另一人", ZHAO["phone"], ZHAO_ACCOUNT),
        (ZHAO["name"], "13911112222", ZHAO_ACCOUNT),
    ],
    ids=["theirs", "another name", "another phone"],
)
def test_a_passport_is_followed_where_name_and_phone_agree(
    name: str, phone: str, expected: str, bff: Bff, fresh_core: Core
) -> None:
    """Passports of two countries may have one number."""
    passport = "UPDATE person SET XINGMING = ?, SJHM = ?, ZJLX = '03', ZJHM = ? WHERE GRZH = ?"
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute(passport, (ZHAO["name"], ZHAO["phone"], PASSPORT, ZHAO_ACCOUNT))
    who = {**ZHAO, "idNumber": PASSPORT, "document": "PASSPORT"}
    assert codes_of(register(bff, who, send_code(bff, fresh_core, ZHAO["phone"]), address())) == []
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE person SET ZJHM = 'gone' WHERE GRZH = ?", (ZHAO_ACCOUNT,))
        db.execute(passport, (name, phone, PASSPORT, ZHANG_ACCOUNT))
    assert sign_in(bff, PASSPORT, PASSWORDS["loginPassword"]) == "done"
    assert stored(bff, PASSPORT) == expected
