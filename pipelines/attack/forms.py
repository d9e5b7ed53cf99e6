"""The forms in which a release offers one table, read as text so that they can be compared."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

Row = dict[str, str | None]

MADE_HARMLESS = re.compile(r"(^|[;\t\r\n]\s*)'(?=[\t\r\n]|\s*[=+@\uff1d\uff0b\uff0d\uff20-])")
"""The apostrophe before what a spreadsheet would run, which is in the CSV only."""


def csv_rows(folder: Path, table: str) -> list[Row] | None:
    """The rows of a CSV in a release or beside it in a copy; none where there is no such file."""
    for file in (folder / "csv" / f"{table}.csv", folder / f"{table}.csv"):
        if file.is_file():
            with file.open(encoding="utf-8", newline="") as lines:
                return [
                    {name: _plain(text) for name, text in row.items()}
                    for row in csv.DictReader(lines)
                ]
    return None


def sqlite_rows(folder: Path, table: str) -> list[Row] | None:
    """The same rows from the database; none where there is no database or no such table."""
    if not database(folder).is_file():
        return None
    with opened(folder) as base:
        if table not in tables(base):
            return None
        found = base.execute(f'select * from "{table}"')
        names = [column[0] for column in found.description]
        return [dict(zip(names, map(_text, row), strict=True)) for row in found]


def parquet_rows(folder: Path, table: str) -> list[Row] | None:
    """The same rows from the Parquet; none where there is no such file."""
    file = folder / "parquet" / f"{table}.parquet"
    if not file.is_file():
        return None
    import duckdb

    with duckdb.connect(config={"threads": 1}) as duck:
        found = duck.execute("select columns(*)::varchar from read_parquet(?)", [str(file)])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, map(_text, row), strict=True)) for row in found.fetchall()]


def database(folder: Path) -> Path:
    """The SQLite file of a release."""
    return folder / "oversight.db"


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database of a release, for reading only and without leaving a file beside it."""
    uri = f"{database(folder).resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as base:
        yield base


def tables(base: sqlite3.Connection) -> list[str]:
    """The tables that hold rows of their own: not the shadows of a search index."""
    query = "select name from pragma_table_list where schema = 'main' and type = 'table'"
    names = sorted(str(name) for (name,) in base.execute(query))
    return [name for name in names if not name.startswith("sqlite_")]


def _plain(text: str | None) -> str | None:
    return MADE_HARMLESS.sub(r"\1", text) if text else None


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
