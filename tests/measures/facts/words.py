"""What the facts of the demo share: its days, its words, and which records of a file count."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT
from tests.test_demo import word

CITY = "larkhaven"
AS_OF = date(2026, 10, 31)
EARLIEST = date(1900, 1, 2)
UNDATED = date.max
Fact = dict[str, Any]
Meaning = Mapping[str, str]


def seed(name: str) -> Iterator[dict[str, str]]:
    """The rows of a seed that hold for the demo."""
    with (PROJECT / "dbt_project" / "seeds" / f"{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row.get("jurisdiction", CITY) == CITY:
                yield row


def day(text: str, form: str = "%m/%d/%Y", *, may_be_future: bool = False) -> date | None:
    """A day that can be one; a day after the publisher's own is a mistake."""
    try:
        read = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
    except ValueError:
        return None
    return read if read >= EARLIEST and (may_be_future or read <= AS_OF) else None


class Words:
    """What the words of the demo mean on a day. Without a day they have their latest meaning."""

    def __init__(self) -> None:
        self.periods: dict[tuple[str, str], list[tuple[date, date, Meaning]]] = defaultdict(list)
        for row in seed("dispositions"):
            self._add(row["field"], row)
        for row in seed("categories"):
            self._add("category", row)
        for name in ("bwc_words", "hearing_words"):
            for row in seed(name):
                self._add(row["field"], row)
        for row in seed("programs"):
            self._add("program", row)

    def _add(self, field: str, row: Mapping[str, str]) -> None:
        first = date.fromisoformat(row.get("valid_from") or "0001-01-01")
        last = date.fromisoformat(row.get("valid_to") or "9999-12-31")
        self.periods[field, word(row["local_value"])].append((first, last, row))

    def meaning(self, field: str, text: str, on: date | None = None) -> Meaning:
        """The row of the crosswalk that holds; empty for a blank or an unknown word."""
        periods = sorted(self.periods.get((field, word(text)), []), key=lambda one: one[0])
        if on is None:
            return periods[-1][2] if periods else {}
        held = [row for first, last, row in periods if first <= on <= last]
        return held[-1] if held else {}


def whole(rows: Sequence[Sequence[str]], key: str) -> list[dict[str, str]]:
    """The records of a CSV file, heading first, whose key is there and stands once."""
    head, *records = rows
    cells = [dict(zip(head, row, strict=True)) for row in records if len(row) == len(head)]
    return _once(cells, lambda row: row[key].strip() or None)


def records(file: Path) -> list[list[str]]:
    """All rows of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def once(rows: Iterable[Mapping[str, Any]], key: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """JSON records whose key is there and stands once; equal records are one."""
    return _once([dict(row) for row in rows], key)


def _once(rows: list[dict[str, Any]], key: Callable[[Any], Any]) -> list[dict[str, Any]]:
    distinct = {json.dumps(row, sort_keys=True): row for row in rows if key(row) is not None}
    standing = Counter(key(row) for row in distinct.values())
    return [row for row in distinct.values() if standing[key(row)] == 1]


def number(text: object) -> float | None:
    """A number, or nothing for a blank."""
    said = "" if text is None else str(text).strip().replace(",", "").replace("$", "")
    try:
        return float(said)
    except ValueError:
        return None
