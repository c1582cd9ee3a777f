"""A core that has other names for the same things, from its bare WSDL to the screens of the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bff.cli.check.command import check
from bff.cli.check.findings import Finding, FindingState
from bff.settings import Settings
from bff.store.database import Store
from tests.conftest import settings_for
from tests.foreign.front import NAMES, WSDL, running_front
from tests.support.servers import Bff, Core, running_bff

SCREENS = {
    "AccountInfo": {},
    "ContributionDetails": {"first": 20},
    "WithdrawalDetails": {"first": 20},
    "LoanDetails": {"first": 20},
    "ApplicationRecords": {"first": 20},
    "WithdrawalForm": {"kind": "PROPERTY_FEE"},
    "Bulletins": {"first": 5},
    "Outlets": {"first": 5},
}


@pytest.fixture(scope="module")
def foreign(core: Core) -> Iterator[Core]:
    """Another address, and other names; the book is the same."""
    with running_front(core.url) as url:
        yield Core(core.book, url=url)


@pytest.fixture(scope="module")
def connected(foreign: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    folder = tmp_path_factory.mktemp("connected")
    with running_bff(settings_for(foreign, folder, core_wsdl=str(WSDL), core_names_file=NAMES)) as bff:
        yield bff


async def lines_of(settings: Settings) -> dict[str, Finding]:
    store = await Store.open(settings.store_url)
    await store.migrate()
    await store.close()
    return {line.check: line for line in await check(settings)}


async def test_without_a_table_of_names_each_difference_is_told(foreign: Core, tmp_path: Path) -> None:
    lines = await lines_of(settings_for(foreign, tmp_path, core_wsdl=str(WSDL)))
    assert [name for name, line in lines.items() if line.state is FindingState.WRONG] == ["operations"]
    details = lines["operations"].details
    assert "QueryAccount: missing; perhaps getAccount" in details
    assert "Head/QQLSH: missing; perhaps serialNo" in details
    assert any(line.startswith("SubmitApplicationResponse/FHM: missing; perhaps returnCode;") for line in details)


async def test_with_the_operations_alone_the_elements_are_told(foreign: Core, tmp_path: Path) -> None:
    table = tmp_path / "names.toml"
    table.write_text(NAMES.read_text(encoding="utf-8").partition("[elements]")[0])
    lines = await lines_of(settings_for(foreign, tmp_path, core_wsdl=str(WSDL), core_names_file=table))
    assert "QueryAccountResponse/ZHXX: missing; perhaps account" in lines["operations"].details


async def test_with_all_of_them_the_core_is_connected(foreign: Core, tmp_path: Path) -> None:
    lines = await lines_of(settings_for(foreign, tmp_path, core_wsdl=str(WSDL), core_names_file=NAMES))
    assert {name: line.state for name, line in lines.items() if line.state is not FindingState.OK} == {
        "business date": FindingState.LOOK
    }
    assert lines["encodings"].found == "GB 18030, as declared"


async def test_a_key_that_our_contract_does_not_have_is_a_slip_of_the_pen(foreign: Core, tmp_path: Path) -> None:
    table = tmp_path / "names.toml"
    table.write_text(NAMES.read_text(encoding="utf-8") + 'GRZHYEE = "balance"\n')
    lines = await lines_of(settings_for(foreign, tmp_path, core_wsdl=str(WSDL), core_names_file=table))
    assert (lines["operations"].state, lines["operations"].details) == (FindingState.WRONG, ("GRZHYEE",))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("elements = 3", "elements: must be a table"),
        ("[element]\nFHM = 'code'", "element: unknown table, there are operations and elements"),
        ("[elements]\nFHM = 3", "elements.FHM: must be a name in quotes"),
    ],
)
async def test_a_table_of_names_that_is_none(foreign: Core, tmp_path: Path, text: str, reason: str) -> None:
    table = tmp_path / "names.toml"
    table.write_text(text)
    lines = await lines_of(settings_for(foreign, tmp_path, core_wsdl=str(WSDL), core_names_file=table))
    assert lines["wsdl"].found.endswith(f"{table}: {reason}")


@pytest.mark.parametrize("screen", SCREENS)
def test_each_screen_shows_what_it_shows_with_our_own_names(bff: Bff, connected: Bff, screen: str) -> None:
    variables = SCREENS[screen]
    answers = [server.data(screen, variables, server.sign_in("13800000001")) for server in (bff, connected)]
    assert answers[0] == answers[1]


def test_the_account_screen_has_the_right_figures(connected: Bff) -> None:
    account = connected.data("AccountInfo", token=connected.sign_in("13800000001"))["me"]["account"]
    assert account["balance"] == {"total": "30921.43", "carriedForward": "24543.43", "currentYear": "6378.00"}


def test_an_application_arrives_under_its_other_name(fresh_core: Core, tmp_path: Path) -> None:
    with running_front(fresh_core.url) as url:
        settings = settings_for(Core(fresh_core.book, url=url), tmp_path, core_wsdl=str(WSDL), core_names_file=NAMES)
        with running_bff(settings) as bff:
            asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
            payload = bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, bff.sign_in("13800000002"))
    assert payload["applyPropertyFeeWithdrawal"]["userErrors"] == []
    assert payload["applyPropertyFeeWithdrawal"]["application"]["status"] == "ACCEPTED"
    assert fresh_core.calls()["SubmitApplication"] == 1
