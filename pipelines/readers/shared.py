"""What one feed fetched, lent to the other feeds that ask the same of the same place.

Meetings, their items and their votes are three feeds of one tree. Fetching it takes thousands
of requests, so it is done once in a refresh.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.readers.errand import Errand
from pipelines.readers.journal import LONGEST_PAUSE
from pipelines.readers.parts import FetchedPart

INDEX = "index.json"


class Shared:
    """The parts that belong to one question to one place, in the work folder."""

    def __init__(self, errand: Errand, question: str) -> None:
        """`question` is all that must be equal for two feeds to be given the same parts."""
        digest = hashlib.sha256(json.dumps([errand.place, question]).encode()).hexdigest()
        self._folder = errand.settings.work / "shared-fetch" / digest[:16]
        self._feed = errand.feed
        self._now = errand.settings.now

    def taken(self) -> list[FetchedPart] | None:
        """The parts that another feed fetched; null when there are none, or we had them before.

        A feed that comes for the second time wants to know what the source says now.
        """
        index = self._index()
        if index is None or self._feed in index["feeds"]:
            return None
        parts = [FetchedPart(path=self._folder / told["name"], **told) for told in index["parts"]]
        if not all(part.path.is_file() for part in parts):
            return None
        self._write(self._folder, {**index, "feeds": [*index["feeds"], self._feed]})
        return parts

    def offer(self, parts: Sequence[FetchedPart]) -> None:
        """Keep copies of the parts for the feeds that come after this one."""
        made = self._folder.with_name(f"{self._folder.name}.new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for part in parts:
            shutil.copyfile(part.path, made / part.name)
        told = [{"name": p.name, "url": p.url, "records": p.records} for p in parts]
        now = self._now.isoformat()
        self._write(made, {"at": now, "feeds": [self._feed], "parts": told})
        shutil.rmtree(self._folder, ignore_errors=True)
        made.rename(self._folder)

    def _index(self) -> dict[str, Any] | None:
        try:
            index: dict[str, Any] = json.loads((self._folder / INDEX).read_text(encoding="utf-8"))
            age = self._now - datetime.fromisoformat(index["at"])
        except (OSError, ValueError, KeyError):
            return None
        return index if abs(age) <= LONGEST_PAUSE else None

    @staticmethod
    def _write(folder: Path, index: dict[str, Any]) -> None:
        written = folder / f"{INDEX}.new"
        written.write_text(json.dumps(index), encoding="utf-8")
        os.replace(written, folder / INDEX)
