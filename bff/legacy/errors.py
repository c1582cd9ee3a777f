"""Errors of calls to the core, without any content of its replies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bff.rules.application import Rejection


class CoreError(Exception):
    """A call failed. `outcome_unknown`: the core may have done what it was asked, so that a write is reconciled, never
    sent again. `is_outage`: the service is failing for every caller, not for this request alone."""

    outcome = "broken"
    outcome_unknown = False
    is_outage = False

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason


class MessageNotWritten(Exception):
    """A bug of this server before the first byte: nothing was sent."""


@contextmanager
def message_building(operation: str) -> Iterator[None]:
    """Wrap the building of a message. Raises MessageNotWritten for an exception that is no CoreError."""
    try:
        yield
    except CoreError:
        raise
    except Exception as error:
        raise MessageNotWritten(operation) from error


class CoreUnreachable(CoreError):
    """No connection: nothing was sent."""

    outcome = "unreachable"

    is_outage = True


class CoreUnsendable(CoreError):
    """The request has a character that no message can have: nothing was sent, and sending it again does not help."""


class CoreCallNotPermitted(CoreError):
    """The call policy did not let the request be sent; it may be repeated after `retry_after` seconds."""

    outcome = "not_permitted"

    def __init__(self, operation: str, reason: str, retry_after: float) -> None:
        super().__init__(operation, reason)
        self.retry_after = retry_after


class CoreTimeout(CoreError):
    """The deadline passed after something was sent."""

    outcome = "timeout"

    outcome_unknown = True
    is_outage = True


class CoreBadReply(CoreError):
    """No reply, or one that breaks the contract: an outage, whatever its HTTP status."""

    outcome = "bad_reply"

    outcome_unknown = True
    is_outage = True


class CoreBadData(CoreBadReply):
    """The core answered with data of this person that cannot be trusted: no outage."""

    outcome = "bad_data"

    is_outage = False


class CoreFault(CoreError):
    """A SOAP fault with a code."""

    outcome = "fault"

    outcome_unknown = True
    is_outage = True


class CoreRefusedMessage(CoreFault):
    """The core did not accept the message or the password: a mistake of this server or its settings, no outage."""

    outcome = "refused_message"

    is_outage = False

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(operation, f"return code {code}")
        self.code = code


class CoreClosed(CoreError):
    """The core is outside its hours; `opens_at` is null where it did not say."""

    outcome = "closed"

    def __init__(self, operation: str, opens_at: datetime | None) -> None:
        super().__init__(operation, "closed")
        self.opens_at = opens_at


class CoreBusy(CoreError):
    """The core is at its limit and did not accept the call."""

    outcome = "busy"

    is_outage = True


class CoreRejected(CoreError):
    """A business refusal: `code` is ours, `raw_code` and `text` are the core's. `text` may name the person, so that it
    is shown to them and never logged."""

    outcome = "rejected"

    def __init__(self, operation: str, code: Rejection, raw_code: str, text: str) -> None:
        super().__init__(operation, f"rejected with {raw_code}")
        self.code = code
        self.raw_code = raw_code
        self.text = text
