"""What the page of a record says, put together from the log and the tables of one release.

A record is asked for by its permanent id, or by its source and the agency's own number. Several
records may bear one number; records of other sources of the same place that bear it are told
beside them, so that a complaint is found together with its allegations.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines import record_log, record_rows
from pipelines.record_log import Absence, Delivery, Event
from pipelines.record_rows import TableRow
from pipelines.record_words import (
    COUNTED_ONLY,
    OF_SEVERAL,
    WITHHELD,
    in_address,
    present,
    standing,
    title,
    unchanged,
)
from pipelines.shown import Shown

FAMILIES = (
    frozenset({"complaints", "allegations", "bwc_reviews", "reference"}),
    frozenset({"hearing_items", "roll_calls"}),
)
"""Feeds in which the same number of the same place means the same matter."""
RECORDS_SHOWN = 20
DELIVERIES_SHOWN = 40
RELATED_SHOWN = 10


@dataclass(frozen=True)
class Source:
    """Where a record comes from, in the words of the table of sources."""

    name: str
    title: str
    jurisdiction: str
    place: str
    feed: str
    publisher: str
    cannot_tell: str | None


@dataclass(frozen=True)
class Record:
    """One record with its standing and all its changes, newest first.

    `record_id` is empty for one of which no change was ever recorded.
    """

    record_id: str | None
    record_label: str | None
    source: Source
    state: str
    standing: str
    absence: Absence | None
    events: tuple[Event, ...]
    remark: str | None = None

    @property
    def address(self) -> str:
        """Where this record always stands on the site."""
        if self.record_id:
            return f"/record/{self.record_id}"
        return address_of(self.source.name, self.record_label or "")

    @property
    def state_and_rest(self) -> tuple[str, str]:
        """Its standing in two: the state with its day, and the rest."""
        state, _, rest = self.standing.partition(". ")
        return state.rstrip("."), rest

    @property
    def deliveries(self) -> list[Delivery]:
        """Its changes by delivery."""
        return record_log.deliveries(self.events)

    @property
    def is_cut(self) -> bool:
        """Whether it has more changes than one page reads."""
        return len(self.events) >= record_log.MOST


@dataclass(frozen=True)
class Page:
    """The answer to one address; `related` bear the same number in other sources."""

    title: str
    address: str
    label: str | None
    source: Source
    records: tuple[Record, ...]
    related: tuple[Record, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Withheld:
    """A record of which only this may be said."""

    record_id: str
    told: str = WITHHELD


def address_of(source: str, label: str) -> str:
    """The address of everything that a source has under the agency's number."""
    return f"/record/{source}/{in_address(label)}"


def by_id(connection: sqlite3.Connection, shown: Shown, record_id: str) -> Page | Withheld | None:
    """The page of a permanent id; None when nothing public ever had it."""
    if not record_log.is_kept(connection):
        return None
    absence = record_log.absence_of_record(connection, record_id)
    if absence and absence.record_state == "withheld":
        return Withheld(record_id)
    events = record_log.events_of_record(connection, record_id)
    known: Absence | Event | None = absence or (events[0] if events else None)
    if known is None:
        return None
    source = source_of(shown, known)
    record = _record(connection, source, known.record_label, record_id, absence, events)
    return _page(connection, shown, record.address, source, known.record_label, [record])


def by_number(connection: sqlite3.Connection, shown: Shown, name: str, label: str) -> Page | None:
    """The page of all records that a source has under a number; None when it has none."""
    source = named_source(shown, name)
    if source is None:
        return None
    records = _numbered(connection, source, label)
    rows = record_rows.rows_under(connection, shown, source.name, label)
    if not records and any(row.may_be_of_source for row in rows):
        is_certain = any(row.is_of_source for row in rows)
        records = [_unlogged(connection, source, label, is_certain)]
    if not records:
        return None
    return _page(connection, shown, address_of(name, label), source, label, records)


def _page(
    connection: sqlite3.Connection,
    shown: Shown,
    address: str,
    source: Source,
    label: str | None,
    records: Sequence[Record],
) -> Page:
    own = {record.record_id for record in records}
    related = [
        record
        for other in (_own_and_relatives(shown, source) if label else ())
        for record in _numbered(connection, other, str(label))[:RELATED_SHOWN]
        if record.record_id not in own
    ]
    rows = record_rows.rows_under(connection, shown, source.name, label) if label else []
    return Page(
        title=title(source.feed, label, len(records)),
        address=address,
        label=label,
        source=source,
        records=tuple(records),
        related=tuple(related),
        rows=tuple(rows),
    )


def named_source(shown: Shown, name: str) -> Source | None:
    """A source by its name, if this installation has it."""
    return next((_source(row) for row in shown.rows if row["source_table"] == name), None)


def source_of(shown: Shown, known: Absence | Event) -> Source:
    """The source of a record, also when this installation no longer reads it."""
    found = named_source(shown, known.source_table)
    if found is not None:
        return found
    table = known.source_table.partition(".")[2].replace("_", " ")
    place = known.jurisdiction.replace("_", " ").title()
    return Source(
        name=known.source_table,
        title=f"{place}: {table}",
        jurisdiction=known.jurisdiction,
        place=place,
        feed=known.feed,
        publisher="a publisher that is no longer read here",
        cannot_tell=None,
    )


def relatives(shown: Shown, jurisdiction: str, feed: str) -> list[Source]:
    """The sources of a place in which a number means the same matter as in this feed."""
    family = next((family for family in FAMILIES if feed in family), frozenset({feed}))
    read = (_source(row) for row in shown.rows if row["jurisdiction"] == jurisdiction)
    return [source for source in read if source.feed in family]


def _own_and_relatives(shown: Shown, source: Source) -> Iterator[Source]:
    """The source itself, and those of its family."""
    yield source
    for other in relatives(shown, source.jurisdiction, source.feed):
        if other.name != source.name:
            yield other


def _source(row: Mapping[str, Any]) -> Source:
    name = str(row["source_table"])
    place = str(row["jurisdiction_title"])
    return Source(
        name=name,
        title=f"{place}: {name.partition('.')[2].replace('_', ' ')}",
        jurisdiction=str(row["jurisdiction"]),
        place=place,
        feed=str(row["feed"]),
        publisher=str(row["publisher"]),
        cannot_tell=row.get("revisions_note") or None,
    )


def _numbered(connection: sqlite3.Connection, source: Source, label: str) -> list[Record]:
    """The records of a source with a number, those that changed last first."""
    if not record_log.is_kept(connection):
        return []
    events = record_log.events_of_number(connection, source.name, label)
    gone = {
        one.record_id: one for one in record_log.absences_of_number(connection, source.name, label)
    }
    by_record: dict[str, list[Event]] = {}
    for event in events:
        by_record.setdefault(event.record_id, []).append(event)
    for record_id in gone:
        by_record.setdefault(record_id, [])
    return [
        _record(connection, source, label, record_id, gone.get(record_id), told)
        for record_id, told in by_record.items()
    ]


def _record(
    connection: sqlite3.Connection,
    source: Source,
    label: str | None,
    record_id: str,
    absence: Absence | None,
    events: Sequence[Event],
) -> Record:
    state = absence.record_state if absence else "current"
    told = (
        standing(
            absence.record_state,
            absence.missing_since_date,
            absence.last_seen_date,
            absence.snapshots_absent_count,
        )
        if absence
        else present(record_log.last_day(connection, source.name))
    )
    return Record(record_id, label, source, state, told, absence, tuple(events))


def _unlogged(
    connection: sqlite3.Connection, source: Source, label: str, is_certain: bool
) -> Record:
    """A record that stands in a table, and of which the log holds nothing."""
    if not record_log.is_kept(connection):
        return Record(None, label, source, "current", present(None), None, ())
    told = present(record_log.last_day(connection, source.name)) if is_certain else OF_SEVERAL
    if record_log.is_counted_only(connection, source.name):
        remark = COUNTED_ONLY
    else:
        remark = unchanged(record_log.first_day(connection, source.name))
    return Record(None, label, source, "current", told, None, (), remark)
