"""Load from wrk, and what it costs the server: requests a second, latencies, CPU time, memory. Needs wrk."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

SCRIPT = """
wrk.method = "POST"
wrk.body = %s
%s
%s
done = function(summary, latency, requests)
  io.write(string.format('RESULT {"requests": %%d, "seconds": %%f, "p50": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout))
end
"""


VARYING = """
local body, n = wrk.body, 0
request = function()
  n = n + 1
  return wrk.format(nil, nil, nil, (body:gsub("@n", n)))
end
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What is sent where, again and again; `varies`: @n in the body is another number each time."""

    url: str
    body: str
    headers: dict[str, str]
    varies: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """Latencies in ms; `cpu` is ms of the server's CPU time a request."""

    rate: float
    p50: float
    p99: float
    cpu: float


def run(target: Target, pids: list[int], seconds: float, connections: int) -> Round:
    """Raises RuntimeError when a request failed."""
    before = sum(map(cpu_seconds, pids))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        lines = (f"wrk.headers[{json.dumps(name)}] = {json.dumps(text)}" for name, text in target.headers.items())
        headers = "\n".join(lines)
        script.write_text(SCRIPT % (f"[==[{target.body}]==]", headers, VARYING if target.varies else ""))
        how = ["-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script)]
        command = ["wrk", *how, target.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = sum(map(cpu_seconds, pids)) - before
    line = next(line for line in output.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    if found["failed"] or not found["requests"]:
        raise RuntimeError(f"{target.url}: {found['failed']} of {found['requests']} requests failed")
    return Round(found["requests"] / found["seconds"], found["p50"], found["p99"], 1000 * cpu / found["requests"])


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in tree(int(child)))]


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int) -> float:
    """Resident MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6
