"""One refresh at a time, on one machine, whoever starts it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.failures import LockHeld


@contextmanager
def refresh_lock(path: Path) -> Iterator[None]:
    """Hold the lock at `path` until the block ends; the kernel frees it if the process dies.

    Raises `LockHeld` at once when another process has it, naming that process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = path.read_text(encoding="ascii").strip() or "unknown"
        raise LockHeld(f"Another refresh is running (process {holder}).") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
