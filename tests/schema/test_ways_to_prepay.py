"""The two ways to prepay a part say what becomes of the loan, the same everywhere."""

from __future__ import annotations

import re

import pytest
from graphql import GraphQLEnumType, build_schema

from tests.support.servers import ROOT

SMALLER, SHORTER = "减少月还款额", "缩短还款期限"
BY_METHOD = "等额本息：月还款额不变；等额本金：每期归还本金不变"


def test_the_schema_says_what_each_does() -> None:
    keep = build_schema((ROOT / "schema.graphql").read_text("utf-8")).type_map["Keep"]
    assert isinstance(keep, GraphQLEnumType)
    said = {name: value.description or "" for name, value in keep.values.items()}
    assert SMALLER in said["TERM"]
    assert f"{SHORTER}；{BY_METHOD}" in said["INSTALLMENT"]


def test_the_contract_of_the_core_says_so_too() -> None:
    (comment,) = re.findall(
        r'name="TQHKFS".*<!--(.*)-->', (ROOT / "bff/legacy/standard/wsdl/core.xsd").read_text("utf-8")
    )
    assert re.fullmatch(rf" 提前还款方式: 01 {SMALLER} .*, 02 {SHORTER} \({BY_METHOD}\), 03 结清 ", comment)


@pytest.mark.parametrize("path", ["schema.graphql", "docs/glossary.md", "bff/legacy/standard/wsdl/core.xsd"])
def test_an_installment_that_stays_is_never_told_without_the_method(path: str) -> None:
    for before in re.findall(r"(.{0,6})月还款额不变", (ROOT / path).read_text("utf-8")):
        assert before.endswith("等额本息：")
