"""One mart written as Parquet, as CSV and into SQLite, by DuckDB and without a Python row loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import sqlite_file
from pipelines.failures import DataRefused, Misconfigured, StorageFailed
from pipelines.harmless_csv import BEGINS, FOLLOWS, NUMBER, SIGNS
from pipelines.transform import Mart

SQLITE_TYPES = {
    "VARCHAR": "TEXT",
    "DATE": "TEXT",
    "TIMESTAMP": "TEXT",
    "BOOLEAN": "INTEGER",
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
    "HUGEINT": "INTEGER",
    "DECIMAL": "REAL",
    "DOUBLE": "REAL",
}


@dataclass(frozen=True)
class Forms:
    """Where the three forms of one mart are, and its columns with their DuckDB types."""

    mart: Mart
    folder: Path
    types: tuple[tuple[str, str], ...]

    @property
    def parquet(self) -> Path:
        return self.folder / "parquet" / f"{self.mart.name}.parquet"

    @property
    def csv(self) -> Path:
        return self.folder / "csv" / f"{self.mart.name}.csv"


@contextmanager
def exporter(memory_limit: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that can write SQLite; nothing is ever downloaded.

    One thread: the files take less CPU than with two, and the rows keep their order.
    """
    with duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "memory_limit": memory_limit,
            "temp_directory": str(spill / ".spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    ) as duck:
        duck.execute(f"load {quoted(_sqlite_extension())}")
        yield duck


def _sqlite_extension() -> Path:
    import duckdb_extension_sqlite_scanner

    home = Path(str(duckdb_extension_sqlite_scanner.__file__)).parent
    file = home / "extensions" / f"v{duckdb.__version__}" / "sqlite_scanner.duckdb_extension"
    if not file.is_file():
        raise Misconfigured(
            f"The package duckdb-extension-sqlite-scanner has no build for DuckDB "
            f"{duckdb.__version__}.",
            place="environment",
            next_step="Run `make setup`, which installs the pinned versions together.",
        )
    return file


def forms_of(duck: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> Forms:
    """A mart of the attached warehouse, with exactly the columns that its yml describes."""
    described = duck.execute(f'describe warehouse.marts."{mart.name}"').fetchall()
    types = {str(row[0]): str(row[1]) for row in described}
    wanted = [column.name for column in mart.columns]
    if missing := [name for name in wanted if name not in types]:
        raise Misconfigured(f"Columns are described but not built: {missing}.", place=mart.name)
    return Forms(mart, folder, tuple((name, types[name]) for name in wanted))


def parquet_types(
    duck: duckdb.DuckDBPyConnection, folder: Path, mart: Mart
) -> tuple[tuple[str, str], ...]:
    """Columns and types of a mart that is already exported."""
    file = folder / "parquet" / f"{mart.name}.parquet"
    described = duck.execute(f"describe from read_parquet({quoted(file)})").fetchall()
    return tuple((str(row[0]), str(row[1])) for row in described)


def write_parquet(duck: duckdb.DuckDBPyConnection, form: Forms, relation: str, file: Path) -> None:
    """Write the rows of `relation` in the order of the mart's key."""
    columns = ", ".join(f'"{name}"' for name, _ in form.types)
    order = ", ".join(f'"{name}"' for name in form.mart.key)
    query = f"select {columns} from {relation} order by {order}"
    duck.execute(f"copy ({query}) to {quoted(file)} (format parquet, compression zstd)")


def write_csv(duck: duckdb.DuckDBPyConnection, form: Forms) -> None:
    """Write the Parquet's rows as CSV that a spreadsheet can open without running anything."""
    columns = ", ".join(_printed(name, kind, for_csv=True) for name, kind in form.types)
    query = f"select {columns} from read_parquet({quoted(form.parquet)})"
    duck.execute(f"copy ({query}) to {quoted(form.csv)} (format csv, header, delimiter ',')")


def write_sqlite(duck: duckdb.DuckDBPyConnection, file: Path, forms: Sequence[Forms]) -> None:
    """Make the SQLite file and copy the rows of every Parquet into it."""
    tables = {
        form.mart.name: (
            tuple((name, _sqlite_type(form.mart, name, kind)) for name, kind in form.types),
            () if _has_gaps(duck, form) else form.mart.key,
        )
        for form in forms
    }
    sqlite_file.create(file, tables)
    insert(duck, file, forms)


def _has_gaps(duck: duckdb.DuckDBPyConnection, form: Forms) -> bool:
    """Whether a row lacks part of its key: SQLite then gives the rows numbers as addresses."""
    gap = " or ".join(f'"{name}" is null' for name in form.mart.key)
    query = f"select count(*) from read_parquet({quoted(form.parquet)}) where {gap}"
    return bool((duck.execute(query).fetchone() or [0])[0])


def insert(duck: duckdb.DuckDBPyConnection, file: Path, forms: Sequence[Forms]) -> None:
    """Copy the rows of each Parquet into its SQLite table, in their order."""
    duck.execute(f"attach {quoted(file)} as site (type sqlite)")
    for form in forms:
        columns = ", ".join(_printed(name, kind, for_csv=False) for name, kind in form.types)
        query = f"select {columns} from read_parquet({quoted(form.parquet)})"
        try:
            duck.execute(f'insert into site."{form.mart.name}" {query}')
        except duckdb.Error as error:
            raise _refusal(form.mart, error) from None
    duck.execute("detach site")


def _refusal(mart: Mart, error: duckdb.Error) -> Exception:
    if "UNIQUE constraint" in str(error):
        key = ", ".join(mart.key)
        return DataRefused(f"Two rows share the key ({key}).", place=f"table {mart.name}")
    return StorageFailed(f"SQLite could not be written: {error}.", place=f"table {mart.name}")


def _printed(name: str, kind: str, *, for_csv: bool) -> str:
    """A column as it is written: ISO text for times, 0/1 for yes and no, plain numbers."""
    column = f'"{name}"'
    if kind == "BOOLEAN":
        return f"cast({column} as integer) as {column}"
    if kind == "TIMESTAMP":
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%S') as {column}"
    if kind.startswith("DECIMAL") and not for_csv:
        return f"cast({column} as double) as {column}"
    if kind == "VARCHAR" and for_csv:
        return f"{harmless(column)} as {column}"
    return column


def harmless(column: str) -> str:
    """SQL for a text with an apostrophe wherever a spreadsheet would run it, as `harmless_csv`.

    Almost every text is passed by the first two lines, which are quick. They do not say `in (…)`:
    a long list becomes a join, which loses the order of the rows.
    """
    first, cuts = f"left({column}, 1)", ("';'", "chr(9)", "chr(10)", "chr(13)")
    starts = f"({first} < '!' or {first} > '~' or contains('{SIGNS}', {first})) and {column} <> ''"
    is_suspect = " or ".join([starts, *(f"contains({column}, {cut})" for cut in cuts)])
    mark = f"case when regexp_matches({column}, '{BEGINS}') then '''' else '' end"
    marked = rf"{mark} || regexp_replace({column}, '{FOLLOWS}', '\1''\2', 'g')"
    is_number = f"regexp_full_match({column}, '{NUMBER}')"
    return f"case when ({is_suspect}) and not {is_number} then {marked} else {column} end"


def _sqlite_type(mart: Mart, name: str, kind: str) -> str:
    declared = SQLITE_TYPES.get(kind.split("(")[0])
    if declared is None:
        raise Misconfigured(
            f"Column {name!r} has type {kind}, which has no form on the site.", place=mart.name
        )
    return declared


def quoted(value: Path) -> str:
    """A path as a SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
