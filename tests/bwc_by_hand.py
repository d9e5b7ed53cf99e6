"""Every number about cameras once more, from the demo's files with Python's own csv module.

Meanings come from the crosswalk seed, read as text. No rule is shared with the models; business
days are counted by numpy, with the holidays of the same calendar.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import holidays
import numpy

from pipelines.settings import PROJECT
from tests.test_demo import recount, word

AS_OF = date(2026, 10, 31)
MADE = {"recorded", "partly_recorded"}
REQUIRED = MADE | {"not_recorded", "not_retained"}
KINDS = (
    "failed_to_activate", "late_activation", "early_deactivation", "no_notification", "obstructed",
    "muted", "miscategorised", "not_worn", "not_uploaded",
)  # fmt: skip
HANDED_OVER = {"fulfilled", "partial", "false_negative"}

Place = tuple[str, str, str, str]
"""Metric, period, dimension, value of the dimension."""


@dataclass(frozen=True)
class Line:
    """One review line in the shared words; an empty word is one that is not stated."""

    complaint: str
    footage: str
    kinds: frozenset[str]
    sampling: str
    year: str | None
    outcome: str
    requested: date | None
    fulfilled: date | None

    @property
    def is_rated(self) -> bool:
        """A recording was there or required; a lapse without a word on footage says so too."""
        return self.footage in REQUIRED or (
            self.footage in ("", "unknown") and bool(self.kinds)
        )  # fmt: skip


def meanings(field: str, city: str = "larkhaven") -> dict[str, str]:
    """Our word for each word of a city."""
    with (PROJECT / "dbt_project/seeds/bwc_words.csv").open(encoding="utf-8", newline="") as file:
        return {
            word(row["local_value"]): row["canonical"]
            for row in csv.DictReader(file)
            if (row["jurisdiction"], row["field"]) == (city, field)
        }


def lines(feeds: Path) -> list[Line]:
    """The review lines of the demo that must load."""
    footage, violation, sampling, outcome = map(
        meanings, ("footage", "violation", "sampling", "request_outcome")
    )
    return [
        Line(
            complaint=row["Complaint Id"],
            footage=footage.get(word(row["Camera Status"]), ""),
            kinds=frozenset(
                violation[word(kind)] for kind in row["Violations"].split("|") if kind.strip()
            ),
            sampling=sampling.get(word(row["Selected By"]), ""),
            year=str(day.year) if (day := known(row["Reviewed Date"])) else None,
            outcome=outcome.get(word(row["Request Outcome"]), ""),
            requested=known(row["Requested Date"]),
            fulfilled=known(row["Fulfilled Date"]),
        )
        for row in recount(feeds, "bwc_reviews")[1]
    ]


def known(text: str) -> date | None:
    """A day, unless it lies before anything or after the day of the file."""
    day = date.fromisoformat(text) if text else None
    return day if day and date(1900, 1, 2) <= day <= AS_OF else None


def shares_of_lines(told: list[Line]) -> dict[Place, tuple[int, int]]:
    """What share of the lines of each way of choosing has footage, or each kind of violation."""
    counts: Counter[Place] = Counter()
    totals: Counter[Place] = Counter()
    for line in told:
        if not line.sampling or not line.is_rated:
            continue
        for period in filter(None, ("all", line.year)):
            where = (period, "bwc_sampling", line.sampling)
            for kind in KINDS:
                totals[f"bwc_{kind}_share", *where] += 1
                counts[f"bwc_{kind}_share", *where] += kind in line.kinds
            totals["bwc_footage_share", *where] += line.footage in REQUIRED
            counts["bwc_footage_share", *where] += line.footage in MADE
    return {place: (counts[place], total) for place, total in totals.items()}


def relevance(told: list[Line]) -> dict[Place, tuple[int, int]]:
    """Of the complaints whose recordings were looked for, those with one."""
    of_complaint: dict[str, list[Line]] = defaultdict(list)
    for line in told:
        is_known = line.footage not in ("", "unknown")
        if line.sampling == "complaint_driven" and line.complaint and is_known:
            of_complaint[line.complaint].append(line)
    tally: dict[Place, tuple[int, int]] = {}
    for found in of_complaint.values():
        years = [line.year for line in found if line.year]
        for period in ("all", min(years)) if years else ("all",):
            place = ("bwc_relevance_share", period, "all", "all")
            made, total = tally.get(place, (0, 0))
            tally[place] = (made + any(line.footage in MADE for line in found), total + 1)
    return tally


def with_footage(told: list[Line]) -> dict[str, bool]:
    """Whether each complaint whose recordings were looked for has one."""
    found: dict[str, bool] = {}
    for line in told:
        is_known = line.footage not in ("", "unknown")
        if line.sampling == "complaint_driven" and line.complaint and is_known:
            has = found.get(line.complaint, False)
            found[line.complaint] = has or line.footage in MADE
    return found


def requests(told: list[Line]) -> dict[Place, tuple[float, int]]:
    """Numerators and denominators of what came of requests."""
    tally: dict[Place, tuple[float, int]] = {}
    for period, asked in by_period(told):
        answered = [line.outcome for line in asked if line.outcome not in ("", "open")]
        for metric, outcome in (
            ("bwc_request_fulfilled_share", "fulfilled"),
            ("bwc_false_negative_share", "false_negative"),
        ):
            tally[metric, period, "all", "all"] = (answered.count(outcome), len(answered))
        if period == "all":
            ages = [
                (AS_OF - line.requested).days
                for line in asked
                if line.requested and line.outcome == "open"
            ]
            old = sum(age > 90 for age in ages)
            tally["bwc_requests_over_90_days_share", "all", "all", "all"] = (old, len(ages))
    return tally


def turnaround(told: list[Line]) -> dict[Place, tuple[int, int]]:
    """The median wait, and how many requests it is made of, in both kinds of days."""
    tally: dict[Place, tuple[int, int]] = {}
    for period, asked in by_period(told):
        ends = [end for line in asked if (end := wait_of(line))]
        for metric, basis in (
            ("bwc_request_turnaround_median", calendar_days),
            ("bwc_request_turnaround_business_median", business_days),
        ):
            waits = [(basis(first, last), is_over) for first, last, is_over in ends]
            tally[metric, period, "all", "all"] = (median(waits), len(waits))
    return tally


def by_period(told: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    """All requests, and those of each year."""
    asked = [line for line in told if line.requested or line.outcome]
    yield "all", asked
    for year in sorted({line.requested.year for line in asked if line.requested}):
        yield str(year), [line for line in asked if line.requested and line.requested.year == year]


def wait_of(line: Line) -> tuple[date, date, bool] | None:
    """First and last day of a wait and whether it is over; nothing for a wait that never ends."""
    if line.requested and line.outcome == "open":
        return line.requested, AS_OF, False
    if line.outcome not in HANDED_OVER or not line.requested or not line.fulfilled:
        return None
    is_possible = line.fulfilled >= line.requested
    return (line.requested, line.fulfilled, True) if is_possible else None


def calendar_days(first: date, last: date) -> int:
    """Days after the first, the last one counted."""
    return (last - first).days


def business_days(first: date, last: date) -> int:
    """Business days of California after the first, the last one counted."""
    days = numpy.array([first, last], dtype="datetime64[D]") + 1
    return int(numpy.busday_count(days[0], days[1], holidays=CALENDAR))


CALENDAR = sorted(holidays.country_holidays("US", subdiv="CA", years=range(2018, 2028)))


def median(waits: Iterable[tuple[int, bool]]) -> int:
    """The first day by which half are over, as Kaplan and Meier count; exact fractions."""
    counts = Counter(waits)
    waiting, at_risk = Fraction(1), counts.total()
    for day in sorted({day for day, _ in counts}):
        waiting *= 1 - Fraction(counts[day, True], at_risk)
        if waiting <= Fraction(1, 2):
            return day
        at_risk -= counts[day, True] + counts[day, False]
    raise AssertionError("fewer than half of the requests are over")


def audits(feeds: Path) -> dict[Place, tuple[int, int]]:
    """Audits done of those due, and months that were not reported."""
    sample = meanings("audit_sample")
    with (feeds / "bwc_audits.csv").open(encoding="utf-8", newline="") as file:
        rows = list({tuple(row.items()): row for row in csv.DictReader(file)}.values())
    ids = Counter(row["Audit Id"] for row in rows)
    sums: dict[Place, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        due, month = int(row["Audits Due"]), row["Month"]
        if not row["Audit Id"] or ids[row["Audit Id"]] > 1 or due == 0 or month > "2026-10":
            continue
        way = sample.get(word(row["Sample"]), "not_stated")
        for period in ("all", month[:4]):
            for where in (("all", "all"), ("audit_sample", way)):
                share = sums["bwc_audits_not_reported_share", period, *where]
                share[0] += row["Audits Done"] == ""
                share[1] += 1
                if row["Audits Done"]:
                    share = sums["bwc_audits_done_share", period, *where]
                    share[0] += min(due, int(row["Audits Done"]))
                    share[1] += due
    return {place: (part, total) for place, (part, total) in sums.items()}
