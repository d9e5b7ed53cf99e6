"""What a release changed against the one before it, written down once and for good.

`CHANGES.json` is a file of the release, and its copy below `data/changes` stays when the release
is pruned. The changes themselves stand in the table `revisions`; here are their numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines import manifest, shelf
from pipelines.failures import StorageFailed
from pipelines.manifest import Manifest
from pipelines.settings import Settings

NAME = "CHANGES.json"
FORMAT = 1
DATABASE = "oversight.db"
SUBSTANTIVE = ("added", "removed", "restored", "value_changed", "blanked", "filled")
UNCOUNTED = ("recoded", "key_migrated", "reformatted")
KINDS = (*SUBSTANTIVE, *UNCOUNTED)
Row = Mapping[str, Any]


def sequences(database: Path) -> dict[str, int]:
    """The newest snapshot that the candidate knows of each source, by its running number.

    Raises `StorageFailed` when the database cannot be read.
    """
    with _opened(database) as rows:
        return {name: lines[-1]["snapshot_sequence"] for name, lines in _deliveries(rows).items()}


def write_changes(
    settings: Settings, folder: Path, described: Manifest, previous: Manifest | None
) -> None:
    """Write the changes of the release `described` into its unpublished `folder`.

    `previous` is the release to compare with; without one everything is new. The file says
    nothing that a reader cannot see, and does not count when two releases are compared.
    Raises `StorageFailed` when the candidate's database cannot be read.
    """
    with _opened(folder / DATABASE) as rows:
        deliveries, listed = _deliveries(rows), _listed(rows)
        titles = {row["source_table"]: title(row) for row in rows("sources")}
        holds = [_told(row, titles) for row in rows("holds")]
    known = {} if previous is None else previous.inputs
    names = sorted({*known, *described.inputs, *deliveries})
    sources = [
        {"source_table": name, "title": titles.get(name, name)}
        | _source(
            deliveries.get(name, ()),
            described.inputs.get(name),
            known.get(name),
            listed.get(name, {}),
        )
        for name in names
    ]
    decided = _decisions(settings, previous)
    changes = {
        "format": FORMAT,
        "number": described.number,
        "previous": described.previous,
        "created_at": described.created_at,
        "totals": _totals(sources),
        "sources": sources,
        "tables": _tables(described.tables, {} if previous is None else previous.tables),
        "holds": [h for h in holds if decided.get(h["hold_id"]) != h["decision"]],
        "open_holds": [h["hold_id"] for h in holds if h["decision"] == "open"],
        "revisions": {
            "table": "revisions",
            "key": "revision_id",
            "total": sum(sum(counts.values()) for counts in listed.values()),
        },
    }
    manifest.write_json(folder / NAME, changes)


def moment(text: Any) -> str | None:
    """A moment of the data, UTC, as RFC 3339 has it; nothing for what is no moment."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    aware = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%SZ")


def title(row: Row) -> str:
    """A source as people call it, from its row of `sources`."""
    table = str(row["source_table"]).partition(".")[2].replace("_", " ")
    return f"{row['jurisdiction_title']}: {table}"


def counts_of(rows: Sequence[Row]) -> dict[str, int]:
    """The numbers of changes by kind, over some rows of `source_changes`."""
    return {kind: sum(int(row[f"{kind}_count"] or 0) for row in rows) for kind in KINDS}


def _source(
    deliveries: Sequence[Row], now: Row | None, before: Row | None, listed: Mapping[int, int]
) -> dict[str, Any]:
    """One source: from which snapshot to which, and what that changed.

    A source whose log is new counts from 0: its numbers are the history that came with it.
    """
    last = deliveries[-1]["snapshot_sequence"] if deliveries else 0
    first, state = _since(deliveries, now, before)
    new = [row for row in deliveries if row["snapshot_sequence"] > first]
    rows = {row["snapshot_sequence"]: row["rows_count"] for row in deliveries}
    counts = counts_of(new)
    columns = any(row["columns_added"] or row["columns_missing"] for row in new)
    if state == "unchanged" and (any(counts.values()) or columns):
        state = "changed"
    return {
        "state": state,
        "from_sequence": first,
        "to_sequence": last,
        "rows_before": rows.get(first),
        "rows_after": rows.get(last),
        "counts": counts,
        "substantive_count": sum(counts[kind] for kind in SUBSTANTIVE),
        "listed_count": sum(n for sequence, n in listed.items() if sequence > first),
        "held": now["held"] if now else None,
        "snapshots": [_snapshot(row) for row in new],
    }


def _since(deliveries: Sequence[Row], now: Row | None, before: Row | None) -> tuple[int, str]:
    """After which snapshot the changes count, and how the source stands to the release before."""
    last = deliveries[-1]["snapshot_sequence"] if deliveries else 0
    if now is None:
        return last, "left"
    if before is None:
        return 0, "new"
    ids = {row["snapshot_id"]: row["snapshot_sequence"] for row in deliveries}
    first = before.get("sequence") or ids.get(before["snapshot"], 0)
    return (0, "begun") if last and not 0 < first <= last else (first, "unchanged")


def _snapshot(row: Row) -> dict[str, Any]:
    counts = counts_of([row])
    return {
        "sequence": row["snapshot_sequence"],
        "snapshot_id": row["snapshot_id"],
        "first_seen_at": moment(row["first_seen_at"]),
        "accepted_at": moment(row["accepted_at"]),
        "as_of_date": row["as_of_date"],
        "rows_count": row["rows_count"],
        "counts": {kind: count for kind, count in counts.items() if count},
        "substantive_count": row["substantive_count"],
        "hold_id": row["hold_id"],
        "columns_added": row["columns_added"],
        "columns_missing": row["columns_missing"],
    }


def _totals(sources: Sequence[Row]) -> dict[str, int]:
    """Over the sources that were there before: the history that a new one brings is no change."""
    old = [one for one in sources if one["state"] in ("changed", "unchanged")]
    return {
        "sources": sum(one["state"] != "left" for one in sources),
        "sources_delivered": sum(bool(one["snapshots"]) for one in sources),
        "sources_changed": sum(one["substantive_count"] > 0 for one in old),
        "substantive": sum(one["substantive_count"] for one in old),
        "uncounted": sum(one["counts"][kind] for one in old for kind in UNCOUNTED),
    }


def _tables(now: Mapping[str, Row], before: Mapping[str, Row]) -> list[dict[str, Any]]:
    return [
        {
            "table": name,
            "rows_before": before[name]["rows"] if name in before else None,
            "rows_after": now[name]["rows"] if name in now else None,
        }
        for name in sorted({*now, *before})
    ]


def _told(hold: Row, titles: Mapping[str, str]) -> dict[str, Any]:
    name = hold["source_table"]
    moments = {at: moment(hold[at]) for at in ("opened_at", "decided_at")}
    return {**hold, **moments, "title": titles.get(name, name)}


def _decisions(settings: Settings, previous: Manifest | None) -> dict[str, str]:
    """How each hold stood in the release before; nothing when that can no longer be read."""
    if previous is None:
        return {}
    try:
        with _opened(shelf.folder(settings, previous.number) / DATABASE) as rows:
            return {row["hold_id"]: row["decision"] for row in rows("holds")}
    except StorageFailed:
        return {}


class _Tables:
    """The rows of a release's tables; one that an older release lacks has none."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        found = database.execute("select name from sqlite_master where type = 'table'")
        self.names = {row["name"] for row in found}

    def __call__(self, table: str, sql: str | None = None) -> list[dict[str, Any]]:
        if table not in self.names:
            return []
        return [dict(row) for row in self.database.execute(sql or f'select * from "{table}"')]


@contextmanager
def _opened(database: Path) -> Iterator[_Tables]:
    try:
        address = f"file:{database}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            yield _Tables(connection)
    except sqlite3.Error as error:
        told = f"The tables cannot be read ({type(error).__name__})."
        raise StorageFailed(told, place=str(database.name)) from None


def _deliveries(rows: _Tables) -> dict[str, list[Row]]:
    order = "select * from source_changes order by source_table, snapshot_sequence"
    found: dict[str, list[Row]] = {}
    for row in rows("source_changes", order):
        found.setdefault(row["source_table"], []).append(row)
    return found


def _listed(rows: _Tables) -> dict[str, dict[int, int]]:
    """How many changes of each snapshot of each source the table `revisions` lists."""
    query = (
        "select source_table, snapshot_sequence, count(*) as listed from revisions group by 1, 2"
    )
    found: dict[str, dict[int, int]] = {}
    for row in rows("revisions", query):
        found.setdefault(row["source_table"], {})[row["snapshot_sequence"]] = row["listed"]
    return found
