"""The columns of a release by complaint, held against attributes that it must not hold."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from pipelines.attack.grouped import stands_for

KEY = "complaint_id"
Attributes = Mapping[str, Mapping[str, str]]


def telling(database: Path, held: Attributes, jurisdiction: str | None = None) -> set[str]:
    """The columns, and pairs of columns of a table, that sort complaints as an attribute does."""
    with closing(sqlite3.connect(database)) as base:
        return {
            name
            for name, told in _columns(base, jurisdiction)
            for attribute in held.values()
            if stands_for(told, attribute)
        }


def _columns(
    base: sqlite3.Connection, jurisdiction: str | None
) -> Iterator[tuple[str, dict[str, str]]]:
    tables = base.execute("select name from sqlite_master where type = 'table'").fetchall()
    for (table,) in tables:
        found = base.execute("select name from pragma_table_info(?)", (table,))
        names = [name for (name,) in found]
        if KEY in names and (not jurisdiction or "jurisdiction" in names):
            only = "where jurisdiction = ?" if jurisdiction else ""
            asked = (jurisdiction,) if jurisdiction else ()
            rows = base.execute(f'select * from "{table}" {only}', asked).fetchall()
            yield from _by_complaint(table, names, rows)


def _by_complaint(
    table: str, names: list[str], rows: list[tuple[object, ...]]
) -> Iterator[tuple[str, dict[str, str]]]:
    at = names.index(KEY)
    for one, other in itertools.combinations_with_replacement(range(len(names)), 2):
        told = {str(row[at]): f"{row[one]}|{row[other]}" for row in rows if row[at]}
        yield f"{table}.{names[one]}+{names[other]}", told
