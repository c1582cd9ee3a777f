"""Logging of a process: one line an event, and no personal data in any of them, at any level."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

Style = Literal["json", "console"]

QUIET = {
    "aiosqlite": "statements with their values",
    "sqlalchemy.engine.Engine": "result rows",
    "zeep": "messages and their parts",
    "asyncio": "tasks and their arguments",
    "limits": "keys",
    "httpcore": "headers",
    "strawberry.execution": "exceptions that quote input",
}
"""Loggers whose DEBUG lines hold members' data, and what of them. They never say more than INFO."""

BUSY = ("sqlalchemy.engine.Engine", "httpx")
"""Loggers that say a line a statement or a call at INFO: what they report has events of our own."""


def configure(level: str, style: Style) -> None:
    """Sends what this process logs, our own and libraries', to standard error in one shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        without_values,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else structlog.dev.ConsoleRenderer()
    )
    stream = sys.stderr
    structlog.configure(
        # Who asks for less does not pay for the rest.
        processors=[structlog.stdlib.filter_by_level, *shared, renderer],
        logger_factory=lambda *name: Lines(stream, *name),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in BUSY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class Lines:
    """Where our own lines go, as they are: to make records of the standard library of them takes longer than all else.
    Their level is that of the standard logger with the same name."""

    disabled = False

    def __init__(self, stream: TextIO, name: str = "bff") -> None:
        self.stream, self.name = stream, name
        standard = logging.getLogger(name)
        self.getEffectiveLevel, self.isEnabledFor = standard.getEffectiveLevel, standard.isEnabledFor

    def info(self, line: str) -> None:
        self.stream.write(line + "\n")
        self.stream.flush()

    debug = warning = error = critical = exception = info


def without_values(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception is logged as its type and place: its message may quote what a person typed or what the core
    sent, and so may those that led to it."""
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
