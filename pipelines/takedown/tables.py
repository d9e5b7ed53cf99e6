"""Which rows of a released table stand for a record, or name it, and the table without them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import exports
from pipelines.exports import Forms
from pipelines.failures import StorageFailed
from pipelines.parsers.parsed import literal, quoted
from pipelines.scans import sqlite_pages
from pipelines.takedown.plan import Plan
from pipelines.transform import Mart

SHORTEST = 4
"""A number with fewer characters is looked for in columns of ids only: in a sentence it is any
other number."""


@dataclass(frozen=True)
class Affected:
    """A table of a release with rows that go: `where` is true of them."""

    table: str
    types: tuple[tuple[str, str], ...]
    where: str
    rows: int


def affected(folder: Path, plan: Plan) -> list[Affected]:
    """The tables of a release that say anything of the records of a plan."""
    found = []
    with duckdb.connect(":memory:", config={"threads": 1}) as duck:
        for file in sorted((folder / "parquet").glob("*.parquet")):
            source = f"read_parquet({literal(str(file))})"
            described = duck.execute(f"describe from {source}").fetchall()
            types = tuple((str(row[0]), str(row[1])) for row in described)
            where = _where(types, plan)
            if where:
                counted = duck.execute(f"select count(*) from {source} where {where}").fetchone()
                if counted and counted[0]:
                    found.append(Affected(file.stem, types, where, int(counted[0])))
    return found


def rewrite(folder: Path, one: Affected, memory_limit: str, work: Path) -> None:
    """Write the Parquet and the CSV of a table anew in `folder`, in the order they had."""
    mart = Mart(one.table, "", "", (), ())
    form = Forms(mart, folder, one.types)
    fresh = form.parquet.with_suffix(".fresh")
    with exports.exporter(memory_limit, work) as duck:
        duck.execute(
            f"copy (select * from read_parquet({literal(str(form.parquet))}) "
            f"where not coalesce({one.where}, false)) to {literal(str(fresh))} "
            "(format parquet, compression zstd)"
        )
        fresh.replace(form.parquet)
        form.csv.unlink()
        exports.write_csv(duck, form)


def rewrite_database(database: Path, tables: Sequence[Affected]) -> None:
    """Take the rows out of a copy of the database, and every page that held them.

    The words of the search are thrown away before the pages are written anew, and made again
    from what is left afterwards; bytes that then belong to no row are cleared. Raises
    `StorageFailed` when other rows match than in Parquet.
    """
    with closing(_opened(database)) as lite:
        indexes = [
            quoted(str(row[0]))
            for row in lite.execute(
                "select name from sqlite_master where type = 'table' and sql like '%using fts5%'"
            )
        ]
        for name in indexes:
            lite.execute(f"insert into {name}({name}) values ('delete-all')")
        for one in tables:
            gone = lite.execute(f"delete from {quoted(one.table)} where {one.where}").rowcount
            if gone != one.rows:
                raise StorageFailed(
                    f"SQLite has {gone} row(s) to take down, Parquet {one.rows}.",
                    place=f"table {one.table}",
                )
        lite.execute("vacuum")
        for name in indexes:
            lite.execute(f"insert into {name}({name}) values ('rebuild')")
        for one in tables:
            lite.execute(f"analyze {quoted(one.table)}")
        lite.execute("vacuum")
        lite.execute("pragma journal_mode = delete")
    sqlite_pages.clear(database)


def _opened(database: Path) -> sqlite3.Connection:
    lite = sqlite3.connect(database, isolation_level=None)
    lite.execute("pragma secure_delete = on")
    lite.execute("pragma journal_mode = off")
    lite.create_function(
        "regexp_matches",
        2,
        lambda text, told: text is not None and re.search(told, text) is not None,
        deterministic=True,
    )
    return lite


def _where(types: Sequence[tuple[str, str]], plan: Plan) -> str:
    """SQL that is true of a row which stands for a record of the plan, or names it."""
    columns = dict(types)
    texts = [name for name, kind in types if kind == "VARCHAR"]
    told = []
    if "record_id" in columns:
        told.append(_one_of("record_id", plan.record_ids))
    ids = [name for name in texts if name.endswith("_id") and name != "record_id"]
    named = [_one_of(name, plan.names) for name in ids if plan.names]
    if plan.is_whole:
        words = [name for name in plan.names if is_telling(name)]
        named += [_names(name, words) for name in texts if name not in ids and words]
        told += named
    elif named and "source_table" in columns:
        told.append(f"(({' or '.join(named)}) and {_one_of('source_table', _sources(plan))})")
    within = (
        f"jurisdiction = {literal(plan.jurisdiction)} and " if "jurisdiction" in columns else ""
    )
    return f"({within}({' or '.join(told)}))" if told else ""


def is_telling(name: str) -> bool:
    """Whether a name is long enough to be looked for within sentences."""
    return len(name) >= SHORTEST and any(sign.isdigit() for sign in name)


def pattern(names: Sequence[str]) -> str:
    """A regular expression, for RE2 and Python alike, for any of the names as a word."""
    words = "|".join(re.escape(name).replace("\\-", "-") for name in names)
    return f"(^|[^A-Za-z0-9])({words})($|[^A-Za-z0-9])"


def _names(column: str, words: Sequence[str]) -> str:
    quick = " or ".join(f"instr({quoted(column)}, {literal(word)}) > 0" for word in words)
    whole = f"regexp_matches({quoted(column)}, {literal(pattern(words))})"
    return f"(({quick}) and {whole})"


def _one_of(column: str, values: Sequence[str]) -> str:
    named = ", ".join(map(literal, values)) or "null"
    return f"coalesce({quoted(column)} in ({named}), false)"


def _sources(plan: Plan) -> list[str]:
    return sorted({target.source_table for target in plan.targets})
