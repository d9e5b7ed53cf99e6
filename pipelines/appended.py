"""Files of lines that are only ever appended: receipts, holds, what the site showed when.

Each line is one JSON object. It is flushed before the caller goes on; a line that a crash cut
short is ended by the next one and says nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from pipelines.settings import Settings


def append(settings: Settings, path: Path, line: Mapping[str, Any]) -> None:
    """Add one line that begins with the moment, `at`. Raises `OSError` when the disk refuses."""
    at = settings.now.astimezone(UTC).isoformat(timespec="seconds")
    text = json.dumps({"at": at, **line}, default=str)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else f"\n{text}"
        file.write(f"{text}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def read(path: Path) -> list[dict[str, Any]]:
    """The whole lines, oldest first; none when there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(_whole(content.splitlines()))


def last(path: Path, mark: bytes) -> dict[str, Any] | None:
    """The last whole line that holds `mark`, without parsing the thousands before it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    marked = (line for line in reversed(content.splitlines()) if mark in line)
    return next(_whole(marked), None)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _whole(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            told = json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            continue
        if isinstance(told, dict) and "at" in told:
            yield told
