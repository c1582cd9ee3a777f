"""What goes wrong, so that each alert has its reason; each fault has a server, a core and a store to itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import sleep

from bench.rehearsal import steps
from bench.rehearsal.steps import Target

Step = Callable[[Target], None]


@dataclass(frozen=True)
class Fault:
    """`begin` is done once, `go_on` by as many `clients` at the same time, again and again."""

    name: str
    alerts: tuple[str, ...]
    begin: Step = lambda _: None
    go_on: Step = lambda _: sleep(1)
    clients: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    signs_in: bool = True
    """Whether somebody can, before it begins."""


FAULTS = (
    Fault(
        "the core ends",
        ("CoreDown", "CoreBreakerOpen", "OperationsFail"),
        steps.core_ends,
        steps.ask_a_second,
        settings={"BFF_CACHE": "false"},
    ),
    Fault(
        "the core takes 3.2 s for a call, one at a time",
        ("CoreSlow", "CoreCallsWait", "OperationsSlow"),
        steps.core_is_slow,
        steps.ask_a_second,
        clients=4,
        settings={
            "BFF_CACHE": "false",
            "BFF_CORE_MAX_CONCURRENCY": "1",
            "BFF_CORE_TIMEOUT": "60",
            "BFF_REQUEST_TIMEOUT": "60",
        },
    ),
    Fault(
        "the core does not take our password",
        ("CoreRefusesMessages",),
        go_on=steps.ask_for_what_is_public,
        settings={"BFF_CORE_PASSWORD": "not-practice"},
        signs_in=False,
    ),
    Fault(
        "the core sends a code that is not in its table",
        ("CoreDataOdd",),
        steps.core_sends_a_new_code,
        steps.ask_a_second,
    ),
    Fault(
        "the core's reply to a submission is lost, and it does not answer about it",
        ("ApplicationUnconfirmed", "ApplicationStuck"),
        steps.reply_is_lost,
        settings={"BFF_CORE_TIMEOUT": "2"},
    ),
    Fault(
        "the core loses an application",
        ("ApplicationMissing",),
        steps.core_loses_an_application,
        settings={"BFF_FOLLOW_EVERY": "1"},
    ),
    Fault(
        "the store is locked, and a table of it is gone",
        ("ReconcilingFails", "StoreFails", "InternalErrors"),
        steps.table_is_gone,
        steps.ask_while_the_store_is_locked,
    ),
    Fault(
        "more codes by SMS than there are",
        ("SmsBudgetUsedUp",),
        steps.two_ask_for_codes,
        settings={"BFF_SMS_CODES_AN_HOUR": "1"},
        signs_in=False,
    ),
    Fault("guesses at one name from one network", ("SignInsFail", "GuessesRefused"), go_on=steps.guess_at_one_name),
    Fault(
        "sixty sign-ins at a time under names that nobody has",
        ("PasswordHashesWait",),
        go_on=steps.guess_under_a_new_name,
        clients=60,
        settings={"BFF_PASSWORD_HASHES_AT_ONCE": "1"},
        signs_in=False,
    ),
    Fault("a full log disk", ("LogLinesDropped",), steps.log_disk_is_full, steps.ask_a_second),
    Fault("a process ends", ("BffDown",), steps.server_ends),
)
