"""What the pages may say of the release they show, and of how its sources stand right now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines import manifest
from pipelines.manifest import Manifest

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class SourceLine:
    """A source as the front page lists it; `late` and `held` are true of now, not of the data.

    `unchecked` was never compared with the live service, `gone` is the day from which its
    publisher no longer offers it, and `unread` is listed without being read.
    """

    name: str
    title: str
    feed: str
    description: str
    publisher: str
    license: str
    landing_page: str
    cadence: str
    as_of: str | None
    rows: int
    exclusions: str | None
    late: bool
    held: str | None
    unchecked: bool
    gone: str | None
    gone_why: str | None
    unread: bool


@dataclass(frozen=True)
class TableLine:
    """A table as the pages list it, with its downloads in bytes."""

    name: str
    title: str
    description: str
    rows: int
    csv_bytes: int
    parquet_bytes: int


@dataclass(frozen=True)
class Shown:
    """One release, read once; only late and held are looked up for each request.

    `database` is the name under which its tables are asked for, and `releases` are all those
    that may be asked for by number, this one too, by such names: `r0007`.
    """

    folder: Path
    manifest: Manifest
    words: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    status: Path
    clock: Clock
    database: str = "oversight"
    is_current: bool = True
    releases: Mapping[str, Shown] = field(default_factory=dict, repr=False, compare=False)

    def of(self, database: object) -> Shown:
        """The release that a page about this database tells of; this one on all other pages."""
        return self.releases.get(str(database), self)

    @property
    def is_cited(self) -> bool:
        """Whether it is asked for by its number, and not as whatever is current."""
        return self.database == f"r{self.number}"

    @property
    def number(self) -> str:
        """The release number as its folder and its addresses have it."""
        return self.folder.name

    @property
    def tables(self) -> list[TableLine]:
        """The tables in the order of the words, with what the manifest measured of them."""
        told = self.words["databases"]["oversight"]["tables"]
        measured = self.manifest.tables
        return [
            TableLine(
                name=name,
                title=words["title"],
                description=words["description"],
                rows=measured[name]["rows"],
                csv_bytes=measured[name]["csv_bytes"],
                parquet_bytes=measured[name]["parquet_bytes"],
            )
            for name, words in told.items()
        ]

    @property
    def questions(self) -> Mapping[str, Any]:
        """The ready-made questions by name."""
        queries: Mapping[str, Any] = self.words["databases"]["oversight"]["queries"]
        return queries

    @property
    def as_of(self) -> str | None:
        """The latest day that a source vouches for."""
        return max((str(row["as_of_date"]) for row in self.rows if row["as_of_date"]), default=None)

    def sources(self, table: str | None = None) -> list[SourceLine]:
        """The sources of a table, or all of them, with how they stand at this moment.

        Of an earlier release nothing is late or held: its day has passed.
        """
        wanted = None if table is None else self._sources_of(table)
        held = self._held() if self.is_current else {}
        today = self.clock().date() if self.is_current else date.min
        return [
            _line(row, held.get(row["source_table"]), today)
            for row in self.rows
            if wanted is None or row["source_table"] in wanted
        ]

    def _sources_of(self, table: str) -> set[str] | None:
        told = self.words["databases"]["oversight"]["tables"].get(table, {})
        return set(told.get("sources", ())) or None

    def _held(self) -> dict[str, str]:
        try:
            feeds = json.loads(self.status.read_text(encoding="utf-8")).get("feeds", {})
        except (OSError, ValueError):
            return {}
        return {name: str(feed["held"]) for name, feed in feeds.items() if feed.get("held")}


def open_release(folder: Path, status: Path, clock: Clock) -> Shown:
    """Read a release after verifying each of its bytes. Raises `StorageFailed`."""
    return described(folder, manifest.verify(folder), status, clock)


def described(folder: Path, told: Manifest, status: Path, clock: Clock) -> Shown:
    """Read what the pages say of a release whose manifest is known."""
    words = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    address = f"file:{folder / 'oversight.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.row_factory = sqlite3.Row
        found = database.execute("select * from sources order by source_table").fetchall()
    rows = tuple({key: row[key] for key in row.keys()} for row in found)  # noqa: SIM118
    return Shown(folder, told, words, rows, status, clock)


def _line(row: Mapping[str, Any], held: str | None, today: date) -> SourceLine:
    due, gone, unread = row["stale_after_date"], row.get("tombstone_date"), row.get("is_absent")
    return SourceLine(
        name=row["source_table"],
        title=row["jurisdiction_title"],
        feed=row["feed"],
        description=row["description"],
        publisher=row["publisher"],
        license=row["license"],
        landing_page=row["landing_page"],
        cadence=row["cadence"],
        as_of=row["as_of_date"],
        rows=row["loaded_count"],
        exclusions=row["coverage_exclusions"],
        late=bool(due) and not gone and not unread and today > date.fromisoformat(due),
        held=held,
        unchecked=bool(row.get("is_online")) and not row.get("verified_date") and not gone,
        gone=gone,
        gone_why=row.get("tombstone_why"),
        unread=bool(unread),
    )
