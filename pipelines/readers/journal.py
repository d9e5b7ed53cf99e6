"""Finished pages of a fetch, kept until it is whole, so that an interrupted one goes on.

Each page is on the disk before it is noted, and checked against its hash before it is used
again. Pages of another plan, or of another day, are of no use and go.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings

LONGEST_PAUSE = timedelta(hours=6)
"""A fetch interrupted longer ago starts anew: what it had may no longer be what the source has."""


class Journal:
    """The pages of one fetch of one place of one feed."""

    def __init__(self, settings: Settings, feed: str, place: str, plan: str) -> None:
        """Take up an interrupted fetch of the same plan, or start one."""
        digest = hashlib.sha256(place.encode()).hexdigest()[:16]
        self.folder = folder_of(settings, feed) / digest
        self._plan = hashlib.sha256(plan.encode()).hexdigest()
        self._now = settings.now.astimezone(UTC)
        if not self._is_usable():
            self.clear()
        self._done = {entry["name"]: entry for entry in self._entries()}

    def page(self, name: str, fetch: Callable[[Path], FetchedPart]) -> FetchedPart:
        """The page `name` as it was kept, or what `fetch` now writes to the path it is given.

        Raises `StorageFailed` when the disk does not take it.
        """
        kept = self._kept(name)
        if kept is not None:
            return kept
        target = self.folder / name
        part = fetch(target)
        try:
            self._note(replace(part, name=name, path=target))
        except OSError as error:
            told = f"A page could not be stored ({error.strerror or error})."
            raise StorageFailed(told, place=self.folder.parent.name) from None
        reached("page kept")
        return replace(part, name=name, path=target)

    def clear(self) -> None:
        """Forget every page: what comes next is a new fetch under the same plan."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.parent.chmod(0o700)
        self._done = {}
        started = {"plan": self._plan, "started": self._now.isoformat()}
        _write(self.folder / "plan.json", json.dumps(started), "w")

    def _is_usable(self) -> bool:
        try:
            begun = json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))
            age = self._now - datetime.fromisoformat(begun["started"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return bool(begun["plan"] == self._plan and timedelta() <= age <= LONGEST_PAUSE)

    def _entries(self) -> list[dict[str, Any]]:
        """Every entry that was written whole; a crash may have cut the last one."""
        path = self.folder / "pages.ndjson"
        entries = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    def _kept(self, name: str) -> FetchedPart | None:
        entry, path = self._done.get(name), self.folder / name
        if entry is None or not path.is_file() or _hash(path) != entry["sha256"]:
            return None
        told = {key: entry[key] for key in ("url", "headers", "records", "stamp")}
        return FetchedPart(name, path, **told)

    def _note(self, part: FetchedPart) -> None:
        with part.path.open("rb") as page:
            os.fsync(page.fileno())
        entry = {
            "name": part.name,
            "sha256": _hash(part.path),
            "url": part.url,
            "headers": dict(part.headers),
            "records": part.records,
            "stamp": part.stamp,
        }
        _write(self.folder / "pages.ndjson", f"\n{json.dumps(entry)}\n", "a")
        self._done[part.name] = entry


def folder_of(settings: Settings, feed: str) -> Path:
    """Where the unfinished fetches of a feed lie."""
    return settings.fetching / feed


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str, mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
