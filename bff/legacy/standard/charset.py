"""Detection of a reply's character encoding; declared labels count where the bytes allow them."""

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
"""Cores declare GBK and mean GB 18030; in the same way the web's ISO-8859-1 is windows-1252."""
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
"""How much a declared encoding lowers the cost of its text, and UTF-8, XML's default, where none is declared."""
STRANGE = 4.0
"""The mean cost of a character above which the text is not plausible: GB 2312 is below it, all else above. Twice as
much for a declared encoding."""

_WESTERN = re.compile("[A-Za-z\u00c0-\u024f]+")
_GLUED = re.compile("[\u3400-\u9fff](?=[a-z])|(?<=[a-z])[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """`encoding` is the name for people."""

    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class DeclaredEncoding:
    """The encodings that a reply declares in its XML declaration and its header, and the actual one; null where it
    cannot be read."""

    labels: tuple[str, ...]
    actual: str | None

    @classmethod
    def of(cls, body: bytes, charset: str | None) -> DeclaredEncoding:
        labels = tuple(label(name) for name in (declared(body), charset or "") if name)
        try:
            return cls(labels, read(body, charset).encoding)
        except UnicodeError:
            return cls(labels, None)


def label(name: str) -> str:
    """Return the display name of a declared encoding."""
    return _NAMES.get(name.lower(), name.upper())


def declared(body: bytes) -> str:
    """Return the encoding of the XML declaration; empty without one."""
    found = _DECLARED.match(body)
    return found[1].decode() if found else ""


def read(body: bytes, charset: str | None) -> DecodedText:
    """Decode a body; `charset` is that of the Content-Type. Raises UnicodeError for bytes that no known encoding reads
    as plausible text."""
    for mark, (codec, name) in _MARKS.items():
        if body.startswith(mark):
            return DecodedText(name, body.removeprefix(mark).decode(codec) if codec == "utf-8" else body.decode(codec))
    if b"\x00" in body[:2]:
        return DecodedText(UTF_16, body.decode("utf-16-be" if body[:1] == b"\x00" else "utf-16-le"))
    if body.isascii():
        return DecodedText(ASCII, body.decode("ascii"))
    labels = [known for name in (declared(body), charset or "") if (known := _NAMES.get(name.lower()))]
    return _likeliest(body, labels)


def _likeliest(body: bytes, labels: list[str]) -> DecodedText:
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


def _readings(body: bytes, names: list[str]) -> Iterator[DecodedText]:
    for name in names:
        try:
            yield DecodedText(name, body.decode(_CODECS[name]))
        except UnicodeDecodeError:
            continue


def cost(text: str) -> float:
    """Return how unlikely a text is in a Chinese core's reply: the higher, the less likely. ASCII costs nothing."""
    words = sum(map(_cost_of_word, _WESTERN.findall(text)))
    return words + sum(map(_cost, _WESTERN.sub("", text))) + 2.0 * len(_GLUED.findall(text))


def _cost_of_word(word: str) -> float:
    """Return the cost of letters such as é: one alone among other letters is plausible."""
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
    """Return the cost of a character that GB 2312 does not have."""
    category = unicodedata.category(character)
    if category in {"Cc", "Cn"}:
        return 20.0
    return 2.5 if category[0] == "P" or "\u0400" <= character <= "\u04ff" else 6.0
