"""What Linux says of a process: memory, processor time, descriptors."""

from __future__ import annotations

import re
from pathlib import Path


def peak(pid: int) -> float:
    """The most resident memory so far, or since `forget_peak`, in MiB."""
    return _status(pid, "VmHWM") / 1024


def resident(pid: int) -> float:
    return _status(pid, "VmRSS") / 1024


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def cpu(pid: int) -> float:
    """Seconds on a processor of all its threads so far, by the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _status(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])
