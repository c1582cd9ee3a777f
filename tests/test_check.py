"""`bff check`: whatever is wrong, its line is red, and nothing else but what follows from it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bff.cli.check.command import check
from bff.cli.check.findings import Finding, FindingState
from bff.cli.check.report import table
from bff.cli.main import main
from bff.legacy.standard.contract import PACKAGED_WSDL
from bff.settings import Settings
from bff.store.database import Store, latest_revision
from tests.conftest import settings_for
from tests.legacy.conftest import http, playing
from tests.support.certificates import certificate, tls_front
from tests.support.servers import Core, running_core
from tests.support.services import redis_url

PROBED = {"customer", "collection", "loan", "application", "information"}
ANSWERS = PROBED | {"credentials", "clock", "business date", "encodings", "hours"}
"""What a core that does not answer leaves unchecked."""


async def migrated(settings: Settings) -> Settings:
    store = await Store.open(settings.store_url)
    await store.migrate()
    await store.close()
    return settings


def among(lines: Iterable[Finding], state: FindingState) -> dict[str, Finding]:
    return {line.check: line for line in lines if line.state is state}


def wrong(lines: list[Finding]) -> dict[str, Finding]:
    return among(lines, FindingState.WRONG)


def not_checked(lines: list[Finding]) -> set[str]:
    return set(among(lines, FindingState.NOT_CHECKED))


async def test_all_is_well_with_the_practice_core_whose_date_alone_deserves_a_look(core: Core, tmp_path: Path) -> None:
    lines = await check(await migrated(settings_for(core, tmp_path)))
    assert (wrong(lines), not_checked(lines)) == ({}, set())
    assert list(among(lines, FindingState.LOOK)) == ["business date"]
    assert len(lines) == 21


async def test_nothing_is_written_to_the_core(fresh_core: Core, tmp_path: Path) -> None:
    await check(await migrated(settings_for(fresh_core, tmp_path)))
    assert fresh_core.calls() == {
        "QueryCustomer": 1,
        "QueryAccount": 1,
        "QueryLoans": 1,
        "QueryApplication": 1,
        "QueryCalendar": 1,
    }


async def test_a_store_is_looked_at_and_not_made(core: Core, tmp_path: Path) -> None:
    lines = await check(settings_for(core, tmp_path / "new"))
    assert list(wrong(lines)) == ["migrations"]
    assert wrong(lines)["migrations"].do == "run `bff migrate`"
    assert not (tmp_path / "new").exists()


async def test_tables_of_a_newer_server_are_worth_a_look(core: Core, tmp_path: Path) -> None:
    settings = await migrated(settings_for(core, tmp_path))
    with closing(sqlite3.connect(tmp_path / "bff.sqlite3")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    lines = await check(settings)
    assert wrong(lines) == {}
    assert among(lines, FindingState.LOOK)["migrations"].found.startswith("the tables are at 9999, newer")


async def test_a_store_that_is_none(core: Core, tmp_path: Path) -> None:
    (tmp_path / "bff.sqlite3").write_bytes(b"no database at all " * 100)
    lines = await check(settings_for(core, tmp_path))
    assert wrong(lines)["store"].found.endswith("file is not a database")
    assert (list(wrong(lines)), not_checked(lines)) == (["store"], {"migrations"})


async def test_the_password_of_the_store_is_not_shown(core: Core, tmp_path: Path) -> None:
    url = "postgresql+asyncpg://bff:hidden-word@127.0.0.1:1/bff"
    lines = await check(settings_for(core, tmp_path, database_url=url))
    assert list(wrong(lines)) == ["store"]
    assert "hidden-word" not in table(lines, 200, coloured=False)


async def test_a_cache_that_is_not_there(core: Core, tmp_path: Path) -> None:
    pytest.importorskip("redis")
    lines = await check(await migrated(settings_for(core, tmp_path, cache_url="redis://127.0.0.1:1/0")))
    assert list(wrong(lines)) == ["cache"]


@pytest.mark.services
async def test_a_shared_cache_is_written_to_and_read(core: Core, tmp_path: Path) -> None:
    lines = await check(await migrated(settings_for(core, tmp_path, cache_url=redis_url())))
    assert [line.found for line in lines if line.check == "cache"] == ["written, read and deleted"]


async def test_a_bad_policy_file(core: Core, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("surprise = 1\n")
    lines = await check(await migrated(settings_for(core, tmp_path, policy_file=policy)))
    assert list(wrong(lines)) == ["policy"]
    assert str(policy) in wrong(lines)["policy"].found


async def test_a_rates_file_that_is_not_there(core: Core, tmp_path: Path) -> None:
    lines = await check(await migrated(settings_for(core, tmp_path, rates_file=tmp_path / "rates.toml")))
    assert list(wrong(lines)) == ["rates"]


@pytest.mark.parametrize("more", [{"core_username": "", "core_password": ""}, {"core_password": "guess"}])
async def test_without_credentials_and_with_wrong_ones(core: Core, tmp_path: Path, more: dict[str, str]) -> None:
    lines = await check(await migrated(settings_for(core, tmp_path, **more)))
    assert (list(wrong(lines)), not_checked(lines)) == (["credentials"], PROBED | {"business date", "hours"})


@pytest.mark.parametrize(("seconds", "said"), [(600, "ahead of"), (-600, "behind")])
async def test_a_core_whose_clock_is_ten_minutes_off(book: Path, tmp_path: Path, seconds: int, said: str) -> None:
    """It refuses every message as too old, so whether the password is right cannot be known."""
    with running_core(book, "--ahead", str(seconds)) as core:
        lines = await check(await migrated(settings_for(core, tmp_path)))
    assert list(wrong(lines)) == ["clock"]
    found = re.fullmatch(rf"the core's is (\d+) s {said} ours", wrong(lines)["clock"].found)
    assert found
    assert 595 <= int(found[1]) <= 605
    assert not_checked(lines) == PROBED | {"credentials", "business date", "hours"}


async def test_against_nothing(core: Core, tmp_path: Path) -> None:
    lines = await check(await migrated(settings_for(core, tmp_path, core_url="http://127.0.0.1:1")))
    assert (list(wrong(lines)), not_checked(lines)) == (["connection"], ANSWERS | {"tls"})


async def test_a_core_that_is_closed_is_no_mistake(fresh_core: Core, tmp_path: Path) -> None:
    fresh_core.break_("*", "closed")
    lines = await check(await migrated(settings_for(fresh_core, tmp_path)))
    assert wrong(lines) == {}
    assert (
        among(lines, FindingState.LOOK)["hours"].found
        == "the core is closed until 2018-10-26 08:30 of the centre's time"
    )
    assert not_checked(lines) == PROBED | {"credentials", "business date"}


async def test_one_service_that_breaks_hides_no_other(fresh_core: Core, tmp_path: Path) -> None:
    fresh_core.break_("loan", "fault")
    lines = await check(await migrated(settings_for(fresh_core, tmp_path)))
    assert (list(wrong(lines)), not_checked(lines)) == (["loan"], set())


async def test_a_core_that_hangs_is_waited_for_no_longer_than_set(fresh_core: Core, tmp_path: Path) -> None:
    fresh_core.break_("*", "hang")
    lines = await check(await migrated(settings_for(fresh_core, tmp_path, core_timeout=0.3)))
    assert set(wrong(lines)) == PROBED
    assert not_checked(lines) == ANSWERS - PROBED


async def test_a_reply_that_says_utf_8_and_is_gbk(tmp_path: Path) -> None:
    body = '<?xml version="1.0" encoding="UTF-8"?><答复/>'.encode("gbk")

    async def play(_: object, writer: object, __: str) -> None:
        writer.write(http(200, body))  # type: ignore[attr-defined] # a stream's

    async with playing(play) as (_, played):
        lines = await check(await migrated(Settings(data_dir=tmp_path, core_url=played.url)))
    assert set(wrong(lines)) == PROBED | {"encodings"}
    assert wrong(lines)["encodings"].details[0] == "QueryCustomer: UTF-8 declared, GB 18030 sent"


def changed_wsdl(folder: Path, *changes: tuple[str, str]) -> str:
    """The WSDL and its XSD with other texts in them."""
    for file in (PACKAGED_WSDL, PACKAGED_WSDL.with_name("core.xsd")):
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    return str(folder / PACKAGED_WSDL.name)


Checked = Callable[..., Awaitable[list[Finding]]]


@pytest.fixture
async def checked_with(core: Core, tmp_path: Path) -> Checked:
    """Checks with the WSDL changed so."""

    async def checked(*changes: tuple[str, str]) -> list[Finding]:
        wsdl = changed_wsdl(tmp_path, *changes)
        return await check(await migrated(settings_for(core, tmp_path, core_wsdl=wsdl)))

    return checked


async def test_a_renamed_element_is_told_by_its_path_and_its_likely_new_name(checked_with: Checked) -> None:
    lines = await checked_with(('"GRZHDNGJYE"', '"DNGJYE"'))
    assert (list(wrong(lines)), not_checked(lines)) == (["operations"], set())
    assert wrong(lines)["operations"].details == (
        "QueryAccountResponse/ZHXX/GRZHDNGJYE: missing; perhaps DNGJYE",
        "QueryAccountDetailsResponse/MXYE/MX/GRZHDNGJYE: missing; perhaps DNGJYE",
    )


async def test_an_element_of_another_type(checked_with: Checked) -> None:
    lines = await checked_with(('<xs:element name="DKLL" type="Rate"/>', '<xs:element name="DKLL" type="xs:date"/>'))
    assert list(wrong(lines)) == ["operations"]
    assert wrong(lines)["operations"].details == (
        "QueryLoansResponse/DKLB/DK/DKLL: another type: number here, date there",
    )


async def test_an_element_that_we_can_do_without_is_worth_a_look(checked_with: Checked) -> None:
    lines = await checked_with(('<xs:element name="SWTYHMC" type="Text" minOccurs="0" nillable="true"/>', ""))
    assert wrong(lines) == {}
    assert among(lines, FindingState.LOOK)["operations"].details == (
        "QueryLoansResponse/DKLB/DK/SWTYHMC: absent, and we can do without",
    )


async def test_an_element_that_is_sent_only_to_who_takes_it_is_worth_a_look(checked_with: Checked) -> None:
    lines = await checked_with(('<xs:element name="YHZE" type="Money" minOccurs="0"/>', ""))
    assert wrong(lines) == {}
    assert among(lines, FindingState.LOOK)["operations"].details == (
        "SubmitApplication/YHZE: absent, and we can do without",
    )


async def test_a_renamed_operation_is_not_tried(checked_with: Checked) -> None:
    lines = await checked_with(('name="QueryLoans"', 'name="ListLoans"'), ('"tns:QueryLoans"', '"tns:ListLoans"'))
    assert (list(wrong(lines)), not_checked(lines)) == (["operations"], {"loan"})
    assert wrong(lines)["operations"].details == ("QueryLoans: missing; perhaps ListLoans",)


async def test_what_a_core_demands_and_we_cannot_give(checked_with: Checked) -> None:
    asked = '<xs:element name="QueryLoans"><xs:complexType><xs:sequence>'
    lines = await checked_with((asked, f'{asked}<xs:element name="JGH" type="Code"/>'))
    assert (list(wrong(lines)), not_checked(lines)) == (["operations"], {"loan"})
    assert wrong(lines)["operations"].details == ("QueryLoans/JGH: demanded, and we have nothing for it",)


async def test_a_wsdl_that_is_none(core: Core, tmp_path: Path) -> None:
    wsdl = tmp_path / "core.wsdl"
    wsdl.write_text("<html>moved</html>")
    lines = await check(await migrated(settings_for(core, tmp_path, core_wsdl=str(wsdl))))
    assert list(wrong(lines)) == ["wsdl"]
    assert not_checked(lines) == ANSWERS | {"operations"}


async def test_a_wsdl_behind_a_url_is_read_from_there(core: Core, tmp_path: Path) -> None:
    url = f"{core.url}/services/loan?wsdl"
    lines = await check(await migrated(settings_for(core, tmp_path, core_wsdl=url, core_url="")))
    assert wrong(lines) == {}


async def test_a_wsdl_behind_https_is_read_with_the_centre_s_own_authority(core: Core, tmp_path: Path) -> None:
    made, key = certificate(tmp_path / "tls", days=90)
    async with tls_front(core.url, made, key) as url:
        more = {"core_wsdl": f"{url}/services/loan?wsdl", "core_url": url}
        trusted = await check(await migrated(settings_for(core, tmp_path, core_ca_file=made, **more)))
        untrusted = await check(settings_for(core, tmp_path, **more))
    assert wrong(trusted) == {}
    assert set(wrong(untrusted)) == {"wsdl", "tls"}


@pytest.mark.parametrize(
    ("days", "state", "found"),
    [
        (400.5, FindingState.OK, r"localhost:\d+, TLSv1.3, its certificate ends on [\d-]+, in 400 days"),
        (12.5, FindingState.LOOK, r"localhost:\d+, TLSv1.3, its certificate ends on [\d-]+, in 12 days"),
    ],
)
async def test_the_days_that_a_certificate_has_left(
    core: Core, tmp_path: Path, days: float, state: FindingState, found: str
) -> None:
    made, key = certificate(tmp_path / "tls", days=days)
    async with tls_front(core.url, made, key) as url:
        lines = await check(await migrated(settings_for(core, tmp_path, core_url=url, core_ca_file=made)))
    (line,) = (line for line in lines if line.check == "tls")
    assert line.state is state
    assert re.fullmatch(found, line.found)
    assert (wrong(lines), not_checked(lines)) == ({}, set())


async def test_a_certificate_that_has_ended(core: Core, tmp_path: Path) -> None:
    made, key = certificate(tmp_path / "tls", days=-3.5)
    async with tls_front(core.url, made, key) as url:
        lines = await check(await migrated(settings_for(core, tmp_path, core_url=url, core_ca_file=made)))
    assert list(wrong(lines)) == ["tls"]
    assert wrong(lines)["tls"].found.endswith("certificate has expired")
    ended = f"{datetime.now(UTC) - timedelta(days=3.5):%Y-%m-%d}"
    assert wrong(lines)["tls"].details == (f"its certificate ended on {ended}, 4 days ago",)
    assert not_checked(lines) == ANSWERS


async def test_a_certificate_of_another_host(core: Core, tmp_path: Path) -> None:
    made, key = certificate(tmp_path / "tls", days=90, host="core.example")
    async with tls_front(core.url, made, key) as url:
        lines = await check(await migrated(settings_for(core, tmp_path, core_url=url, core_ca_file=made)))
    assert list(wrong(lines)) == ["tls"]
    assert "Hostname mismatch" in wrong(lines)["tls"].found


async def test_a_certificate_that_nobody_trusts(core: Core, tmp_path: Path) -> None:
    made, key = certificate(tmp_path / "tls", days=90)
    async with tls_front(core.url, made, key) as url:
        lines = await check(await migrated(settings_for(core, tmp_path, core_url=url)))
    assert list(wrong(lines)) == ["tls"]
    assert "BFF_CORE_CA_FILE" in wrong(lines)["tls"].do


async def test_our_own_certificate_ends_soon(core: Core, tmp_path: Path) -> None:
    made, key = certificate(tmp_path / "tls", days=5.5)
    more = {"core_client_cert": made, "core_client_key": key}
    lines = await check(await migrated(settings_for(core, tmp_path, **more)))
    assert "our certificate ends on" in among(lines, FindingState.LOOK)["tls"].found


@pytest.fixture
def environment(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BFF_CORE_URL", core.url)
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))
    return monkeypatch


def test_the_command_prints_a_table_and_its_status_is_0(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["migrate"])
    assert main(["check"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^customer +ok +QueryCustomer: no such person, as expected$", shown, re.MULTILINE)
    assert shown.endswith("20 ok, 1 look, 0 wrong, 0 not checked\n")


def test_the_status_is_1_when_something_is_wrong_also_as_json(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["green"] is False
    assert answer["lines"][4] == {
        "check": "migrations",
        "state": "wrong",
        "found": f"the tables are at nothing, the code at {latest_revision()}",
        "details": [],
        "do": "run `bff migrate`",
    }


def test_settings_that_cannot_be_read_are_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("BFF_CORE_TIMEOUT", "soon")
    assert main(["check", "--json"]) == 1
    first, *others = json.loads(capsys.readouterr().out)["lines"]
    assert (first["state"], first["details"][0].partition(":")[0]) == ("wrong", "BFF_CORE_TIMEOUT")
    assert {line["state"] for line in others} == {"not checked"}
    assert len(others) == 20
