"""The protected count tables as a reader finds them in a release, and what is wrong on sight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipelines.attack.forms import Row, csv_rows, parquet_rows, sqlite_rows

COUNTS = "demographic_counts"
CUTS = "demographic_cuts"
ALL = "all"
OTHERS = "all_others"
USUAL_THRESHOLD = 11
KEY = ("jurisdiction", "cut", "role")
PLACE = ("attribute", "attribute_value", "dimension", "dimension_value")
SAID = ("people_count", "value_state", "group_share_code")
Key = tuple[str, str, str]
SHOWN, SUPPRESSED = "shown", "suppressed"


class Place(NamedTuple):
    """What a cell counts: people of one value of an attribute, in one part of a dimension."""

    attribute: str
    attribute_value: str
    dimension: str
    dimension_value: str

    @property
    def is_total(self) -> bool:
        """No protected attribute in it: the tables of rows let a reader count it."""
        return self.attribute == ALL


class Cell(NamedTuple):
    """What is said of a place: a number, or none where it is hidden, and a share of its group."""

    people: int | None
    code: str | None = None


@dataclass(frozen=True)
class Family:
    """All cells of one jurisdiction, cut and role; they add up among one another only."""

    jurisdiction: str
    cut: str
    role: str
    threshold: int
    cells: dict[Place, Cell]

    @property
    def name(self) -> str:
        """The words by which a person finds it: city, period and role."""
        return f"{self.jurisdiction} {self.cut} {self.role}"

    @property
    def hidden(self) -> int:
        """How many cells are hidden."""
        return sum(cell.people is None for cell in self.cells.values())

    @property
    def sha256(self) -> str:
        """Changes with any cell and with the threshold."""
        said = sorted((place, cell.people, cell.code or "") for place, cell in self.cells.items())
        return hashlib.sha256(f"{self.name} {self.threshold} {said}".encode()).hexdigest()


@dataclass(frozen=True)
class Published:
    """The families of a release, the days that each cut covers, and what is wrong on sight."""

    families: tuple[Family, ...]
    periods: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def read(folder: Path) -> Published | None:
    """The count tables of a release folder or of a downloaded copy; none where it has none."""
    counts, differ = _agreed(folder, COUNTS)
    if counts is None:
        return None
    cuts, cuts_differ = _agreed(folder, CUTS)
    periods = {
        (_word(cut, "jurisdiction"), _word(cut, "cut")): (
            _word(cut, "period_start")[:10],
            _word(cut, "period_end")[:10],
        )
        for cut in cuts or ()
    }
    reasons = (*differ, *cuts_differ, *_on_sight(counts))
    return Published(families_of(counts, _thresholds(cuts or ())), periods, reasons)


def families_of(rows: Iterable[Row], thresholds: dict[Key, int]) -> tuple[Family, ...]:
    """Rows by jurisdiction, cut and role; a family without a stated threshold has the usual one."""
    cells: dict[Key, dict[Place, Cell]] = {}
    for row in rows:
        place = Place(*(_word(row, name) for name in PLACE))
        count = row.get("people_count")
        cell = Cell(None if count is None else int(float(count)), row.get("group_share_code"))
        cells.setdefault(_key(row), {})[place] = cell
    return tuple(
        Family(*key, thresholds.get(key, USUAL_THRESHOLD), held)
        for key, held in sorted(cells.items())
    )


def _agreed(folder: Path, table: str) -> tuple[list[Row] | None, list[str]]:
    """The rows of a table, and the forms that do not hold the same."""
    forms = {
        "CSV": csv_rows(folder, table),
        "SQLite": sqlite_rows(folder, table),
        "Parquet": parquet_rows(folder, table),
    }
    found = {form: rows for form, rows in forms.items() if rows is not None}
    if not found:
        return None, []
    first, *others = found
    wanted = _sorted(found[first])
    differ = [form for form in others if _sorted(found[form]) != wanted]
    return found[first], [f"{table}: {first} and {form} differ." for form in differ]


def _sorted(rows: Iterable[Row]) -> list[list[tuple[str, str]]]:
    return sorted(sorted((name, text or "") for name, text in row.items()) for row in rows)


def _thresholds(cuts: Iterable[Row]) -> dict[Key, int]:
    stated = {_key(cut): cut.get("threshold") for cut in cuts}
    return {key: int(float(text)) for key, text in stated.items() if text is not None}


def _on_sight(rows: Iterable[Row]) -> Iterator[str]:
    """What a reader sees without any sum: each kind of it once."""
    told: dict[str, None] = {}
    places: set[tuple[str, ...]] = set()
    for row in rows:
        for reason in _row_faults(row):
            told[f"{COUNTS}: {reason}"] = None
        place = tuple(_word(row, name) for name in (*KEY, *PLACE))
        if place in places:
            told[f"{COUNTS}: one cell is published twice."] = None
        places.add(place)
    yield from told


def _row_faults(row: Row) -> Iterator[str]:
    hidden = row.get("people_count") is None
    if row.get("value_state") != (SUPPRESSED if hidden else SHOWN):
        yield "a cell's state does not say whether its number is hidden."
    if hidden and row.get("attribute") == ALL:
        yield "a total is hidden that the tables of rows let a reader count."
    beside = [name for name in row if name not in (*KEY, *PLACE, *SAID) and row[name] is not None]
    if hidden and beside:
        yield f"column {beside[0]!r} says something beside a hidden number."
    if row.get("attribute") == "age_band" and _is_of_minors(_word(row, "attribute_value")):
        yield "people under 18 are counted apart."
    if not hidden and row.get("group_share_code") is not None:
        yield "a share of a group stands beside a shown number."


def _is_of_minors(band: str) -> bool:
    """Whether a band of ages, such as 10_17 or under_18, begins and ends before the age of 18."""
    years = [int(part) for part in band.split("_") if part.isdigit()]
    return bool(years) and max(years) < (19 if band.startswith("under") else 18)


def _key(row: Row) -> Key:
    return _word(row, "jurisdiction"), _word(row, "cut"), _word(row, "role")


def _word(row: Row, name: str) -> str:
    return row.get(name) or ""
