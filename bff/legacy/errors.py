"""How a call to the core can fail: a small vocabulary, and nothing of the reply's content in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bff.rules.application import Rejection


class CoreError(Exception):
    """`outcome_unknown` says whether the core may have done what it was asked: a write is then asked about, never
    sent again. `is_outage` says that the service is sick, whoever asks; else it is this one question."""

    outcome = "broken"
    outcome_unknown = False
    is_outage = False

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason


class MessageNotWritten(Exception):
    """A bug of ours before the first byte: nothing was sent."""


@contextmanager
def writing(operation: str) -> Iterator[None]:
    """Around what makes a message. Raises MessageNotWritten for what is no CoreError."""
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
    """It has a character that no message can have: nothing was sent, and nothing ever will be."""


class CoreCallNotPermitted(CoreError):
    """This server did not send it, to spare the core: worth asking again after `retry_after` seconds."""

    outcome = "held_back"

    def __init__(self, operation: str, reason: str, retry_after: float) -> None:
        super().__init__(operation, reason)
        self.retry_after = retry_after


class CoreTimeout(CoreError):
    """The deadline passed after something was sent."""

    outcome = "timeout"

    outcome_unknown = True
    is_outage = True


class CoreBadReply(CoreError):
    """No reply, or one that breaks the contract: an outage, whatever its HTTP status says."""

    outcome = "bad_reply"

    outcome_unknown = True
    is_outage = True


class CoreBadData(CoreBadReply):
    """The core answered, and what it says of this person cannot be trusted: no reason to spare it."""

    outcome = "bad_data"

    is_outage = False


class CoreFault(CoreError):
    """A SOAP fault with a code: the core broke."""

    outcome = "fault"

    outcome_unknown = True
    is_outage = True


class CoreRefusedMessage(CoreFault):
    """It did not take our message, or our password: a mistake here, and the core is well."""

    outcome = "refused_message"

    is_outage = False

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(operation, f"return code {code}")
        self.code = code


class CoreClosed(CoreError):
    """Outside its hours. `opens_at` is null when it did not say."""

    outcome = "closed"

    def __init__(self, operation: str, opens_at: datetime | None) -> None:
        super().__init__(operation, "closed")
        self.opens_at = opens_at


class CoreBusy(CoreError):
    """It did not accept the call for now."""

    outcome = "busy"

    is_outage = True


class CoreRejected(CoreError):
    """A business refusal: `code` in our words, `raw_code` and `text` in the core's. `text` may name the person, so
    it is shown to them and never logged."""

    outcome = "rejected"

    def __init__(self, operation: str, code: Rejection, raw_code: str, text: str) -> None:
        super().__init__(operation, f"rejected with {raw_code}")
        self.code = code
        self.raw_code = raw_code
        self.text = text
