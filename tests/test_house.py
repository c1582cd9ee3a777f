"""The house rules that a tool can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, get_introspection_query, graphql_sync, parse, validate

from bff.cli.dev_examples import operations_of
from bff.cli.main import main
from bff.schema import build_schema as schema_of_the_code

ROOT = Path(__file__).parents[1]
BUILT = ("account", "applications", "details", "information", "session")
"""Files of app/ that the schema serves so far."""


CHILDREN = {
    "app", "applications", "cache", "cli", "context", "errors", "legacy", "network", "observability", "preflight",
    "resolvers", "rules", "schema", "security", "server", "services", "settings", "store",
}  # fmt: skip
"""Of bff. A new one needs its place in the order of pyproject.toml, and an ADR that says why none of these would do."""


def test_bff_has_the_declared_children() -> None:
    found = subprocess.run(["git", "ls-files", "bff"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {Path(line).parts[1].removesuffix(".py") for line in found.split() if line.endswith(".py")}
    assert names - {"__init__", "__main__"} == CHILDREN


def test_no_module_imports_bff_for_type_checkers_alone() -> None:
    """A circle that hides behind TYPE_CHECKING is a circle."""
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "bff").rglob("*.py"))
        for block in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bff"
    ]
    assert hidden == []


def classes_and_docstrings() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted((ROOT / "bff").rglob("*.py")):
        if not {"static", "migrations"} & {*path.parts}:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield path, node


def test_no_two_classes_have_one_name() -> None:
    """But for the schema, whose types are called as clients know them, after the records that they show."""
    found = [
        node.name
        for path, node in classes_and_docstrings()
        if isinstance(node, ast.ClassDef) and "schema" not in path.parts
    ]
    assert [name for name, times in Counter(found).items() if times > 1] == []


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    riddles = [
        (str(path.relative_to(ROOT)), getattr(node, "name", ""))
        for path, node in classes_and_docstrings()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and re.match(r"(nobody|somebody|whoever|who|likewise|the same)\b", ast.get_docstring(node) or "", re.IGNORECASE)
    ]
    assert riddles == []


def test_imports_follow_the_order_of_the_house() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


ANSWERS, IN_CHINESE = (
    re.findall(r"`(bff/[^`]+\.py)::(\w+)` \|$", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE)
    for page in ("where.md", "where.zh.md")
)


def test_twenty_questions_are_answered() -> None:
    assert len(ANSWERS) == len(set(ANSWERS)) == 20
    assert ANSWERS == IN_CHINESE


@pytest.mark.parametrize(("file", "name"), ANSWERS)
def test_what_is_said_to_be_somewhere_is_there(file: str, name: str) -> None:
    module = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in [each.name for each in module.body if isinstance(each, kinds)]


def test_schema_graphql_is_the_schema_of_the_code() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == schema_of_the_code().as_str() + "\n"


@pytest.mark.parametrize(("lang", "page"), [("en", "settings.md"), ("zh", "settings.zh.md")])
def test_the_settings_page_has_every_setting(lang: str, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["settings", "--lang", lang])
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == capsys.readouterr().out


@pytest.fixture(scope="module")
def published() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", BUILT)
def test_the_apps_operations_are_valid(name: str, published: GraphQLSchema) -> None:
    operations = operations_of((ROOT / "app" / f"{name}.graphql").read_text(encoding="utf-8"))
    assert operations
    for document in operations.values():
        assert validate(published, parse(document)) == []


def test_everything_is_described_in_english_and_chinese(published: GraphQLSchema) -> None:
    answer = graphql_sync(published, get_introspection_query()).data
    assert answer is not None
    missing = [path for path, text in _described(answer["__schema"]["types"]) if not _bilingual(text)]
    assert missing == []


def _bilingual(text: str | None) -> bool:
    return (
        bool(text)
        and any("\u4e00" <= c <= "\u9fff" for c in text or "")
        and any(c.isascii() and c.isalpha() for c in text or "")
    )


def _described(types: list[dict[str, object]]) -> list[tuple[str, str | None]]:
    """Path and description of every type, field, argument, input field and enum value that is ours."""
    standard = {"Boolean", "Float", "ID", "Int", "String"}
    found: list[tuple[str, str | None]] = []

    def walk(path: str, node: dict[str, object]) -> None:
        found.append((path, node.get("description")))  # type: ignore[arg-type] # introspection gives str or null
        for key in ("fields", "inputFields", "enumValues", "args"):
            for child in node.get(key) or ():  # type: ignore[attr-defined] # a list of objects, likewise
                walk(f"{path}.{child['name']}", child)

    for each in types:
        if not str(each["name"]).startswith("__") and each["name"] not in standard:
            walk(str(each["name"]), each)
    return found
