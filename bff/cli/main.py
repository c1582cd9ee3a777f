"""The command line: `bff --help`. What a command needs is imported by it alone: the server's packages take two seconds
to import, and help takes a tenth of one without them."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

    from bff.applications.journal import Entry
    from bff.settings import Settings

LISTENING = "Listening on {url}"
NO_TABLE = ("no such table", "no such column", "does not exist")
"""In the words of SQLite and PostgreSQL."""


def main(arguments: list[str] | None = None) -> int:
    _write(errors="backslashreplace")  # a name that the terminal's encoding lacks ends no command
    options = _parser().parse_args(arguments)
    if options.run is not _serve:  # which has a log for it
        from bff.settings import names as setting_names

        sys.stderr.writelines(f"{each}\n" for each in setting_names.sentences())
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not (sentence := _what_failed(error)):
            raise
        print(sentence, file=sys.stderr)
        return 2


def _write(*, encoding: str | None = None, errors: str | None = None) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=errors or stream.errors)


def _what_failed(error: Exception) -> str:
    """Empty for a bug. The driver's own words may quote a password, and a library's a value."""
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from bff.rules.policy.toml_reader import PolicyError
    from bff.store.unavailable import StoreUnavailable

    if isinstance(error, ValidationError):
        return _what_is_wrong(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, PolicyError):
        return str(error)
    if isinstance(error, DBAPIError) and any(text in str(error.orig) for text in NO_TABLE):
        return "BFF_DATABASE_URL: the store lacks tables that this release needs; run bff migrate"
    if not isinstance(error, StoreUnavailable):
        return ""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    return f"BFF_DATABASE_URL: the store is {error.state} ({type(cause).__name__})"


def _what_is_wrong(error: ValidationError) -> str:
    from bff import preflight

    return "\n".join(preflight.what_is_wrong(error))


def _configured(**chosen: Any) -> Settings:
    """The settings of the environment."""
    from bff.settings import Settings

    return Settings(**chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bff", description="GraphQL BFF of a housing provident fund centre.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    dev = commands.add_parser("dev", help="practice core, server and GraphiQL on this machine")
    dev.set_defaults(run=_dev)
    dev.add_argument("--reset", action="store_true", help="begin anew, without what was done before in BFF_DATA_DIR")
    dev.add_argument("--with-parent", action="store_true", help="end when the process that started it ends, as make")
    serve = commands.add_parser("serve", help="the server, in front of the core that the settings name")
    serve.set_defaults(run=_serve)
    serve.add_argument("--workers", type=int, choices=range(1, 65), metavar="N", help="processes (BFF_WORKERS)")
    schema = commands.add_parser("schema", help="print the schema, or compare it with a file")
    schema.set_defaults(run=_schema)
    schema.add_argument("--check", type=Path, metavar="FILE", help="exit 1 when FILE differs")
    applications = commands.add_parser(
        "applications", help="list applications that wait to be confirmed, or are missing in the core"
    )
    applications.set_defaults(run=_applications)
    ending = commands.add_parser("end-sessions", help="sign a member out everywhere; asks for the ID number")
    ending.add_argument("--everyone", action="store_true", help="all members, after the store was restored")
    ending.set_defaults(run=_end_sessions)
    settings = commands.add_parser("settings", help="print every setting, as docs/settings.md has them")
    settings.set_defaults(run=_settings)
    rules = commands.add_parser(
        "business-rules", help="print a policy in Chinese, with worked examples, for the business department to sign"
    )
    rules.set_defaults(run=_business_rules)
    rules.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a policy file (BFF_POLICY_FILE)")
    documents = commands.add_parser("documents", help="the list of registered documents")
    register = documents.add_subparsers(required=True, metavar="COMMAND").add_parser("register", help="add to the list")
    register.set_defaults(run=_register)
    register.add_argument("files", nargs="+", type=Path, metavar="FILE", help="GraphQL, or a client's manifest (.json)")
    register.add_argument("--manifest", type=Path, help="the list (BFF_DOCUMENTS_FILE, else documents.json)")
    check = commands.add_parser("check", help="ask core, store and cache, and say in a table what is wrong")
    check.set_defaults(run=_check)
    check.add_argument("--json", action="store_true", help="for programs")
    check.add_argument("--lang", choices=["zh", "en"], help="language of the table; else that of the terminal (LANG)")
    migrate = commands.add_parser("migrate", help="bring the store's tables up to date")
    migrate.set_defaults(run=_migrate)
    copying = commands.add_parser(
        "copy-store", help="copy another store into the one of BFF_DATABASE_URL, which is empty"
    )
    copying.set_defaults(run=_copy_store)
    copying.add_argument("source", metavar="FILE", help="SQLite's file, or a URL; its server is stopped before")
    return parser


def _dev(options: argparse.Namespace) -> int:
    """Exit status 0 for Ctrl-C, which is how it is ended, and 2 when it cannot start."""
    from bff.cli import dev
    from bff.observability import logging as logs

    base = _configured(development=True)
    if _cannot_start(base, dev.wrong_port()):
        return 2
    if options.reset and not _reset(base):
        return 2
    logs.start("WARNING", "console")
    dev.end_by_signal()
    if options.with_parent:
        dev.end_with_parent()
    try:
        with dev.practice_core(base) as core_url:
            _run_dev(base, core_url)
    except KeyboardInterrupt:
        pass
    return 0


def _reset(settings: Settings) -> bool:
    from bff.cli.dev_reset import CannotReset, reset

    try:
        removed = reset(settings)
    except CannotReset as error:
        print(error, file=sys.stderr)
        return False
    for file in removed:
        print(f"Removed {file}", flush=True)
    return True


def _run_dev(base: Settings, core_url: str) -> None:
    from bff.app import create_app
    from bff.cli import dev
    from bff.cli.dev_members import register_practice_people
    from bff.network import server

    # Who moves the practice core's clock sees it at once.
    fresh = timedelta(seconds=2) if base.cache_fresh_at_most is None else base.cache_fresh_at_most
    settings = base.model_copy(update={"core_url": core_url, "cache_fresh_at_most": fresh})
    app = create_app(settings, at_start=register_practice_people, ide=dev.ide(core_url))
    person = dev.PEOPLE[0]
    server.run(
        app,
        settings,
        f"GraphiQL, signed in as {person.name}: {{link}}/graphiql#as={person.username}\nCore: {core_url}",
    )


def _serve(options: argparse.Namespace) -> int:
    settings = _configured()
    if _cannot_start(settings):
        return 2
    workers = options.workers or settings.workers
    if workers > 1:
        from bff.network.workers import run_several

        return run_several(settings, workers, LISTENING)
    from bff.app import create
    from bff.network import server

    server.run(create(), settings, LISTENING)
    return 0


def _cannot_start(settings: Settings, *more: str) -> bool:
    """Says why."""
    from bff import preflight

    problems = [*preflight.problems(settings), preflight.cannot_listen(settings), *more]
    sys.stderr.writelines(f"{each}\n" for each in problems if each)
    return any(problems)


def _schema(options: argparse.Namespace) -> int:
    from bff.schema import build_schema

    text = build_schema().as_str() + "\n"
    if options.check is None:
        _write(encoding="utf-8")  # a file of it is read by other programs
        sys.stdout.write(text)
        return 0
    if options.check.read_text(encoding="utf-8") == text:
        return 0
    print(f"{options.check} differs from the schema in the code: run `make schema`.", file=sys.stderr)
    return 1


def _register(options: argparse.Namespace) -> int:
    """Exit status 1, and nothing written, when a document does not fit the schema."""
    from bff.schema import build_schema
    from bff.server import document_manifest

    target = options.manifest or _configured(development=True).documents_file or Path("documents.json")
    try:
        known = document_manifest.load(target) if target.exists() else {}
        added = document_manifest.merge(document_manifest.documents_in(file) for file in options.files)
        documents = document_manifest.merge((known, added))
        document_manifest.check(added, build_schema())
        document_manifest.write(target, documents)
    except document_manifest.ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(documents)} documents in {target}, {len(documents) - len(known)} of them new")
    return 0


def _applications(_: argparse.Namespace) -> int:
    """Exit status 1 when there are any, so that a monitor can watch it."""
    waiting, missing = asyncio.run(_listed(_configured()))
    print(*waiting, *missing, f"{len(waiting)} unconfirmed, {len(missing)} missing in the core", sep="\n")
    return 1 if waiting or missing else 0


async def _listed(settings: Settings) -> tuple[list[str], list[str]]:
    from bff.applications import journal
    from bff.store.database import Store

    store = await Store.open(settings.store_url)
    now = datetime.now(UTC)
    try:
        waiting = [_waiting(entry, now) for entry in await journal.unconfirmed(store)]
        return waiting, [_missing(entry, now) for entry in await journal.missing(store)]
    finally:
        await store.close()


def _waiting(entry: Entry, now: datetime) -> str:
    since = _since(entry.confirming_since or entry.application.submitted_at, now)
    return f"{_named(entry)}  since {since}  asked {entry.checks} times"


def _missing(entry: Entry, now: datetime) -> str:
    since = _since(entry.missing_since or now, now)
    return f"{_named(entry)}  {entry.status} as {entry.application.reference}, missing in the core since {since}"


def _named(entry: Entry) -> str:
    made = entry.application
    return f"{made.id}  {made.kind:26}  {made.amount:>12}  serial {entry.serial}"


def _since(moment: datetime, now: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z ({(now - moment).total_seconds():.0f} s)"


def _end_sessions(options: argparse.Namespace) -> int:
    """The number is typed or piped in: on the command line it would stay in the shell's history. Exit status 1 when
    no member has it."""
    from bff.rules.identity import id_key

    settings = _configured()  # what is wrong with them is said before anything is asked
    asked = None if options.everyone else id_key(input("ID number: " if sys.stdin.isatty() else ""))
    ended = asyncio.run(_ended(settings, asked))
    if ended is None:
        print("No member has this ID number.", file=sys.stderr)
        return 1
    print(f"{ended} sessions ended")
    return 0


async def _ended(settings: Settings, id_number: str | None) -> int | None:
    from bff.security import sessions
    from bff.store.database import Store

    store = await Store.open(settings.store_url)
    try:
        return await sessions.end_all(store) if id_number is None else await sessions.end_by_operator(store, id_number)
    finally:
        await store.close()


def _check(options: argparse.Namespace) -> int:
    """Exit status 1 when something is wrong."""
    from pydantic import ValidationError

    from bff.cli.check import chinese
    from bff.cli.check.command import check, without_settings
    from bff.cli.check.report import as_json, is_green, table
    from bff.observability import logging as logs

    logs.configure("CRITICAL", "console")  # the table says it
    try:
        lines = asyncio.run(check(_configured()))
    except ValidationError as error:
        lines = without_settings(_what_is_wrong(error))
    width = shutil.get_terminal_size((120, 24)).columns
    in_chinese = options.lang == "zh" or (options.lang is None and chinese.is_wanted())
    coloured = sys.stdout.isatty()
    print(as_json(lines) if options.json else table(lines, width, coloured=coloured, in_chinese=in_chinese))
    return 0 if is_green(lines) else 1


def _business_rules(options: argparse.Namespace) -> None:
    from bff.rules.business_rules import sheet
    from bff.rules.policy.loader import load_policy
    from bff.services import packaged_or

    _write(encoding="utf-8")
    text, source = packaged_or(options.file or _configured().policy_file, "practice-centre.toml")
    print(sheet(load_policy(text, source), Path(source).name), end="")


def _settings(_: argparse.Namespace) -> None:
    from pydantic import TypeAdapter

    from bff.settings import Settings

    _write(encoding="utf-8")
    print("# Settings\n\nEach is an environment variable. Times are ISO 8601 durations or seconds.\n")
    print("| Variable | Default | Meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", ()) else TypeAdapter(Any).dump_python(field.default, mode="json")
        print(f"| `BFF_{name.upper()}` | {default} | {field.description} |")
    print("\n`make run` also reads `SANDBOX_PORT` (8001), the practice core's port.")


def _migrate(_: argparse.Namespace) -> None:
    asyncio.run(_migrated(_configured()))


async def _migrated(settings: Settings) -> None:
    from bff.store.database import Store

    store = await Store.open(settings.store_url)
    try:
        await store.migrate()
    finally:
        await store.close()


def _copy_store(options: argparse.Namespace) -> int:
    """Exit status 1, and nothing written, when it cannot be copied."""
    from bff.store.database_copy import NotCopied

    try:
        counts = asyncio.run(_copied(_configured(), options.source))
    except NotCopied as error:
        print(error, file=sys.stderr)
        return 1
    for table, count in counts.items():
        print(f"{table:24}{count:>10}")
    return 0


async def _copied(settings: Settings, source: str) -> Mapping[str, int]:
    from bff.settings import urls
    from bff.store import database_copy as copying
    from bff.store.database import Store, sqlite_file

    url = urls.database_url(source) if "://" in source else f"sqlite+aiosqlite:///{source}"
    if (file := sqlite_file(url)) is not None and not file.is_file():
        raise copying.NotCopied(f"{file} is no file")
    if url == settings.store_url:
        raise copying.NotCopied("BFF_DATABASE_URL names the store that is to be copied")
    old, new = await Store.open(url), await Store.open(settings.store_url)
    try:
        return await copying.copy(old, new)
    finally:
        await old.close()
        await new.close()
