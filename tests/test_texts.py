"""What members read: one word for one thing, whole sentences, no half-width punctuation among Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = sorted(
    path
    for folder in ("rules", "resolvers", "sessions", "graphql", "schema")
    for path in (ROOT / "bff" / folder).glob("*.py")
) + sorted((ROOT / "bff").glob("*.py"))
CONTENT = sorted((ROOT / "sandbox" / "book" / "content").glob("*.json"))
SENTENCES = [path for path in CODE if path.parent.name != "schema" or path.name == "late.py"]
"""Descriptions of the schema are English with the Chinese term."""


def forbidden() -> dict[str, str]:
    """Words that members do not read, and those in their place, out of the glossary."""
    table = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("## What members read")[2]
    rows = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ") and CHINESE.search(line))
    return {row[0].strip(): row[1].strip() for row in rows}


def texts(path: Path) -> Iterator[str]:
    """Texts with Chinese in a file: of a module those that are no docstrings, with {} for what is put in."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        yield source
        return
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | documented:
            text = node.value
        else:
            continue
        if CHINESE.search(text):
            yield text


def test_the_glossary_names_what_members_do_not_read() -> None:
    assert len(forbidden()) > 10
    assert forbidden()["核心系统"] == "业务系统"


@pytest.mark.parametrize("path", [*CODE, *CONTENT], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_one_word_stands_for_one_thing(path: Path) -> None:
    found = [(word, text) for text in texts(path) for word in forbidden() if word in text]
    assert not found, f"docs/glossary.md has other words: {found}"


@pytest.mark.parametrize("path", SENTENCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_punctuation_is_full_width(path: Path) -> None:
    half = re.compile(r"[\u4e00-\u9fff}][,;:!?](?!\d)|[,;:!?][\u4e00-\u9fff]|请于[^，。]*起")
    assert [text for text in texts(path) if half.search(text) and not text.startswith("(")] == []
