"""The SQLite file of a candidate: typed tables, indexes, full-text search, nothing left over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pipelines.scans import sqlite_pages
from pipelines.transform import Mart

Columns = tuple[tuple[str, str], ...]
BUILDING = ("journal_mode = off", "synchronous = off")
"""The file is still private while it is built; a failure discards it whole. A larger
page cache, memory for sorting or worker threads were measured to cost two to three times more."""


def create(file: Path, tables: Mapping[str, tuple[Columns, tuple[str, ...]]]) -> None:
    """Make empty tables from `{name: (columns with types, key)}`; the key is a row's address."""
    with _building(file) as database:
        for name, (columns, key) in tables.items():
            lines = [f'"{column}" {kind}' for column, kind in columns]
            if key:
                lines.append(f"PRIMARY KEY ({_names(key)})")
            database.execute(f'CREATE TABLE "{name}" (\n  ' + ",\n  ".join(lines) + "\n)")


def empty(file: Path, table: str) -> None:
    """Remove all rows of a table of a file that was already finished, to write them anew."""
    file.chmod(0o644)
    with _building(file) as database:
        database.execute(f'DELETE FROM "{table}"')


def finish(file: Path, marts: Sequence[Mart], tables: Sequence[str] = ()) -> None:
    """Index the tables of `marts`, drop what belongs to nothing, and make the file read-only.

    `tables` are those whose rows are new, when not those of `marts`.
    """
    with _building(file) as database:
        for mart in marts:
            for number, columns in enumerate(mart.indexes, 1):
                name = f"{mart.name}_index_{number}"
                database.execute(f'CREATE INDEX "{name}" ON "{mart.name}" ({_names(columns)})')
            if mart.search:
                _search(database, mart)
        for table in tables or [mart.name for mart in marts]:
            database.execute(f'ANALYZE "{table}"')
        if database.execute("PRAGMA freelist_count").fetchone()[0]:
            database.execute("VACUUM")
        database.execute("PRAGMA journal_mode = delete")
    sqlite_pages.clear(file)
    file.chmod(0o444)


def counts(file: Path, tables: Sequence[str]) -> dict[str, int]:
    """Rows of each table, counted in the file as the site will open it."""
    address = f"file:{file}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        return {
            table: int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
            for table in tables
        }


def _search(database: sqlite3.Connection, mart: Mart) -> None:
    index = f"{mart.name}_fts"
    database.execute(
        f'CREATE VIRTUAL TABLE "{index}" USING fts5({_names(mart.search)}, content="{mart.name}")'
    )
    database.execute(f'INSERT INTO "{index}"("{index}") VALUES (\'rebuild\')')


@contextmanager
def _building(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for pragma in BUILDING:
            database.execute(f"PRAGMA {pragma}")
        yield database


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
