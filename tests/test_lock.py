"""One refresh at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.failures import LockHeld
from pipelines.lock import refresh_lock

HOLD = """
import sys, time
from pathlib import Path
from pipelines.lock import refresh_lock
with refresh_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(lock: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    return process


def test_a_second_refresh_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "refresh.lock"
    other = holder(lock)
    try:
        with pytest.raises(LockHeld, match=str(other.pid)) as refused, refresh_lock(lock):
            pass
        assert refused.value.exit_code == 75
    finally:
        other.kill()
        other.wait()


def test_a_killed_refresh_leaves_the_lock_free(tmp_path: Path) -> None:
    lock = tmp_path / "refresh.lock"
    other = holder(lock)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    with refresh_lock(lock):
        assert lock.read_text().strip() == str(os.getpid())
