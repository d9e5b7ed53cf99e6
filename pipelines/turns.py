"""The journal of the site: a line for each time that another release took its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines import appended
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings


@dataclass(frozen=True)
class Turn:
    """From `at` on, in UTC, the site showed `release`."""

    at: datetime
    release: int


def journal(settings: Settings) -> Path:
    """The file of the journal; lines are only ever added to it."""
    return settings.data / "shown.ndjson"


def written(settings: Settings) -> list[Turn]:
    """The turns in the journal, oldest line first; a line that cannot be read is no turn."""
    try:
        return list(_turns(appended.read(journal(settings))))
    except OSError:
        return []


def write(settings: Settings, turn: Turn) -> None:
    """Add a turn and flush it to the disk. Raises `StorageFailed` when the disk gives out."""
    at = turn.at.astimezone(UTC).isoformat(timespec="seconds")
    try:
        appended.append(settings, journal(settings), {"at": at, "release": turn.release})
    except OSError as error:
        told = f"The journal of releases cannot be written ({error.strerror or error})."
        raise StorageFailed(told, place=journal(settings).name) from None
    reached("turn written")


def unwritten(settings: Settings) -> Turn | None:
    """The turn that the link tells of and the journal does not.

    Either the process ended between the two, or the installation is older than its journal. The
    link was made at that moment; a clock that went back cannot put it before the last line.
    """
    try:
        release = int(settings.current.readlink().name)
        made = datetime.fromtimestamp(settings.current.lstat().st_mtime, UTC)
    except (OSError, ValueError):
        return None
    known = written(settings)
    if known and known[-1].release == release:
        return None
    at = max(made, known[-1].at) if known else made
    return Turn(at.replace(microsecond=0), release)


def _turns(lines: Iterable[Mapping[str, Any]]) -> Iterator[Turn]:
    for told in lines:
        try:
            at = datetime.fromisoformat(told["at"])
            yield Turn(at if at.tzinfo else at.replace(tzinfo=UTC), int(told["release"]))
        except (ValueError, TypeError, KeyError):
            continue
