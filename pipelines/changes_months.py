"""What a month brought: every source in numbers and words, what is missing, and what was held.

A delivery counts in the month in which it was accepted, in UTC, so that a month that is over
does not change any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.changes import KINDS, SUBSTANTIVE, UNCOUNTED, moment, title
from pipelines.changes_told import joined, revisions_url, sentence, several

SUMS = ", ".join(f"sum({kind}_count) as {kind}" for kind in KINDS)
DELIVERED = (
    "select source_table, count(*) as deliveries, min(snapshot_sequence) as first, "
    f"max(snapshot_sequence) as last, {SUMS}, group_concat(columns_added, ',') as columns_added, "
    "group_concat(columns_missing, ',') as columns_missing from source_changes "
    "where accepted_at >= ? and accepted_at < ? group by source_table"
)
MISSING = (
    "select source_table, record_state, count(*) as records, min(missing_since_date) as since "
    "from missing_records group by 1, 2"
)


@dataclass(frozen=True)
class SourceMonth:
    """One source in one month, from snapshot `first` to `last`; counts are of changes by kind."""

    source_table: str
    title: str
    deliveries: int
    first: int
    last: int
    rows: int | None
    absent: int | None
    counts: Mapping[str, int]
    columns_added: tuple[str, ...]
    columns_missing: tuple[str, ...]
    is_listed: bool

    @property
    def substantive(self) -> int:
        """How much changed that counts as change."""
        return sum(self.counts[kind] for kind in SUBSTANTIVE)

    @property
    def told(self) -> str:
        """The month of this source in plain words."""
        if self.first == self.last == 1:
            return "Its first file, the baseline that later ones are compared with."
        came = several(self.deliveries, "new file")
        if self.first == 1:
            came += ", the first of them the baseline that later ones are compared with"
        changed = sentence(self.counts) or "no record changed"
        return f"{came}: {changed}."

    def url(self, kind: str | None = None) -> str:
        """Where the changes behind a number are listed."""
        return revisions_url(
            self.source_table, self.first - 1, self.last, kind, is_listed=self.is_listed
        )


@dataclass(frozen=True)
class Gone:
    """Records of one source that its latest delivery does not have, by how they stand."""

    source_table: str
    title: str
    state: str
    records: int
    since: str | None


@dataclass(frozen=True)
class Month:
    """All of a monthly report; `holds` are those opened, decided or still open in the month."""

    month: str
    sources: tuple[SourceMonth, ...]
    silent: tuple[str, ...]
    gone: tuple[Gone, ...]
    holds: tuple[Mapping[str, Any], ...]
    notes: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """`2026-10` as October 2026."""
        return f"{date.fromisoformat(f'{self.month}-01'):%B %Y}"

    @property
    def counts(self) -> dict[str, int]:
        """The changes of all sources by kind."""
        return {kind: sum(one.counts[kind] for one in self.sources) for kind in KINDS}

    @property
    def told(self) -> str:
        """The month in one or two sentences."""
        if not self.sources:
            return f"In {self.name} no source delivered a new file."
        files = several(sum(one.deliveries for one in self.sources), "new file")
        came = f"In {self.name}, {several(len(self.sources), 'source')} delivered {files}"
        changed = sentence(self.counts)
        return f"{came}: {changed}." if changed else f"{came}, and no record changed."

    @property
    def uncounted(self) -> str:
        """What is kept apart from change; empty if there was nothing of it."""
        return sentence(self.counts, UNCOUNTED)


def months(database: sqlite3.Connection) -> list[str]:
    """The months in which anything was delivered or decided, newest first."""
    query = (
        "select substr(accepted_at, 1, 7) as month from source_changes union "
        "select substr(opened_at, 1, 7) from holds union select substr(decided_at, 1, 7) from holds"
    )
    return sorted((row["month"] for row in database.execute(query) if row["month"]), reverse=True)


def report(database: sqlite3.Connection, month: str) -> Month:
    """The report of a month such as `2026-10`, from the tables of a release."""
    about = {row["source_table"]: dict(row) for row in database.execute("select * from sources")}
    titles = {name: title(row) for name, row in about.items()}
    between = (f"{month}-01", f"{_after(month)}-01")
    rows = [dict(row) for row in database.execute(DELIVERED, between)]
    sources = [_source(database, row, titles) for row in rows]
    gone = [dict(row) for row in database.execute(MISSING)]
    delivered = {one.source_table for one in sources}
    return Month(
        month=month,
        sources=tuple(sorted(sources, key=lambda one: (-one.substantive, one.title))),
        silent=tuple(sorted(titles[name] for name in _read(about) if name not in delivered)),
        gone=tuple(sorted((_gone(row, titles) for row in gone), key=_largest)),
        holds=tuple(_holds(database, month, titles)),
        notes=_notes(about, [one for one in sources if not one.is_listed and one.substantive]),
    )


def _source(
    database: sqlite3.Connection, row: Mapping[str, Any], titles: Mapping[str, str]
) -> SourceMonth:
    name = row["source_table"]
    last = database.execute(
        "select rows_count, absent_count from source_changes "
        "where source_table = ? and snapshot_sequence = ?",
        (name, row["last"]),
    ).fetchone()
    listed = database.execute(
        "select 1 from revisions where source_table = ? and snapshot_sequence >= ? "
        "and snapshot_sequence <= ? limit 1",
        (name, row["first"], row["last"]),
    ).fetchone()
    return SourceMonth(
        source_table=name,
        title=titles.get(name, name),
        deliveries=row["deliveries"],
        first=row["first"],
        last=row["last"],
        rows=last["rows_count"],
        absent=last["absent_count"],
        counts={kind: row[kind] or 0 for kind in KINDS},
        columns_added=_words(row["columns_added"]),
        columns_missing=_words(row["columns_missing"]),
        is_listed=listed is not None,
    )


def _holds(
    database: sqlite3.Connection, month: str, titles: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The holds that the month saw; one without a decision is seen by every month since."""
    found: list[Mapping[str, Any]] = []
    for row in database.execute("select * from holds order by opened_at, hold_id"):
        opened, decided = (moment(row[name]) for name in ("opened_at", "decided_at"))
        if opened and opened[:7] <= month and (decided is None or decided[:7] >= month):
            name = row["source_table"]
            told = {"opened_at": opened, "decided_at": decided, "title": titles.get(name, name)}
            found.append({**dict(row), **told})
    return found


def _gone(row: Mapping[str, Any], titles: Mapping[str, str]) -> Gone:
    name = row["source_table"]
    return Gone(name, titles.get(name, name), row["record_state"], row["records"], row["since"])


def _largest(gone: Gone) -> tuple[int, str, str]:
    return (-gone.records, gone.title, gone.state)


def _notes(
    about: Mapping[str, Mapping[str, Any]], counted: Sequence[SourceMonth]
) -> tuple[tuple[str, str], ...]:
    """What the log of single sources cannot tell, by the title of the source."""
    told = [
        (title(row), str(row["revisions_note"]))
        for name, row in sorted(about.items())
        if row.get("revisions_note") and name in _read(about)
    ]
    if counted:
        told.append(
            (joined(one.title for one in counted), "Only the numbers of changes are published.")
        )
    return tuple(told)


def _read(about: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The sources that this installation reads and that are still to be had."""
    return [
        name
        for name, row in about.items()
        if not row.get("is_absent") and not row.get("tombstone_date")
    ]


def _words(text: str | None) -> tuple[str, ...]:
    """Names of columns, each once; they come in lists with commas."""
    return tuple(sorted({word.strip() for word in (text or "").split(",") if word.strip()}))


def _after(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
