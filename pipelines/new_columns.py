"""Columns that a publisher added and that no contract declares yet, for whoever is to class them.

A heading may say what it should not: a file that lost its first line has a record in its place.
So neither the release nor a log names one, and only who asks on this machine is told.
"""

from __future__ import annotations

from pipelines import warehouse
from pipelines.settings import Settings

NONE = "No column is new, as far as the last refresh that built something knows."


def lines(settings: Settings) -> list[str]:
    """A line for each new column of the last build. Raises `StorageFailed` while one is running."""
    if not settings.warehouse.is_file():
        return [NONE]
    with warehouse.connect(settings, read_only=True) as connection:
        there = connection.execute(
            "select 1 from duckdb_tables() "
            "where schema_name = 'pipeline' and table_name = 'unknown_columns'"
        ).fetchone()
        found = connection.execute(
            "select source_table, column_name from pipeline.unknown_columns order by all"
        ).fetchall() if there else []  # fmt: skip
    return [f"{name}: {column!r} is new and not loaded." for name, column in found] or [NONE]
