"""Checks of the probes' replies: credentials, clocks, encodings and hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bff.cli.check import probes
from bff.cli.check.findings import Finding, look, not_checked, ok, wrong
from bff.cli.check.probes import ProbeResult, RecordedReply
from bff.legacy.errors import CoreClosed
from bff.legacy.standard import charset
from bff.rules.dates import at_centre

FRESH = timedelta(minutes=5)
"""The age up to which WS-Security's UsernameToken profile advises a core to accept messages."""
APART = timedelta(seconds=30)
DAYS_APART = 7
NOTHING = "no service answered"


def findings(
    checks: Mapping[str, ProbeResult | Finding], replies: Sequence[RecordedReply], username: str, now: datetime
) -> list[Finding]:
    """Return the findings of the replies; `checks` has the result of each probe, or a finding where it was not run."""
    results = [each for each in checks.values() if isinstance(each, ProbeResult)]
    apart = _apart(replies)
    return [
        _credentials(results, apart, username),
        *(each if isinstance(each, Finding) else probes.finding(each) for _, each in sorted_as_asked(checks)),
        _clock(replies, apart),
        _business_date(results, now),
        _encodings(replies),
        _hours(results),
    ]


def sorted_as_asked(checks: Mapping[str, ProbeResult | Finding]) -> list[tuple[str, ProbeResult | Finding]]:
    order = [probe.check for probe in probes.PROBES]
    return sorted(checks.items(), key=lambda item: order.index(item[0]))


def _apart(replies: Sequence[RecordedReply]) -> timedelta | None:
    """Return how far the core's clock is ahead of ours, in whole seconds as HTTP has them."""
    for each in replies:
        try:
            return parsedate_to_datetime(each.reply.date or "") - each.at
        except (TypeError, ValueError):
            continue
    return None


def _credentials(results: Sequence[ProbeResult], apart: timedelta | None, username: str) -> Finding:
    refused = [each.probe.check for each in results if each.refuses_us]
    if refused and apart is not None and abs(apart) >= FRESH:
        return not_checked("credentials", "the clocks are so far apart that the core refuses for that alone")
    if refused:
        cure = "compare BFF_CORE_USERNAME, BFF_CORE_PASSWORD and BFF_CORE_CHANNEL with what you were given"
        return wrong("credentials", f"the core refuses {username or 'no user name'} at {', '.join(refused)}", cure)
    if any(each.accepts_us for each in results):
        return ok("credentials", f"accepted for {username}")
    closed = any(isinstance(each.answer, CoreClosed) for each in results)
    return not_checked("credentials", "the core is closed" if closed else NOTHING)


def _clock(replies: Sequence[RecordedReply], apart: timedelta | None) -> Finding:
    if apart is None:
        return not_checked("clock", "the core's answers have no Date header" if replies else NOTHING)
    seconds = round(apart.total_seconds())
    found = f"the core's is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} ours" if seconds else "the same"
    cure = "let both machines follow one time server (chrony); what the core's shows is in its Date header"
    if abs(apart) >= FRESH:
        return wrong("clock", found, cure)
    return look("clock", found, cure) if abs(apart) >= APART else ok("clock", found)


def _business_date(results: Sequence[ProbeResult], now: datetime) -> Finding:
    calendar = next(filter(None, (each.calendar for each in results)), None)
    if calendar is None:
        return not_checked("business date", "the core's calendar did not come")
    days = (calendar.business_date - at_centre(now).date()).days
    found = f"{calendar.business_date}, {abs(days)} days {'behind' if days < 0 else 'ahead of'} today"
    if abs(days) > DAYS_APART:
        return look("business date", found, "a practice core keeps its own date; a real one has stopped its nights")
    return ok("business date", found if days else f"{calendar.business_date}, today")


def _encodings(replies: Sequence[RecordedReply]) -> Finding:
    if not replies:
        return not_checked("encodings", NOTHING)
    found = {each.operation: charset.DeclaredEncoding.of(each.reply.body, each.reply.charset) for each in replies}
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


def _hours(results: Sequence[ProbeResult]) -> Finding:
    closed = [each.answer for each in results if isinstance(each.answer, CoreClosed)]
    if closed:
        opens = next((each.opens_at for each in closed if each.opens_at), None)
        when = f"until {opens:%Y-%m-%d %H:%M} of the centre's time" if opens else "and does not say until when"
        return look("hours", f"the core is closed {when}", "check again when it is open")
    calendar = next(filter(None, (each.calendar for each in results)), None)
    if calendar is None:
        return not_checked("hours", "the core's calendar did not come")
    return ok("hours", f"open now; its calendar says {calendar.opens_at:%H:%M} to {calendar.closes_at:%H:%M}")
