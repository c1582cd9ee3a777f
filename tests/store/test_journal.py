"""The journal: what each change writes into its row, and which rows each look finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from bff.applications import journal
from bff.applications.journal import JournalEntry, New, Recovered
from bff.applications.journal.rows import Status, history_with, step_out
from bff.applications.journal.serials import id_of, serial_of
from bff.rules.application import Application, Step
from bff.rules.application_kinds import ApplicationKind
from bff.rules.refusal import Refusal, UserErrorCode
from bff.store.database import Store
from bff.store.tables import application as table
from bff.store.tables import member
from tests.conftest import on_each_database

NOW = datetime(2018, 11, 1, 2, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ARRIVES = NOW + timedelta(seconds=40)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACCOUNT = "990140300001"
FEE = New("1", ACCOUNT, "key", "hash", ApplicationKind.PROPERTY_FEE, Decimal("1500.00"), {"expectedAmount": "1500.00"})
SERIAL, ID = "06e06049701af7c43e116bd651c9d308", "77db226ff0bca48894efe7f5de69b70b"
"""Of FEE, in every release: by its serial the core knows it again."""
CONFIRMING = {"status": "CONFIRMING", "at": "2018-11-01T02:30:00+00:00", "note": None}
BEFORE = {
    "member_id": "1",
    "key": "key",
    "input_hash": "hash",
    "kind": "PROPERTY_FEE",
    "amount": "1500.00",
    "entered": {"expectedAmount": "1500.00"},
    "account_number": ACCOUNT,
    "status": "CONFIRMING",
    "reference": None,
    "interest": None,
    "history": [CONFIRMING],
    "refusal": None,
    "submitted_at": NOW,
    "next_check_at": NOW + timedelta(seconds=30),
    "checks": 0,
    "handed_out": False,
    "confirming_since": NOW,
    "may_arrive_until": ARRIVES,
    "missing_since": None,
}
"""The row of FEE when it is added, but for its ID and serial."""
REFUSAL = Refusal(UserErrorCode.ACCOUNT_FROZEN, "您的账户已冻结。")
ACCEPTED = Step(Status.ACCEPTED, NOW + timedelta(seconds=5), "已受理")
AGAIN = Step(Status.ACCEPTED, LATER, "已恢复")


@pytest.fixture
async def members(store: Store) -> Store:
    """A store with the members 1 and 2."""
    names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
    async with store.write() as db:
        await db.execute(insert(member), [dict.fromkeys(names, each) | {"registered_at": NOW} for each in "12"])
    return store


async def added(store: Store, new: New = FEE, **changes: Any) -> JournalEntry:
    """An entry whose row has these values."""
    entry = await journal.add(store, new, NOW, ARRIVES)
    assert entry is not None
    return await made(store, entry, **changes) if changes else entry


async def made(store: Store, entry: JournalEntry, **changes: Any) -> JournalEntry:
    async with store.write() as db:
        await db.execute(update(table).where(table.c.serial == entry.serial).values(changes))
    found = await journal.by_serial(store, entry.serial)
    assert found is not None
    return found


async def row(store: Store, entry: JournalEntry) -> dict[str, Any]:
    async with store.read() as db:
        found = (await db.execute(select(table).where(table.c.serial == entry.serial))).one()
    values = dict(found._mapping)
    assert (values.pop("id"), values.pop("serial")) == (entry.application.id, entry.serial)
    return values


async def settled(store: Store, entry: JournalEntry, status: Status, *stages: Step, **more: Any) -> None:
    values: dict[str, Any] = {
        "reference": "SL1",
        "interest": None,
        "again": AGAIN,
        "follow_every": HOUR,
        "payout_days": 15,
        **more,
    }
    await journal.settle(store, entry, status, stages, **values)


# ----- serials ----------------------------------------------------------------------------------------------------


def test_serials_and_ids_are_those_of_every_release() -> None:
    assert serial_of(ACCOUNT, "key") == SERIAL
    assert id_of(SERIAL) == ID
    assert serial_of(ACCOUNT, "key2") == "58ea7fa2fc9bc06dd88ed50b4ec14cc6"
    assert serial_of("990140300002", "key") == "b582c12bf2262a2535f046baf8e63d29"


@pytest.mark.parametrize(
    ("serial", "account", "ours"),
    [
        (SERIAL, ACCOUNT, True),
        (SERIAL, "990140300002", False),
        (f"{SERIAL[:-1]}9", ACCOUNT, False),
        (f"1{SERIAL[1:]}", ACCOUNT, False),
        (SERIAL[:-1], ACCOUNT, False),
        (f"{SERIAL}0", ACCOUNT, False),
        (SERIAL[:24], ACCOUNT, False),
        ("", ACCOUNT, False),
    ],
)
def test_a_serial_of_ours_is_told_by_its_mark(serial: str, account: str, ours: bool) -> None:
    assert journal.is_ours(serial, account) is ours


# ----- a new application ------------------------------------------------------------------------------------------


@on_each_database
async def test_what_is_added_is_written_whole(members: Store) -> None:
    entry = await added(members)
    assert entry == JournalEntry(
        application=Application(
            id=ID,
            kind=ApplicationKind.PROPERTY_FEE,
            status=Status.CONFIRMING,
            amount=Decimal("1500.00"),
            interest=None,
            reference=None,
            submitted_at=NOW,
            entered={"expectedAmount": "1500.00"},
            history=(Step(Status.CONFIRMING, NOW, None),),
        ),
        member_id="1",
        key="key",
        input_hash="hash",
        serial=SERIAL,
        account_number=ACCOUNT,
        refusal=None,
        checks=0,
        handed_out=False,
        confirming_since=NOW,
        may_arrive_until=ARRIVES,
        missing_since=None,
    )
    assert await row(members, entry) == BEFORE
    assert await journal.by_serial(members, SERIAL) == entry
    assert await journal.by_serial(members, "0") is None


async def test_a_key_is_taken_once(members: Store) -> None:
    await added(members, status="ACCEPTED")
    assert await journal.add(members, FEE, NOW, ARRIVES) is None


async def test_one_of_a_member_waits_to_be_confirmed(members: Store) -> None:
    await added(members)
    assert await journal.add(members, replace(FEE, key="other"), NOW, ARRIVES) is None
    assert await journal.add(members, replace(FEE, member_id="2", account_number="2"), NOW, ARRIVES)


# ----- what the core says -----------------------------------------------------------------------------------------


@on_each_database
async def test_what_the_core_accepted_is_written_down(members: Store) -> None:
    entry = await added(members, checks=7, refusal={"code": "ACCOUNT_FROZEN", "message": "…"})
    await settled(members, entry, Status.ACCEPTED, ACCEPTED, interest=Decimal("3.10"), reference="S\x00L" + "1" * 80)
    assert await row(members, entry) == BEFORE | {
        "status": "ACCEPTED",
        "history": [CONFIRMING, {"status": "ACCEPTED", "at": "2018-11-01T02:30:05+00:00", "note": "已受理"}],
        "reference": "SL" + "1" * 62,
        "interest": "3.10",
        "next_check_at": LATER + HOUR,
    }
    found = await journal.by_serial(members, SERIAL)
    assert found is not None
    assert found.application.interest == Decimal("3.10")


async def test_what_the_core_says_again_changes_nothing(members: Store) -> None:
    entry = await added(members)
    await settled(members, entry, Status.ACCEPTED, ACCEPTED)
    await made(members, entry, checks=3, next_check_at=ARRIVES)
    before = await row(members, entry)
    await settled(members, entry, Status.ACCEPTED, ACCEPTED)
    assert await row(members, entry) == before


@pytest.mark.parametrize(
    ("status", "next_check_at"),
    [
        (Status.ACCEPTED, LATER + HOUR),
        (Status.IN_REVIEW, LATER + HOUR),
        (Status.APPROVED, LATER + HOUR),
        (Status.COMPLETED, LATER + DAY),
        (Status.REJECTED, None),
        (Status.PAYOUT_FAILED, None),
    ],
)
async def test_what_may_still_change_is_looked_at_again(
    members: Store, status: Status, next_check_at: datetime | None
) -> None:
    entry = await added(members, checks=99)
    await settled(members, entry, status, Step(status, LATER, None))
    after = await row(members, entry)
    assert (after["status"], after["next_check_at"], after["checks"]) == (status, next_check_at, 0)


@pytest.mark.parametrize(
    ("status", "checks", "looked_at"),
    [("COMPLETED", 14, True), ("COMPLETED", 15, False), ("ACCEPTED", 15, True), ("APPROVED", 99, True)],
)
async def test_only_what_is_posted_is_left_alone_after_some_looks(
    members: Store, status: str, checks: int, looked_at: bool
) -> None:
    entry = await added(members, status=status, checks=checks, reference="SL1")
    await settled(members, entry, Status(status))
    after = await row(members, entry)
    assert (after["next_check_at"], after["checks"]) == (BEFORE["next_check_at"] if looked_at else None, checks)


async def test_what_was_missing_is_found_again(members: Store) -> None:
    entry = await added(members, status="ACCEPTED", missing_since=NOW)
    await settled(members, entry, Status.ACCEPTED, ACCEPTED)
    after = await row(members, entry)
    assert after["missing_since"] is None
    assert [(step["status"], step["note"]) for step in after["history"]] == [
        ("CONFIRMING", None),
        ("ACCEPTED", "已受理"),
        ("ACCEPTED", "已恢复"),
    ]
    assert after["history"][-1]["at"] == LATER.isoformat()


@pytest.mark.parametrize(
    ("status", "reference", "said", "counts"),
    [
        ("CONFIRMING", None, "REJECTED", True),
        ("NOT_RECEIVED", None, "ACCEPTED", True),
        ("REFUSED", None, "ACCEPTED", True),
        ("REFUSED", "SL1", "ACCEPTED", True),
        ("REJECTED", None, "ACCEPTED", True),
        ("REJECTED", "SL1", "ACCEPTED", False),
        ("PAYOUT_FAILED", None, "COMPLETED", True),
        ("PAYOUT_FAILED", "SL1", "COMPLETED", False),
        ("ACCEPTED", "SL1", "COMPLETED", True),
        ("COMPLETED", None, "ACCEPTED", True),
        ("COMPLETED", "SL1", "ACCEPTED", False),
        ("COMPLETED", "SL1", "PAYOUT_FAILED", True),
        ("OF_A_NEWER_RELEASE", None, "ACCEPTED", False),
        ("UNKNOWN", None, "ACCEPTED", False),
    ],
)
async def test_the_core_s_word_counts_but_after_its_last_one(
    members: Store, status: str, reference: str | None, said: str, counts: bool
) -> None:
    refusal = {"code": "ACCOUNT_FROZEN", "message": "…"}
    entry = await added(members, status=status, reference=reference, refusal=refusal)
    before = await row(members, entry)
    await settled(members, entry, Status(said), Step(Status(said), LATER, None))
    after = await row(members, entry)
    if counts:
        assert (after["status"], after["refusal"], after["reference"]) == (said, None, "SL1")
    else:
        assert after == before


async def test_what_is_no_longer_there_is_not_settled(members: Store) -> None:
    entry = await added(members)
    await journal.not_sent(members, entry, NOW, "…")
    await settled(members, entry, Status.ACCEPTED, ACCEPTED)
    assert await journal.by_serial(members, SERIAL) is None


@pytest.mark.parametrize(
    ("kept", "stages", "then"),
    [
        ([], [ACCEPTED], ["ACCEPTED 05 已受理"]),
        (["ACCEPTED 05 旧"], [ACCEPTED], ["ACCEPTED 05 已受理"]),
        (["CONFIRMING 05 -"], [ACCEPTED], ["CONFIRMING 05 -", "ACCEPTED 05 已受理"]),
        (["NOT_RECEIVED 05 -"], [ACCEPTED], ["NOT_RECEIVED 05 -", "ACCEPTED 05 已受理"]),
        (["OF_A_NEWER_RELEASE 05 -"], [ACCEPTED], ["OF_A_NEWER_RELEASE 05 -"]),
        (
            ["ACCEPTED 05 旧", "IN_REVIEW 05 旧"],
            [ACCEPTED, replace(ACCEPTED, status=Status.APPROVED, note="已审批")],
            ["ACCEPTED 05 已受理", "APPROVED 05 已审批"],
        ),
        (["ACCEPTED 05 旧"], [ACCEPTED, ACCEPTED], ["ACCEPTED 05 已受理", "ACCEPTED 05 已受理"]),
        (["IN_REVIEW 04 -"], [ACCEPTED], ["IN_REVIEW 04 -", "ACCEPTED 05 已受理"]),
    ],
)
def test_a_stage_of_the_same_moment_is_the_same_step(kept: list[str], stages: list[Step], then: list[str]) -> None:
    read = [each.split() for each in kept]
    history = [{"status": status, "at": f"2018-11-01T02:30:{at}+00:00", "note": note} for status, at, note in read]
    untouched = [dict(each) for each in history]
    found = history_with(history, stages)
    assert [f"{each['status']} {each['at'][17:19]} {each['note']}" for each in found] == then
    assert history == untouched


def test_an_unknown_status_is_never_written() -> None:
    with pytest.raises(ValueError, match=r"^UNKNOWN is read, and never written$"):
        step_out(replace(ACCEPTED, status=Status.UNKNOWN))


async def test_what_a_newer_release_wrote_is_read_as_unknown_and_counted(store_url: str) -> None:
    counted: list[str] = []
    store = await Store.open(store_url, counted.append)
    await store.migrate()
    names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
    async with store.write() as db:
        await db.execute(insert(member).values(dict.fromkeys(names, "1") | {"registered_at": NOW}))
    newer = CONFIRMING | {"status": "NEWER", "note": "说明"}
    refusal = {"code": "NEWER", "message": "不能办理。"}
    entry = await added(store, status="NEWER", kind="NEWER", history=[CONFIRMING, newer], refusal=refusal)
    assert (entry.status, entry.application.kind) == (Status.UNKNOWN, ApplicationKind.UNKNOWN)
    assert entry.application.history == (Step(Status.CONFIRMING, NOW, None), Step(Status.UNKNOWN, NOW, "说明"))
    assert entry.refusal == Refusal(UserErrorCode.REFUSED_BY_CORE, "不能办理。")
    assert sorted(counted) == ["kind", "refusal", "status", "step"]
    await made(store, entry, status="NOT_RECEIVED", refusal=None)
    counted.clear()
    assert len(await journal.claim(store, LATER)) == 1
    assert sorted(counted) == ["kind", "step"]
    await store.close()


async def test_numbers_among_what_was_entered_are_read_as_text(members: Store) -> None:
    entry = await added(members, entered={"periods": 12}, refusal={"code": "ACCOUNT_FROZEN", "message": "冻结"})
    assert entry.application.entered == {"periods": "12"}
    assert entry.refusal == Refusal(UserErrorCode.ACCOUNT_FROZEN, "冻结")


# ----- what the core does not have --------------------------------------------------------------------------------


@on_each_database
async def test_what_was_not_sent_leaves_no_row_unless_its_id_was_given_away(members: Store) -> None:
    entry = await added(members)
    await journal.not_sent(members, entry, LATER, "未送达")
    assert await journal.by_serial(members, SERIAL) is None
    entry = await added(members, handed_out=True)
    await journal.not_sent(members, entry, LATER, "未送达")
    assert await row(members, entry) == BEFORE | {
        "handed_out": True,
        "history": [CONFIRMING, {"status": "CONFIRMING", "at": LATER.isoformat(), "note": "未送达"}],
        "may_arrive_until": LATER,
        "next_check_at": LATER,
    }


async def test_only_its_own_row_goes(members: Store) -> None:
    other = await added(members, replace(FEE, member_id="2", account_number="2"))
    await journal.not_sent(members, await added(members), LATER, "未送达")
    assert await journal.by_serial(members, other.serial) == other


@on_each_database
async def test_what_was_not_answered_is_given_away_and_searched_for_at_once(members: Store) -> None:
    entry = await added(members)
    await journal.not_answered(members, entry, LATER, LATER + HOUR)
    assert await row(members, entry) == BEFORE | {
        "handed_out": True,
        "may_arrive_until": LATER + HOUR,
        "next_check_at": LATER,
    }


@on_each_database
async def test_what_was_not_received_says_so(members: Store) -> None:
    entry = await added(members)
    await journal.not_received(members, entry, LATER, "未收到")
    assert await row(members, entry) == BEFORE | {
        "status": "NOT_RECEIVED",
        "handed_out": True,
        "history": [CONFIRMING, {"status": "NOT_RECEIVED", "at": LATER.isoformat(), "note": "未收到"}],
    }


async def test_what_was_sent_again_meanwhile_is_not_called_lost(members: Store) -> None:
    entry = await added(members)
    again = await made(members, entry, confirming_since=LATER)
    before = await row(members, entry)
    await journal.not_received(members, entry, LATER, "未收到")
    assert await row(members, entry) == before
    await journal.not_received(members, again, LATER, "未收到")
    assert (await row(members, entry))["status"] == "NOT_RECEIVED"


@on_each_database
async def test_what_was_not_received_is_taken_by_one_sender(members: Store) -> None:
    entry = await added(members, status="NOT_RECEIVED", checks=5)
    assert await journal.send_again(members, entry, LATER, LATER + HOUR)
    assert await row(members, entry) == BEFORE | {
        "status": "CONFIRMING",
        "handed_out": True,
        "history": [CONFIRMING, CONFIRMING | {"at": LATER.isoformat()}],
        "confirming_since": LATER,
        "may_arrive_until": LATER + HOUR,
        "next_check_at": LATER + timedelta(seconds=30),
        "checks": 0,
    }
    before = await row(members, entry)
    assert not await journal.send_again(members, entry, LATER, LATER + HOUR)
    assert await row(members, entry) == before


async def test_it_is_not_sent_while_another_one_waits_or_when_it_is_gone(members: Store) -> None:
    entry = await added(members, status="NOT_RECEIVED")
    other = await added(members, replace(FEE, key="other"))
    assert not await journal.send_again(members, entry, LATER, LATER + HOUR)
    assert (await row(members, entry))["status"] == "NOT_RECEIVED"
    await journal.not_sent(members, other, LATER, "…")
    assert not await journal.send_again(members, other, LATER, LATER + HOUR)


@on_each_database
async def test_what_the_core_lost_is_noted_once(members: Store) -> None:
    entry = await added(members, status="APPROVED")
    assert await journal.note_missing(members, entry, LATER, "查不到")
    assert await row(members, entry) == BEFORE | {
        "status": "APPROVED",
        "handed_out": True,
        "missing_since": LATER,
        "history": [CONFIRMING, {"status": "APPROVED", "at": LATER.isoformat(), "note": "查不到"}],
    }
    before = await row(members, entry)
    assert not await journal.note_missing(members, entry, LATER + HOUR, "查不到")
    assert await row(members, entry) == before


@pytest.mark.parametrize("status", ["CONFIRMING", "NOT_RECEIVED", "REJECTED", "PAYOUT_FAILED", "NEWER", None])
async def test_only_what_the_core_had_can_be_missing(members: Store, status: str | None) -> None:
    entry = await added(members, status=status or "CONFIRMING")
    if status is None:
        await journal.not_sent(members, entry, NOW, "…")
    assert not await journal.note_missing(members, entry, LATER, "查不到")
    if status is not None:
        assert await row(members, entry) == BEFORE | {"status": status}


# ----- refused ----------------------------------------------------------------------------------------------------


@on_each_database
@pytest.mark.parametrize(("handed_out", "status"), [(False, "REFUSED"), (True, "REJECTED")])
@pytest.mark.parametrize(("ask", "next_check_at"), [(False, None), (True, LATER)])
async def test_a_refusal_is_kept_for_the_key_and_shown_where_the_id_was_given_away(
    members: Store, handed_out: bool, status: str, ask: bool, next_check_at: datetime | None
) -> None:
    entry = await added(members, handed_out=handed_out)
    await journal.refuse(members, entry, REFUSAL, LATER, ask=ask)
    assert await row(members, entry) == BEFORE | {
        "status": status,
        "handed_out": handed_out,
        "refusal": {"code": "ACCOUNT_FROZEN", "message": "您的账户已冻结。"},
        "history": [CONFIRMING, {"status": "REJECTED", "at": LATER.isoformat(), "note": "您的账户已冻结。"}],
        "next_check_at": next_check_at,
    }
    found = await journal.by_key(members, "1", "key", ACCOUNT)
    assert found is not None
    assert (found.status, found.refusal) == (Status.REJECTED, REFUSAL)
    shown = await journal.by_id(members, "1", ID)
    assert (shown is not None, await journal.count(members, "1")) == (handed_out, int(handed_out))
    assert len(await journal.page(members, "1", None, 10)) == handed_out


@pytest.mark.parametrize("status", ["REFUSED", "REJECTED"])
async def test_what_was_refused_is_not_asked_about_for_ever(members: Store, status: str) -> None:
    entry = await added(members, status=status)
    await journal.stop_asking(members, entry)
    assert await row(members, entry) == BEFORE | {"status": status, "next_check_at": None}


@pytest.mark.parametrize("status", [each for each in Status if each != Status.CONFIRMING])
async def test_what_is_no_longer_confirmed_is_left_as_it_is(members: Store, status: Status) -> None:
    """By whoever held its entry when it was."""
    entry = await added(members)
    await made(members, entry, status=status.value)
    before = await row(members, entry)
    await journal.refuse(members, entry, REFUSAL, LATER, ask=True)
    await journal.not_sent(members, entry, LATER, "未送达")
    await journal.not_answered(members, entry, LATER, LATER + HOUR)
    await journal.not_received(members, entry, LATER, "未收到")
    if status is not Status.REJECTED:
        await journal.stop_asking(members, entry)
    assert await row(members, entry) == before


async def test_what_is_gone_stays_gone(members: Store) -> None:
    entry = await added(members)
    await journal.not_sent(members, entry, LATER, "未送达")
    await journal.refuse(members, entry, REFUSAL, LATER, ask=True)
    await journal.not_sent(members, entry, LATER, "未送达")
    await journal.not_answered(members, entry, LATER, LATER)
    await journal.not_received(members, entry, LATER, "未收到")
    await journal.stop_asking(members, entry)
    await journal.correct(members, entry, ApplicationKind.RENT, Decimal("1.00"))
    assert await journal.hand_out(members, entry) is None
    assert await journal.by_serial(members, SERIAL) is None


# ----- after the store was restored -------------------------------------------------------------------------------


def recovered(*history: Step) -> Recovered:
    amount, interest = Decimal("1500.00"), Decimal("3.10")
    kind = ApplicationKind.PROPERTY_FEE
    return Recovered("1", ACCOUNT, SERIAL, kind, amount, interest, "S\x00L" + "1" * 80, history)


@on_each_database
async def test_what_only_the_core_has_is_taken_in_again(members: Store) -> None:
    approved = Step(Status.APPROVED, NOW + HOUR, None)
    assert await journal.recover(members, recovered(ACCEPTED, approved), LATER)
    found = await journal.by_key(members, "1", "key", ACCOUNT)
    assert found is not None
    assert found.application.id == ID
    assert await row(members, found) == BEFORE | {
        "key": f"\n{SERIAL}",
        "input_hash": "",
        "entered": {},
        "status": "APPROVED",
        "reference": "SL" + "1" * 62,
        "interest": "3.10",
        "history": [
            {"status": "ACCEPTED", "at": "2018-11-01T02:30:05+00:00", "note": "已受理"},
            {"status": "APPROVED", "at": "2018-11-01T03:30:00+00:00", "note": None},
        ],
        "submitted_at": ACCEPTED.at,
        "next_check_at": LATER,
        "handed_out": True,
        "confirming_since": None,
        "may_arrive_until": None,
    }
    assert not await journal.recover(members, recovered(ACCEPTED), LATER)
    assert await journal.by_key(members, "1", "key", "another account") == found
    assert await journal.by_key(members, "2", "key", "another account") is None


@pytest.mark.parametrize("status", [Status.REJECTED, Status.PAYOUT_FAILED])
async def test_what_the_core_has_decided_is_not_looked_at(members: Store, status: Status) -> None:
    found = replace(recovered(Step(status, NOW, None)), interest=None)
    assert await journal.recover(members, found, LATER)
    entry = await journal.by_serial(members, SERIAL)
    assert entry is not None
    after = await row(members, entry)
    assert (after["status"], after["next_check_at"], after["interest"]) == (status, None, None)


async def test_another_application_under_the_serial_counts(members: Store) -> None:
    entry = await added(members)
    await journal.correct(members, entry, ApplicationKind.RENT, Decimal("600.00"))
    assert await row(members, entry) == BEFORE | {
        "kind": "RENT",
        "amount": "600.00",
        "entered": {},
        "input_hash": "",
    }


# ----- looks ------------------------------------------------------------------------------------------------------


async def several(store: Store, **by_key: dict[str, Any]) -> dict[str, JournalEntry]:
    """By keys, entries of the member 1, or of another one, with these values."""
    entries = {}
    for key, changes in by_key.items():
        new = replace(FEE, key=key, member_id=changes.get("member_id", "1"))
        entries[key] = await added(store, new, **{"status": "ACCEPTED", **changes})
    return entries


def keys(entries: tuple[JournalEntry, ...]) -> list[str]:
    return [entry.key for entry in entries]


@on_each_database
async def test_an_entry_is_found_by_its_member_s_key_or_id(members: Store) -> None:
    entries = await several(members, a={}, b={"member_id": "2"})
    assert await journal.by_key(members, "1", "a", ACCOUNT) == entries["a"]
    assert await journal.by_key(members, "1", "a", "another account") == entries["a"]
    assert await journal.by_key(members, "1", "b", "another account") is None
    assert await journal.by_key(members, "1", "b", ACCOUNT) is None
    assert await journal.by_key(members, "1", "c", ACCOUNT) is None
    assert await journal.by_id(members, "1", entries["a"].application.id) == entries["a"]
    assert await journal.by_id(members, "1", entries["b"].application.id) is None
    serials = [entries["a"].serial, "0"]
    assert await journal.known_serials(members, serials) == {entries["a"].serial: None}


@on_each_database
async def test_the_accounts_of_a_member_s_applications_are_named_once(members: Store) -> None:
    given = [("a", "1", "99"), ("b", "1", "98"), ("c", "1", "99"), ("d", "1", "97"), ("e", "2", "96")]
    for key, member_id, account in given:
        await added(members, replace(FEE, key=key, member_id=member_id, account_number=account), status="ACCEPTED")
    assert await journal.account_numbers(members, "1") == ("97", "98", "99")
    assert await journal.account_numbers(members, "2") == ("96",)
    assert await journal.account_numbers(members, "3") == ()


async def test_an_entry_of_a_release_with_random_serials_is_found_by_its_key(members: Store) -> None:
    entry = await added(members)
    async with members.write() as db:
        await db.execute(update(table).where(table.c.serial == SERIAL).values(serial="0" * 32))
    assert await journal.by_key(members, "1", "key", ACCOUNT) == replace(entry, serial="0" * 32)
    assert await journal.by_key(members, "2", "key", ACCOUNT) is None


@on_each_database
async def test_pages_are_the_member_s_newest_first(members: Store) -> None:
    entries = await several(
        members,
        d={"submitted_at": NOW - HOUR},  # whose ID is the greatest
        a={},
        b={},
        c={},
        f={},
        g={},
        e={"submitted_at": NOW + HOUR},  # whose ID is the least
        other={"member_id": "2"},
        refused={"status": "REFUSED"},
    )
    async with members.write() as db:
        await db.execute(text("DROP INDEX application_by_member"))  # which has that order by itself
    same = sorted("abcfg", key=lambda key: entries[key].application.id, reverse=True)
    whole = ["e", *same, "d"]
    assert keys(await journal.page(members, "1", None, 10)) == whole
    assert await journal.count(members, "1") == 7
    for size in (1, 2, 3):
        after, found = None, []
        while page := await journal.page(members, "1", after, size):
            assert len(page) <= size
            found += keys(page)
            after = page[-1]
        assert found == whole


async def test_what_is_listed_or_handed_out_stays(members: Store) -> None:
    entry = await added(members)
    (listed,) = await journal.page(members, "1", None, 10)
    assert (entry.stays, listed.stays, listed.handed_out) == (False, True, True)
    assert await row(members, entry) == BEFORE | {"handed_out": True}
    assert await journal.hand_out(members, listed) is listed


async def test_a_later_page_is_handed_out_as_it_was_asked_for(members: Store) -> None:
    first, last = {"submitted_at": NOW + HOUR}, {"submitted_at": NOW - HOUR}
    entries = await several(members, first=first, last=last, waits={"status": "CONFIRMING"})
    (listed,) = await journal.page(members, "1", entries["first"], 1)
    assert (listed.key, listed.handed_out) == ("waits", True)


async def test_an_entry_is_handed_out_by_itself(members: Store) -> None:
    other = await added(members, replace(FEE, member_id="2", account_number="2"))
    entry = await added(members)
    handed = await journal.hand_out(members, entry)
    assert handed == replace(entry, handed_out=True)
    assert await journal.by_serial(members, other.serial) == other


async def test_what_may_still_change_is_open(members: Store) -> None:
    statuses = [*(each.value for each in Status if each != Status.CONFIRMING), "REFUSED", "NEWER"]
    await several(members, **{status: {"status": status} for status in statuses})
    await several(members, other={"member_id": "2", "status": "ACCEPTED"})
    await several(members, CONFIRMING={"status": "CONFIRMING"})
    open_ = {"CONFIRMING", "NOT_RECEIVED", "ACCEPTED", "IN_REVIEW", "APPROVED"}
    assert set(keys(await journal.open_of(members, "1"))) == open_


@on_each_database
async def test_what_waits_is_counted_with_its_age(members: Store) -> None:
    assert await journal.count_unconfirmed(members) == (0, None)
    waits = {"status": "CONFIRMING"}
    await several(members, c={}, a={**waits, "submitted_at": NOW, "confirming_since": LATER})
    assert await journal.count_unconfirmed(members) == (1, LATER)
    older = {**waits, "member_id": "2", "submitted_at": NOW - HOUR, "confirming_since": None}
    await several(members, older=older)
    assert await journal.count_unconfirmed(members) == (2, NOW - HOUR)
    assert keys(await journal.unconfirmed(members)) == ["older", "a"]


@on_each_database
async def test_what_is_missing_is_counted_and_listed_the_longest_first(members: Store) -> None:
    assert await journal.count_missing(members) == 0
    entries = await several(members, a={"missing_since": LATER}, b={"missing_since": NOW}, c={})
    assert await journal.count_missing(members) == 2
    assert keys(await journal.missing(members)) == ["b", "a"]
    await made(members, entries["b"], missing_since=LATER + HOUR)
    assert keys(await journal.missing(members)) == ["a", "b"]


# ----- claims -----------------------------------------------------------------------------------------------------


async def test_what_may_be_in_the_core_is_claimed_what_waits_first(members: Store) -> None:
    due = {"next_check_at": NOW}
    await several(
        members,
        rejected={"status": "REJECTED", "next_check_at": NOW - HOUR},
        late={"status": "NOT_RECEIVED", "next_check_at": NOW - DAY},
        refused={"status": "REFUSED", **due},
        soon={"status": "NOT_RECEIVED", "next_check_at": NOW + timedelta(seconds=1)},
        never={"status": "REJECTED", "next_check_at": None},
        theirs={"status": "ACCEPTED", **due},
        waits={"status": "CONFIRMING", **due},
    )
    assert keys(await journal.claim(members, NOW, limit=3)) == ["waits", "late", "rejected"]
    assert keys(await journal.claim(members, NOW)) == ["refused"]
    assert keys(await journal.claim(members, NOW)) == []


async def test_twenty_are_claimed_at_a_time(members: Store) -> None:
    await several(members, **{f"{number}": {"status": "NOT_RECEIVED", "next_check_at": NOW} for number in range(21)})
    assert [len(await journal.claim(members, NOW)) for _ in range(3)] == [20, 1, 0]


@pytest.mark.parametrize(
    ("status", "checks", "seconds"),
    [
        ("CONFIRMING", 0, 2),
        ("CONFIRMING", 3, 16),
        ("CONFIRMING", 7, 256),
        ("CONFIRMING", 8, 300),
        ("REJECTED", 99999, 300),
        ("NOT_RECEIVED", 0, 2),
        ("NOT_RECEIVED", 12, 8192),
        ("NOT_RECEIVED", 24, 2**25),
        ("NOT_RECEIVED", 99999, 2**25),
    ],
)
async def test_pauses_grow(members: Store, status: str, checks: int, seconds: int) -> None:
    entry = await added(members, status=status, checks=checks, next_check_at=NOW)
    (claimed,) = await journal.claim(members, NOW)
    assert claimed == entry
    after = await row(members, entry)
    assert (after["next_check_at"] - NOW, after["checks"]) == (timedelta(seconds=seconds), checks + 1)


async def test_of_what_the_core_has_a_few_are_claimed(members: Store) -> None:
    statuses = [each.value for each in Status if each != Status.CONFIRMING] + ["REFUSED", "NEWER"]
    moments = [NOW - timedelta(seconds=number) for number in range(len(statuses))]
    given = zip(statuses, moments, strict=True)
    entries = await several(members, **{each: {"status": each, "next_check_at": at} for each, at in given})
    assert keys(await journal.claim_under_way(members, NOW, HOUR)) == ["COMPLETED", "APPROVED"]
    assert keys(await journal.claim_under_way(members, NOW, HOUR, limit=9)) == ["IN_REVIEW", "ACCEPTED"]
    assert keys(await journal.claim_under_way(members, NOW, HOUR)) == []
    after = {key: (await row(members, entries[key]))["next_check_at"] - NOW for key in ("COMPLETED", "APPROVED")}
    assert after == {"COMPLETED": DAY, "APPROVED": HOUR}


async def test_only_what_is_claimed_moves_on(members: Store) -> None:
    entries = await several(members, a={"next_check_at": NOW}, b={"next_check_at": LATER})
    await journal.claim_under_way(members, NOW, HOUR)
    after = await row(members, entries["b"])
    assert (after["next_check_at"], after["checks"]) == (LATER, 0)
