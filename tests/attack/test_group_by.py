"""No table of rows of the demo sorts people by an attribute that its feed holds: all are tried."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.attack.group_by import telling
from tests.conftest import Installation

ATTRIBUTES = ("Complainant Race", "Complainant Gender", "Complainant Age")


def people(file: Path) -> dict[str, dict[str, str]]:
    """Of each attribute: the word of each complaint's first person, the age by tens."""
    held: dict[str, dict[str, str]] = {name: {} for name in ATTRIBUTES}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for name in ATTRIBUTES:
                said = row[name] or ""
                word = said[:1] if name.endswith("Age") else said
                held[name].setdefault(row["Complaint Id"], word)
    return held


def test_no_column_and_no_two_columns_stand_for_a_protected_attribute(
    released: Installation,
) -> None:
    held = people(released.feeds / "allegations.csv")
    assert telling(released.settings.current / "oversight.db", held) == set()


def test_a_code_in_place_of_a_race_would_be_found(yesterday: Installation, tmp_path: Path) -> None:
    held = people(yesterday.feeds / "allegations.csv")
    race = held["Complainant Race"]
    codes = {word: n for n, word in enumerate(sorted(set(race.values())))}
    planted = tmp_path / "planted.db"
    planted.write_bytes((yesterday.settings.current / "oversight.db").read_bytes())
    with closing(sqlite3.connect(planted)) as base, base:
        base.execute("create table notes (complaint_id text, route integer)")
        base.executemany(
            "insert into notes values (?, ?)", [(key, codes[word]) for key, word in race.items()]
        )
    assert "notes.route+route" in telling(planted, held)
