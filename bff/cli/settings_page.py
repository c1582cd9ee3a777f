"""`bff settings`: every setting, as docs/settings.md and docs/settings.zh.md have them."""

from __future__ import annotations

import argparse
from typing import Any

from pydantic import TypeAdapter

from bff.cli.settings_chinese import CHINESE
from bff.cli.terminal import reconfigure
from bff.settings import Settings

ENGLISH_PAGE = """\
# Settings

English · [中文](settings.zh.md)

Each is an environment variable. Times are ISO 8601 durations or seconds.

| Variable | Default | Meaning |
|---|---|---|
{}

`make run` also reads `SANDBOX_PORT` (8001), the practice core's port."""
CHINESE_PAGE = """\
# 设置

[English](settings.md) · 中文

每项设置是一个环境变量。时间为 ISO 8601 时长或秒数。

| 变量 | 默认值 | 含义 |
|---|---|---|
{}

`make run` 还读取 `SANDBOX_PORT`（8001），即模拟核心系统的端口。"""


def run(options: argparse.Namespace) -> None:
    """Print the page in one of the two languages."""
    reconfigure(encoding="utf-8")
    in_chinese = options.lang == "zh"
    rows = [
        f"| `BFF_{name.upper()}` | {_default(field.default)} | {CHINESE[name] if in_chinese else field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    print((CHINESE_PAGE if in_chinese else ENGLISH_PAGE).format("\n".join(rows)))


def _default(value: object) -> object:
    return "" if value in (None, "", ()) else TypeAdapter(Any).dump_python(value, mode="json")
