"""Only the rows that changed, put over the rows of the last snapshot.

Right for publishers that upsert: their rows keep `:id` and move `:updated_at`. A row that was
deleted shows nowhere in such an answer, so the service's count decides whether the result is
the whole; if not, the caller reads everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipelines.readers.errand import Errand
from pipelines.readers.keys import MEMORY
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.soda import Soda

PAGE_ROWS = 50_000
BATCH = 5_000


def merged(errand: Errand, soda: Soda) -> list[FetchedPart] | None:
    """One part with every row as it was last sent; null when it would not be the whole.

    Rows are kept as the text that was received, earlier ones first.
    """
    try:
        return _merged(errand, soda)
    except duckdb.Error:
        return None


def _merged(errand: Errand, soda: Soda) -> list[FetchedPart] | None:
    stamp = soda.metadata().stamp
    with _database(errand) as database:
        before = [str(part.path) for part in errand.known]
        watermark = _watermark(database, before)
        if watermark is None:
            return None
        pages = _changes(errand, soda, f":updated_at > '{watermark}'")
        target = errand.folder / "merged.json"
        rows, distinct = _write(database, before, [str(page) for page in pages], target)
    if not rows == distinct == soda.count() or stamp != soda.metadata().stamp:
        errand.progress(f"{errand.feed}: changes alone do not add up, reading everything")
        return None
    return [FetchedPart(target.name, target, public_url(errand.place), {}, rows, stamp=stamp)]


def _database(errand: Errand) -> duckdb.DuckDBPyConnection:
    spill = str(errand.folder / "spill")
    return duckdb.connect(config={"threads": 1, "memory_limit": MEMORY, "temp_directory": spill})


def _watermark(database: duckdb.DuckDBPyConnection, files: list[str]) -> str | None:
    """The last change that the known rows tell of."""
    answer = database.execute(
        f"select max(json_extract_string(json, '$.\":updated_at\"')) from {_objects(files)}"
    ).fetchone()
    return str(answer[0]) if answer and answer[0] else None


def _changes(errand: Errand, soda: Soda, where: str) -> list[Path]:
    expected, received = soda.count(where), 0
    pages: list[Path] = []
    while received < expected:
        target = errand.folder / f"changes-{received:010d}.json"
        soda.page(target, received, PAGE_ROWS, where=where)
        rows = len(json.loads(target.read_bytes()))
        if not rows:
            break
        pages.append(target)
        received += rows
        errand.count_told(received, expected)
    return pages


def _write(
    database: duckdb.DuckDBPyConnection, before: list[str], changes: list[str], target: Path
) -> tuple[int, int]:
    database.execute("create temp table changed (id varchar, json json)")
    if changes:
        database.execute(f"insert into changed select {_id()}, json from {_objects(changes)}")
    database.execute(
        f"create temp table told as select {_id()} as id from {_objects(before)} "
        "where id not in (select id from changed) union all select id from changed"
    )
    kept = f"select json from {_objects(before)} where {_id()} not in (select id from changed)"
    with target.open("w", encoding="utf-8") as file:
        mark = "["
        for text in _texts(database, f"{kept} union all select json from changed"):
            file.write(f"{mark}{text}")
            mark = ",\n"
        file.write("]" if mark != "[" else "[]")
    answer = database.execute("select count(*), count(distinct id) from told").fetchone()
    return (int(answer[0]), int(answer[1])) if answer else (0, 0)


def _texts(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[str]:
    cursor = database.execute(query)
    while batch := cursor.fetchmany(BATCH):
        for (text,) in batch:
            yield text


def _objects(files: list[str]) -> str:
    escaped = (file.replace("'", "''") for file in files)
    listed = ", ".join(f"'{file}'" for file in escaped)
    return f"read_json_objects([{listed}], format='array')"


def _id() -> str:
    return "json_extract_string(json, '$.\":id\"')"
