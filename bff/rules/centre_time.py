"""The centre's time zone, which every moment is shown in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CENTRE_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All of China keeps one time, without summer time since 1991; a fixed offset needs no data of zones."""


def at_centre(moment: datetime) -> datetime:
    """The same moment in the centre's zone. Raises ValueError without a zone: the machine's own would be guessed."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(CENTRE_TIME)
