"""The documentation: its site builds, is searched in both languages without asking another host, and what it shows of
commands, queries and links is true."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browsers import running_browser
from tests.support.servers import ROOT


def _pages(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.rglob("*.md")) if "node_modules" not in each.parts]


PAGES = [*ROOT.glob("*.md"), *(page for name in ("docs", "deploy", "examples") for page in _pages(ROOT / name))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
CHINESE = [page for page in PAGES if page.name.endswith(".zh.md") and page.parent != ROOT]
FIGURE = re.compile(r"\d+(?:\.\d+)?")
READMES = tuple((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: a link or an anchor that leads nowhere is an error."""
    folder = tmp_path_factory.mktemp("site") / "build"
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(ROOT / "website/mkdocs.yml"), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_reference_has_every_type_and_field_of_the_schema(site: Path) -> None:
    text = "".join(page.read_text("utf-8") for page in (site / "schema").glob("*.html"))
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    for name in ("Account", "RentWithdrawalInput", "ApplicationKind", "Money"):
        assert f'id="{name}"' in text
    fields = {
        name for each in schema.type_map.values() for name in getattr(each, "fields", {}) if each.name[:2] != "__"
    }
    assert [name for name in fields if name not in text] == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("term", "found", "page"),
    [("提取", "提取", "schema/"), ("withdrawal", "ithdraw", "schema/"), ("公积金", "公积金", "zh.html")],
)
def test_the_site_is_searched_in_both_languages_and_asks_no_other_host(
    url: str, tmp_path: Path, term: str, found: str, page: str
) -> None:
    with running_browser(tmp_path, {"performance": "ALL", "browser": "ALL"}) as browser:
        browser.get(f"{url}/index.html?q={term}")
        wait = WebDriverWait(browser, 60)
        wait.until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".md-search-result__item a"))
        results = browser.find_elements(By.CSS_SELECTOR, ".md-search-result__item a")
        hrefs = [str(each.get_attribute("href")) for each in results]
        assert [each for each in hrefs if page in each], hrefs
        assert found in "".join(str(each.get_attribute("textContent")) for each in results).replace("\u200b", "")
        sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]  # type: ignore[no-untyped-call]
        asked = [each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"]
        assert asked
        assert [each for each in asked if not each.startswith((url, "data:", "blob:", "chrome"))] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_queries_that_a_page_shows_fit_the_schema(page: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    for query in re.findall(r"^```graphql\n(.+?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        assert validate(schema, parse(query)) == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_targets_of_make_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^\$ |`)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)) <= targets


def test_each_decision_has_a_number_of_its_own_and_a_line_in_the_list() -> None:
    records = sorted((ROOT / "docs/adr").glob("0*.md"))
    lines = re.findall(
        r"^\| \[(\d{4})\]\((\d{4})-[^)]*\) \|", (ROOT / "docs/adr/README.md").read_text("utf-8"), re.MULTILINE
    )
    assert lines == [(each.name[:4], each.name[:4]) for each in records]
    assert [each.read_text("utf-8").split()[1] for each in records] == [number for number, _ in lines]
    assert len(set(lines)) == len(lines)


def test_both_readmes_say_the_same() -> None:
    for what in (r"^#+ ", r"^\* ", r"^```\w+", r"^\| `[^`]+`", r"\]\((?!README)([^)]+)\)", r"`bff [a-z-]+"):
        english, chinese = (re.findall(what, text.replace(".zh.md)", ".md)"), re.MULTILINE) for text in READMES)
        assert english == chinese


def _shown(text: str) -> dict[str, object]:
    """What is the same in both languages."""
    block = re.compile(r"^ *```.+?^ *```", re.DOTALL | re.MULTILINE)
    names = re.findall(r"`([^`]+)`", block.sub("", text))
    return {
        "blocks of code": block.findall(text),
        "names": {" ".join(each.split()) for each in names},
        "settings": set(re.findall(r"BFF_[A-Z_]+", text)),
        "rows of tables": len(re.findall(r"^\|", text, re.MULTILINE)),
        "sections": [len(each) for each in re.findall(r"^##+(?= )", text, re.MULTILINE)],
    }


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.stem)
def test_a_chinese_page_shows_what_the_english_one_does(page: Path) -> None:
    """A command, a name or a row that changes on one page has to change on the other."""
    english, chinese = (each.read_text("utf-8") for each in (page.with_name(page.name.replace(".zh", "")), page))
    assert _shown(chinese) == _shown(english)
    assert f"[中文]({page.name})" in english


@pytest.mark.parametrize("name", ["drills", "operations/day", "performance"])
def test_both_languages_show_the_same_measurements(name: str) -> None:
    english, chinese = (
        re.findall(r"^\|.*", (ROOT / f"docs/{name}{language}.md").read_text("utf-8"), re.MULTILINE)
        for language in ("", ".zh")
    )
    for row, translated in zip(english, chinese, strict=True):
        assert {*FIGURE.findall(row)} <= {*FIGURE.findall(translated)}, translated


def test_what_the_chinese_readme_leads_to_is_chinese_or_says_that_it_is_not() -> None:
    """English pages are marked（英文）where a Chinese one is not to be had."""
    for name, target, mark in re.findall(r"\[([^\]]+)\]\((docs/[^)]+)\)(（英文）)?", READMES[1]):
        text = re.sub("`[^`]*`", "", (ROOT / target).read_text("utf-8"))  # names are of no language
        chinese = len(re.findall(r"[\u4e00-\u9fff]", text)) > len(re.findall(r"[A-Za-z]", text)) / 5
        assert chinese or mark, name
        assert not (mark and (ROOT / target.replace(".md", ".zh.md")).exists()), name
