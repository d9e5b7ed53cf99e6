"""A search of every byte of an installation for what was taken down.

It knows nothing of how a takedown works: it opens what is packed, reads what is stored in pages,
and looks for the words in every form in which text is usually written.
"""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, quote_plus

import duckdb

from pipelines.parsers.parsed import literal, quoted

CHUNK = 1 << 22
OUTSIDE = ("demo",)
"""Folders of a data folder that belong to a publisher and not to us.

The demo's feeds lie in `demo/` and stand for the servers of agencies: what lies there may be sent
again every night, and it is the tombstone that keeps it out.
"""


@dataclass(frozen=True)
class Place:
    """Where a word was found: a file from the folder searched, and the form that was looked at."""

    file: str
    form: str


@dataclass(frozen=True)
class Searched:
    """What was searched, and where something was found."""

    files: int
    bytes: int
    places: tuple[Place, ...]


def search(folder: Path, texts: Sequence[str], leave_out: Iterable[str] = OUTSIDE) -> Searched:
    """Look for the texts in every file of a folder, whatever its form."""
    needles = encoded(texts)
    places: list[Place] = []
    files = size = 0
    outside = {folder / name for name in leave_out}
    for file in sorted(folder.rglob("*")):
        if file.is_symlink() or not file.is_file() or outside & set(file.parents):
            continue
        files += 1
        size += file.stat().st_size
        name = file.relative_to(folder).as_posix()
        if any(needle in file.name.encode() for needle in needles):
            places.append(Place(name, "name"))
        places += [Place(name, form) for form in _forms(file, needles, texts)]
    return Searched(files, size, tuple(places))


def encoded(texts: Sequence[str]) -> tuple[bytes, ...]:
    """The texts as UTF-8, Latin-1 and UTF-16, in capitals, for addresses, in JSON and base64."""
    found: set[bytes] = set()
    for text in filter(None, texts):
        for told in {text, text.upper(), text.lower(), quote(text), quote_plus(text)}:
            found |= {told.encode(), told.encode("utf-16-le"), json.dumps(told)[1:-1].encode()}
            found.add(told.encode("latin-1", "ignore") or told.encode())
        found |= _in_base64(text.encode())
    return tuple(sorted(found))


def _in_base64(raw: bytes) -> set[bytes]:
    """The stretches of base64 that are the same whatever stands before and after the text."""
    found = set()
    for before in range(3):
        told = base64.b64encode(b"\0" * before + raw)
        first = (before * 8 + 5) // 6
        last = ((before + len(raw)) * 8) // 6
        if last - first >= 8:
            found.add(told[first:last])
    return found


def _forms(file: Path, needles: Sequence[bytes], texts: Sequence[str]) -> Iterator[str]:
    with file.open("rb") as start:
        head = start.read(16)
    if _in_bytes(file, needles):
        yield "bytes"
    if head[:2] == b"\x1f\x8b" and _in_packed(file, needles):
        yield "unpacked"
    if head.startswith(b"PAR1") and _in_parquet(file, texts):
        yield "rows of Parquet"
    if head.startswith(b"SQLite format 3") and _in_sqlite(file, texts):
        yield "rows of SQLite"
    if head[8:12] == b"DUCK" and _in_duckdb(file, texts):
        yield "rows of DuckDB"


def _in_bytes(file: Path, needles: Sequence[bytes]) -> bool:
    with file.open("rb") as stream:
        return _in_stream(stream, needles)


def _in_packed(file: Path, needles: Sequence[bytes]) -> bool:
    try:
        with gzip.open(file, "rb") as stream:
            return _in_stream(stream, needles)
    except (OSError, EOFError, zlib.error):
        return False


def _in_stream(stream: IO[bytes] | gzip.GzipFile, needles: Sequence[bytes]) -> bool:
    """A piece after the other, each with the end of the one before."""
    longest, tail = max(map(len, needles), default=1), b""
    while chunk := stream.read(CHUNK):
        window = tail + chunk
        if any(needle in window for needle in needles):
            return True
        tail = window[-longest:]
    return False


def _in_parquet(file: Path, texts: Sequence[str]) -> bool:
    with duckdb.connect(":memory:", config={"threads": 2}) as duck:
        return _has(duck, f"read_parquet({literal(str(file))})", texts)


def _in_duckdb(file: Path, texts: Sequence[str]) -> bool:
    """Every table of the file, whose pages are packed; read from a copy of its list of tables."""
    with duckdb.connect(":memory:", config={"threads": 2}) as duck:
        try:
            duck.execute(f"attach {literal(str(file))} as found (read_only)")
        except duckdb.Error:
            return True
        tables = duck.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'found'"
        ).fetchall()
        names = [f"found.{quoted(schema)}.{quoted(table)}" for schema, table in tables]
        return any(_has(duck, name, texts) for name in names)


def _has(duck: duckdb.DuckDBPyConnection, relation: str, texts: Sequence[str]) -> bool:
    described = duck.execute(f"describe from {relation}").fetchall()
    columns = [f"lower(cast({quoted(str(row[0]))} as varchar))" for row in described]
    told = [f"contains({c}, {literal(t.lower())})" for c in columns for t in texts if t]
    if not told:
        return False
    query = f"select 1 from {relation} where {' or '.join(told)} limit 1"
    return duck.execute(query).fetchone() is not None


def _in_sqlite(file: Path, texts: Sequence[str]) -> bool:
    """The rows of a file in pages, where a long text may be cut in two."""
    address = f"file:{file.resolve()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as lite:
        tables = lite.execute("select name from sqlite_master where type = 'table'").fetchall()
        return any(_has_row(lite, str(table), texts) for (table,) in tables)


def _has_row(lite: sqlite3.Connection, table: str, texts: Sequence[str]) -> bool:
    columns = [str(row[1]) for row in lite.execute(f"pragma table_info({quoted(table)})")]
    told = [f"instr(lower({quoted(c)}), ?) > 0" for c in columns for t in texts if t]
    values = [t.lower() for _ in columns for t in texts if t]
    if not told:
        return False
    query = f"select 1 from {quoted(table)} where {' or '.join(told)} limit 1"
    return lite.execute(query, values).fetchone() is not None
