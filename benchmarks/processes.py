"""What a whole process costs: CPU seconds, time by the clock, peak memory; children included."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Settings of the person at the keyboard must not leak into a measurement.
PRIVATE = ("OVERSIGHT_", "DAGSTER_", "DBT_", "PYTHON")


@dataclass(frozen=True)
class Cost:
    """User and system time in CPU seconds; the largest resident size of one process in MB.

    Time by the clock says more about the neighbours than about the program.
    """

    cpu_seconds: float
    peak_mb: float
    wall_seconds: float = 0.0


class Failed(Exception):
    """A measured program ended with an error; its last lines are the message."""


def measure(command: Sequence[str], log: Path, environment: Mapping[str, str] = {}) -> Cost:
    """Run a command to its end and say what it cost. Raises `Failed` when it does not end well.

    The kernel adds a child's times to its parent when it is waited for, and reports the largest
    resident size among them, so nothing that the command starts and waits for is missed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=clean(environment)
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        told = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        raise Failed(f"{' '.join(command)}: exit {process.returncode}\n" + "\n".join(told))
    wall = time.monotonic() - start
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall)


def clean(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment without the caller's own settings of the measured programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    return {**kept, "DAGSTER_DISABLE_TELEMETRY": "yes", **changes}
