"""The changes of every release, beside the shelf, where pruning does not reach them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pipelines import changes, manifest, shelf
from pipelines.failpoints import reached
from pipelines.failures import OversightError, StorageFailed
from pipelines.settings import Settings


def kept_in(data: Path) -> Path:
    """Where they are, below the folder of the data."""
    return data / "changes"


def keep(settings: Settings) -> None:
    """See that the changes of every release on the shelf are also kept beside it.

    Raises `StorageFailed` when the disk does not take a copy.
    """
    place = kept_in(settings.data)
    for number in shelf.numbers(settings):
        file = place / f"{number:04d}.json"
        content = _authentic(shelf.folder(settings, number))
        if content is not None and not (file.is_file() and file.read_bytes() == content):
            _write_durably(file, content)
            reached("changes kept")


def read(data: Path, shown: int) -> tuple[dict[str, Any], ...]:
    """The changes of the release shown and of all before it, newest first.

    One that cannot be read is left out. `taken_back` names the release that was made from an
    earlier one, `taken_back_to`, instead of from this one: people had gone back from it.
    """
    found = [_read(file) for file in sorted(kept_in(data).glob("[0-9]*.json"), reverse=True)]
    known = sorted((one for one in found if one), key=lambda one: -int(one["number"]))
    upto = [one for one in known if one["number"] <= shown]
    return tuple({**one, **_taken_back(one["number"], upto)} for one in upto)


def _taken_back(number: int, known: list[dict[str, Any]]) -> dict[str, int | None]:
    later = [one for one in known if (one["previous"] or number) < number < one["number"]]
    first = min(later, key=lambda one: int(one["number"]), default=None)
    return {
        "taken_back": first["number"] if first else None,
        "taken_back_to": first["previous"] if first else None,
    }


def _read(file: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(read, dict) and read.get("format") == changes.FORMAT
    return read if is_ours else None


def _authentic(folder: Path) -> bytes | None:
    """The changes of a release as they were released; nothing if damaged or not there."""
    try:
        content = (folder / changes.NAME).read_bytes()
        record = manifest.read(folder).files.get(changes.NAME)
    except (OSError, OversightError):
        return None
    is_whole = record is not None and record.sha256 == hashlib.sha256(content).hexdigest()
    return content if is_whole else None


def _write_durably(file: Path, content: bytes) -> None:
    fresh = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as copy:
            copy.write(content)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(fresh, file)
        shelf.sync(file.parent)
    except OSError as error:
        told = f"The changes could not be kept ({error.strerror})."
        raise StorageFailed(told, place=f"changes of release {file.stem}") from None
