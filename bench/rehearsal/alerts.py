"""Every alert live: all faults side by side, each before a Prometheus and an Alertmanager of its own with the delivered
files. What rules look back on and wait for, and the time between scrapes, is as delivered."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, sleep

from bench.rehearsal.faults import FAULTS, Fault
from bench.rehearsal.monitoring import Webhook, firing, start_monitoring, webhook
from bench.rehearsal.stage import DUAN, SETTINGS, Stage, register_first_person
from bench.rehearsal.steps import Target
from bench.results import Result
from bench.servers import Servers, free_port
from tests.support.alert_rules import alert_rules, seconds_for
from tests.support.servers import Core

PATIENCE = 300.0
"""Seconds that an alert may take beyond those that it has to wait."""
SHORT = 120.0
SEEN_AFTER = {"ApplicationUnconfirmed": 120.0, "ApplicationStuck": 900.0}
"""Seconds in the expression of a rule, beside its `for`."""
TOLD_LATER = {"CoreDataOdd": "told after an hour, as delivered"}
TOLD_ONCE = dict.fromkeys(("CoreBreakerOpen", "OperationsFail"), "CoreDown is told in its place")


@dataclass
class Trial:
    """A fault in a server that is watched."""

    number: str
    fault: Fault
    target: Target
    prometheus: str
    hook: Webhook
    over: Event = field(default_factory=Event)
    fired: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    """Alerts that fired before there was a reason."""
    begun: float = 0.0

    def look(self) -> None:
        """Notes which alerts have fired and been told by now, and after how many seconds."""
        for name in firing(self.prometheus) - self.fired.keys() - self.early:
            self.fired[name] = monotonic() - self.begun
            print(f"{name} after {self.fired[name]:.0f} s: {self.fault.name}", file=sys.stderr)
        self.told = {name: at - self.begun for (path, name), at in self.hook.told.items() if path == self.number}

    def result(self, alert: str, waits_for: float) -> Result:
        return judged((alert, self.fault.name), waits_for, self.fired.get(alert), self.told.get(alert))

    def is_complete(self) -> bool:
        awaited = set(self.fault.alerts)
        return awaited <= self.fired.keys() and awaited - {*TOLD_LATER, *TOLD_ONCE} <= self.told.keys()


def rehearse(stage: Stage) -> list[Result]:
    waiting = longest_waits()
    hook = stage.stack.enter_context(webhook())
    faults = [each for each in FAULTS if not stage.short or max(waiting[name] for name in each.alerts) <= SHORT]
    trials = [prepared(stage, str(number), fault, hook) for number, fault in enumerate(faults)]
    with ThreadPoolExecutor(len(trials)) as threads:
        list(threads.map(carry_out, trials, [max(waiting[name] for name in each.alerts) for each in faults]))
    results = {name: each.result(name, waiting[name]) for each in trials for name in each.fault.alerts}
    return [results[name] for name in waiting if name in results]


def longest_waits() -> dict[str, float]:
    return {name: seconds_for(rule) + SEEN_AFTER.get(name, 0.0) for name, rule in alert_rules().items()}


def prepared(stage: Stage, number: str, fault: Fault, hook: Webhook) -> Trial:
    """All is well until `carry_out`."""
    folder, metrics = stage.folder / number, free_port()
    folder.mkdir()
    settings = {**SETTINGS, "BFF_METRICS_PORT": str(metrics), "BFF_ACCESS_TOKEN_LIFETIME": "7200", **fault.settings}
    servers = Servers(folder, 1, settings, limited=True)
    stage.stack.callback(servers.stop)
    servers.start_core()
    if fault.signs_in:
        register_first_person(servers)
    (port,) = servers.ports
    servers.start_bff(port)
    core = Core(folder / "core.sqlite3", url=servers.core_url)
    target = Target(servers, stage.client(f"http://127.0.0.1:{port}"), core)
    if fault.signs_in:
        target.token = target.bff.sign_in(DUAN.phone)
    return Trial(number, fault, target, start_monitoring(stage, folder, metrics, f"{hook.url}/{number}"), hook)


def carry_out(trial: Trial, waits_for: float) -> None:
    trial.early, trial.begun = firing(trial.prometheus), monotonic()
    trial.fault.begin(trial.target)
    with ThreadPoolExecutor(trial.fault.clients) as clients:
        going_on = [clients.submit(go_on, trial) for _ in range(trial.fault.clients)]
        try:
            watch(trial, waits_for + PATIENCE)
        finally:
            trial.over.set()
    for each in going_on:
        each.result()
    trial.target.servers.stop()


def watch(trial: Trial, seconds: float) -> None:
    """Until all of its alerts fired and were told, or the time is over."""
    while not trial.is_complete() and monotonic() - trial.begun < seconds:
        trial.look()
        sleep(1)


def go_on(trial: Trial) -> None:
    while not trial.over.is_set():
        trial.fault.go_on(trial.target)


def judged(what: tuple[str, str], waits_for: float, fired: float | None, told: float | None) -> Result:
    """`what` is the alert and its fault; the others are seconds."""
    instead = {**TOLD_LATER, **TOLD_ONCE}.get(what[0])
    figure = "did not fire" if fired is None else f"fired after {fired:.0f} s"
    figure += f", told after {told:.0f} s" if told is not None else f"; {instead or 'not told'}"
    held = fired is not None and (told is not None or instead is not None)
    return Result(*what, figure, f"waits for {waits_for:.0f} s", held)
