"""`bff dev`: the practice core beside the server, seven of its people registered, and GraphiQL with the app's
operations. Nothing of it runs in `bff serve`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import timedelta

from bff.app import create_app
from bff.cli import dev_members, practice_core
from bff.cli.dev_examples import examples
from bff.cli.dev_reset import CannotReset, reset
from bff.cli.server import can_start
from bff.network import server
from bff.observability import logging as logs
from bff.server import graphiql
from bff.settings import Settings

PAGES = {
    "短信 / SMS": "/inbox",
    "会计日期 / Clock": "/clock",
    "业务申请 / Applications": "/applications",
    "人员 / People": "/",
}
"""Pages of the practice core's operator, by their names in GraphiQL."""

PEOPLE = tuple(
    graphiql.GraphiQLPerson(each.name, each.phone, dev_members.LOGIN_PASSWORD, dev_members.QUERY_PASSWORD, each.note)
    for each in dev_members.PEOPLE
)


def run(options: argparse.Namespace) -> int:
    """Run until a signal ends it: exit status 0 for Ctrl-C, and 2 where it cannot start."""
    base = Settings(development=True)
    if not can_start(base, practice_core.wrong_port()):
        return 2
    if options.reset and not _reset(base):
        return 2
    logs.start("WARNING", "console")
    practice_core.end_by_signal()
    if options.with_parent:
        practice_core.end_with_parent()
    try:
        with practice_core.running(base) as core_url:
            _serve(base, core_url)
    except KeyboardInterrupt:
        pass
    return 0


def _reset(settings: Settings) -> bool:
    try:
        removed = reset(settings)
    except CannotReset as error:
        print(error, file=sys.stderr)
        return False
    for file in removed:
        print(f"Removed {file}", flush=True)
    return True


def _serve(base: Settings, core_url: str) -> None:
    # A change of the practice core's clock is seen at once.
    fresh = timedelta(seconds=2) if base.cache_fresh_at_most is None else base.cache_fresh_at_most
    settings = base.model_copy(update={"core_url": core_url, "cache_fresh_at_most": fresh})
    app = create_app(settings, at_start=dev_members.register_practice_people, ide=ide(core_url))
    person = PEOPLE[0]
    server.run(
        app,
        settings,
        f"GraphiQL, signed in as {person.name}: {{link}}/graphiql#as={person.username}\nCore: {core_url}",
    )


def ide(core_url: str) -> graphiql.GraphiQLConfig:
    """Return what GraphiQL shows in development: people to sign in as, examples, and links to the practice core."""
    return graphiql.GraphiQLConfig(people=PEOPLE, examples=tuple(examples()), links=tuple(_links(core_url)))


def _links(core_url: str) -> Iterator[graphiql.Link]:
    for text, path in PAGES.items():
        yield graphiql.Link(text, f"{core_url}{path}")
