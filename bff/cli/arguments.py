"""The arguments of the command line. Each command names the function that runs it, which is imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

SERVE = "bff.cli.server:serve"


def parser() -> argparse.ArgumentParser:
    """Build the parser; `run` of its result is the command's function, as `module:name`."""
    root = argparse.ArgumentParser(prog="bff", description="GraphQL BFF of a housing provident fund centre.")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    dev = commands.add_parser("dev", help="practice core, server and GraphiQL on this machine")
    dev.set_defaults(run="bff.cli.dev:run")
    dev.add_argument("--reset", action="store_true", help="begin anew, without what was done before in BFF_DATA_DIR")
    dev.add_argument("--with-parent", action="store_true", help="end when the process that started it ends, as make")
    serve = commands.add_parser("serve", help="the server, in front of the core that the settings name")
    serve.set_defaults(run=SERVE)
    serve.add_argument("--workers", type=int, choices=range(1, 65), metavar="N", help="processes (BFF_WORKERS)")
    schema = commands.add_parser("schema", help="print the schema, or compare it with a file")
    schema.set_defaults(run="bff.cli.schema:run")
    schema.add_argument("--check", type=Path, metavar="FILE", help="exit 1 when FILE differs")
    applications = commands.add_parser(
        "applications", help="list applications that wait to be confirmed, or are missing in the core"
    )
    applications.set_defaults(run="bff.cli.applications:run")
    ending = commands.add_parser("end-sessions", help="sign a member out everywhere; asks for the ID number")
    ending.add_argument("--everyone", action="store_true", help="all members, after the store was restored")
    ending.set_defaults(run="bff.cli.sessions:end")
    settings = commands.add_parser("settings", help="print every setting, as docs/settings.md has them")
    settings.add_argument("--lang", choices=["zh", "en"], default="en", help="language of the page")
    settings.set_defaults(run="bff.cli.settings_page:run")
    rules = commands.add_parser(
        "business-rules", help="print a policy in Chinese, with worked examples, for the business department to sign"
    )
    rules.set_defaults(run="bff.cli.business_rules:run")
    rules.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a policy file (BFF_POLICY_FILE)")
    documents = commands.add_parser("documents", help="the list of registered documents")
    register = documents.add_subparsers(required=True, metavar="COMMAND").add_parser("register", help="add to the list")
    register.set_defaults(run="bff.cli.documents:register")
    register.add_argument("files", nargs="+", type=Path, metavar="FILE", help="GraphQL, or a client's manifest (.json)")
    register.add_argument("--manifest", type=Path, help="the list (BFF_DOCUMENTS_FILE, else documents.json)")
    check = commands.add_parser("check", help="ask core, store and cache, and say in a table what is wrong")
    check.set_defaults(run="bff.cli.check.command:run")
    check.add_argument("--json", action="store_true", help="for programs")
    check.add_argument("--lang", choices=["zh", "en"], help="language of the table; else that of the terminal (LANG)")
    migrate = commands.add_parser("migrate", help="bring the store's tables up to date")
    migrate.set_defaults(run="bff.cli.store:migrate")
    copying = commands.add_parser(
        "copy-store", help="copy another store into the one of BFF_DATABASE_URL, which is empty"
    )
    copying.set_defaults(run="bff.cli.store:copy")
    copying.add_argument("source", metavar="FILE", help="SQLite's file, or a URL; its server is stopped before")
    return root
