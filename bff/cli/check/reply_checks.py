"""What the answers to the round trips tell of credentials, clocks, encodings and hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bff.cli.check import probes
from bff.cli.check.findings import Line, look, not_checked, ok, wrong
from bff.cli.check.probes import Heard, Outcome
from bff.legacy.errors import CoreClosed
from bff.legacy.standard import charset
from bff.rules.dates import CENTRE_TIME

FRESH = timedelta(minutes=5)
"""How old WS-Security's UsernameToken advises a core to let our messages be."""
APART = timedelta(seconds=30)
DAYS_APART = 7
NOTHING = "no service answered"


def lines(checks: Mapping[str, Outcome | Line], heard: Sequence[Heard], username: str, now: datetime) -> list[Line]:
    """`checks` are the round trips, and lines for those that could not be made."""
    outcomes = [each for each in checks.values() if isinstance(each, Outcome)]
    apart = _apart(heard)
    return [
        _credentials(outcomes, apart, username),
        *(each if isinstance(each, Line) else probes.line(each) for _, each in sorted_as_asked(checks)),
        _clock(heard, apart),
        _business_date(outcomes, now),
        _encodings(heard),
        _hours(outcomes),
    ]


def sorted_as_asked(checks: Mapping[str, Outcome | Line]) -> list[tuple[str, Outcome | Line]]:
    order = [trip.check for trip in probes.TRIPS]
    return sorted(checks.items(), key=lambda item: order.index(item[0]))


def _apart(heard: Sequence[Heard]) -> timedelta | None:
    """How far the core's clock is ahead of ours, to the second that HTTP has."""
    for each in heard:
        try:
            return parsedate_to_datetime(each.reply.date or "") - each.at
        except (TypeError, ValueError):
            continue
    return None


def _credentials(outcomes: Sequence[Outcome], apart: timedelta | None, username: str) -> Line:
    refused = [each.trip.check for each in outcomes if each.refuses_us]
    if refused and apart is not None and abs(apart) >= FRESH:
        return not_checked("credentials", "the clocks are so far apart that the core refuses for that alone")
    if refused:
        cure = "compare BFF_CORE_USERNAME, BFF_CORE_PASSWORD and BFF_CORE_CHANNEL with what you were given"
        return wrong("credentials", f"the core refuses {username or 'no user name'} at {', '.join(refused)}", cure)
    if any(each.accepts_us for each in outcomes):
        return ok("credentials", f"accepted for {username}")
    closed = any(isinstance(each.answer, CoreClosed) for each in outcomes)
    return not_checked("credentials", "the core is closed" if closed else NOTHING)


def _clock(heard: Sequence[Heard], apart: timedelta | None) -> Line:
    if apart is None:
        return not_checked("clock", "the core's answers have no Date header" if heard else NOTHING)
    seconds = round(apart.total_seconds())
    found = f"the core's is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} ours" if seconds else "the same"
    cure = "let both machines follow one time server (chrony); what the core's shows is in its Date header"
    if abs(apart) >= FRESH:
        return wrong("clock", found, cure)
    return look("clock", found, cure) if abs(apart) >= APART else ok("clock", found)


def _business_date(outcomes: Sequence[Outcome], now: datetime) -> Line:
    calendar = next(filter(None, (each.calendar for each in outcomes)), None)
    if calendar is None:
        return not_checked("business date", "the core's calendar did not come")
    days = (calendar.business_date - now.astimezone(CENTRE_TIME).date()).days
    found = f"{calendar.business_date}, {abs(days)} days {'behind' if days < 0 else 'ahead of'} today"
    if abs(days) > DAYS_APART:
        return look("business date", found, "a practice core keeps its own date; a real one has stopped its nights")
    return ok("business date", found if days else f"{calendar.business_date}, today")


def _encodings(heard: Sequence[Heard]) -> Line:
    if not heard:
        return not_checked("encodings", NOTHING)
    found = {each.operation: charset.DeclaredEncoding.of(each.reply.body, each.reply.charset) for each in heard}
    lies = [f"{name}: {why}" for name, each in found.items() if (why := _lie(each))]
    if lies:
        cure = "have the core's operators declare what they send; a reply that cannot be read is an outage"
        return wrong("encodings", "replies are not in what they say", cure, lies)
    actual = sorted({each.actual or "" for each in found.values()} - {"ASCII"})
    if not actual:
        return look("encodings", "only ASCII came: nothing is proved", "look at a member with a Chinese name")
    silent = sorted(name for name, each in found.items() if not each.labels)
    if silent and actual != ["UTF-8"]:
        return look("encodings", f"{', '.join(actual)}, undeclared", "it is guessed; have it declared", silent)
    return ok("encodings", f"{', '.join(actual)}, as declared")


def _lie(found: charset.DeclaredEncoding) -> str:
    if found.actual is None:
        return f"{next(iter(found.labels), 'nothing')} declared, and it is none that we know"
    wrong = [label for label in found.labels if found.actual not in (charset.ASCII, label)]
    return f"{wrong[0]} declared, {found.actual} sent" if wrong else ""


def _hours(outcomes: Sequence[Outcome]) -> Line:
    closed = [each.answer for each in outcomes if isinstance(each.answer, CoreClosed)]
    if closed:
        opens = next((each.opens_at for each in closed if each.opens_at), None)
        when = f"until {opens:%Y-%m-%d %H:%M} of the centre's time" if opens else "and does not say until when"
        return look("hours", f"the core is closed {when}", "check again when it is open")
    calendar = next(filter(None, (each.calendar for each in outcomes)), None)
    if calendar is None:
        return not_checked("hours", "the core's calendar did not come")
    return ok("hours", f"open now; its calendar says {calendar.opens_at:%H:%M} to {calendar.closes_at:%H:%M}")
