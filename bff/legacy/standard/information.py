"""Gateway of published information. A row that cannot be read is left out and counted: the others are worth showing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bff.legacy.errors import CoreRejected
from bff.legacy.standard.client import CoreClient
from bff.legacy.standard.code_tables import BULLETIN_CATEGORIES, CHANNEL_KIND, CODE_OF_BULLETIN_CATEGORY
from bff.legacy.standard.paging import day_of, page_request, readable, readable_page_of
from bff.legacy.standard.reply_reader import ReplyReader
from bff.rules.application import Rejection
from bff.rules.information import (
    Bulletin,
    BulletinCategory,
    BulletinHead,
    Calendar,
    Coordinates,
    Development,
    Faq,
    Outlet,
    ServiceChannel,
    SpecialDay,
)
from bff.rules.paging import Page

SERVICE = "InformationService"


@dataclass(frozen=True, slots=True)
class InformationGateway:
    client: CoreClient

    async def bulletins(
        self,
        category: BulletinCategory | None,
        search: str | None,
        *,
        since: date | None,
        until: date | None,
        page: int,
        size: int,
    ) -> Page[BulletinHead]:
        """List bulletins (QueryArticles), newest first; each word of `search` is found in title, summary or body."""
        asked: dict[str, object] = {"LMDM": CODE_OF_BULLETIN_CATEGORY[category]} if category else {}
        if search:
            asked["GJZ"] = search
        _, found = await self.client.listing(
            SERVICE, "QueryArticles", "WZYE", "WZ", **asked, **page_request(since, until, page, size)
        )
        return readable_page_of(found, "WZ", _head)

    async def bulletin(self, number: str) -> Bulletin | None:
        """Read a bulletin (QueryArticle); null where there is none. The body is the core's HTML, not safe to show."""
        try:
            _, found = await self.client.call(SERVICE, "QueryArticle", "WZ", WZBH=number)
        except CoreRejected as refusal:
            if refusal.code is Rejection.RECORD_UNKNOWN:
                return None
            raise
        found.must_be("WZBH", number)
        return _bulletin(found)

    async def channels(self) -> tuple[ServiceChannel, ...]:
        _, found = await self.client.listing(SERVICE, "QueryChannels", "QDLB", "QD")
        return readable(found, "QD", _channel)[0]

    async def outlets(self) -> tuple[Outlet, ...]:
        _, found = await self.client.listing(SERVICE, "QueryOutlets", "WDLB", "WD")
        return readable(found, "WD", _outlet)[0]

    async def developments(
        self,
        district: str | None,
        search: str | None,
        *,
        since: date | None,
        until: date | None,
        page: int,
        size: int,
    ) -> Page[Development]:
        """List developments (QueryDevelopments), newest approval first; each word of `search` is found in name,
        developer or address."""
        asked = {name: value for name, value in (("QX", district), ("GJZ", search)) if value}
        _, found = await self.client.listing(
            SERVICE, "QueryDevelopments", "LPYE", "LP", **asked, **page_request(since, until, page, size)
        )
        return readable_page_of(found, "LP", _development)

    async def faqs(self) -> tuple[Faq, ...]:
        _, found = await self.client.listing(SERVICE, "QueryFaqs", "WTLB", "WT")
        return readable(found, "WT", _faq)[0]

    async def calendar(self, since: date | None = None, until: date | None = None) -> Calendar:
        """Read the core's hours and the special days of a period (QueryCalendar), both ends included; an end that is
        not given is the core's business date."""
        period = {name: day_of(day) for name, day in (("KSRQ", since), ("JSRQ", until)) if day}
        reply, found = await self.client.listing(SERVICE, "QueryCalendar", "RL", "TSR", **period)
        special_days, unreadable = readable(found, "TSR", _special_day)
        return Calendar(
            business_date=reply.date("KJRQ"),
            opens_at=found.time("KMSJ"),
            closes_at=found.time("GMSJ"),
            special_days=special_days,
            complete=not unreadable,
        )


def _head(found: ReplyReader) -> BulletinHead:
    return BulletinHead(
        id=found.key("WZBH"),
        category=_category(found),
        title=found.text("BT"),
        summary=found.text_or_none("ZY"),
        published_on=found.date("FBRQ"),
    )


def _bulletin(found: ReplyReader) -> Bulletin:
    return Bulletin(
        id=found.key("WZBH"),
        category=_category(found),
        title=found.text("BT"),
        source=found.text_or_none("LY"),
        published_on=found.date("FBRQ"),
        body=found.text("ZW"),
    )


def _category(found: ReplyReader) -> BulletinCategory | None:
    code = found.text("LMDM")
    if code not in BULLETIN_CATEGORIES:
        found.report_anomaly("LMDM", code)
    return BULLETIN_CATEGORIES.get(code)


def _channel(found: ReplyReader) -> ServiceChannel:
    kind, kind_code = found.code("QDLX", CHANNEL_KIND)
    return ServiceChannel(
        name=found.text("QDMC"),
        kind=kind,
        kind_code=kind_code,
        address=found.text("QDDZ"),
        description=found.text_or_none("QDSM"),
    )


def _outlet(found: ReplyReader) -> Outlet:
    longitude, latitude = found.rate_or_none("JD"), found.rate_or_none("WD")
    return Outlet(
        id=found.text("WDBH"),
        name=found.text("WDMC"),
        district=found.text("QX"),
        address=found.text("DZ"),
        phone=found.text_or_none("LXDH"),
        opening_hours=found.text_or_none("YYSJ"),
        services=tuple(part.strip() for part in (found.text_or_none("YWFW") or "").split("、") if part.strip()),
        coordinates=Coordinates(float(latitude), float(longitude)) if latitude and longitude else None,
    )


def _development(found: ReplyReader) -> Development:
    return Development(
        id=found.text("LPBH"),
        name=found.text("LPMC"),
        developer=found.text("KFS"),
        district=found.text("QX"),
        address=found.text("DZ"),
        bank_name=found.text_or_none("YHMC"),
        approved_on=found.date_or_none("PZRQ"),
    )


def _faq(found: ReplyReader) -> Faq:
    return Faq(id=found.text("WTBH"), topic=found.text("ZTMC"), question=found.text("WTNR"), answer=found.text("DANR"))


def _special_day(found: ReplyReader) -> SpecialDay:
    return SpecialDay(date=found.date("RQ"), workday=found.boolean("SFGZR"), note=found.text_or_none("SM"))
