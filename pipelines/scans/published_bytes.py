"""All text of a folder that would be published, and where its forms do not hold the same.

Parquet is read whole, each different value once. The other forms need not be read for their values
again where they hold the same: CSV is compared with Parquet, hash by hash, and of SQLite only what
Parquet lacks is handed on. Every other file is text as it stands.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.exports import harmless
from pipelines.parsers.parsed import literal, quoted
from pipelines.scans import sqlite_pages
from pipelines.scans.encodings import BORDER, without_accents, words

Connection = duckdb.DuckDBPyConnection
Column = tuple[str, bool]
"""The name of a column, and whether it holds text."""
APOSTROPHES = re.compile("['`\u2019\u2018\u00b4]")
SQLITE = b"SQLite format 3\0"
PLAIN = "all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"'"


@dataclass(frozen=True)
class Block:
    """Text of one place: `table.column`, or words for it. Cells are parted by borders."""

    place: str
    text: str


def blocks(folder: Path) -> Iterator[Block]:
    """The text of every file in the folder, tables first; names of files are text too."""
    tables: dict[str, set[str]] = {}
    with duckdb.connect(config={"threads": 1}) as duck:
        yield from _footers(duck, folder)
        for file, columns in _parquet(duck, folder).items():
            for block in _texts(duck, file, columns):
                tables.setdefault(file.stem, set()).update(block.text.split(BORDER))
                yield block
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    for file in files:
        if _is_sqlite(file):
            yield from _beyond(file, tables)
        elif file.suffix != ".parquet" and not _twin(folder, file).is_file():
            yield Block(file.name, _whole(file))
    yield Block("the names of files", BORDER.join(file.name for file in files))


def differing(folder: Path) -> Iterator[str]:
    """What a form holds that the others do not, or that belongs to nothing; in words."""
    with duckdb.connect(config={"threads": 1}) as duck:
        for file, columns in _parquet(duck, folder).items():
            csv = folder / "csv" / f"{file.stem}.csv"
            if csv.is_file() and not _same(duck, csv, file, columns):
                yield f"{csv.name} does not hold what {file.name} holds, made harmless."
    for file in sorted(each for each in folder.rglob("*") if _is_sqlite(each)):
        if sqlite_pages.has_residue(file):
            yield f"{file.name} holds bytes that belong to no row of it."
        yield from (f"The index {name} holds words that its table lacks." for name in _stale(file))


def _is_sqlite(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(SQLITE)) == SQLITE


def _twin(folder: Path, csv: Path) -> Path:
    """The Parquet file of the same table; of anything but a CSV there is none."""
    name = f"{csv.stem}.parquet" if csv.parent == folder / "csv" and csv.suffix == ".csv" else ""
    return folder / "parquet" / name


def _parquet(duck: Connection, folder: Path) -> dict[Path, list[Column]]:
    """Every Parquet file with its columns."""
    found: dict[Path, list[Column]] = {}
    for file in sorted(folder.rglob("*.parquet")):
        rows = duck.execute(f"describe from read_parquet({literal(str(file))})").fetchall()
        found[file] = [(str(row[0]), str(row[1]) == "VARCHAR") for row in rows]
    return found


def _footers(duck: Connection, folder: Path) -> Iterator[Block]:
    """Names, notes, and the least and greatest values, which a footer holds uncompressed."""
    if not any(folder.rglob("*.parquet")):
        return
    every = literal(str(folder / "**" / "*.parquet"))
    told = duck.execute(
        f"select name from parquet_schema({every}) union all "
        f"select unnest([decode(key), decode(value)]) from parquet_kv_metadata({every})"
    ).fetchall()
    yield Block("a footer of Parquet", BORDER.join({str(cell) for (cell,) in told if cell}))
    values = duck.execute(
        "select parse_filename(file_name, true), path_in_schema, list(distinct value) from ("
        "select file_name, path_in_schema, "
        "unnest([stats_min, stats_max, stats_min_value, stats_max_value]) as value "
        f"from parquet_metadata({every}) where type = 'BYTE_ARRAY') where value <> '' group by all"
    ).fetchall()
    for table, column, extremes in values:
        yield Block(f"{table}.{column}", BORDER.join(map(str, extremes)))


def _texts(duck: Connection, file: Path, columns: list[Column]) -> Iterator[Block]:
    names = [name for name, is_text in columns if is_text]
    if not names:
        return
    border = f"chr({ord(BORDER)})"
    kept = ", ".join(f"string_agg(distinct {quoted(name)}, {border})" for name in names)
    row = duck.execute(f"select {kept} from read_parquet({literal(str(file))})").fetchone() or ()
    for name, text in zip(names, row, strict=True):
        if text:
            yield Block(f"{file.stem}.{name}", str(text))


def _same(duck: Connection, csv: Path, parquet: Path, columns: list[Column]) -> bool:
    """Whether both have the same headings and, in any order, the same texts and as many rows."""
    names = [quoted(name) for name, is_text in columns if is_text]
    with csv.open(encoding="utf-8", newline="") as lines:
        headings = lines.readline().strip().replace('"', "").split(",")
    if headings != [name for name, _ in columns]:
        return False
    inside = [f"sum(hash(coalesce({harmless(name)}, '')))" for name in names]
    outside = [f"sum(hash(coalesce({name}, '')))" for name in names]
    first = f"select {', '.join(['count(*)', *inside])} from read_parquet({literal(str(parquet))})"
    second = (
        f"select {', '.join(['count(*)', *outside])} from read_csv({literal(str(csv))}, {PLAIN})"
    )
    try:
        return duck.execute(first).fetchone() == duck.execute(second).fetchone()
    except duckdb.Error:
        return False


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return database


def _beyond(file: Path, known: dict[str, set[str]]) -> Iterator[Block]:
    """What the database says and Parquet does not: its schema, and texts of its own."""
    with closing(_opened(file)) as database:
        listed = database.execute("select name, type, sql from sqlite_schema").fetchall()
        yield Block(f"the schema of {file.name}", BORDER.join(sql or "" for _, _, sql in listed))
        for name, kind, sql in listed:
            if kind == "table" and not sql.upper().startswith("CREATE VIRTUAL"):
                for column, texts in _columns(database, name):
                    beyond = sorted(texts - known.get(name, set()))
                    if beyond:
                        yield Block(f"{name}.{column}", BORDER.join(beyond))


def _columns(database: sqlite3.Connection, table: str) -> Iterator[tuple[str, set[str]]]:
    described = database.execute("select name from pragma_table_xinfo(?)", (table,)).fetchall()
    for (column,) in described:
        cell, own = quoted(column), quoted(table)
        told = database.execute(
            f"select group_concat(cell, char({ord(BORDER)})) from (select distinct {cell} as cell "
            f"from {own} where typeof({cell}) = 'text')"
        ).fetchone()[0]
        if told:
            yield column, set(told.split(BORDER))


def _stale(file: Path) -> Iterator[str]:
    """Search indexes with words of texts that are no longer there."""
    with closing(_opened(file)) as database:
        query = "select name from sqlite_schema where sql like 'create virtual table%using fts5%'"
        for (index,) in database.execute(query).fetchall():
            database.execute(f"create virtual table temp.v using fts5vocab(main, {index}, row)")
            terms = {term for (term,) in database.execute("select term from temp.v")}
            database.execute("drop table temp.v")
            if _lacks(database, index, terms):
                yield index


def _lacks(database: sqlite3.Connection, index: str, terms: set[str]) -> bool:
    """Whether some word of an index stands nowhere in the columns that it is made of."""
    searched = {name for (name,) in database.execute(
        "select name from pragma_table_info(?)", (index,))}  # fmt: skip
    texts = [
        " ".join(cells)
        for column, cells in _columns(database, index.removesuffix("_fts"))
        if column in searched
    ]
    # The index parts words at apostrophes, and spells some letters in ways of its own.
    left = terms.difference(*(words(APOSTROPHES.sub(" ", text)) for text in texts))
    left = {term for term in left if not any(term in text.casefold() for text in texts)}
    if not left:
        return False
    plain = "".join(map(without_accents, texts))
    return any(without_accents(term) not in plain for term in left)


def _whole(file: Path) -> str:
    """A file as text; of JSON the strings, with their escapes undone."""
    text = file.read_bytes().decode("utf-8", "replace")
    if file.suffix != ".json":
        return text
    try:
        return BORDER.join(_strings(json.loads(text)))
    except ValueError:
        return text


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
