"""What a good engineer would write for this one city: one DuckDB script, nothing around it.

Usage: python by_hand.py FEEDS OUT. Reads the files of the demo in FEEDS, writes the tables of
records and of measures as Parquet, CSV and one SQLite file into OUT, and the records as they were
received, which the next night needs. The rules of the public tables are written a second time in
`by_hand.sql` and `measures_by_hand.sql`, independently, so that both programs check each other. A
third word, `--forget`, leaves out what is for the next night, to see what it costs.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import duckdb
import duckdb_extension_sqlite_scanner
import pseudonyms_by_hand
import register_by_hand
from tables import FEEDS, FEEDS_OF_MEASURES, TABLES, Table

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "dbt_project" / "seeds"
EXTENSIONS = Path(str(duckdb_extension_sqlite_scanner.__file__)).parent / "extensions"
SQLITE = EXTENSIONS / f"v{duckdb.__version__}" / "sqlite_scanner.duckdb_extension"
SCRIPTS = ("macros_by_hand", "files_by_hand", "by_hand", "measures_by_hand")
STORED = {
    **dict.fromkeys(("VARCHAR", "DATE", "TIMESTAMP"), "TEXT"),
    **dict.fromkeys(("DECIMAL", "DOUBLE"), "REAL"),
}
MARK = re.compile(r"create macro mark\(name, cell\) as\s[^;]*")
FORMULAS = "'=', '+', '-', '@', chr(9), chr(13)"

Columns = list[tuple[str, str]]


def build(duck: duckdb.DuckDBPyConnection, feeds: Path, *, is_kept: bool) -> None:
    """Make the tables of records, then those of measures."""
    duck.execute(f"set variable feeds = '{feeds}'; set variable seeds = '{SEEDS}'")
    duck.execute(f"set variable secret = '{secrets.token_hex(32)}'")
    with tempfile.TemporaryDirectory() as words:
        register_by_hand.write(Path(words))
        duck.execute(f"set variable words = '{words}'")
        for name in SCRIPTS:
            if name == "by_hand":
                pseudonyms_by_hand.register(duck, feeds)
            script = (HERE / f"{name}.sql").read_text(encoding="utf-8")
            if not is_kept:
                script = MARK.sub("create macro mark(name, cell) as null", script, count=1)
            duck.execute(script)


def write(duck: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Write every table as Parquet, as CSV, and into one SQLite file."""
    for form in ("parquet", "csv"):
        (out / form).mkdir(parents=True)
    file = out / "oversight.db"
    columns = {table: typed_columns(duck, table) for table in TABLES}
    with closing(sqlite3.connect(file)) as site:
        for table in TABLES:
            site.execute(create_statement(duck, table, columns[table]))
    duck.execute(f"load '{SQLITE}'; attach '{file}' as site (type sqlite)")
    for table in TABLES:
        name, key = table.name, ", ".join(table.key)
        duck.execute(f"create or replace temp table ordered as from {name} order by {key}")
        duck.execute(f"copy ordered to '{out}/parquet/{name}.parquet' (compression zstd)")
        cells = printed(columns[table], for_csv=True)
        duck.execute(f"copy (select {cells} from ordered) to '{out}/csv/{name}.csv' (header)")
        cells = printed(columns[table], for_csv=False)
        duck.execute(f"insert into site.{name} select {cells} from ordered")
    duck.execute("detach site")
    index(file)


def keep(duck: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Write the records received, and the secret of their marks, for tomorrow's comparison."""
    out.mkdir()
    for feed in (*FEEDS, *FEEDS_OF_MEASURES):
        duck.execute(f"copy received_{feed} to '{out}/{feed}.parquet' (compression zstd)")
    secret = duck.execute("select getvariable('secret')").fetchone()
    (out / "secret").write_text(str(secret and secret[0]), encoding="ascii")


def typed_columns(duck: duckdb.DuckDBPyConnection, table: Table) -> Columns:
    """Columns with their types, of a decimal without its places."""
    described = duck.execute(f"describe {table.name}").fetchall()
    return [(row[0], row[1].split("(")[0]) for row in described]


def create_statement(duck: duckdb.DuckDBPyConnection, table: Table, columns: Columns) -> str:
    """A SQLite table, with its key where no row lacks a part of it."""
    lines = [f"{column} {STORED.get(kind, 'INTEGER')}" for column, kind in columns]
    gaps = " or ".join(f"{column} is null" for column in table.key)
    if duck.execute(f"select count(*) from {table.name} where {gaps}").fetchall() == [(0,)]:
        lines.append(f"primary key ({', '.join(table.key)})")
    return f"create table {table.name} ({', '.join(lines)})"


def printed(columns: Columns, *, for_csv: bool) -> str:
    """The cells as they are written; in CSV no text may start like a spreadsheet's formula."""
    forms = {
        "BOOLEAN": "cast({0} as integer) as {0}",
        "TIMESTAMP": "strftime({0}, '%Y-%m-%dT%H:%M:%S') as {0}",
    }
    if for_csv:
        forms["VARCHAR"] = f"if({{0}}[1] in ({FORMULAS}), '''' || {{0}}, {{0}}) as {{0}}"
    else:
        forms["DECIMAL"] = "cast({0} as double) as {0}"
    return ", ".join(forms.get(kind, "{0}").format(column) for column, kind in columns)


def index(file: Path) -> None:
    """Indexes and full-text search, after the rows."""
    with closing(sqlite3.connect(file, isolation_level=None)) as site:
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-65536"):
            site.execute(f"pragma {pragma}")
        for table in TABLES:
            for number, columns in enumerate(table.indexes, 1):
                name = f"{table.name}_index_{number}"
                site.execute(f"create index {name} on {table.name} ({', '.join(columns)})")
            if table.search:
                search, name = ", ".join(table.search), f"{table.name}_fts"
                site.execute(
                    f"create virtual table {name} using fts5({search}, content='{table.name}')"
                )
                site.execute(f"insert into {name}({name}) values ('rebuild')")
        site.execute("analyze")


def main(feeds: Path, out: Path, *, is_kept: bool = True) -> None:
    """Read, build, write: one process, in memory."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as duck:
        build(duck, feeds, is_kept=is_kept)
        write(duck, out)
        if is_kept:
            keep(duck, out / "received")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), is_kept="--forget" not in sys.argv)
