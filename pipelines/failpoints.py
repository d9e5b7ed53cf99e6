"""Numbered steps at which a test may kill the process, as a power cut would.

`reached(name)` marks a step. With `OVERSIGHT_STEP_LOG` each name is appended to that file,
which is how a test discovers the steps; with `OVERSIGHT_KILL_AT=n` the process dies by
SIGKILL at the n-th one. Without either it does nothing.
"""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

_count = itertools.count(1)


def reached(name: str) -> None:
    """Mark the step `name` of a refresh."""
    log, kill_at = os.environ.get("OVERSIGHT_STEP_LOG"), os.environ.get("OVERSIGHT_KILL_AT")
    if not log and not kill_at:
        return
    number = next(_count)
    if log:
        with Path(log).open("a", encoding="utf-8") as steps:
            steps.write(f"{number}\t{name}\n")
    if kill_at and number == int(kill_at):
        os.kill(os.getpid(), signal.SIGKILL)
