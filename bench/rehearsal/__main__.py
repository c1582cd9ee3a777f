"""Rehearses the deployment on this machine, subject by subject, with the files of deploy/, and prints a table of it.
`python -m bench.rehearsal [SUBJECT …]`; `--short` for less of what takes minutes; exits 1 where one did not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.rehearsal import alerts, first_day, flood, following, log_output, rolling, starting
from bench.rehearsal.stage import Stage, missing_programs
from bench.results import Result, report
from bff.observability import logging as logs

Subject = Callable[[Stage], list[Result]]

SUBJECTS: Mapping[str, Subject] = {
    "first-day": first_day.rehearse,
    "starting": starting.rehearse,
    "rolling": rolling.rehearse,
    "logging": log_output.rehearse,
    "following": following.rehearse,
    "flood": flood.rehearse,
    "alerts": alerts.rehearse,
}
NOT_RUN = (
    "podman build, compose up, deploy/roll.sh (a container runtime); tests/test_image.py runs the image's steps",
    "kubectl apply, probes, preStop, NetworkPolicy, Ingress (a cluster); tests/test_deployment.py reads the manifests",
    "systemd units and journald (a machine that systemd started)",
    "TLS with a certificate of an authority (a public name); tests/processes/test_nginx.py has one that signs itself",
    "the centre's own core",
)
SHORTENED = f"alerts that take longer than {alerts.SHORT:.0f} s, and most of the flood (--short)"


def rehearse(subject: str, carry_out: Subject, *, short: bool) -> list[tuple[str, Result]]:
    """One that breaks did not hold, and the others go on. Nothing where this machine lacks what it needs."""
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            results = carry_out(Stage(Path(folder), stack, short=short))
    except pytest.skip.Exception as reason:
        print(f"{subject}: {reason}", file=sys.stderr)
        return []
    except (Exception, SystemExit):
        traceback.print_exc()
        results = [Result("", "", "broke off", "ends", held=False)]
    print(f"{subject}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return [(subject, each) for each in results]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rehearsal", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all without any")
    parser.add_argument("--short", action="store_true", help=f"leave out {SHORTENED}")
    options = parser.parse_args()
    subjects = options.subjects or list(SUBJECTS)
    if unknown := set(subjects) - set(SUBJECTS):
        parser.error(f"no subject: {', '.join(sorted(unknown))}")
    if missing := missing_programs():
        parser.error(f"not installed: {', '.join(missing)}")
    logs.configure("WARNING", "console")
    results = [each for subject in subjects for each in rehearse(subject, SUBJECTS[subject], short=options.short)]
    status = report(results)
    left_out = [f"subject {each}" for each in SUBJECTS if each not in dict(results)] + [SHORTENED] * options.short
    print("\nNot run:", *(f"* {each}" for each in (*left_out, *NOT_RUN)), sep="\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
