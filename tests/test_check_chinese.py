"""`bff check` in Chinese: the catalogue has every sentence that a check can write, and the table keeps its columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.cli.check import chinese
from bff.cli.check.command import OTHERS
from bff.cli.check.findings import Finding, FindingState, look, wrong
from bff.cli.check.report import table
from bff.cli.main import main
from tests.support.servers import ROOT, Core

CHINESE = re.compile(r"[\u4e00-\u9fff]")
BFF = ROOT / "bff"
CHECKS = sorted((BFF / "cli" / "check").glob("*.py"))
RAISING = [
    BFF / "preflight.py",
    *sorted((BFF / "settings").glob("*.py")),
    *sorted((BFF / "rules" / "policy").glob("*.py")),
]
CALLS = [BFF / "legacy" / "standard" / name for name in ("client.py", "envelope.py", "transport.py")]
CALLS += sorted((BFF / "legacy" / "resilience").glob("*.py"))
WORDS = re.compile(r"[a-z'] [a-z(`]")
NO_SENTENCES = {"business date", "not checked"}


def text_of(node: ast.expr) -> str:
    """With x for what is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def sentences(path: Path) -> Iterator[str]:
    """All texts of words in a module of checks, but docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        told = isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts | documented
        if told and WORDS.search(text := text_of(node)):  # type: ignore[arg-type] # checked in the line before
            yield text


def reasons(path: Path) -> Iterator[str]:
    """Texts that errors are raised, or problems told, with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if re.fullmatch(r"error|\w*Error|Core(?!Settings)\w+", name):
                yield from (text for each in node.args if WORDS.search(text := text_of(each)))
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from (text for each in node.value.elts if WORDS.search(text := text_of(each)))


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.name)
def test_every_sentence_of_a_check_has_a_translation(path: Path) -> None:
    if path.name not in ("chinese.py", "report.py"):
        missing = [text for text in sentences(path) if not CHINESE.search(chinese.chinese(text))]
        assert set(missing) <= NO_SENTENCES


@pytest.mark.parametrize("path", [*RAISING, *CALLS], ids=lambda path: path.name)
def test_every_reason_that_a_check_passes_on_has_a_translation(path: Path) -> None:
    assert [text for text in reasons(path) if not CHINESE.search(chinese.chinese(text))] == []


def test_the_reasons_are_found() -> None:
    found = [text for path in RAISING for text in reasons(path)]
    assert {"must be a number", "overlaps the entry before", "names no host"} <= {*found}
    assert len(found) > 40
    assert len([text for path in CHECKS for text in sentences(path)]) > 40
    assert len([text for path in CALLS for text in reasons(path)]) > 4


def test_every_check_and_state_has_a_name() -> None:
    assert set(chinese.CHECKS) == {"settings", *OTHERS}
    assert set(chinese.STATES) == set(FindingState)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("the core's is 5 s ahead of ours", "业务系统的时钟快于本机5秒"),
        ("2018-10-25, 2953 days behind today", "2018-10-25，慢于今天2953天"),
        ("p.toml: withdrawals.RENT[0].floor: must be more than 0", "p.toml：withdrawals.RENT[0].floor：须大于0"),
        ("QueryLoans/JGH: demanded, and we have nothing for it", "QueryLoans/JGH：对方必填，我方没有可填的内容"),
        ("QueryLoans: no answer within 10 s", "QueryLoans：10秒内没有应答"),
        ("127.0.0.1:6390, TLSv1.3, its certificate ends on 2027-01-02, in 12 days", None),
        ("sqlite+aiosqlite:////var/bff.sqlite3", "sqlite+aiosqlite:////var/bff.sqlite3"),
    ],
)
def test_a_sentence_keeps_its_names_and_numbers(text: str, other: str | None) -> None:
    expected = other or "127.0.0.1:6390，TLSv1.3，其证书于2027-01-02到期（还有12天）"
    assert chinese.chinese(text) == expected


def test_the_table_keeps_its_columns() -> None:
    long = look(
        "hours", "the core is closed until 2018-10-26 08:30 of the centre's time", "check again when it is open"
    )
    rows = table([wrong("wsdl", "x", "mend the keys"), long], 60, coloured=False, in_chinese=True).splitlines()
    assert rows == [
        "WSDL          错误        x",
        "                          → 修正这些名称",
        "服务时间      注意        业务系统不在服务时间，2018-10-26",
        "                            08:30（中心时间）恢复",
        "                          → 服务时间内再检查",
        "",
        "正常0项，注意1项，错误1项，未检查0项",
    ]


@pytest.mark.parametrize(
    ("options", "environment", "is_chinese"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, True),
        ([], {"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN"}, True),
        ([], {"LANG": "C.UTF-8"}, False),
        ([], {}, False),
        (["--lang", "zh"], {"LANG": "C"}, True),
        (["--lang", "en"], {"LANG": "zh_CN.UTF-8"}, False),
        (["--json"], {"LANG": "zh_CN.UTF-8"}, False),
    ],
)
def test_the_language_is_the_terminal_s_unless_it_is_named(
    options: list[str],
    environment: dict[str, str],
    is_chinese: bool,
    core: Core,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in chinese.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, "BFF_CORE_URL": core.url, "BFF_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    main(["check", *options])
    shown = capsys.readouterr().out
    assert ("运行 `bff migrate`" in shown, "run `bff migrate`" in shown) == (is_chinese, not is_chinese)


def test_a_line_that_no_catalogue_has_stays_as_it_is() -> None:
    assert chinese.translated(Finding("store", FindingState.WRONG, "disk I/O error", ("a",))).found == "disk I/O error"
