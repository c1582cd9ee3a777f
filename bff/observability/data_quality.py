"""Quality of the core's data: what it sends and no table or contract explains is counted and logged."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from prometheus_client import Counter

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DataQuality:
    """`anomalies` has a series for each place."""

    anomalies: Counter

    def report(self, where: str, what: str) -> None:
        """Count and log an anomaly: `where` is a code table and `what` an unknown code, or `where` is an element of a
        reply and `what` is wrong with it."""
        self.anomalies.labels(where).inc()
        log.warning("core_data_odd", where=where, what=what)
