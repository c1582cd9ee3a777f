"""Every label over every kind of bytes: what comes is what was written, or an outage, and never anything else."""

from __future__ import annotations

import asyncio
import re
from itertools import product

import pytest

from bff.legacy.standard import charset as encoding
from tests.legacy.conftest import RECORDED, Played, http, playing

DUAN = "990140300001"
CODECS = {
    "UTF-8": "utf-8",
    "UTF-8 with a mark": "utf-8-sig",
    "GBK": "gbk",
    "GB 18030": "gb18030",
    "ISO-8859-1": "latin-1",
    "UTF-16 with a mark": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
}
LABELS = (
    None,
    "utf-8",
    "UTF8",
    "GBK",
    "gb2312",
    "GB18030",
    "ISO-8859-1",
    "us-ascii",
    "UTF-16",
    "windows-1252",
    "x-none",
)
HOLDERS = ("段小梅", "谢伟", "买买提·吐尔逊", "张𬱖", "José", "Duan Xiaomei")
GOOD = (RECORDED / "account_good.xml").read_text(encoding="utf-8").partition("?>")[2]


def written(holder: str, declared: str | None, codec: str) -> bytes:
    """A good reply. The declaration may lie, the rest is in the codec, as far as it has the characters."""
    head = "" if declared is None else f'<?xml version="1.0" encoding="{declared}"?>'
    return (head + GOOD.replace("段小梅", holder)).encode(CODECS[codec], "replace")


def holder_of(body: bytes, charset: str | None) -> str | None:
    """As it is read; null for an outage."""
    try:
        found = re.search("XINGMING>([^<]*)<", encoding.read(body, charset).text)
    except UnicodeError:
        return None
    assert found
    return found[1]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_no_label_makes_a_name_of_another(holder: str, codec: str) -> None:
    """All labels, in the declaration and in the header."""
    try:
        holder.encode(CODECS[codec])
    except UnicodeEncodeError:
        pytest.skip("not to be written so")
    read = {labels: holder_of(written(holder, labels[0], codec), labels[1]) for labels in product(LABELS, LABELS)}
    latin = {"ISO-8859-1", "windows-1252"}
    needs_its_label = (holder, codec) == ("José", "ISO-8859-1")
    assert read == {labels: holder if not needs_its_label or latin & set(labels) else None for labels in read}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("labels", [(None, "ISO-8859-1"), ("GBK", "utf-8"), ("utf-8", "GBK"), (None, None)])
async def test_a_wrong_label_over_http_does_not_matter(labels: tuple[str | None, str | None], codec: str) -> None:
    holder = "Duan" if codec == "ISO-8859-1" else "段小梅"

    bare = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(CODECS[codec], CODECS[codec])

    async def play(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        kind = "text/xml" if labels[1] is None else f"text/xml; charset={labels[1]}"
        body = written(holder, labels[0], codec).replace("@SERIAL@".encode(bare), serial.encode(bare))
        writer.write(http(200, body, kind))

    async with playing(play) as (core, _):
        assert (await core.account.account(DUAN)).holder == holder


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("text", ["谢伟", "毛毛", "石谢", "郑伟", "钱伟"])
def test_a_short_name_in_gbk_that_is_valid_utf_8_is_a_name(text: str, label: str | None) -> None:
    """Two hanzi whose bytes are letters of other scripts in UTF-8."""
    body = f"<a>{text}</a>".encode("gbk")
    assert body.decode("utf-8")
    assert encoding.read(body, label).text == f"<a>{text}</a>"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("text", ["小明", "王五", "李雷", "韩梅梅", "明", "龑"])
def test_a_short_name_in_utf_8_is_a_name(text: str, label: str | None) -> None:
    assert encoding.read(f"<a>{text}</a>".encode(), label).text == f"<a>{text}</a>"


@pytest.mark.parametrize("label", [None, "utf-8", "x-none", "gbk"])
@pytest.mark.parametrize("text", ["Réne", "Müller", "niño", "façade", "Zoë<"])
def test_what_could_only_be_read_as_nonsense_is_not(text: str, label: str | None) -> None:
    with pytest.raises(UnicodeError):
        encoding.read(f"<a>{text}</a>".encode("latin-1"), label)


@pytest.mark.parametrize("label", ["ISO-8859-1", "latin1", "windows-1252"])
@pytest.mark.parametrize("text", ["Réne", "Müller", "niño", "José"])
def test_western_letters_are_read_where_their_label_says_so(text: str, label: str) -> None:
    assert encoding.read(f"<a>{text}</a>".encode("latin-1"), label).text == f"<a>{text}</a>"
    assert encoding.read(f"<a>{text}</a>".encode(), label).text == f"<a>{text}</a>"


@pytest.mark.parametrize("body", [b"<a>\x81</a>", b"<a>\xff\xff\xff</a>", b"\xff\xfe<", b"\xfe\xff\xd8\x00", b"<\x00a"])
@pytest.mark.parametrize("label", LABELS)
def test_bytes_of_no_encoding_are_not_read(body: bytes, label: str | None) -> None:
    if label in ("ISO-8859-1", "windows-1252") and b"\xff\xff\xff" in body:
        pytest.skip("it is what its label says")
    with pytest.raises(UnicodeError):
        encoding.read(body, label)
