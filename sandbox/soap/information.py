"""InformationService: what the centre publishes."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Mapping
from typing import Any

from sandbox.book import database
from sandbox.book.database import compact
from sandbox.soap.contract import NIL, Handler, Outcome
from sandbox.soap.rows import page, refused, texts

OPENS, CLOSES = "08:30:00", "18:00:00"
_TAG = re.compile(r"<[^>]*>")


def query_articles(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    values: list[str] = []
    select = "SELECT * FROM article WHERE 1 = 1"
    if asked.get("LMDM"):
        select += " AND LMDM = ?"
        values.append(asked["LMDM"])
    if asked.get("GJZ"):
        db.create_function("plain", 1, lambda html: _TAG.sub("", html or ""), deterministic=True)
        select += _found_in(db, "BT || char(10) || coalesce(ZY, '') || char(10) || plain(ZW)", asked["GJZ"], values)
    found = page(
        db, select, values, asked, dated_by="FBRQ", order="FBRQ DESC, WZBH DESC", name="WZ", element=_article_head
    )
    return Outcome({"WZYE": found})


def query_article(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    row = db.execute("SELECT * FROM article WHERE WZBH = ?", (asked["WZBH"],)).fetchone()
    if row is None:
        return refused("1004", "无此文章")
    return Outcome({"WZ": texts(row, "WZBH", "LMDM", "BT", "FBRQ", "LY", "ZW")})


def query_channels(db: sqlite3.Connection, _: Mapping[str, str]) -> Outcome:
    rows = db.execute("SELECT * FROM channel ORDER BY XH")
    return Outcome({"QDLB": {"QD": [texts(row, "QDMC", "QDLX", "QDDZ", "QDSM") for row in rows]}})


def query_outlets(db: sqlite3.Connection, _: Mapping[str, str]) -> Outcome:
    rows = db.execute("SELECT * FROM outlet ORDER BY WDBH")
    names = ("WDBH", "WDMC", "QX", "DZ", "LXDH", "YYSJ", "YWFW", "JD", "WD")
    return Outcome({"WDLB": {"WD": [texts(row, *names) for row in rows]}})


def query_developments(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    values: list[str] = []
    select = "SELECT * FROM development WHERE 1 = 1"
    if asked.get("QX"):
        select += " AND QX = ?"
        values.append(asked["QX"])
    if asked.get("GJZ"):
        select += _found_in(db, "LPMC || char(10) || KFS || char(10) || DZ", asked["GJZ"], values)
    found = page(
        db, select, values, asked, dated_by="PZRQ", order="PZRQ DESC, LPBH DESC", name="LP", element=_development
    )
    return Outcome({"LPYE": found})


def query_faqs(db: sqlite3.Connection, _: Mapping[str, str]) -> Outcome:
    rows = db.execute("SELECT * FROM faq ORDER BY WTBH")
    return Outcome({"WTLB": {"WT": [texts(row, "WTBH", "ZTMC", "WTNR", "DANR") for row in rows]}})


def query_calendar(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    today = compact(database.today(db))
    since, until = ((asked.get(name) or today).replace("-", "") for name in ("KSRQ", "JSRQ"))
    rows = db.execute("SELECT * FROM special_day WHERE RQ BETWEEN ? AND ? ORDER BY RQ LIMIT 400", (since, until))
    days = [{"RQ": row["RQ"], "SFGZR": bool(row["SFGZR"]), "SM": row["SM"]} for row in rows]
    return Outcome({"RL": {"KMSJ": OPENS, "GMSJ": CLOSES, "TSR": days}})


def _found_in(db: sqlite3.Connection, text: str, sought: str, values: list[str]) -> str:
    """The condition that each word is found inside the text, whatever its case and width."""
    db.create_function("folded", 1, _folded, deterministic=True)
    words = _folded(sought).split()
    values += words
    return f" AND instr(folded({text}), ?) > 0" * len(words)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _article_head(row: sqlite3.Row) -> dict[str, Any]:
    summary = row["ZY"] if row["ZY"] is not None else NIL
    return {**texts(row, "WZBH", "LMDM", "BT", "FBRQ"), "ZY": summary}


def _development(row: sqlite3.Row) -> dict[str, Any]:
    return texts(row, "LPBH", "LPMC", "KFS", "QX", "DZ", "YHMC", "PZRQ")


HANDLERS: Mapping[str, Handler] = {
    "QueryArticles": query_articles,
    "QueryArticle": query_article,
    "QueryChannels": query_channels,
    "QueryOutlets": query_outlets,
    "QueryDevelopments": query_developments,
    "QueryFaqs": query_faqs,
    "QueryCalendar": query_calendar,
}
