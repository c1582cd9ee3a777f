"""GraphiQL in a real Chromium that can resolve no other host."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from bff.cli import dev
from bff.server.graphiql import STATIC
from tests.conftest import settings_for
from tests.support.browsers import running_browser
from tests.support.servers import OPERATIONS, Bff, Core, running_bff

pytestmark = pytest.mark.browser

RESPONSE = "return __MONACO.editor.getModels().find(m => m.uri.path.endsWith('response.json'))?.getValue() ?? ''"
EDIT = """const [name, text] = arguments;
__MONACO.editor.getModels().find(m => m.uri.path.endsWith(name)).setValue(text)"""
FOUND = """return [...document.querySelectorAll('[data-cy="doc-explorer-option"]')].map(each => each.textContent)"""
HOSTS = "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).host)"


@pytest.fixture(scope="module")
def ide(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    if not (STATIC / "index.html").is_file():
        pytest.fail("GraphiQL is not built: run `make graphiql`")
    with running_bff(settings_for(core, tmp_path_factory.mktemp("ide")), ide=dev.ide(core.url)) as bff:
        yield bff


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with running_browser(tmp_path / "profile", {"browser": "ALL"}) as browser:
        yield browser


def wait(browser: webdriver.Chrome, condition: Any, seconds: float = 60) -> Any:
    return WebDriverWait(browser, seconds).until(condition)


def open_ide(browser: webdriver.Chrome, ide: Bff) -> None:
    """As the link that the command line prints: signed in as 段小梅 in one step."""
    browser.get(f"{ide.url}/graphiql#as=13800000001")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".graphiql-query-editor .view-line"))
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, '[data-testid="signed-in-as"]'))


def run(browser: webdriver.Chrome) -> dict[str, Any]:
    browser.find_element(By.CSS_SELECTOR, ".graphiql-execute-button").click()
    text = wait(browser, lambda b: (found := b.execute_script(RESPONSE)) and '"data"' in found and found)
    answer: dict[str, Any] = json.loads(text)
    return answer


def edit(browser: webdriver.Chrome, operation: str, variables: Any) -> None:
    """Into the open tab, which is called after its operation once GraphiQL has seen it."""
    browser.execute_script(EDIT, "variables.json", json.dumps(variables))
    browser.execute_script(EDIT, "operation.graphql", OPERATIONS[operation])
    wait(browser, lambda b: operation in b.find_element(By.CSS_SELECTOR, ".graphiql-tab-active").text)
    browser.execute_script(EDIT, "response.json", "")


def test_one_click_runs_account_info_with_the_manuals_figures(ide: Bff, browser: webdriver.Chrome) -> None:
    open_ide(browser, ide)
    answer = run(browser)
    assert "errors" not in answer
    assert answer["data"]["me"]["account"]["balance"]["total"] == "30921.43"
    assert answer["data"]["me"]["loans"][0]["balance"] == "187167.54"
    if folder := os.environ.get("BFF_SCREENSHOTS"):
        browser.save_screenshot(str(Path(folder) / "graphiql.png"))


def test_nothing_is_asked_of_another_host(ide: Bff, browser: webdriver.Chrome) -> None:
    open_ide(browser, ide)
    run(browser)
    assert set(browser.execute_script(HOSTS)) == {ide.url.removeprefix("http://")}


def test_no_token_is_kept_when_the_page_is_left(ide: Bff, browser: webdriver.Chrome) -> None:
    open_ide(browser, ide)
    run(browser)
    stored = browser.execute_script("return JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Bearer" not in stored
    assert "Practice-2018" not in stored


def test_the_tabs_hold_the_apps_operations(ide: Bff, browser: webdriver.Chrome) -> None:
    open_ide(browser, ide)
    titles = [tab.text for tab in browser.find_elements(By.CSS_SELECTOR, ".graphiql-tab-button")]
    assert titles == ["AccountInfo", "ContributionDetails", "WithdrawalDetails", "LoanDetails"]


@pytest.fixture
def fresh_ide(fresh_core: Core, tmp_path: Path) -> Iterator[Bff]:
    with running_bff(settings_for(fresh_core, tmp_path / "bff"), ide=dev.ide(fresh_core.url)) as bff:
        yield bff


def test_mutations_and_subscriptions_run_under_the_strict_policy(
    fresh_ide: Bff, fresh_core: Core, browser: webdriver.Chrome
) -> None:
    open_ide(browser, fresh_ide)
    asked = {"idempotencyKey": "8f14e45f-ceea-467f-a1b2-0c5d9b3a7e11", "expectedAmount": "1500.00"}
    edit(browser, "ApplyPropertyFeeWithdrawal", {"input": asked})
    applied = run(browser)["data"]["applyPropertyFeeWithdrawal"]
    assert applied["userErrors"] == []

    edit(browser, "ApplicationProgress", {"id": applied["application"]["id"]})
    assert run(browser)["data"]["applicationProgress"]["status"] == "ACCEPTED"
    serial = serial_of(fresh_core, applied["application"]["reference"])
    fresh_core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    wait(browser, lambda b: "COMPLETED" in b.execute_script(RESPONSE))
    said = browser.get_log("browser")  # type: ignore[no-untyped-call] # of Selenium
    assert [each for each in said if "Content Security Policy" in each["message"]] == []


def serial_of(core: Core, reference: str) -> str:
    """As the operator's page would show it; the book is the core's own file."""
    with closing(sqlite3.connect(core.book)) as book:
        ((serial,),) = book.execute("SELECT SQLSH FROM application WHERE SLBH = ?", (reference,)).fetchall()
    return str(serial)


def open_example(browser: webdriver.Chrome, name: str) -> None:
    browser.find_element(By.XPATH, "//button[text()='示例']").click()
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".examples [role=menuitem]"))
    item = browser.find_element(By.XPATH, f"//*[@role='menuitem'][text()='{name}']")
    browser.execute_script("arguments[0].scrollIntoView()", item)
    item.click()
    wait(browser, lambda b: name in b.find_element(By.CSS_SELECTOR, ".graphiql-tab-active").text)


def shoot(browser: webdriver.Chrome, name: str) -> None:
    if folder := os.environ.get("BFF_SCREENSHOTS"):
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_the_page_has_the_core_s_pages_and_only_its_panes_scroll(
    ide: Bff, core: Core, browser: webdriver.Chrome
) -> None:
    open_ide(browser, ide)
    pages = {each.text: each.get_attribute("href") for each in browser.find_elements(By.CSS_SELECTOR, ".top-bar a")}
    assert pages == {
        "短信 / SMS": f"{core.url}/inbox",
        "会计日期 / Clock": f"{core.url}/clock",
        "业务申请 / Applications": f"{core.url}/applications",
        "人员 / People": f"{core.url}/",
    }
    browser.execute_script("window.scrollTo(0, 1000)")
    assert browser.execute_script("return window.scrollY") == 0
    shoot(browser, "graphiql")


def test_the_documentation_is_searched_for_chinese_terms(ide: Bff, browser: webdriver.Chrome) -> None:
    open_ide(browser, ide)
    browser.find_element(By.CSS_SELECTOR, '[aria-label="Show Documentation Explorer"]').click()
    box = wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, ".graphiql-doc-explorer-search input"))
    box.send_keys("提取")

    def found() -> list[str]:
        """Read at once: the list is made anew while somebody types."""
        texts: list[str] = browser.execute_script(FOUND)
        return texts

    wait(browser, lambda _: "Mutation.applyRentWithdrawal" in found())
    shoot(browser, "docs-search")
    box.send_keys(Keys.CONTROL + "a")
    box.send_keys("withdrawalKind")
    wait(browser, lambda _: found()[:1] == ["WithdrawalKind"])


def test_every_operation_of_the_app_is_an_example_that_is_ready_to_run(
    fresh_ide: Bff, browser: webdriver.Chrome
) -> None:
    open_ide(browser, fresh_ide)
    wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, '[data-username="13800000001"]'))
    browser.find_element(By.XPATH, "//button[text()='示例']").click()
    shoot(browser, "examples")
    items = [each.text.split("\n")[0] for each in browser.find_elements(By.CSS_SELECTOR, ".examples [role=menuitem]")]
    assert sorted(each.removesuffix("写 / writes").strip() for each in items) == sorted(OPERATIONS)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".examples .writes")) == 18
    browser.find_element(By.CSS_SELECTOR, ".examples").send_keys(Keys.ESCAPE)
    for name, field in (("ApplyPropertyFeeWithdrawal", "applyPropertyFeeWithdrawal"), ("ApplicationRecord", "me")):
        open_example(browser, name)
        browser.execute_script(EDIT, "response.json", "")
        answer = run(browser)["data"][field]
        made = answer["application"]
        assert (made["kind"], made["amount"]) == ("PROPERTY_FEE", "1500.00")
        shoot(browser, name)
