"""How cases spread over officers, from allegations and the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from math import exp

from tests.measures.by_hand.gate import (
    Cell,
    Fact,
    Told,
    cells,
    estimate,
    put,
    ratio,
    share,
)

TOP = 0.05
FEWEST_OFFICERS = 100


def officers(alleged: Sequence[Fact], roster: Sequence[Fact], as_of: date) -> Told:
    """All metrics of the family. Void allegations are left out."""
    told: Told = {}
    counted = [fact for fact in alleged if fact["resolution_class"] != "void"]
    for cell, some in cells(counted, "received_date", ("all", "calendar_year")):
        unknown = sum(fact["officer_key"] is None for fact in some)
        put(told, "unidentified_officer_share", cell, share(unknown, len(some)))
    first = as_of.replace(year=as_of.year - 5)
    recent = [f for f in counted if f["received_date"] and f["received_date"] > first]
    for window, facts in (("all", counted), ("last_five_years", recent)):
        dimension = "all" if window == "all" else "window"
        for city in {fact["jurisdiction"] for fact in facts}:
            cell = (city, "all", "all", dimension, window)
            own = [fact for fact in facts if fact["jurisdiction"] == city]
            _spread(told, cell, own, {one["officer_key"] for one in roster})
    return told


def _spread(told: Told, cell: Cell, facts: Sequence[Fact], roster: set[str]) -> None:
    known = {(f["complaint_id"], f["officer_key"]) for f in facts if f["officer_key"]}
    cases = Counter(officer for _, officer in known)
    repeated = sum(number > 1 for number in cases.values())
    put(told, "officer_cases_per_officer", cell, ratio(len(known), len(cases)))
    put(told, "officers_with_repeat_cases_share", cell, share(repeated, len(cases)))
    idle = len(roster - cases.keys())
    numbers = [*cases.values(), *([0] * idle)]
    seen, expected = top_share(numbers), expected_top_share(len(known) / len(numbers), not roster)
    for metric, value in (
        ("top_5_percent_share", seen),
        ("expected_top_5_percent_share", expected),
    ):
        put(told, metric, cell, estimate(value, len(numbers), fewest=FEWEST_OFFICERS))


def top_share(numbers: Sequence[int]) -> float:
    """Percent of all cases that the twentieth of officers with the most stand in; where the
    twentieth ends within an officer, that part of the officer counts."""
    left, held = TOP * len(numbers), 0.0
    for number in sorted(numbers, reverse=True):
        held += number * min(1.0, left)
        left -= min(1.0, left)
    return 100 * held / sum(numbers)


def expected_top_share(mean: float, only_named: bool) -> float:
    """The same if chance alone decided: a Poisson distribution, without its zeros where officers
    without a case are unknown and `mean` is that of the others."""
    rate = _rate_of(mean) if only_named else mean
    none = exp(-rate)
    whole = 1 - none if only_named else 1.0
    chances, chance = [none], none
    while len(chances) < 10 or chance > 1e-18:
        chance *= rate / len(chances)
        chances.append(chance)
    left, held = TOP, 0.0
    for number in range(len(chances) - 1, 0, -1):
        part = min(left, chances[number] / whole)
        held += number * part
        left -= part
    return 100 * held / mean


def _rate_of(mean: float) -> float:
    """The rate of a Poisson distribution whose mean without its zeros is this one."""
    low, high = 0.0, mean
    for _ in range(200):
        middle = (low + high) / 2
        if middle > 0 and middle / (1 - exp(-middle)) > mean:
            high = middle
        else:
            low = middle
    return (low + high) / 2
