"""What needs no sign-in, from the app's own operations down to the practice core."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.rules.people import POLICIES
from tests.support.servers import Bff, Core, running_bff

HOME = """{
  bulletins(category: NOTICE, first: 3) { edges { node { title publishedOn } } }
  interestRates { effectiveFrom deposit { currentYear } loan { homeOrder overFiveYears } }
  outlets(near: {latitude: 24.95, longitude: 102.62}, first: 2) { edges { node { name openNow distanceInMetres } } }
}"""


def nodes(connection: Any) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


@contextmanager
def at(core: Core, folder: Path, moment: str, **more: object) -> Iterator[Bff]:
    """A server whose clock says `moment`, in UTC."""
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    with running_bff(settings_for(core, folder, **more), now=lambda: now) as bff:
        yield bff


def test_a_home_page_makes_one_call_of_the_core_a_list(fresh_core: Core, tmp_path: Path) -> None:
    with at(fresh_core, tmp_path, "2026-11-02T02:00", cache=True) as bff:
        fresh_core.calls()
        home = bff.data(HOME)
        assert fresh_core.calls() == {"QueryArticles": 1, "QueryOutlets": 1, "QueryCalendar": 1}
    assert [each["publishedOn"] for each in nodes(home["bulletins"])] == ["2018-10-18", "2018-10-08", "2018-09-26"]
    assert home["interestRates"]["effectiveFrom"] == "2016-02-21"
    assert nodes(home["outlets"]) == [
        {"name": "湖滨区管理部", "openNow": True, "distanceInMetres": 0},
        {"name": "湖滨区政务大厅窗口", "openNow": True, "distanceInMetres": 9838},
    ]


# ----- bulletins ---------------------------------------------------------------------------------------------------


def test_bulletins_are_newest_first_and_counted(bff: Bff, core: Core) -> None:
    core.calls()
    found = bff.data("Bulletins", {"category": "POLICY", "first": 2})["bulletins"]
    assert core.calls() == {"QueryArticles": 1}
    assert found["totalCount"] == 10
    assert [(each["id"], each["category"]) for each in nodes(found)] == [
        ("ZC2018062000", "POLICY"),
        ("ZC2018031501", "POLICY"),
    ]
    assert found["pageInfo"]["hasNextPage"] is True


@pytest.mark.parametrize(
    ("search", "first"),
    [
        ("放假安排", "2018年国庆节放假安排"),
        ("逾期2期", "关于开展公积金贷款逾期清收工作的通知"),
        (" 验证码 ", "关于短信验证码安全的提醒"),
    ],
)
def test_a_word_is_found_inside_a_sentence(bff: Bff, search: str, first: str) -> None:
    assert first in [each["title"] for each in nodes(bff.data("Bulletins", {"search": search})["bulletins"])]


@pytest.mark.parametrize(
    ("operation", "search", "count"),
    [
        ("Bulletins", "APP", 11),
        ("Bulletins", "app", 11),
        ("Bulletins", "ＡＰＰ", 11),
        ("Bulletins", "提前还款", 3),
        ("Bulletins", "提前 还款", 3),
        ("Bulletins", " 还款　提前  ", 3),
        ("Bulletins", "提前还款 量子", 0),
        ("Developments", "青山置业", 10),
        ("Developments", "置业 青山", 10),
        ("Outlets", "管理部 湖滨区", 1),
        ("Outlets", "练习东路１８６号", 1),
        ("Outlets", "提取 证明打印 管理部", 5),
        ("Faqs", "1.5倍", 1),
        ("Faqs", "１．５倍 罚息", 1),
        ("Faqs", "还款 利息 提前", 1),
    ],
)
def test_all_words_are_found_whatever_their_case_width_and_order(
    bff: Bff, operation: str, search: str, count: int
) -> None:
    (found,) = bff.data(operation, {"search": search, **({} if operation == "Faqs" else {"first": 100})}).values()
    assert len(found if operation == "Faqs" else nodes(found)) == count
    assert operation == "Faqs" or found["totalCount"] == count


def test_a_word_that_stands_nowhere_finds_nothing(bff: Bff) -> None:
    found = bff.data("Bulletins", {"search": "量子"})["bulletins"]
    assert found == {"totalCount": 0, "edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


def publish(core: Core, number: str, day: str, title: str = "新", body: str = "<p>新</p>") -> None:
    with closing(sqlite3.connect(core.book)) as db, db:
        row = (number, "01", title, None, day, None, body)
        db.execute("INSERT INTO article (WZBH, LMDM, BT, ZY, FBRQ, LY, ZW) VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def test_pages_neither_repeat_nor_skip_while_bulletins_come_in(fresh_bff: Bff, fresh_core: Core) -> None:
    every = [each["id"] for each in nodes(fresh_bff.data("Bulletins", {"first": 100})["bulletins"])]
    seen: list[str] = []
    after = None
    for turn in range(20):
        page = fresh_bff.data("Bulletins", {"first": 7, "after": after})["bulletins"]
        seen += [each["id"] for each in nodes(page)]
        publish(fresh_core, f"TZ20181024{turn:02}", "20181024")
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == every


def test_a_bulletin_is_shown_with_its_table_and_without_its_scripts(bff: Bff, core: Core) -> None:
    with closing(sqlite3.connect(core.book)) as db:
        rows = db.execute("SELECT WZBH, ZW FROM article").fetchall()
    bodies = {number: bff.data("Bulletin", {"id": number})["bulletin"]["body"] for number, _ in rows}
    raw = dict(rows)
    assert any("<script" in body for body in raw.values())
    assert any("onclick" in body for body in raw.values())
    for body in bodies.values():
        assert not any(
            bad in body for bad in ("<script", "<iframe", "onclick", "onload", "javascript:", "<font", "style=")
        )
    tables = {number for number, body in raw.items() if "<table" in body}
    assert tables
    assert all("<table>" in bodies[number] for number in tables)


def test_relative_images_are_those_of_the_centres_site(core: Core, tmp_path: Path) -> None:
    with closing(sqlite3.connect(core.book)) as db:
        (number,) = db.execute("SELECT WZBH FROM article WHERE ZW LIKE '%/images/transfer.png%'").fetchone()
    with running_bff(settings_for(core, tmp_path, content_url="https://gjj.example/")) as bff:
        body = bff.data("Bulletin", {"id": number})["bulletin"]["body"]
    assert '<img src="https://gjj.example/images/transfer.png" alt="流程图" width="300"' in body


@pytest.mark.parametrize("number", ["TZ0000000000", "", " ", "一" * 60, "\u0000", "\u202e"])
def test_a_bulletin_that_does_not_exist_is_null(bff: Bff, number: str) -> None:
    assert bff.data("Bulletin", {"id": number}) == {"bulletin": None}


# ----- channels, rates, questions ----------------------------------------------------------------------------------


def test_channels_keep_their_order_and_an_unknown_kind(bff: Bff) -> None:
    found = bff.data("ServiceChannels")["serviceChannels"]
    assert found[0] == {
        "name": "门户网站",
        "kind": "WEBSITE",
        "address": "https://gjj.example/",
        "description": "账户查询、单位网厅",
    }
    assert [each["kind"] for each in found][-2:] == ["COUNTER", "UNKNOWN"]


def test_the_rates_of_the_business_date_are_the_default(bff: Bff) -> None:
    assert bff.data("InterestRates")["interestRates"] == {
        "effectiveFrom": "2016-02-21",
        "deposit": {"currentYear": "1.5", "carriedForward": "1.5"},
        "loan": [
            {"homeOrder": "FIRST", "upToFiveYears": "2.75", "overFiveYears": "3.25"},
            {"homeOrder": "SECOND", "upToFiveYears": "3.025", "overFiveYears": "3.575"},
        ],
    }


@pytest.mark.parametrize(
    ("on", "over_five_years"), [("2008-01-01", "5.22"), ("2010-12-31", "4.3"), ("2025-05-08", "2.6")]
)
def test_the_rates_of_a_day_need_no_core(bff: Bff, core: Core, on: str, over_five_years: str) -> None:
    core.calls()
    found = bff.data("InterestRates", {"on": on})["interestRates"]
    assert found["loan"][0]["overFiveYears"] == over_five_years
    assert core.calls() == {}


def test_a_day_before_all_rates_is_refused_with_the_first_that_is_not(bff: Bff) -> None:
    (error,) = bff.execute("InterestRates", {"on": "1999-09-20"})["errors"]
    assert error["message"] == "没有该日期的利率，请选择1999年9月21日或以后的日期。"
    problem = {"code": "INVALID_DATE", "field": "on", "message": error["message"]}
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "on", "problems": [problem]}


def test_questions_are_searched_in_question_answer_and_topic(bff: Bff, core: Core) -> None:
    core.calls()
    assert [each["id"] for each in bff.data("Faqs", {"search": "间隔号"})["faqs"]] == ["WT009"]
    assert "WT003" in [each["id"] for each in bff.data("Faqs", {"search": "1.50%"})["faqs"]]
    assert {each["topic"] for each in bff.data("Faqs", {"search": "注册"})["faqs"]} >= {"注册"}
    assert core.calls() == {"QueryFaqs": 3}


# ----- outlets and developments ------------------------------------------------------------------------------------


def test_the_nearest_outlets_come_first_and_those_without_a_place_last(bff: Bff, core: Core) -> None:
    core.calls()
    asked = {"near": {"latitude": 25.06, "longitude": 102.62}, "first": 100}
    found = bff.data("Outlets", asked)["outlets"]
    assert core.calls() == {"QueryOutlets": 1}
    metres = [each["distanceInMetres"] for each in nodes(found)]
    assert (metres[0], metres[-1], found["totalCount"]) == (0, None, 16)
    assert metres[:-1] == sorted(metres[:-1])
    assert nodes(found)[-1]["id"] == "WD012"


DATUM = """query ($near: CoordinatesInput!) {
  outlets(near: $near, first: 1) { edges { node { id distanceInMetres coordinates { latitude longitude datum } } } }
}"""


def nearest(bff: Bff, latitude: float, longitude: float, datum: str | None = None) -> Any:
    near: dict[str, object] = {"latitude": latitude, "longitude": longitude}
    (node,) = nodes(bff.data(DATUM, {"near": near | ({"datum": datum} if datum else {})})["outlets"])
    return node


def test_distances_are_measured_in_the_datum_of_the_centre_s_data(core: Core, bff: Bff, tmp_path: Path) -> None:
    """The outlet at 25.06, 102.62 of the data; AMap, Baidu and a phone give other figures for the same door."""
    here = nearest(bff, 25.06, 102.62)
    assert (here["distanceInMetres"], here["coordinates"]["datum"]) == (0, "WGS_84")
    assert nearest(bff, 25.06, 102.62, "GCJ_02")["distanceInMetres"] > 100
    with running_bff(settings_for(core, tmp_path, policy_file=POLICIES / "example-centre.toml")) as mapped:
        there = nearest(mapped, 25.06, 102.62, "GCJ_02")
        assert there["id"] == here["id"]
        assert there["distanceInMetres"] == 0
        assert there["coordinates"] == {"latitude": 25.06, "longitude": 102.62, "datum": "GCJ_02"}
        assert nearest(mapped, 25.06, 102.62)["distanceInMetres"] > 100, "a phone's own position"


def test_an_outlet_without_a_place_to_measure_from_is_in_the_order_of_numbers(bff: Bff) -> None:
    found = bff.data("Outlets", {"district": "湖滨区"})["outlets"]
    assert [each["id"] for each in nodes(found)] == ["WD001", "WD006", "WD011", "WD016"]
    assert nodes(found)[0]["services"] == ["缴存", "提取", "贷款", "转移", "证明打印"]
    assert nodes(found)[0]["coordinates"] == {"latitude": 24.95, "longitude": 102.62}


def test_pages_of_outlets_neither_repeat_nor_skip_when_one_opens(fresh_bff: Bff, fresh_core: Core) -> None:
    near = {"latitude": 25.0, "longitude": 102.7}
    every = [each["id"] for each in nodes(fresh_bff.data("Outlets", {"near": near, "first": 100})["outlets"])]
    seen: list[str] = []
    after = None
    for turn in range(9):
        page = fresh_bff.data("Outlets", {"near": near, "first": 3, "after": after})["outlets"]
        seen += [each["id"] for each in nodes(page)]
        with closing(sqlite3.connect(fresh_core.book)) as db, db:  # the nearest of all
            columns = "INSERT INTO outlet (WDBH, WDMC, QX, DZ, JD, WD) VALUES"
            db.execute(f"{columns} (?, '新', '新', '新', '102.700000', '25.000000')", (f"WD00{turn}N",))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == every


@pytest.mark.parametrize(
    ("moment", "business_date", "opened"),
    [
        ("2026-11-02T02:00", None, {"WD001": True, "WD003": True, "WD004": True, "WD012": None}),  # 10:00, a Thursday
        ("2026-11-02T04:30", None, {"WD001": False, "WD003": True, "WD004": True}),  # 12:30
        ("2026-11-02T14:00", None, {"WD001": False, "WD003": False, "WD004": False}),
        ("2026-11-02T02:00", date(2018, 12, 29), {"WD001": True, "WD004": True}),  # a Saturday made up for
        ("2026-11-02T02:00", date(2018, 12, 31), {"WD001": False, "WD004": True}),  # a Monday off
    ],
)
def test_an_outlet_is_open_by_the_cores_day_and_the_centres_clock(
    fresh_core: Core, tmp_path: Path, moment: str, business_date: date | None, opened: dict[str, bool | None]
) -> None:
    if business_date:
        fresh_core.move_clock(business_date)
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE outlet SET YYSJ = NULL WHERE WDBH = 'WD012'")
    with at(fresh_core, tmp_path, moment) as bff:
        found = bff.data("{ outlets(first: 100) { edges { node { id openNow } } } }")["outlets"]
    assert {each["id"]: each["openNow"] for each in nodes(found) if each["id"] in opened} == opened


def test_without_the_calendar_outlets_are_shown_all_the_same(fresh_bff: Bff, fresh_core: Core) -> None:
    fresh_core.break_("QueryCalendar", "fault")
    found = fresh_bff.data("{ outlets(first: 1) { edges { node { name openNow } } } }")["outlets"]
    assert nodes(found) == [{"name": "湖滨区管理部", "openNow": None}]


def test_yesterdays_calendar_opens_no_outlet(fresh_core: Core, tmp_path: Path) -> None:
    asked = "{ outlets(first: 1) { edges { node { openNow } } } }"
    with at(fresh_core, tmp_path, "2026-11-02T02:00", cache=True, cache_fresh_at_most=0) as bff:
        assert nodes(bff.data(asked)["outlets"]) == [{"openNow": True}]
        fresh_core.break_("QueryCalendar", "closed")
        assert nodes(bff.data(asked)["outlets"]) == [{"openNow": None}]


def test_developments_page_to_those_of_an_unknown_day(bff: Bff) -> None:
    seen: list[Any] = []
    after = None
    while True:
        page = bff.data("Developments", {"first": 9, "after": after})["developments"]
        seen += nodes(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert page["totalCount"] == len(seen) == len({each["id"] for each in seen}) == 40
    assert (seen[0]["approvedOn"], seen[-1]["id"], seen[-1]["approvedOn"]) == ("2018-11-23", "LP0008", None)


def test_developments_are_found_by_district_and_words(bff: Bff) -> None:
    found = bff.data("Developments", {"district": "湖滨区", "search": "青山置业"})["developments"]
    assert {each["district"] for each in nodes(found)} == {"湖滨区"}
    assert {each["developer"] for each in nodes(found)} == {"青山置业有限公司"}


@pytest.mark.parametrize(
    ("operation", "variables", "field"),
    [
        ("Bulletins", {"first": 0}, "first"),
        ("Bulletins", {"first": 101}, "first"),
        ("Bulletins", {"after": "?"}, "after"),
        ("Bulletins", {"search": "一" * 51}, "search"),
        ("Bulletins", {"search": "\u0000"}, "search"),
        ("Outlets", {"first": 0}, "first"),
        ("Outlets", {"after": "?"}, "after"),
        ("Outlets", {"after": "MjAxODEwMTg"}, "after"),
        ("Outlets", {"near": {"latitude": 91, "longitude": 0}}, "near"),
        ("Outlets", {"near": {"latitude": 0, "longitude": 181}}, "near"),
        ("Developments", {"district": "\u202e"}, "district"),
        ("Faqs", {"search": "\u0007"}, "search"),
    ],
)
def test_what_cannot_be_asked_names_its_field(bff: Bff, operation: str, variables: Any, field: str) -> None:
    (error,) = bff.execute(operation, variables)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", field)
