"""Single changes, as far as a page lists them: what is lost first, and not too many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.changes_told import TELLING, WORDS
from pipelines.record_words import field

LONGEST = 200
QUERY = (
    "select r.* from revisions r where r.source_table = ? and r.change_kind = ? "
    "and r.snapshot_sequence > ? and r.snapshot_sequence <= ? and not exists (select 1 from "
    "missing_records m where m.record_id = r.record_id and m.record_state = 'withheld') "
    "order by r.snapshot_sequence, r.record_label, r.revision_id limit ?"
)


@dataclass(frozen=True)
class Change:
    """One change of one record; `is_told` is false where the values are not public."""

    record_id: str
    record_label: str
    title: str
    kind: str
    column: str | None
    old: str | None
    new: str | None

    @property
    def what(self) -> str:
        """What happened, with the column as a reader says it."""
        words = WORDS[self.kind].one
        return words if self.column is None else f"{field(self.column)}: {words}"

    @property
    def is_told(self) -> bool:
        """Whether there is a value to show: not for whole records, nor for private columns."""
        return self.old is not None or self.new is not None


def some_changes(
    database: sqlite3.Connection, sources: Iterable[Mapping[str, Any]], most: int
) -> list[Change]:
    """Up to `most` substantive changes: by kind, and within a kind by source as they are given.

    Each source says from which snapshot to which, and how much of each kind there is.
    """
    wanted = list(sources)
    found: list[Change] = []
    for kind in TELLING:
        for source in wanted:
            if source["counts"].get(kind) and len(found) < most:
                found += _changes(database, source, kind, most - len(found))
    return found


def _changes(
    database: sqlite3.Connection, source: Mapping[str, Any], kind: str, most: int
) -> Iterator[Change]:
    between = (source["from_sequence"], source["to_sequence"])
    for row in database.execute(QUERY, (source["source_table"], kind, *between, most)):
        yield Change(
            record_id=row["record_id"],
            record_label=row["record_label"] or "no public number",
            title=source["title"],
            kind=kind,
            column=row["column_name"],
            old=_short(row["old_value"]),
            new=_short(row["new_value"]),
        )


def _short(value: object) -> str | None:
    text = None if value is None else str(value)
    return text if text is None or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
