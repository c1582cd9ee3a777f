"""The operator's pages, as a browser without script sees them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest
from lxml import etree, html

from sandbox.tests.wire import DUAN, MAIMAITI, PEOPLE, Answer, Wire

PATHS = ("/", f"/people/{DUAN}", "/applications", "/inbox", "/clock")
SCRIPT = "<script>alert(1)</script>"


def tree(answer: Answer) -> etree._Element:
    return html.fromstring(answer.body)


def rows(answer: Answer) -> list[list[str]]:
    """The texts of the cells of each row below the head."""
    found = tree(answer).xpath("//table[1]//tr[td]")
    assert isinstance(found, list)
    return [[str(td.xpath("string()")) for td in tr.iter("td")] for tr in found if isinstance(tr, etree._Element)]


def submit(core: Wire, **more: str) -> None:
    asked = {"SQLSH": "S-1", "GRZH": MAIMAITI, "YWLX": "07", "JE": "1500.00"} | more
    assert core.call("application", "SubmitApplication", **asked).get("FHM") == "0000"


def decide(core: Wire, status: str, reason: str = "", headers: dict[str, str] | None = None) -> Answer:
    form = urlencode({"serial": "S-1", "status": status, "reason": reason})
    return core.form("/applications", form, headers)


@pytest.mark.parametrize("path", PATHS)
def test_each_page_answers(reading_core: Wire, path: str) -> None:
    answer = reading_core.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("path", PATHS)
def test_each_page_forbids_scripts_and_frames(reading_core: Wire, path: str) -> None:
    headers = reading_core.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    )
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_chinese_and_links_to_the_others(reading_core: Wire, path: str) -> None:
    page = tree(reading_core.get(path))
    assert page.get("lang") == "zh-CN"
    assert page.xpath("//nav/a/@href") == ["/", "/applications", "/inbox", "/clock"]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_a_script(reading_core: Wire, path: str) -> None:
    assert tree(reading_core.get(path)).xpath("//script | //@*[starts-with(name(), 'on')]") == []


def test_the_first_page_lists_the_fourteen_people(reading_core: Wire) -> None:
    assert [row[1] for row in rows(reading_core.get("/"))] == list(PEOPLE)


def test_the_first_page_has_a_cell_for_each_head(reading_core: Wire) -> None:
    assert rows(reading_core.get("/"))[0] == [
        "段小梅", DUAN, "99000019850312022X", "13800000001", "正常", "24543.43", "6378.00", "30921.43", "0.00",
    ]  # fmt: skip


def test_the_first_page_links_to_ledgers(reading_core: Wire) -> None:
    links = tree(reading_core.get("/")).xpath("//table//a/@href")
    assert links == [f"/people/{account}" for account in PEOPLE]


@pytest.mark.parametrize("account", PEOPLE)
def test_everybody_has_a_ledger_page(reading_core: Wire, account: str) -> None:
    answer = reading_core.get(f"/people/{account}")
    assert answer.status == 200
    assert len(rows(answer)) > 0


def test_a_ledger_page_has_the_rows_newest_first(reading_core: Wire) -> None:
    assert rows(reading_core.get(f"/people/{DUAN}"))[0] == [
        "20181023", "租房提取", "提取", "1500.00", "", "24543.43", "6378.00", "30921.43", "",
    ]  # fmt: skip


def test_a_ledger_page_has_the_loan(reading_core: Wire) -> None:
    page = tree(reading_core.get(f"/people/{DUAN}"))
    assert page.xpath("string(//h2)") == "贷款 210161200001  余额 187167.54  第22期/总120期"


def test_a_page_nobody_knows_is_404(reading_core: Wire) -> None:
    assert reading_core.get("/nothing").status == 404


def test_the_inbox_shows_a_message(core: Wire) -> None:
    core.call("customer", "SendMessage", SJHM="13800000001", DXNR="验证码 123456")
    (row,) = rows(core.get("/inbox"))
    assert row[1:] == ["13800000001", "验证码 123456"]


def test_the_inbox_of_one_phone_shows_only_that(core: Wire) -> None:
    for phone in ("13800000001", "13800000002"):
        core.call("customer", "SendMessage", SJHM=phone, DXNR="x")
    assert [row[1] for row in rows(core.get("/inbox?phone=13800000002"))] == ["13800000002"]


def test_the_inbox_escapes_a_message(core: Wire) -> None:
    core.call("customer", "SendMessage", SJHM="13800000001", DXNR="&lt;script&gt;alert(1)&lt;/script&gt;")
    answer = core.get("/inbox")
    assert rows(answer)[0][2] == SCRIPT
    assert tree(answer).xpath("//script") == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


@pytest.mark.parametrize("path", ["/applications", "/clock"])
def test_an_error_in_the_address_is_escaped(reading_core: Wire, path: str) -> None:
    answer = reading_core.get(f"{path}?error={quote(SCRIPT)}")
    assert tree(answer).xpath("string(//p[@class='bad'])") == SCRIPT
    assert tree(answer).xpath("//script") == []


def test_a_phone_in_the_address_is_not_repeated(reading_core: Wire) -> None:
    assert SCRIPT not in reading_core.get(f"/inbox?phone={quote(SCRIPT)}").text


def test_a_serial_with_quotes_is_escaped_in_its_form(core: Wire) -> None:
    serial = '"><script>alert(1)</script>'
    submit(core, SQLSH=serial.replace("<", "&lt;").replace(">", "&gt;"))
    page = tree(core.get("/applications"))
    assert page.xpath("//input[@name='serial']/@value") == [serial]
    assert page.xpath("//script") == []


def test_the_applications_page_lists_what_is_open(core: Wire) -> None:
    submit(core)
    row = rows(core.get("/applications"))[0]
    assert (row[1:5], row[5][:10]) == (["买买提·吐尔逊", "物业费提取", "1500.00", "待审核"], "2018-10-25")


def test_an_open_application_has_a_form_with_three_ways(core: Wire) -> None:
    submit(core)
    page = tree(core.get("/applications"))
    assert page.xpath("//form[@method='post'][@action='/applications']//button/@value") == ["03", "04", "05"]
    assert page.xpath("//input[@name='serial']/@value") == ["S-1"]


@pytest.mark.parametrize(("status", "text"), [("03", "待入账"), ("04", "已入账"), ("05", "审核不通过")])
def test_the_form_decides_an_application(core: Wire, status: str, text: str) -> None:
    submit(core)
    answer = decide(core, status, "办理")
    assert (answer.status, answer.headers["location"]) == (303, "/applications")
    assert text in rows(core.get("/applications"))[0]
    assert core.call("application", "QueryApplication", SQLSH="S-1").all("SQXX/LC/BZ")[-1] == "办理"


def test_completing_by_the_form_moves_the_money(core: Wire) -> None:
    submit(core)
    decide(core, "04")
    drawn = core.call("collection", "QueryAccountDetails", GRZH=MAIMAITI, MXLB="02", YM=1, YHS=20)
    assert drawn.all("MXYE/MX/FSE") == ["1500.00"]


def test_what_is_decided_has_no_form(core: Wire) -> None:
    submit(core)
    decide(core, "05")
    assert tree(core.get("/applications")).xpath("//form") == []


def test_deciding_twice_shows_why_not(core: Wire) -> None:
    submit(core)
    decide(core, "05")
    location = decide(core, "04").headers["location"]
    assert location == f"/applications?error={quote('该申请已办结')}"
    assert tree(core.get(location)).xpath("string(//p[@class='bad'])") == "该申请已办结"


def test_a_form_without_its_fields_shows_an_error(core: Wire) -> None:
    answer = core.form("/applications", "")
    message = quote("表单不完整，请刷新页面后重试。")
    assert (answer.status, answer.headers["location"]) == (303, f"/applications?error={message}")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_forbidden(core: Wire, site: str) -> None:
    submit(core)
    assert decide(core, "04", headers={"Sec-Fetch-Site": site}).status == 403
    assert core.call("application", "QueryApplication", SQLSH="S-1").get("SQXX/ZT") == "02"


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_of_this_site_is_allowed(core: Wire, site: str) -> None:
    submit(core)
    assert decide(core, "03", headers={"Sec-Fetch-Site": site}).status == 303
    assert core.call("application", "QueryApplication", SQLSH="S-1").get("SQXX/ZT") == "03"


def test_the_clock_page_moves_the_date(core: Wire) -> None:
    answer = core.form("/clock", "date=2018-11-14")
    assert (answer.status, answer.headers["location"]) == (303, "/clock")
    assert "会计日期 2018-11-14" in core.get("/").text


def test_the_clock_page_starts_at_the_business_date(reading_core: Wire) -> None:
    page = tree(reading_core.get("/clock"))
    assert page.xpath("//input[@name='date']/@value | //input[@name='date']/@min") == ["2018-10-25", "2018-10-25"]


@pytest.mark.parametrize("on", ["2018-10-24", "tomorrow", ""])
def test_the_clock_page_shows_why_it_does_not_move(core: Wire, on: str) -> None:
    location = core.form("/clock", urlencode({"date": on})).headers["location"]
    assert re.match(r"/clock\?error=.+", location)
    assert tree(core.get(location)).xpath("count(//p[@class='bad'])") == 1
    assert core.control("GET", "clock").json == {"date": "2018-10-25"}


def test_a_status_nobody_knows_is_an_error(core: Wire) -> None:
    submit(core)
    assert "error=" in decide(core, "99").headers["location"]
    assert core.get("/applications").status == 200


def test_a_control_character_in_the_address_does_no_harm(reading_core: Wire) -> None:
    page = tree(reading_core.get("/clock?error=%00no%1b"))
    assert page.xpath("//p[@class='bad']/text()") == ["no"]


def test_a_note_with_control_characters_does_no_harm(core: Wire) -> None:
    submit(core)
    decide(core, "05", "材料\0不全")
    assert core.call("application", "QueryApplication", SQLSH="S-1").all("SQXX/LC/BZ")[-1] == "材料不全"


def test_a_form_that_is_no_utf_8_is_400(core: Wire) -> None:
    connection = core.connect()
    try:
        connection.request("POST", "/clock", b"date=\xff")
        assert connection.getresponse().status == 400
    finally:
        connection.close()
