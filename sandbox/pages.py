"""The operator's pages: people and ledgers, applications to decide, the inbox, the clock. Plain HTML, no script."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote

from lxml import etree
from lxml.builder import E
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import control
from sandbox.book import applications, database, night
from sandbox.book.applications import Refused
from sandbox.soap.contract import legible
from sandbox.soap.endpoint import Core

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1rem auto; max-width: 72rem;
  padding: 0 1rem; color: #222 } table { border-collapse: collapse; width: 100% } h2 { margin-top: 2rem }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #ddd; text-align: left; white-space: nowrap }
td.n { text-align: right; font-variant-numeric: tabular-nums } nav a { margin-right: 1rem } section { overflow-x: auto }
form { display: inline } .bad { color: #b00 }
"""
STATUS = {"01": "正常", "02": "封存", "03": "合并销户", "04": "转出销户", "05": "提取销户", "06": "冻结"}
STAGES = {"01": "新建", "02": "待审核", "03": "待入账", "04": "已入账", "05": "审核不通过", "06": "付款失败"}
_APPROVE, _PAY = ("审核通过", applications.APPROVED), ("付款并入账", applications.POSTED)
_REJECT, _FAIL = ("审核不通过", applications.REJECTED), ("付款失败", applications.FAILED)
DECISIONS = {
    applications.NEW: (_APPROVE, _PAY, _REJECT),
    applications.ACCEPTED: (_APPROVE, _PAY, _REJECT),
    applications.APPROVED: (_PAY, _FAIL, _REJECT),
    applications.POSTED: (("银行退回付款", applications.FAILED),),
}
"""What an operator may do with an application in each stage, and the stage that follows."""


def routes(core: Core) -> list[BaseRoute]:
    def page(title: str, content: Callable[[sqlite3.Connection, Request], Iterable[Any]]) -> Callable[..., Response]:
        def endpoint(request: Request) -> Response:
            with database.connected(core.book) as db:
                return _html(title, database.today(db), content(db, request))

        return endpoint

    def change(work: Callable[[sqlite3.Connection, Any], None], back: str) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return HTMLResponse("只接受本页面提交的表单。", 403)
            try:
                form = _form(await request.body())
            except UnicodeDecodeError:
                return HTMLResponse("表单内容不是有效的文字。", 400)
            message = await _try(core, work, form)
            return RedirectResponse(f"{back}?error={quote(message)}" if message else back, 303)

        return endpoint

    return [
        Route("/", page("人员", people)),
        Route("/people/{account}", page("明细", ledger)),
        Route("/applications", page("业务申请", open_applications)),
        Route("/applications", change(_decide, "/applications"), methods=["POST"]),
        Route("/inbox", page("短信", inbox)),
        Route("/clock", page("会计日期", clock)),
        Route(
            "/clock",
            change(_advance, "/clock"),
            methods=["POST"],
        ),
    ]


def people(db: sqlite3.Connection, _: Request) -> Iterable[Any]:
    rows = db.execute("SELECT * FROM account JOIN person USING (GRZH) ORDER BY SJHM LIMIT 500")
    yield _table(
        ["姓名", "个人账号", "证件号码", "手机", "状态", "上年结转", "当年归集", "余额", "冻结金额"],
        [
            [
                E.a(row["XINGMING"], href=f"/people/{row['GRZH']}"),
                row["GRZH"],
                row["ZJHM"],
                row["SJHM"],
                STATUS.get(row["GRZHZT"].strip(), row["GRZHZT"]),
                *_yuan(row, "GRZHSNJZYE", "GRZHDNGJYE", "GRZHYE", "DJJE"),
            ]
            for row in rows
        ],
    )


def ledger(db: sqlite3.Connection, request: Request) -> Iterable[Any]:
    account = request.path_params["account"]
    rows = db.execute(
        "SELECT * FROM account_detail WHERE GRZH = ? ORDER BY JZRQ DESC, YWLSH DESC LIMIT 500", (account,)
    )
    yield _table(
        ["记账日期", "摘要", "类别", "发生额", "利息", "上年结转", "当年归集", "余额", "冲账"],
        [
            [
                row["JZRQ"],
                row["ZHAIYAO"] or "",
                "缴存" if row["MXLB"] == "01" else "提取",
                *_yuan(row, "FSE", "FSLXE", "GRZHSNJZYE", "GRZHDNGJYE", "GRZHYE"),
                "" if row["CZBZ"] == "01" else "是",
            ]
            for row in rows
        ],
    )
    for loan in db.execute("SELECT * FROM loan WHERE JKRGJJZH = ? ORDER BY DKFFRQ DESC", (account,)):
        yield E.h2(f"贷款 {loan['DKZH']}  余额 {loan['DKYE'] / 100:.2f}  第{loan['DQQC']}期/总{loan['DKQS']}期")
        details = db.execute("SELECT * FROM loan_detail WHERE DKZH = ? ORDER BY JZRQ DESC, YWLSH DESC", (loan["DKZH"],))
        yield _table(
            ["记账日期", "应还日期", "期次", "发生额", "本金", "利息", "罚息", "余额", "冲账"],
            [
                [
                    row["JZRQ"],
                    row["YWFSRQ"] or "",
                    row["DQQC"] or "",
                    *_yuan(row, "FSE", "BJJE", "LXJE", "FXJE", "DKYE"),
                    "" if row["CZBZ"] == "01" else "是",
                ]
                for row in details
            ],
        )


def open_applications(db: sqlite3.Connection, request: Request) -> Iterable[Any]:
    yield from _error(request)
    rows = db.execute("SELECT * FROM application JOIN person USING (GRZH) ORDER BY SLSJ DESC, SLBH DESC LIMIT 500")
    yield _table(
        ["受理编号", "姓名", "业务", "金额", "状态", "受理时间", "办理"],
        [
            [
                row["SLBH"],
                row["XINGMING"],
                applications.SUMMARIES.get(row["YWLX"], ("", "贷款提前还款"))[1],
                *_yuan(row, "JE"),
                STAGES[row["ZT"]],
                row["SLSJ"],
                _decision(row),
            ]
            for row in rows
        ],
    )


def inbox(db: sqlite3.Connection, request: Request) -> Iterable[Any]:
    found = control.messages(db, request.query_params.get("phone", ""))
    yield _table(["时间", "手机", "内容"], [[each["at"], each["phone"], each["text"]] for each in found])


def clock(db: sqlite3.Connection, request: Request) -> Iterable[Any]:
    yield from _error(request)
    today = str(database.today(db))
    yield E.p("日终向前推进：扣收到期应还款、周末顺延款入账、单位汇缴、6月30日结息并结转。")
    yield E.form(
        E.input(type="date", name="date", value=today, min=today), E.button("推进"), method="post", action="/clock"
    )


def _error(request: Request) -> Iterable[Any]:
    if error := legible(request.query_params.get("error", "")):
        yield E.p(error, {"class": "bad"})


def _decision(row: sqlite3.Row) -> Any:
    decisions = DECISIONS.get(row["ZT"], ())
    if not decisions:
        return ""
    return E.form(
        E.input(type="hidden", name="serial", value=row["SQLSH"]),
        E.input(name="reason", placeholder="审核意见", size="8"),
        *(E.button(text, name="status", value=status) for text, status in decisions),
        method="post",
        action="/applications",
    )


def _form(body: bytes) -> dict[str, str]:
    """Raises UnicodeDecodeError."""
    return {name: legible(value) for name, value in parse_qsl(body.decode(), keep_blank_values=True)}


def _decide(db: sqlite3.Connection, form: Any) -> None:
    serial, status, reason = form["serial"], form["status"], form["reason"] or None
    if status not in control.STATUSES.values():
        raise Refused("2099", "请选择办理结果。")
    applications.decide(db, serial, status, reason)


def _advance(db: sqlite3.Connection, form: Any) -> None:
    today = database.today(db)
    try:
        to = date.fromisoformat(form["date"])
    except ValueError:
        raise Refused("2099", "请输入有效日期。") from None
    if to < today:
        raise Refused("2099", f"会计日期为{today}，不能后退。")
    night.advance(db, to)


async def _try(core: Core, work: Callable[[sqlite3.Connection, Any], None], form: Any) -> str:
    """What went wrong, in words, or nothing."""
    try:
        await core.transact(lambda db: work(db, form))
    except KeyError:
        return "表单不完整，请刷新页面后重试。"
    except (Refused, ValueError) as error:
        return str(error)
    return ""


def _html(title: str, today: date, content: Iterable[Any]) -> Response:
    links = (("/", "人员"), ("/applications", "业务申请"), ("/inbox", "短信"), ("/clock", f"会计日期 {today}"))
    page = E.html(
        E.head(
            E.meta(charset="utf-8"),
            E.meta(name="viewport", content="width=device-width"),
            E.title(f"{title} · 模拟核心系统"),
            E.style(STYLE),
        ),
        E.body(E.nav(*(E.a(text, href=href) for href, text in links)), E.h1(title), *(E.section(c) for c in content)),
        lang="zh-CN",
    )
    body = etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>")
    return HTMLResponse(body, headers=HEADERS)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
    return E.table(E.tr(*(E.th(text) for text in head)), *(E.tr(*(_cell(value) for value in row)) for row in rows))


def _cell(value: Any) -> Any:
    if isinstance(value, etree._Element) and value.tag == "td":
        return value
    return E.td(str(value), {"class": "n"}) if isinstance(value, int) else E.td(value)


def _yuan(row: sqlite3.Row, *names: str) -> list[Any]:
    return [E.td("" if row[name] is None else f"{row[name] / 100:.2f}", {"class": "n"}) for name in names]
