"""45 anonymous GETs a second with ever new input, which nginx lets through, and which no shared cache is to keep."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import httpx2

from bench.rehearsal.stage import Stage, status
from bench.results import Result
from tests.processes.proxy import Nginx
from tests.support.servers import Bff

RATE = 45
SECONDS, SHORT = 300, 20
MOST_CACHED = 16 * 1024 * 1024
"""Bytes of nginx's cache in deploy/."""
PLAN = "query RepaymentPlan($input: RepaymentPlanInput!) { repaymentPlan(input: $input) { totalInterest } }"


def rehearse(stage: Stage) -> list[Result]:
    stage.start_services()
    stage.start_processes()
    proxy, seconds = stage.start_nginx(), SHORT if stage.short else SECONDS
    begun = monotonic()
    answers = flooded(stage.client(proxy.url), seconds)
    tried = f"RepaymentPlan from one address, {RATE} a second for {seconds} s"
    return [judged(tried, answers, proxy, monotonic() - begun)]


def flooded(bff: Bff, seconds: int) -> Counter[str]:
    answers, begun = Counter[str](), monotonic()
    with ThreadPoolExecutor(32) as threads:
        for number in range(RATE * seconds):
            sleep(max(0.0, begun + number / RATE - monotonic()))
            threads.submit(get, bff.client, number, answers)
    return answers


def get(client: httpx2.Client, number: int, answers: Counter[str]) -> None:
    asked = {"principal": str(100000 + number), "periods": 120, "method": "EQUAL_PRINCIPAL", "annualRate": "3.25"}
    try:
        answer = client.get("/graphql", params={"query": PLAN, "variables": json.dumps({"input": asked})})
        answers[str(answer.status_code)] += 1
    except httpx2.TransportError as error:
        answers[type(error).__name__] += 1


def judged(tried: str, answers: Counter[str], proxy: Nginx, seconds: float) -> Result:
    alive = status(f"{proxy.url}/healthz") == 200
    kept = sum(each.stat().st_size for each in proxy.cached())
    told = ", ".join(f"{count} × {name}" for name, count in sorted(answers.items()))
    figure = f"{told} in {seconds:.0f} s; nginx {'answers' if alive else 'is dead'}, its cache holds {kept // 1024} KiB"
    held = alive and kept <= MOST_CACHED and set(answers) <= {"200", "429"}
    return Result("anonymous GETs", tried, figure, "200 or 429; nginx answers, cache ≤ 16 MiB", held)
