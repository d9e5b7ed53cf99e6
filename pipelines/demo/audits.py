"""The camera audits of the demo: what each supervisor had to look at in each month, and did."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from pipelines.demo import canaries
from pipelines.demo.answers import FeedAnswer
from pipelines.demo.words import AS_OF, DISTRICTS, FAMILY_NAMES, FIRST_DAY, GIVEN_NAMES

SUPERVISORS_AT_SCALE_ONE = 14
HEADINGS = (
    "Audit Id",
    "Month",
    "Supervisor Badge",
    "Supervisor Name",
    "Supervisor District",
    "Audits Due",
    "Audits Done",
    "Sample",
)
UNITS = [name for _, name in DISTRICTS if name]
SAMPLES = ("Random draw", "Random draw", "random draw ", "Own choice", "OWN CHOICE")

Row = tuple[str, ...]


def write_audits(path: Path, scale: float, seed: int) -> tuple[FeedAnswer, Counter[str]]:
    """Write the audit log and return what must become of its rows and the traps among them."""
    chance = Random(seed + 7)  # noqa: S311
    count = max(6, round(SUPERVISORS_AT_SCALE_ONE * scale**0.5))
    good = [*drawn(count, chance), *planted()]
    twice, disputed, blank = planted_row(950, "2024-05"), planted_row(951, "2024-05"), good[0]
    other = (*disputed[:6], "1", disputed[7])
    refused = [
        disputed,
        other,
        ("", *blank[1:3], canaries.cell("bwc_audits", "", HEADINGS[3]), *blank[4:]),
    ]
    rows = [*good, twice, twice, *refused]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
    loaded = [*good, twice]
    answer = FeedAnswer(len(rows), len(loaded), len(refused), dropped_identical=1)
    return answer, traps(loaded)


def months() -> Iterator[str]:
    """The months of the demo, as the audit log writes them."""
    first, last = date.fromisoformat(FIRST_DAY), date.fromisoformat(AS_OF)
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12}-{number % 12 + 1:02d}"


def drawn(count: int, chance: Random) -> Iterator[Row]:
    """A row for each supervisor and month; most do what is due, some report nothing."""
    for number in range(1, count + 1):
        diligence = chance.choice([0.95, 0.9, 0.8, 0.55])
        unit = chance.choice(UNITS)
        name = f"{chance.choice(FAMILY_NAMES)}, {chance.choice(GIVEN_NAMES)}"
        for month in months():
            due = chance.choice([4, 4, 4, 8])
            done = sum(chance.random() < diligence for _ in range(due))
            told = "" if chance.random() < 0.04 else str(done)
            yield (
                audit_id(number, month), month, f"S{2000 + number * 3}", name, unit,
                str(due), told, chance.choice(SAMPLES),
            )  # fmt: skip


def planted() -> list[Row]:
    """More done than due, nothing due, nothing told, a month to come, no word on the sample."""
    return [
        planted_row(901, "2024-01", due="4", done="30"),
        planted_row(902, "2024-01", due="0", done="0"),
        planted_row(903, "2024-01", done=""),
        planted_row(904, "2031-01"),
        planted_row(905, "2024-01", sample=""),
    ]


def planted_row(
    number: int, month: str, due: str = "4", done: str = "4", sample: str = "Random draw"
) -> Row:
    """An unremarkable month of a supervisor, with some cells changed."""
    badge = f"S{2000 + number * 3}"
    told = canaries.cells("bwc_audits", audit_id(number, month))
    return (
        audit_id(number, month), month, badge, told.get("Supervisor Name", "Birch, Ivy"),
        told.get("Supervisor District", "Harbor"), due, done, sample,
    )  # fmt: skip


def audit_id(number: int, month: str) -> str:
    """The number of a supervisor's month."""
    return f"BA-{number:04d}-{month.replace('-', '')}"


def traps(rows: list[Row]) -> Counter[str]:
    """How many rows that load carry each trap, and what the whole log comes to."""
    counts: Counter[str] = Counter()
    for _, month, _, _, _, due, done, sample in rows:
        counts["audits_not_reported"] += not done
        counts["audits_beyond_those_due"] += bool(done) and int(done) > int(due)
        counts["audits_of_a_month_to_come"] += month > AS_OF[:7]
        counts["audits_without_a_sample"] += not sample
    return counts
