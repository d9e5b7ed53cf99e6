"""What the demo is known to hold, read from its files with Python's own csv module.

Meanings come from the crosswalk seeds, read as text. No rule is shared with the models.
"""

from __future__ import annotations

import csv
from pathlib import Path

from pipelines.demo.words import AS_OF
from pipelines.settings import PROJECT
from tests.test_demo import Row, recount, us, word

MERITS = ("sustained", "not_sustained", "unfounded", "exonerated")


def rows_of(feeds: Path, name: str) -> list[Row]:
    """The records of a demo file that must load, with blank cells as empty text."""
    return recount(feeds, name)[1]


def meanings(field: str) -> dict[str, dict[str, str]]:
    """What each word of a field of the demo means, by the word in small letters."""
    with (PROJECT / "dbt_project" / "seeds" / "dispositions.csv").open(newline="") as file:
        return {
            word(row["local_value"]): row
            for row in csv.DictReader(file)
            if row["jurisdiction"] == "larkhaven" and row["field"] == field
        }


def findings(feeds: Path) -> list[str]:
    """The meaning of each allegation of the demo: a finding, its class, or nothing when open."""
    known = meanings("allegation_outcome")
    told = [known.get(word(row["Finding"]), {}) for row in rows_of(feeds, "allegations")]
    return [m.get("finding") or m.get("resolution_class") or "" for m in told]


def received_years(feeds: Path) -> dict[str, str]:
    """The year in which each complaint of the demo was received, by its number."""
    days = {row["Complaint Id"]: us(row["Received Date"]) for row in rows_of(feeds, "complaints")}
    return {
        number: str(day.year) for number, day in days.items() if day and day.isoformat() <= AS_OF
    }
