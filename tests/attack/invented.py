"""Invented count tables, written as a release offers them, with whatever is to be wrong in them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

ALL = "all"
Place = tuple[str, str, str, str]
Truth = dict[Place, int]
Row = dict[str, Any]

GOOD = {
    ("black", "North"): 5,
    ("black", "South"): 20,
    ("black", "West"): 40,
    ("white", "North"): 30,
    ("white", "South"): 12,
    ("white", "West"): 50,
}
"""One small number, and with the block of four around it hidden, nothing can be told."""

BLOCK = [(group, district) for group in ("black", "white") for district in ("North", "South")]
CUT = {
    "jurisdiction": "larkhaven",
    "cut": "2025-Q1",
    "role": "complainant",
    "period_start": "2025-01-01",
    "period_end": "2025-03-31",
    "threshold": 11,
}


def truth(people: Mapping[tuple[str, str], int], dimension: str = "district") -> Truth:
    """Every cell of race by one dimension, with the totals of both."""
    cells: Truth = {}
    for (group, part), number in people.items():
        for place in (
            ("race", group, dimension, part),
            ("race", group, ALL, ALL),
            (ALL, ALL, dimension, part),
            (ALL, ALL, ALL, ALL),
        ):
            cells[place] = cells.get(place, 0) + number
    return cells


def rows(
    cells: Truth,
    hidden: Collection[tuple[str, str]] = (),
    codes: Mapping[tuple[str, str], str] | None = None,
    **changed: Any,
) -> list[Row]:
    """The rows of one family; `hidden` and `codes` go by group and part."""
    told = []
    for (attribute, group, dimension, part), number in sorted(cells.items()):
        is_hidden = attribute != ALL and (group, part) in hidden
        row = {
            **{name: CUT[name] for name in ("jurisdiction", "cut", "role")},
            "attribute": attribute,
            "attribute_value": group,
            "dimension": dimension,
            "dimension_value": part,
            "people_count": None if is_hidden else number,
            "value_state": "suppressed" if is_hidden else "shown",
            "group_share_code": (codes or {}).get((group, part)) if is_hidden else None,
        }
        told.append({**row, **changed})
    return told


def release(folder: Path, counts: Sequence[Row], cuts: Sequence[Row] = (CUT,)) -> Path:
    """A folder with the count tables as CSV and in a database."""
    (folder / "csv").mkdir(parents=True, exist_ok=True)
    add_table(folder, "demographic_counts", counts)
    add_table(folder, "demographic_cuts", cuts)
    return folder


def add_parquet(folder: Path, name: str, told: Sequence[Row]) -> None:
    """The third form of a table that is there."""
    (folder / "parquet").mkdir(exist_ok=True)
    file = folder / "parquet" / f"{name}.parquet"
    with duckdb.connect() as duck:
        columns = ", ".join(f'"{column}" varchar' for column in told[0])
        duck.execute(f"create table told ({columns})")
        places = ", ".join("?" for _ in told[0])
        duck.executemany(f"insert into told values ({places})", [list(r.values()) for r in told])
        duck.execute(f"copy told to '{file}' (format parquet)")


def add_table(folder: Path, name: str, told: Sequence[Row], *, with_csv: bool = True) -> None:
    """One more public table, in both forms unless told otherwise."""
    columns = list(told[0])
    if with_csv:
        with (folder / "csv" / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([columns, *_cells(told)])
    with closing(sqlite3.connect(folder / "oversight.db")) as base, base:
        base.execute(f'drop table if exists "{name}"')
        base.execute(f'create table "{name}" ({", ".join(columns)})')
        marks = ", ".join("?" * len(columns))
        base.executemany(f'insert into "{name}" values ({marks})', _cells(told))


def _cells(told: Iterable[Row]) -> list[list[Any]]:
    return [list(row.values()) for row in told]
