"""Text messages to phones. Each begins with the centre's name, and one about a change says when it was and whom to
call, so that a member can tell it from fraud."""

from __future__ import annotations

from bff.rules.dates import at_centre
from bff.services import Services


async def send(services: Services, phone: str, text: str) -> None:
    """Send a message to a phone. Raises CoreError."""
    await services.core.customer.send_message(phone, f"【{services.policy.centre}】{text}")


def now_in_words(services: Services) -> str:
    """Return the time as in 10月25日14:30."""
    now = at_centre(services.now())
    return f"{now.month}月{now.day}日{now:%H:%M}"
