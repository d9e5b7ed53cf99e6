"""Invented tables for the services to serve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.wire.tables import Field, Table

COLUMNS = ("id", "status", "district")


def complaints(count: int, **more: str) -> Table:
    """An invented table; `more` are columns with one value in all rows."""
    fields = [Field(name.title(), name.title()) for name in (*COLUMNS, *more)]
    table = Table("complaints", fields)
    table.rows += [complaint(number, **more) for number in range(1, count + 1)]
    return table


def moments(values: Iterable[Any]) -> Table:
    """An invented table with a date column that holds `values`, whole numbers and fractions."""
    fields = [
        Field("Id", "Id"),
        Field("Reported", "Reported", "date"),
        Field("Days", "Days", "integer"),
        Field("Share", "Share", "number"),
    ]
    rows = [
        {"Id": f"K-{n}", "Reported": value, "Days": -n if n else None, "Share": n + 0.5}
        for n, value in enumerate(values)
    ]
    return Table("moments", fields, rows)


def complaint(number: int, **more: Any) -> dict[str, Any]:
    """One row of it; every third has no district."""
    district = None if number % 3 == 0 else f"District {number % 5}"
    status = ("Open", "Closed")[number % 2]
    row = {"Id": f"K-{number:05d}", "Status": status, "District": district}
    return row | {name.title(): value for name, value in more.items()}
