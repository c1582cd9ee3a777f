"""Codes and keys that apps decide by, as they stand in the code and in the file that is their contract."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLObjectType

from bff.errors import ApiErrorCode
from bff.rules.refusal import UserErrorCode
from bff.schema import build_schema
from tests.schema import failures
from tests.support.servers import ROOT

CONTRACT = ROOT / "releases" / "codes.txt"
PAGE = ROOT / "docs" / "codes.md"
HEAD = """# What apps decide by. Lines come with features; none is changed or removed without a note in CHANGELOG.md.
"""
SOURCES = sorted(path for path in (ROOT / "bff").rglob("*.py") if "static" not in path.parts)
MAKERS = ("ApiError", "outcome_unknown")


def test_the_contract_has_every_code_and_key() -> None:
    parts = {
        "extensions.code": [each.value for each in ApiErrorCode],
        "keys of extensions": keys(),
        "userErrors.code, refusals.code, problems.code": [each.value for each in UserErrorCode],
    }
    listed = "".join(f"\n{name}\n" + "".join(f"  {each}\n" for each in sorted(part)) for name, part in parts.items())
    assert CONTRACT.read_text(encoding="utf-8") == HEAD + listed


def test_the_page_of_codes_explains_each_in_both_languages() -> None:
    _, errors, refusals = PAGE.read_text(encoding="utf-8").split("\n## ")
    assert sorted(row[0] for row in rows(errors)) == sorted(each.value for each in ApiErrorCode)
    assert sorted(row[0] for row in rows(refusals)) == sorted(each.value for each in UserErrorCode)
    for code, *texts in (*rows(errors), *rows(refusals)):
        assert [text.count("<br>") for text in texts] == [1, 1], code
        assert all(re.search("[\u4e00-\u9fff]", text) and re.match("[A-Z]", text) for text in texts), code


def rows(part: str) -> list[tuple[str, ...]]:
    """Code, what happened and what the app does."""
    return re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", part, re.MULTILINE)


def test_descriptions_have_the_codes_that_a_field_can_fail_with() -> None:
    assert (ROOT / "bff/schema/failures.toml").read_text("utf-8") == failures.failures(), "make schema"


def test_what_hides_codes_is_there() -> None:
    assert {(name, unit) for name, of in failures.Bff().modules.items() for unit in of.units} >= failures.BARRIERS


@pytest.mark.parametrize(
    ("field", "codes"),
    [
        ("Query.faqs", {"BAD_USER_INPUT", "CORE_UNAVAILABLE", "CORE_CLOSED", "CORE_TIMEOUT", "CORE_REJECTED"}),
        ("Mutation.signOut", {"UNAUTHENTICATED"}),
        ("Me.idNumber", {"UNAUTHENTICATED", "QUERY_PASSWORD_REQUIRED"}),
        ("Mutation.refreshSession", {"TOO_MANY_ATTEMPTS", "SESSION_EXPIRED"}),
    ],
)
def test_a_description_says_which_codes(field: str, codes: set[str]) -> None:
    name, _, member = field.partition(".")
    of = build_schema()._schema.type_map[name]
    assert isinstance(of, GraphQLObjectType)
    described = of.fields[member].description or ""
    assert codes == {*re.findall(r"\b[A-Z]+_?[A-Z_]+\b", described.partition("Codes")[2])} - {"INVALID_INPUT"}


def test_every_code_of_an_answer_is_one_of_these() -> None:
    """None is written out where it is used."""
    assert [found for path in SOURCES for found in written_out(path)] == []


def test_every_code_is_produced_somewhere() -> None:
    declared = {ROOT / "bff/errors.py", ROOT / "bff/rules/refusal.py", ROOT / "bff/schema/errors.py"}
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    used = "".join(text for path, text in texts.items() if path not in declared)
    used += texts[ROOT / "bff/errors.py"].partition("class ApiError(")[2]
    used += texts[ROOT / "bff/rules/refusal.py"].partition("class Refusal")[2]
    unused = {
        each for each in (*ApiErrorCode, *UserErrorCode) if not re.search(rf"\bCode\.{each.name}\b", _plain(used))
    }
    assert unused == set()


def _plain(text: str) -> str:
    return text.replace("ApiErrorCode.", "Code.").replace("UserErrorCode.", "Code.")


def keys() -> set[str]:
    """Of `extensions`, and of the problems in it."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in MAKERS:
                found |= {each.arg for each in node.keywords if each.arg}
            elif isinstance(node, ast.Dict) and is_of_errors(path):
                names = {each.value for each in node.keys if isinstance(each, ast.Constant)}
                found |= {str(each) for each in names} if names & {"code", "outcomeUnknown"} else set()
    return found | {"staleness"}


def written_out(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call) and name_of(node.func) in ("request_error", "shown", "_shown"):
            values = node.args[1:]
        elif isinstance(node, ast.Dict) and is_of_errors(path):
            named = zip(node.keys, node.values, strict=True)
            values = [value for key, value in named if isinstance(key, ast.Constant) and key.value == "code"]
        yield from (str(each.value) for each in values if isinstance(each, ast.Constant) and each.value)


def is_of_errors(path: Path) -> bool:
    return path.parent.name == "server" or path.name == "errors.py"


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
