"""What a reply's bytes are written in. Its labels are believed where the bytes can be what they say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

UTF_8, GB, LATIN, UTF_16, ASCII = "UTF-8", "GB 18030", "ISO-8859-1", "UTF-16", "ASCII"

_GB_NAMES = ("gbk", "gb2312", "gb18030", "cp936", "gb_2312-80", "x-gbk", "gb_2312")
_LATIN_NAMES = ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252")
_NAMES = {"utf-8": UTF_8, "utf8": UTF_8} | dict.fromkeys(_GB_NAMES, GB) | dict.fromkeys(_LATIN_NAMES, LATIN)
_CODECS = {UTF_8: "utf-8", GB: "gb18030", LATIN: "cp1252"}
"""Cores declare GBK and mean GB 18030; the web decided likewise about ISO-8859-1."""
_MARKS = {
    b"\xef\xbb\xbf": ("utf-8", UTF_8),
    b"\xff\xfe\x00\x00": ("utf-32", "UTF-32"),
    b"\x00\x00\xfe\xff": ("utf-32", "UTF-32"),
    b"\xff\xfe": ("utf-16", UTF_16),
    b"\xfe\xff": ("utf-16", UTF_16),
}
_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_HANZI = re.compile("[\u4e00-\u9fff]")

LABEL, DEFAULT = 2.0, 1.0
"""How much likelier a label makes what it names, and XML's own default UTF-8 where there is none."""
STRANGE = 4.0
"""The mean cost of a character above which nobody wrote the text: GB 2312 is below it, all else above. Where a label
supports it, twice as much."""

_WESTERN = re.compile("[A-Za-z\u00c0-\u024f]+")
_GLUED = re.compile("[\u3400-\u9fff](?=[a-z])|(?<=[a-z])[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """`encoding` is the name for people."""

    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What a reply says that it is written in, by its XML declaration and by its header, and what it is; null where it
    cannot be read."""

    labels: tuple[str, ...]
    actual: str | None

    @classmethod
    def of(cls, body: bytes, charset: str | None) -> Declared:
        labels = tuple(label(name) for name in (declared(body), charset or "") if name)
        try:
            return cls(labels, read(body, charset).encoding)
        except UnicodeError:
            return cls(labels, None)


def label(name: str) -> str:
    """The name for people of what a label says."""
    return _NAMES.get(name.lower(), name.upper())


def declared(body: bytes) -> str:
    """By the XML declaration; empty without one."""
    found = _DECLARED.match(body)
    return found[1].decode() if found else ""


def read(body: bytes, charset: str | None) -> Reading:
    """`charset` is that of HTTP. Raises UnicodeError for what cannot be read, or only as something that nobody
    wrote."""
    for mark, (codec, name) in _MARKS.items():
        if body.startswith(mark):
            return Reading(name, body.removeprefix(mark).decode(codec) if codec == "utf-8" else body.decode(codec))
    if b"\x00" in body[:2]:
        return Reading(UTF_16, body.decode("utf-16-be" if body[:1] == b"\x00" else "utf-16-le"))
    if body.isascii():
        return Reading(ASCII, body.decode("ascii"))
    labels = [known for name in (declared(body), charset or "") if (known := _NAMES.get(name.lower()))]
    return _likeliest(body, labels)


def _likeliest(body: bytes, labels: list[str]) -> Reading:
    found = {each.encoding: each for each in _readings(body, [*dict.fromkeys((*labels, UTF_8, GB))])}
    if utf8 := found.get(UTF_8):
        if set(labels) <= {UTF_8, LATIN} and _HANZI.search(utf8.text):
            return utf8  # as nearly all are
        found.pop(LATIN, None)  # é and its like are never valid UTF-8 by chance
    supported = labels or [UTF_8]
    costs = {name: cost(each.text) for name, each in found.items()}
    gain = LABEL if labels else DEFAULT
    best = min(costs, key=lambda name: costs[name] - gain * (name in supported), default=None)
    if best is None:
        raise UnicodeError("no encoding that we know")
    # What is valid UTF-8 is hardly anything else; almost any bytes are valid in the others.
    most = STRANGE * (2 if best in supported else 1) * sum(not each.isascii() for each in found[best].text)
    if best != UTF_8 and costs[best] >= most:
        raise UnicodeError("readable, and as nothing that makes sense")
    return found[best]


def _readings(body: bytes, names: list[str]) -> Iterator[Reading]:
    for name in names:
        try:
            yield Reading(name, body.decode(_CODECS[name]))
        except UnicodeDecodeError:
            continue


def cost(text: str) -> float:
    """How unlikely it is in a Chinese core's reply: the higher, the less so. ASCII costs nothing."""
    words = sum(map(_cost_of_word, _WESTERN.findall(text)))
    return words + sum(map(_cost, _WESTERN.sub("", text))) + 2.0 * len(_GLUED.findall(text))


def _cost_of_word(word: str) -> float:
    """Of letters such as é: one here and there, among others, is one that somebody wrote."""
    runs = re.findall("[^A-Za-z]+", word)
    alone = len(runs) == 1 and len(runs[0]) == len(word)
    return sum(5.0 * len(run) if alone or len(run) > 1 else 1.0 for run in runs)


def _cost(character: str) -> float:
    if character.isascii():
        return 0.0
    try:
        row = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return _cost_beyond(character)
    return 1.0 if row < 0xA6 or 0xB0 <= row <= 0xD7 else 3.0


def _cost_beyond(character: str) -> float:
    """Of what GB 2312 does not have."""
    category = unicodedata.category(character)
    if category in {"Cc", "Cn"}:
        return 20.0
    return 2.5 if category[0] == "P" or "\u0400" <= character <= "\u04ff" else 6.0
