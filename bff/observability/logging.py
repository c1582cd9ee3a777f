"""Logging of a process: one line an event, and no personal data in any, at any level."""

from __future__ import annotations

import atexit
import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor

from bff.observability.log_rate_limiter import LogRateLimiter
from bff.observability.log_writer import LONGEST, QUEUE_FULL, WRITE_FAILED, LogWriter

Style = Literal["json", "console"]

Render = Callable[[Any, str, EventDict], bytes]

log = structlog.get_logger(__name__)

QUIET = {
    "aiosqlite": "statements with their values",
    "sqlalchemy.engine.Engine": "result rows",
    "zeep": "messages and their parts",
    "asyncio": "tasks and their arguments",
    "limits": "keys",
    "httpcore": "headers",
    "strawberry.execution": "exceptions that quote input",
}
"""Loggers whose DEBUG lines hold members' data, and which. They never log below INFO."""

BUSY = ("sqlalchemy.engine.Engine", "httpx")
"""Loggers with a line a statement or call at INFO, for which we have events of our own."""


SETTLES = 1.0
"""Seconds for the last lines of a process, all together."""
KEPT = ("event", "request_id", "operation", "outcome", "level", "logger", "timestamp")
"""Keys that are kept of a line that is too long for one write."""

_limit = LogRateLimiter()
"""The rate limit of this process."""
_writers: list[LogWriter] = []
"""The writer for standard error, once it is configured."""


def start(level: str, style: Style) -> None:
    """Configure a server process: what the interpreter itself would write is logged, too, since writing to a pipe
    that is not read would block."""
    configure(level, style)
    logging.captureWarnings(True)
    threading.excepthook = lambda failed: log.error("thread_failed", exc_info=failed.exc_value)
    sys.unraisablehook = lambda failed: log.error("unraisable", exc_info=failed.exc_value)


def configure(level: str, style: Style) -> None:
    """Send what this process and its libraries log to standard error, in one format."""
    writer = _standard_error()
    ours: list[Processor] = [
        # First, so that lines below the level cost nothing else.
        structlog.stdlib.filter_by_level,
        not_too_often,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_values,
    ]
    libraries: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        without_values,
    ]
    render = as_json if style == "json" else as_text(structlog.dev.ConsoleRenderer())
    structlog.configure(
        processors=[*ours, render],
        logger_factory=cache(partial(Lines, writer)),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [Handler(writer, libraries, render)]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in BUSY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _standard_error() -> LogWriter:
    if not _writers:
        # If it was closed before the start, a socket may have its number by now.
        descriptor = -1 if sys.__stderr__ is None else 2
        _writers.append(LogWriter(descriptor, lambda missing: log.warning("log_lines_dropped", lines=missing)))
        atexit.register(settle)
    return _writers[0]


def settle() -> None:
    """Write what is left, and from here on each line at once, for a process that ends."""
    for each in _writers:
        each.settle(SETTLES)


def dropped() -> Mapping[str, int]:
    """Return how many lines of this process were not written, by the reason."""
    return _writers[0].dropped if _writers else dict.fromkeys((QUEUE_FULL, WRITE_FAILED), 0)


def repeated() -> int:
    """Return how many lines of this process the rate limit held back."""
    return _limit.repeated


def announce(text: str) -> None:
    """Write a line to standard output, which may be closed."""
    LogWriter(-1 if sys.__stdout__ is None else 1).write(text.encode())


class Lines:
    """structlog's logger that writes rendered lines directly: records of the standard library would take longer than
    all else. Its level is that of the standard logger with its name."""

    disabled = False

    def __init__(self, writer: LogWriter, name: str = "bff") -> None:
        self.name, self.info = name, writer.write
        standard = logging.getLogger(name)
        self.getEffectiveLevel, self.isEnabledFor = standard.getEffectiveLevel, standard.isEnabledFor
        self.debug = self.warning = self.error = self.critical = self.exception = self.info


class Handler(logging.Handler):
    """The handler of libraries' records."""

    def __init__(self, writer: LogWriter, processors: list[Processor], render: Render) -> None:
        super().__init__()
        self.writer = writer
        last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        last.append(lambda *event: render(*event).decode())
        self.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=last))

    def emit(self, record: logging.LogRecord) -> None:
        held_back = _limit.passes((record.name, record.pathname, record.lineno))
        if held_back is None:
            return
        try:
            if held_back:
                record.msg, record.args = f"{record.getMessage()} ({held_back} like it held back)", ()
            self.writer.write(self.format(record).encode())
        except Exception as error:  # logging would write it to standard error, with the arguments
            log.error("log_line_wrong", of=record.name, exc_info=error)


def as_json(_: Any, __: str, event: EventDict) -> bytes:
    """Render a line that fits into one write."""
    line = _encoded(event)
    return line if len(line) < LONGEST else _encoded(_shortened(event, len(line)))


def _encoded(event: EventDict) -> bytes:
    try:
        return orjson.dumps(event, default=_named)
    except TypeError:  # half of a surrogate pair, or a number of more than 64 bits
        return json.dumps(event, default=_named).encode()


def _named(value: object) -> str:
    """Name the type of a value that JSON does not know: its text may hold personal data."""
    return type(value).__qualname__


def _shortened(event: EventDict, length: int) -> EventDict:
    kept = {name: str(event[name])[:400] for name in KEPT if name in event}
    errors = [{**each, "at": each["at"][-4:]} for each in event.get("error", [])[:4]]
    return {**kept, **({"error": errors} if errors else {}), "cut_from_bytes": length}


def as_text(renderer: Processor) -> Render:
    def render(logger: Any, name: str, event: EventDict) -> bytes:
        return str(renderer(logger, name, event)).encode("utf-8", "backslashreplace")

    return render


def not_too_often(logger: Any, _: str, event: EventDict) -> EventDict:
    """Apply the rate limit. Operations that went well always have their line: their rate is limited elsewhere."""
    outcome = event.get("outcome")
    if outcome == "ok":
        return event
    held_back = _limit.passes((logger.name, event["event"], outcome))
    if held_back is None:
        raise structlog.DropEvent
    if held_back:
        event["held_back"] = held_back
    return event


def without_values(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an exception by the types and places of its chain: messages may quote what a person typed or what the
    core sent."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = [_described(each) for each in _chain(error)]
    return event


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def _described(error: BaseException) -> dict[str, Any]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', code.co_filename)}.{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return {"type": type(error).__qualname__, "at": frames}
