"""Reading the history of single records from the tables of a release.

Every question goes through an index and takes at most `MOST` rows, so that no page costs more
because a record changed often. What is withheld is left out here, before any page sees it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipelines.record_words import QUIET, happened

MOST = 1000
TABLES = ("revisions", "missing_records", "source_changes")
EVENT = (
    "r.record_id, r.record_label, r.jurisdiction, r.source_table, r.feed, r.change_kind, "
    "r.is_substantive, r.column_name, r.old_value, r.new_value, r.first_seen_at, "
    "r.snapshot_sequence, r.snapshot_id, r.previous_snapshot_id, s.as_of_date"
)
EVENTS = (
    f"select {EVENT} from revisions r left join source_changes s "
    "on s.source_table = r.source_table and s.snapshot_sequence = r.snapshot_sequence "
)


@dataclass(frozen=True)
class Event:
    """One change of one record, as the revision log has it; times are UTC."""

    record_id: str
    record_label: str | None
    jurisdiction: str
    source_table: str
    feed: str
    change_kind: str
    is_substantive: bool
    column_name: str | None
    old_value: str | None
    new_value: str | None
    first_seen_at: str
    snapshot_sequence: int
    snapshot_id: str
    previous_snapshot_id: str | None
    as_of_date: str | None

    @property
    def told(self) -> str:
        """The change in plain words."""
        return happened(self.change_kind, self.column_name, self.old_value, self.new_value)


@dataclass(frozen=True)
class Delivery:
    """What one snapshot of a source did to a record; `quiet` is only about writing."""

    source_table: str
    record_id: str
    first_seen_at: str
    as_of_date: str | None
    snapshot_sequence: int
    snapshot_id: str
    previous_snapshot_id: str | None
    loud: tuple[str, ...]
    quiet: tuple[str, ...]


@dataclass(frozen=True)
class Absence:
    """A record that the latest delivery did not have; `last_values` are as last published."""

    record_id: str
    record_label: str | None
    jurisdiction: str
    source_table: str
    feed: str
    record_state: str
    missing_since_date: str | None
    last_seen_date: str | None
    snapshots_absent_count: int | None
    last_values: dict[str, Any]


def is_kept(connection: sqlite3.Connection) -> bool:
    """Whether this database holds a history at all; old releases do not."""
    places = ", ".join("?" for _ in TABLES)
    query = f"select count(*) from sqlite_master where type = 'table' and name in ({places})"
    return int(connection.execute(query, TABLES).fetchone()[0]) == len(TABLES)


def events_of_record(connection: sqlite3.Connection, record_id: str) -> list[Event]:
    """The changes of a record, newest first."""
    return _events(connection, "where r.record_id = ?", [record_id])


def events_of_number(connection: sqlite3.Connection, source: str, label: str) -> list[Event]:
    """The changes of all records of a source with this number, newest first."""
    return _events(connection, "where r.source_table = ? and r.record_label = ?", [source, label])


def absence_of_record(connection: sqlite3.Connection, record_id: str) -> Absence | None:
    """How a record stands that is not delivered any more; the withheld ones too."""
    found = _absences(connection, "where record_id = ?", [record_id])
    return found[0] if found else None


def absences_of_number(connection: sqlite3.Connection, source: str, label: str) -> list[Absence]:
    """The records of a source with this number that are not delivered any more."""
    found = _absences(connection, "where source_table = ? and record_label = ?", [source, label])
    return [absence for absence in found if absence.record_state != "withheld"]


def absences_of(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Absence]:
    """Those of the records that are not delivered any more, by id."""
    found = (absence_of_record(connection, record_id) for record_id in ids)
    return {absence.record_id: absence for absence in found if absence}


def first_day(connection: sqlite3.Connection, source: str) -> str | None:
    """When the first snapshot of a source was taken."""
    return _edge(connection, source, "asc")


def last_day(connection: sqlite3.Connection, source: str) -> str | None:
    """When the last snapshot of a source was taken."""
    return _edge(connection, source, "desc")


def is_counted_only(connection: sqlite3.Connection, source: str) -> bool:
    """Whether a source has changes of which only the numbers are public."""
    changed = (
        "select 1 from source_changes where source_table = ? and changed_records_count > 0 limit 1"
    )
    logged = "select 1 from revisions where source_table = ? limit 1"
    return bool(
        connection.execute(changed, [source]).fetchone()
        and not connection.execute(logged, [source]).fetchone()
    )


def some_numbers(connection: sqlite3.Connection, source: str, count: int) -> list[str]:
    """A few numbers under which changes of a source are kept."""
    query = (
        "select distinct record_label from (select record_label from revisions "
        "where source_table = ? and record_label is not null limit ?) limit ?"
    )
    found = connection.execute(query, [source, MOST, count]).fetchall()
    return [str(row[0]) for row in found]


def has_few(connection: sqlite3.Connection, source: str) -> bool:
    """Whether `some_numbers` gives all numbers of a source."""
    query = "select count(*) from (select 1 from revisions where source_table = ? limit ?)"
    return int(connection.execute(query, [source, MOST]).fetchone()[0]) < MOST


def deliveries(events: Sequence[Event]) -> list[Delivery]:
    """Changes put together by record and snapshot, newest first."""
    ordered = sorted(events, key=_place, reverse=True)
    return [_delivery(list(same)) for _, same in groupby(ordered, key=_place)]


def _place(event: Event) -> tuple[str, str, int, str]:
    day = event.first_seen_at
    return (day, event.source_table, event.snapshot_sequence, event.record_id)


def _delivery(events: Sequence[Event]) -> Delivery:
    one, told = events[0], sorted(events, key=lambda event: event.column_name or "")
    return Delivery(
        source_table=one.source_table,
        record_id=one.record_id,
        first_seen_at=one.first_seen_at,
        as_of_date=one.as_of_date,
        snapshot_sequence=one.snapshot_sequence,
        snapshot_id=one.snapshot_id,
        previous_snapshot_id=one.previous_snapshot_id,
        loud=tuple(event.told for event in told if event.change_kind not in QUIET),
        quiet=tuple(event.told for event in told if event.change_kind in QUIET),
    )


def _events(connection: sqlite3.Connection, where: str, values: Sequence[str]) -> list[Event]:
    rows = connection.execute(f"{EVENTS}{where} limit {MOST}", values).fetchall()
    read = [_event(row) for row in rows]
    gone = absences_of(connection, {event.record_id for event in read})
    withheld = {one.record_id for one in gone.values() if one.record_state == "withheld"}
    told = [event for event in read if event.record_id not in withheld]
    return sorted(told, key=_place, reverse=True)


def _event(row: Sequence[Any]) -> Event:
    told = [None if value is None else str(value) for value in row]
    given: dict[str, Any] = dict(zip(Event.__dataclass_fields__, told, strict=True))
    given["is_substantive"] = str(row[6]).lower() in ("1", "true")
    given["snapshot_sequence"] = int(row[11])
    return Event(**given)


def _absences(connection: sqlite3.Connection, where: str, values: Sequence[str]) -> list[Absence]:
    columns = ", ".join(Absence.__dataclass_fields__)
    query = f"select {columns} from missing_records {where} limit {MOST}"
    return [_absence(row) for row in connection.execute(query, values).fetchall()]


def _absence(row: Sequence[Any]) -> Absence:
    given: dict[str, Any] = dict(zip(Absence.__dataclass_fields__, row, strict=True))
    held = given["last_values"]
    known = json.loads(held) if held and given["record_state"] != "withheld" else {}
    return Absence(**{**given, "last_values": known})


def _edge(connection: sqlite3.Connection, source: str, order: str) -> str | None:
    query = (
        "select first_seen_at from source_changes where source_table = ? "
        f"order by snapshot_sequence {order} limit 1"
    )
    found = connection.execute(query, [source]).fetchone()
    return str(found[0]) if found and found[0] else None
