"""docs/security.md and its translation: every test that they name exists, and what no other test shows."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bff.settings import Settings
from bff.store.database import Store
from tests.support.servers import ROOT, Bff

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
BOTH = PAGE + (ROOT / "docs" / "security.zh.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", BOTH)))
ROW = re.compile(r"^\| (?!Who|Point|Requirement|---)(.+) \|$", re.MULTILINE)


@cache
def names_in(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in found if each.name.startswith("test_"))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[f"{file}::{name}" for file, name in NAMED])
def test_every_test_that_the_page_names_exists(file: str, name: str) -> None:
    tests = names_in(ROOT / "tests" / file)
    assert name in tests if name else tests


def test_every_row_but_those_of_who_and_why_names_a_test() -> None:
    rows = [each for each in ROW.findall(PAGE.partition("## OWASP")[2]) if set(each) - set("-| ")]
    assert len(rows) > 45
    assert [row for row in rows if ".py" not in row] == []


def test_every_setting_that_the_page_names_exists() -> None:
    assert set(re.findall(r"BFF_[A-Z_]+", BOTH)) <= {f"BFF_{name.upper()}" for name in Settings.model_fields}


def test_no_cookie_is_set_and_none_signs_in(bff: Bff) -> None:
    """What a browser would send by itself is worth nothing."""
    token = bff.sign_in("13800000001")
    body = {"query": "{ me { name } }"}
    signed_in = bff.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
    assert signed_in.json()["data"]["me"]["name"] == "段小梅"
    assert "set-cookie" not in signed_in.headers
    cookies = f"token={token}; accessToken={token}; authorization=Bearer {token}"
    by_cookie = bff.client.post("/graphql", json=body, headers={"Cookie": cookies})
    assert by_cookie.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_store_s_file_is_for_its_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "bff.sqlite3"
    store = await Store.open(f"sqlite+aiosqlite:///{file}")
    await store.migrate()
    await store.close()
    assert oct(file.stat().st_mode & 0o777) == "0o600"
