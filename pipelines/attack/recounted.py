"""Counting again: the totals beside the tables of rows from which a reader can count them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pipelines.attack.forms import database, opened, tables
from pipelines.attack.published import OTHERS, Family, Published

ROWS = "complaints"
COUNTED = ("district", "category", "resolution_class")


def recounted(folder: Path, published: Published, cuts: frozenset[str]) -> list[str]:
    """Cuts whose totals count people on complaints that no public row shows.

    Such people could only be on records that are withheld, and the difference would count those.
    Only `cuts` are looked at: rows may be corrected later, and frozen totals do not follow.
    """
    if not database(folder).is_file():
        return []
    with opened(folder) as base:
        if ROWS not in tables(base):
            return []
        return [
            f"{family.name}: a total counts people where the table of rows has no {ROWS}."
            for family in published.families
            if family.cut in cuts and any(_beyond_rows(base, family, published))
        ]


def _beyond_rows(base: sqlite3.Connection, family: Family, published: Published) -> Iterator[bool]:
    period = published.periods.get((family.jurisdiction, family.cut))
    if period is None:
        return
    has = {str(name) for (name,) in base.execute("select name from pragma_table_info(?)", (ROWS,))}
    for dimension in COUNTED:
        if dimension in has:
            shown = _rows(base, dimension, (family.jurisdiction, *period))
            yield any(
                place.is_total
                and place.dimension == dimension
                and place.dimension_value not in (OTHERS, *shown)
                and bool(cell.people)
                for place, cell in family.cells.items()
            )


def _rows(base: sqlite3.Connection, dimension: str, period: tuple[str, str, str]) -> frozenset[str]:
    """The values that the rows of a period have; a row without one counts as not stated."""
    query = (
        f"select distinct coalesce(nullif(\"{dimension}\", ''), 'not_stated') from \"{ROWS}\" "
        "where jurisdiction = ? and received_date between ? and ?"
    )
    return frozenset(str(value) for (value,) in base.execute(query, period))
