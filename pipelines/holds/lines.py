"""The lines of the ledger, one file a feed: what a hold was, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines import appended
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings


def feeds(settings: Settings) -> list[str]:
    """The feeds that were ever held, in the order of their names."""
    return sorted(f"{f.parent.name}.{f.stem}" for f in settings.holds.glob("*/*.ndjson"))


def read(settings: Settings, source_table: str) -> list[dict[str, Any]]:
    """The whole lines of a feed, oldest first; a line that a crash cut short says nothing.

    Raises `StorageFailed` when the file cannot be read.
    """
    try:
        lines = appended.read(_file(settings, source_table))
    except OSError as error:
        raise _disk("read", source_table, error) from None
    return [line for line in lines if "event" in line]


def append(settings: Settings, source_table: str, line: Mapping[str, Any]) -> None:
    """Add one line, with the moment, and flush it. Raises `StorageFailed` when that fails."""
    file = _file(settings, source_table)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        settings.holds.chmod(0o700)
        appended.append(settings, file, line)
        appended.sync(settings.holds)
    except OSError as error:
        raise _disk("written", source_table, error) from None
    reached(f"hold {line['event']}")


def stamp(settings: Settings, source_table: str) -> str:
    """A hash of all lines of a feed, which every new line changes; empty if never held."""
    try:
        content = _file(settings, source_table).read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _disk("read", source_table, error) from None
    return hashlib.sha256(content).hexdigest()[:16]


def _file(settings: Settings, source_table: str) -> Path:
    jurisdiction, table = source_table.split(".")
    return settings.holds / jurisdiction / f"{table}.ndjson"


def _disk(what: str, source_table: str, error: OSError) -> StorageFailed:
    told = f"The ledger of holds could not be {what} ({error.strerror or error})."
    return StorageFailed(told, place=source_table)
