"""What the centre publishes for everybody. It does not depend on who asks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from bff.cache import policy as cache_policy
from bff.cache.policy import CachePolicy
from bff.context import Context
from bff.errors import ApiError, bad_input, bad_inputs
from bff.resolvers import cursors, paging
from bff.resolvers.core_reads import ask, read
from bff.resolvers.html_sanitizer import sanitised
from bff.resolvers.paging import CachedList, Fetch, Found, Slice
from bff.rules.dates import at_centre
from bff.rules.datum import Datum, converted
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
    metres_between,
)
from bff.rules.opening_hours import is_open
from bff.rules.paging import Page
from bff.rules.policy.rates import Rates
from bff.rules.refusal import UserErrorCode, day_in_words
from bff.rules.text_normalization import has_all_words, has_hidden_characters, search_key
from bff.rules.typed_values import mistyped

Row = TypeVar("Row", bound=cursors.Dated)

LONGEST_SEARCH = 50
NOWHERE = 10**8
"""Metres; the place in the order of outlets that do not say where they are, beyond all that do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is, by a datum that may not be the centre's."""

    coordinates: Coordinates
    datum: Datum


@dataclass(frozen=True, slots=True)
class OutletFound:
    """`metres` is null without a place to measure from, `open_now` where nobody asked or it cannot be known; `datum` is
    that of the outlet's coordinates."""

    outlet: Outlet
    metres: int | None
    datum: Datum
    open_now: bool | None = None

    @property
    def key(self) -> tuple[int, str]:
        return (NOWHERE if self.metres is None else self.metres, self.outlet.id)


async def bulletins(
    context: Context, category: BulletinCategory | None, search: str | None, wanted: Slice, *, with_total: bool
) -> Found[BulletinHead]:
    """Return a page of bulletins, newest first. The core searches: it alone has all bodies at hand."""
    text = checked("search", search)
    fetch = partial(context.services.core.information.bulletins, category, text)
    opened = _first_page(context, cache_policy.BULLETINS, fetch, text, category)
    return await paging.find(opened, wanted, with_total=with_total)


async def bulletin(context: Context, number: str) -> Bulletin | None:
    """Return a bulletin with a body that is safe to show."""
    if len(number) > LONGEST_SEARCH or has_hidden_characters(number):
        return None
    call = partial(context.services.core.information.bulletin, number)
    found = await read(context, cache_policy.BULLETIN, None, call, number)
    return found and replace(found, body=sanitised(found.body, context.services.settings.content_url))


async def channels(context: Context) -> tuple[ServiceChannel, ...]:
    return await read(context, cache_policy.CHANNELS, None, context.services.core.information.channels)


async def developments(
    context: Context, district: str | None, search: str | None, wanted: Slice, *, with_total: bool
) -> Found[Development]:
    """Return developments, the newest approval first, those of an unknown day last."""
    place, text = checked("district", district), checked("search", search)
    fetch = partial(context.services.core.information.developments, place, text)
    opened = _first_page(context, cache_policy.DEVELOPMENTS, fetch, text or place)
    return await paging.find(opened, wanted, with_total=with_total)


async def faqs(context: Context, search: str | None) -> list[Faq]:
    text = checked("search", search)
    found = await read(context, cache_policy.FAQS, None, context.services.core.information.faqs)
    return [faq for faq in found if has_all_words(text or "", faq.topic, faq.question, faq.answer)]


async def outlets(
    context: Context,
    district: str | None,
    near: Place | None,
    search: str | None,
    wanted: Slice,
    *,
    with_open_now: bool,
) -> Found[OutletFound]:
    """Return outlets, the nearest first, else by number. The core gives all of them in one call; they are chosen
    here."""
    place, text = checked("district", district), checked("search", search)
    _check_place(near)
    datum = context.services.policy.datum
    here = converted(near.coordinates, near.datum, datum) if near else None
    wanted.check_size()
    after = (-1, "") if wanted.after is None else cursors.decode(wanted.after, _metres)
    every = read(context, cache_policy.OUTLETS, None, context.services.core.information.outlets)
    known, day = await asyncio.gather(every, _calendar_if(context, wanted=with_open_now))
    chosen = [_measured(each, here, datum) for each in known if _fits(each, place, text)]
    rows = sorted((row for row in chosen if row.key > after), key=lambda row: row.key)
    shown = [_with_hours(context, row, day) for row in rows[: wanted.first]]
    return Found(tuple(shown), len(rows) > wanted.first, len(chosen))


async def rates_on(context: Context, day: date | None) -> Rates:
    """Return the rates of a day; today is the core's business date. Raises BAD_USER_INPUT before the first day that is
    known."""
    if wrong := mistyped(on=day):
        raise bad_inputs(wrong)
    table_of_rates = context.services.rates
    found = table_of_rates.rates_on(day or await business_date(context))
    if found is None:
        raise bad_input(
            f"没有该日期的利率，请选择{day_in_words(table_of_rates.since)}或以后的日期。",
            "on",
            UserErrorCode.INVALID_DATE,
        )
    return found


async def business_date(context: Context) -> date:
    return (await _calendar(context)).business_date


def encode_outlet_cursor(row: OutletFound) -> str:
    """Return the cursor of an outlet: its distance and its number."""
    metres, number = row.key
    return cursors.encode(str(metres), number)


def _metres(digits: str) -> int:
    if len(digits) > len(str(NOWHERE)):
        raise ValueError(digits)
    return int(digits)


def checked(field: str, text: str | None) -> str | None:
    """Return what to look for, without blanks around it; null for nothing."""
    tidy = (text or "").strip()
    if len(tidy) > LONGEST_SEARCH:
        raise bad_input(f"查询内容不能超过{LONGEST_SEARCH}个字。", field)
    if has_hidden_characters(tidy):
        raise bad_input("查询内容含有无法识别的字符，请重新输入。", field)
    return tidy or None


def _first_page(
    context: Context, row: CachePolicy[Page[Row]], fetch: Fetch[Row], search: str | None, *of: object
) -> Fetch[Row]:
    """Read through the cache, but for what was searched for."""
    if search is None:
        return CachedList(context, row, None, fetch, of)

    async def fetched(*, since: date | None, until: date | None, page: int, size: int) -> Page[Row]:
        context.cache_control.no_store()
        return await ask(fetch(since=since, until=until, page=page, size=size))

    return fetched


async def _calendar(context: Context) -> Calendar:
    return await read(context, cache_policy.CALENDAR, None, context.services.core.information.calendar)


async def _calendar_if(context: Context, *, wanted: bool) -> Calendar | None:
    """Null as well when the core does not say, when not all that it says can be read, and when it said so a while ago:
    on Saturday, Friday's calendar would have the outlets open. They are worth showing without."""
    try:
        found = await _calendar(context) if wanted else None
    except ApiError:
        return None
    if found is None or not found.complete or cache_policy.CALENDAR.name in context.staleness:
        return None
    return found


def _check_place(near: Place | None) -> None:
    if near is None:
        return
    if not (-90 <= near.coordinates.latitude <= 90 and -180 <= near.coordinates.longitude <= 180):
        raise bad_input("位置有误，纬度须在-90至90之间，经度须在-180至180之间。", "near")


def _fits(outlet: Outlet, district: str | None, text: str | None) -> bool:
    if district is not None and search_key(outlet.district) != search_key(district):
        return False
    return has_all_words(text or "", outlet.name, outlet.district, outlet.address, *outlet.services)


def _measured(outlet: Outlet, here: Coordinates | None, datum: Datum) -> OutletFound:
    if here is None or outlet.coordinates is None:
        return OutletFound(outlet, None, datum)
    return OutletFound(outlet, metres_between(here, outlet.coordinates), datum)


def _with_hours(context: Context, row: OutletFound, calendar: Calendar | None) -> OutletFound:
    """Add whether the outlet is open. The day is the core's, the time of day the centre's."""
    if calendar is None:
        return row
    context.cache_control.no_store()
    clock = at_centre(context.services.now()).time()
    now = datetime.combine(calendar.business_date, clock)
    return replace(row, open_now=is_open(row.outlet.opening_hours, calendar, now))
