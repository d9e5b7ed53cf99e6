"""The gate of the list: what is in the folder and was read by nobody is not published.

Looks at the folder as a reader would: names of files, tables of the database, columns of each of
the three forms. What is new does not pass until a person has put it on the list, whatever made it.
"""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.parsers.parsed import literal, quoted
from pipelines.policies import Policy
from pipelines.public_columns import PublicColumns, load_public_columns
from pipelines.settings import Settings

DATABASE = "oversight.db"
LIST = "dbt_project/policies/public_columns.yml"
SHADOWS = ("", "_config", "_data", "_docsize", "_idx")
Columns = dict[str, tuple[str, ...]]


def beyond_the_list(settings: Settings, folder: Path, contracts: Sequence[Contract]) -> list[str]:
    """Why the folder holds something that is not on the list; empty when all of it is.

    Raises `Misconfigured` when the list itself cannot be used.
    """
    allowed = load_public_columns(settings.dbt_project)
    with duckdb.connect() as duck:
        return [
            *_files(folder, allowed),
            *_in_database(folder / DATABASE, allowed),
            *_columns("csv", _of_csv(folder), allowed),
            *_columns("parquet", _of_parquet(duck, folder), allowed),
            *_undecided(duck, folder, allowed, {one.jurisdiction: one.policy for one in contracts}),
        ]


def _files(folder: Path, allowed: PublicColumns) -> Iterator[str]:
    forms = ("csv/{}.csv", "csv/{}.about.txt", "parquet/{}.parquet")
    known = {form.format(table) for table in allowed.tables for form in forms} | set(allowed.files)
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_symlink() or not (file.is_dir() or name in known):
            yield f"The file {name} is not in {LIST}."
        elif file.is_dir() and name not in {"csv", "parquet"}:
            yield f"The folder {name} is not in {LIST}."


def _in_database(file: Path, allowed: PublicColumns) -> Iterator[str]:
    """Tables, their columns, and the words that are searched for; a view or trigger never is."""
    if not file.is_file():
        return
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base:
        found = base.execute("select type, name from sqlite_schema where type <> 'index'")
        kinds = {name: kind for kind, name in found}
        columns = {name: _of_table(base, name) for name, kind in kinds.items() if kind == "table"}
    indexes = {f"{table}_fts": table for table in allowed.tables}
    shadows = {f"{index}{ending}" for index in indexes for ending in SHADOWS}
    for name, kind in kinds.items():
        if kind != "table":
            yield f"The database holds a {kind}, {name}, which is never published."
        elif index_of := indexes.get(name):
            more = set(columns[name]) - set(allowed.tables[index_of].columns) - {name, "rank"}
            yield from (f"The index {name} holds {one}, which is not in {LIST}." for one in more)
    tables = {n: c for n, c in columns.items() if n not in shadows and n not in allowed.database}
    yield from _columns("the database", tables, allowed)


def _of_table(base: sqlite3.Connection, name: str) -> tuple[str, ...]:
    told = base.execute("select name from pragma_table_xinfo(?)", (name,))
    return tuple(column for (column,) in told)


def _of_csv(folder: Path) -> Columns:
    return {file.stem: _heading(file) for file in sorted((folder / "csv").glob("*.csv"))}


def _heading(file: Path) -> tuple[str, ...]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return tuple(next(csv.reader(lines), ()))


def _of_parquet(duck: duckdb.DuckDBPyConnection, folder: Path) -> Columns:
    if not any((folder / "parquet").glob("*.parquet")):
        return {}
    every = literal(str(folder / "parquet" / "*.parquet"))
    found = duck.execute(
        f"select file_name, name from parquet_schema({every}) where num_children is null"
    ).fetchall()
    columns: dict[str, list[str]] = defaultdict(list)
    for file, name in found:
        columns[Path(file).stem].append(name)
    return {table: tuple(names) for table, names in columns.items()}


def _columns(form: str, found: Columns, allowed: PublicColumns) -> Iterator[str]:
    for table, columns in found.items():
        if table not in allowed.tables:
            yield f"The table {table} in {form} is not in {LIST}."
            continue
        listed = set(allowed.tables[table].columns)
        for column in sorted(set(columns) - listed):
            yield f"The column {table}.{column} in {form} is not in {LIST}."
        for column in sorted(listed - set(columns)):
            yield f"The column {table}.{column} is in {LIST} and not in {form}."


def _undecided(
    duck: duckdb.DuckDBPyConnection, folder: Path, allowed: PublicColumns, known: dict[str, Policy]
) -> Iterator[str]:
    """Columns that speak of a jurisdiction whose policy does not let them."""
    decided = {
        "names": {name for name, one in known.items() if one.officers.names == "public"},
        "row_grain": {name for name, one in known.items() if _shows_rows(one)},
    }
    for decision, may in decided.items():
        by_table: dict[str, list[str]] = defaultdict(list)
        for table, column in allowed.needing(decision):
            by_table[table].append(column)
        for table, columns in by_table.items():
            file = folder / "parquet" / f"{table}.parquet"
            if file.is_file():
                for jurisdiction in _speaking_of(duck, file, columns) - may:
                    yield f"{table} shows {', '.join(columns)} of {jurisdiction} without a policy."


def _shows_rows(policy: Policy) -> bool:
    return policy.officers.row_grain == "permitted" and policy.officers.names != "none"


def _speaking_of(duck: duckdb.DuckDBPyConnection, file: Path, columns: Iterable[str]) -> set[str]:
    """The jurisdictions of the rows in which one of the columns holds anything."""
    rows = f"read_parquet({literal(str(file))})"
    held = {name for name, *_ in duck.execute(f"describe from {rows}").fetchall()}
    there = [column for column in columns if column in held]
    if not there or "jurisdiction" not in held:
        return set()
    said = " or ".join(f"{quoted(column)} is not null" for column in there)
    found = duck.execute(f"select distinct jurisdiction from {rows} where {said}").fetchall()
    return {name for (name,) in found}
