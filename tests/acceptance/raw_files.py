"""Public files read as they are, in plain Python: records, numbers that stand twice, days."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

Row = dict[str, str]
EARLIEST = date(1900, 1, 2)


def lines(file: Path) -> Iterator[Row]:
    """The records of a file, headings in small letters; one cut short or too long is none."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rb") as raw:
        reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
        head = [re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in next(reader)]
        for cells in reader:
            if len(cells) == len(head):
                yield dict(zip(head, (cell.strip() for cell in cells), strict=True))


def keyed(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """One row for each number: equal ones once, and none of those that contradict each other."""
    kept: dict[str, Row] = {}
    disputed = set()
    for row in rows:
        if row[key] and kept.setdefault(row[key], row) != row:
            disputed.add(row[key])
    return {number: row for number, row in kept.items() if number not in disputed}


def day(text: str, latest: date, form: str = "%Y-%m-%d") -> date | None:
    """A day that can be true, or none."""
    try:
        told = datetime.strptime(text, form).date()  # noqa: DTZ007
    except ValueError:
        return None
    return told if EARLIEST <= told <= latest else None


def least(values: Iterable[str]) -> str | None:
    """The first in the alphabet of those that say anything."""
    return min((value for value in values if value), default=None)
