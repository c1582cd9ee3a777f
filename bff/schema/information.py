"""What the centre publishes (资讯公告, 便民工具): bulletins, channels, rates, outlets, developments, questions."""

from __future__ import annotations

import datetime
from typing import Annotated, cast

import strawberry

from bff.resolvers import information as resolvers
from bff.rules import information as rules
from bff.rules.datum import Datum
from bff.rules.policy.rates import HomeOrder, LoanRate, Rates
from bff.schema import costs
from bff.schema.connection import DEFAULT_PAGE, After, Connection, First, Info, connection, slice_of
from bff.schema.enums import register
from bff.schema.record_types import stands_for
from bff.schema.scalars import Rate
from bff.schema.selection import selects, selects_path

register(
    rules.BulletinCategory,
    "Column that a bulletin stands in (栏目).",
    {
        "NOTICE": "A notice (通知公告).",
        "POLICY": "Policies and regulations (政策法规).",
        "GUIDE": "How to get something done (办事指南).",
    },
)
register(
    rules.ChannelKind,
    "Kind of a service channel (渠道类型).",
    {
        "WEBSITE": "Website (门户网站).",
        "HOTLINE": "Telephone (服务热线).",
        "OFFICIAL_ACCOUNT": "Official account in a messenger (微信公众号).",
        "MINI_PROGRAM": "Mini program in a messenger (小程序).",
        "APP": "Mobile app (手机客户端).",
        "KIOSK": "Self-service terminal (自助终端).",
        "COUNTER": "Counter (柜台).",
        "UNKNOWN": "A kind that this server does not know (未知).",
    },
)

Search = Annotated[
    str | None,
    strawberry.argument(description="Words that all have to occur, as 提前 还款; 50 characters at most (关键字)."),
]
District = Annotated[
    str | None, strawberry.argument(description="District as the centre writes it, as in `Outlet.district` (区县).")
]


@strawberry.type(description="A bulletin in a list (资讯公告列表项).")
class BulletinHead:
    id: strawberry.ID = strawberry.field(description="ID of the bulletin (文章编号).")
    category: rules.BulletinCategory | None = strawberry.field(description="Column, null for an unknown one (栏目).")
    title: str = strawberry.field(description="Title (标题).")
    summary: str | None = strawberry.field(description="A sentence or two (摘要).")
    published_on: datetime.date = strawberry.field(description="Day of publication (发布日期).")


@strawberry.type(description="A bulletin (资讯公告).")
class Bulletin:
    id: strawberry.ID = strawberry.field(description="ID of the bulletin (文章编号).")
    category: rules.BulletinCategory | None = strawberry.field(description="Column, null for an unknown one (栏目).")
    title: str = strawberry.field(description="Title (标题).")
    published_on: datetime.date = strawberry.field(description="Day of publication (发布日期).")
    source: str | None = strawberry.field(description="Publisher (来源).")
    body: str = strawberry.field(
        description="HTML that is safe to show: no scripts, styles or frames; images by https alone (正文).",
        metadata=costs.LONG_TEXT,
    )


@strawberry.type(description="A way to reach the centre (服务渠道).")
class ServiceChannel:
    name: str = strawberry.field(description="Name (渠道名称).")
    kind: rules.ChannelKind = strawberry.field(description="Kind (渠道类型).")
    address: str = strawberry.field(description="URL, number, account or place (渠道地址).")
    description: str | None = strawberry.field(description="Purpose and hours (说明).")


@strawberry.type(description="Rates on the two parts of an account, per cent a year (存款利率).")
class DepositRates:
    current_year: Rate = strawberry.field(description="On what was credited since 1 July (当年归集).")
    carried_forward: Rate = strawberry.field(description="On what was carried over (上年结转).")


@strawberry.type(description="Rates of housing fund loans, per cent a year (贷款利率).")
class LoanRates:
    home_order: HomeOrder = strawberry.field(description="First home, second home … (住房套数).")
    up_to_five_years: Rate = strawberry.field(description="Terms of up to and including five years (五年以下含五年).")
    over_five_years: Rate = strawberry.field(description="Longer terms (五年以上).")


@strawberry.type(description="Interest rates in force on a day (公积金利率).")
class InterestRates:
    effective_from: datetime.date = strawberry.field(description="Day of the latest change of any of them (生效日期).")
    deposit: DepositRates = strawberry.field(description="Rates of deposits (存款利率).")
    loan: list[LoanRates] = strawberry.field(
        description="Rates of loans, one entry for each home order (贷款利率).", metadata=costs.FEW
    )


register(
    Datum,
    "What coordinates are measured by; up to some hundred metres lie between them (坐标系).",
    {
        "WGS_84": "Satellite receivers, and phones' own positions (GPS 坐标).",
        "GCJ_02": "Maps in China, such as AMap and Tencent (国测局坐标，高德、腾讯地图).",
        "BD_09": "Baidu's maps (百度坐标).",
    },
    name="CoordinateDatum",
)


@strawberry.type(description="A place on the map (坐标).")
class Coordinates:
    latitude: float = strawberry.field(description="Degrees north (纬度).")
    longitude: float = strawberry.field(description="Degrees east (经度).")
    datum: Datum = strawberry.field(
        description="Datum of the centre's data; convert the coordinates for a map in another datum (坐标系)."
    )


@strawberry.input(description="A place on the map (坐标).")
class CoordinatesInput:
    latitude: float = strawberry.field(description="Degrees north, -90 to 90: 25.0406 (纬度).")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180: 102.7123 (经度).")
    datum: Datum = strawberry.field(default=Datum.WGS_84, description="Datum of latitude and longitude (坐标系).")


@strawberry.type(description="A place with counters (服务网点).")
class Outlet:
    id: strawberry.ID = strawberry.field(description="Its number (网点编号).")
    name: str = strawberry.field(description="Name (网点名称).")
    district: str = strawberry.field(description="District (区县).")
    address: str = strawberry.field(description="Address (地址).")
    phone: str | None = strawberry.field(description="Telephone (联系电话).")
    opening_hours: str | None = strawberry.field(description="As the outlet writes them (营业时间).")
    open_now: bool | None = strawberry.field(
        description="Whether it is open now, by the core's holidays and make-up workdays; null if unknown (是否营业中)."
    )
    services: list[str] = strawberry.field(description="Services offered there (业务范围).")
    coordinates: Coordinates | None = strawberry.field(description="Where it is (坐标).")
    distance_in_metres: int | None = strawberry.field(
        description="Straight-line distance from `near` in metres; null without `near` (距离，米)."
    )


@strawberry.type(description="A development whose buyers may borrow from the fund (合作楼盘).")
class Development:
    id: strawberry.ID = strawberry.field(description="Its number (楼盘编号).")
    name: str = strawberry.field(description="Name (楼盘名称).")
    developer: str = strawberry.field(description="Developer (开发商).")
    district: str = strawberry.field(description="District (区县).")
    address: str = strawberry.field(description="Address (地址).")
    bank_name: str | None = strawberry.field(description="Bank that handles its loans (合作银行).")
    approved_on: datetime.date | None = strawberry.field(description="Day of approval (批准日期).")


@strawberry.type(description="A frequently asked question (常见问题).")
class Faq:
    id: strawberry.ID = strawberry.field(description="Its number (问题编号).")
    topic: str = strawberry.field(description="Topic (主题).")
    question: str = strawberry.field(description="Question (问题).")
    answer: str = strawberry.field(description="Answer, plain text (解答).", metadata=costs.cost(5))


_bulletin_head = stands_for(BulletinHead, rules.BulletinHead)
_bulletin = stands_for(Bulletin, rules.Bulletin)
_channel = stands_for(ServiceChannel, rules.ServiceChannel)
_development = stands_for(Development, rules.Development)
_faq = stands_for(Faq, rules.Faq)


@strawberry.type
class InformationQuery:
    @strawberry.field(description="Bulletins of the centre, newest first (资讯公告).")
    async def bulletins(
        self,
        info: Info,
        category: Annotated[
            rules.BulletinCategory | None, strawberry.argument(description="Only this category (栏目).")
        ] = None,
        search: Search = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[BulletinHead] | None:
        with_total = selects(info._raw_info, "totalCount")
        found = await resolvers.bulletins(info.context, category, search, slice_of(first, after), with_total=with_total)
        return cast(Connection[BulletinHead], connection(found, _bulletin_head))

    @strawberry.field(description="One bulletin with its body; null when there is none (资讯公告详情).")
    async def bulletin(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="ID of the bulletin (文章编号).")],
    ) -> Bulletin | None:
        found = await resolvers.bulletin(info.context, str(id))
        return _bulletin(found) if found else None

    @strawberry.field(description="Channels by which the centre is reached (服务渠道).", metadata=costs.MANY)
    async def service_channels(self, info: Info) -> list[ServiceChannel] | None:
        return [_channel(each) for each in await resolvers.channels(info.context)]

    @strawberry.field(description="Interest rates in force on a day (公积金利率查询).")
    async def interest_rates(
        self,
        info: Info,
        on: Annotated[
            datetime.date | None, strawberry.argument(description="The day, else the core's business date (日期).")
        ] = None,
    ) -> InterestRates | None:
        return _interest_rates(await resolvers.rates_on(info.context, on))

    @strawberry.field(description="Counters, the nearest to `near` first, else by number (服务网点).")
    async def outlets(
        self,
        info: Info,
        district: District = None,
        near: Annotated[
            CoordinatesInput | None, strawberry.argument(description="Position to measure distances from (当前位置).")
        ] = None,
        search: Search = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[Outlet] | None:
        with_open_now = selects_path(info._raw_info, "edges", "node", "openNow")
        place = resolvers.Place(rules.Coordinates(near.latitude, near.longitude), near.datum) if near else None
        found = await resolvers.outlets(
            info.context, district, place, search, slice_of(first, after), with_open_now=with_open_now
        )
        return cast(Connection[Outlet], connection(found, _outlet, resolvers.encode_outlet_cursor))

    @strawberry.field(
        description="Developments whose buyers may borrow from the fund, the latest approval first (合作楼盘)."
    )
    async def developments(
        self,
        info: Info,
        district: District = None,
        search: Search = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[Development] | None:
        with_total = selects(info._raw_info, "totalCount")
        found = await resolvers.developments(
            info.context, district, search, slice_of(first, after), with_total=with_total
        )
        return cast(Connection[Development], connection(found, _development))

    @strawberry.field(description="Frequently asked questions (常见问题).", metadata=costs.MANY)
    async def faqs(self, info: Info, search: Search = None) -> list[Faq] | None:
        return [_faq(each) for each in await resolvers.faqs(info.context, search)]


def _interest_rates(record: Rates) -> InterestRates:
    return InterestRates(
        effective_from=record.effective_from,
        deposit=DepositRates(
            current_year=Rate(record.deposit.current_year), carried_forward=Rate(record.deposit.carried_forward)
        ),
        loan=[_loan_rates(record.loan, order) for order in HomeOrder],
    )


def _loan_rates(record: LoanRate, order: HomeOrder) -> LoanRates:
    terms = record.terms(order)
    return LoanRates(
        home_order=order,
        up_to_five_years=Rate(terms.up_to_five_years),
        over_five_years=Rate(terms.over_five_years),
    )


def _coordinates(record: rules.Coordinates, datum: Datum) -> Coordinates:
    return Coordinates(latitude=record.latitude, longitude=record.longitude, datum=datum)


def _outlet(found: resolvers.OutletFound) -> Outlet:
    record = found.outlet
    return Outlet(
        id=strawberry.ID(record.id),
        name=record.name,
        district=record.district,
        address=record.address,
        phone=record.phone,
        opening_hours=record.opening_hours,
        open_now=found.open_now,
        services=list(record.services),
        coordinates=_coordinates(record.coordinates, found.datum) if record.coordinates else None,
        distance_in_metres=found.metres,
    )
