"""From counts to what is shown: percentages, intervals, maturity, and what is too few to tell.

Standard library only. The rules are those that the register and the docs state in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from typing import Any

Fact = Mapping[str, Any]
Key = tuple[str, str, str, str, str, str]
"""Jurisdiction, metric, kind of period, period, dimension, value of the dimension."""

Z = 1.959963984540054
FEWEST = 10
OPEN = ("open", "reopened", "tolled")
SIGNIFICANT = 1e-9


@dataclass(frozen=True)
class Shown:
    """One published number, as a reader sees it."""

    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None = None
    upper: float | None = None
    state: str = "shown"
    maturity: str = "not_applicable"
    first_day: date | None = None


Told = dict[Key, Shown]


def maturity(decided: float | None, records: float | None) -> str:
    """How far the records of a cohort are decided."""
    if not records or decided is None:
        return "not_applicable"
    share = decided / records
    return "immature" if share < 0.5 else "maturing" if share < 0.9 else "mature"


def count(number: float, cohort: tuple[int, int] | None = None) -> Shown:
    """A count or an amount; `cohort` is how many records there are and how many are decided."""
    return Shown(float(number), float(number), None, maturity=_of(cohort))


def share(
    part: float, whole: float, cohort: tuple[int, int] | None = None, fewest: int = FEWEST
) -> Shown:
    """A percentage with its Wilson interval; hidden when the whole is too small."""
    state = "no_cases" if whole == 0 else "too_few" if whole < fewest else "shown"
    if state != "shown":
        return Shown(None, part, whole, state=state, maturity=_of(cohort))
    lower, upper = wilson(part, whole)
    return Shown(100 * part / whole, part, whole, lower, upper, maturity=_of(cohort))


def ratio(part: float, whole: float, cohort: tuple[int, int] | None = None) -> Shown:
    """So many of one for each of the other."""
    if whole == 0:
        return Shown(None, part, whole, state="no_cases", maturity=_of(cohort))
    return Shown(part / whole, part, whole, maturity=_of(cohort))


def estimate(
    value: float | None,
    cases: int,
    cohort: tuple[int, int] | None = None,
    ends: tuple[float | None, float | None] = (None, None),
    fewest: int = FEWEST,
) -> Shown:
    """A number estimated from so many cases; nothing when it is not reached."""
    state = (
        "no_cases" if cases == 0 else "too_few" if cases < fewest
        else "not_reached" if value is None else "shown"
    )  # fmt: skip
    if state != "shown":
        return Shown(None, None, cases, state=state, maturity=_of(cohort))
    return Shown(value, None, cases, *ends, maturity=_of(cohort))


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Ends of the 95 percent interval of a share, in percent: where |p - share| = z * se(p)."""
    centre = part + Z * Z / 2
    spread = Z * sqrt(part * (whole - part) / whole + Z * Z / 4)
    low, high = ((centre + side * spread) / (whole + Z * Z) for side in (-1, 1))
    return 100 * max(0.0, low), 100 * min(1.0, high)


def _of(cohort: tuple[int, int] | None) -> str:
    return maturity(cohort[1], cohort[0]) if cohort else "not_applicable"


def grouped(facts: Iterable[Fact], by: Callable[[Fact], Any]) -> dict[Any, list[Fact]]:
    """Facts by what a function says of them; those of which it says nothing are left out."""
    groups: dict[Any, list[Fact]] = defaultdict(list)
    for fact in facts:
        name = by(fact)
        if name is not None:
            groups[name].append(fact)
    return groups


Cell = tuple[str, str, str, str, str]
"""Jurisdiction, kind of period, period, dimension, value of the dimension."""


def cells(
    facts: Iterable[Fact],
    day: str,
    periods: Sequence[str],
    dimensions: Sequence[str] = (),
    unknown: str | None = "not_stated",
) -> Iterator[tuple[Cell, list[Fact]]]:
    """All facts together and by each dimension, in each period that the day falls in.

    A fact without a word of a dimension stands under `unknown`, or under none when that is null.
    """
    kept = list(facts)
    for kind in periods:
        for dimension in ("all", *dimensions):
            named = grouped(kept, lambda f, k=kind, d=dimension: _cell(f, k, f[day], d, unknown))
            yield from named.items()


def _cell(
    fact: Fact, kind: str, on: date | None, dimension: str, unknown: str | None
) -> Cell | None:
    when = period(kind, on)
    group = "all" if dimension == "all" else fact[dimension] or unknown
    if when is None or group is None:
        return None
    return fact["jurisdiction"], kind, when, dimension, str(group)


def period(kind: str, on: date | None) -> str | None:
    """The period of a kind in which a day falls, as it is written."""
    if kind == "all":
        return "all"
    if on is None:
        return None
    if kind == "month":
        return f"{on:%Y-%m}"
    if kind == "fiscal_year_us_federal":
        return f"FY{on.year + (on.month >= 10)}"
    return str(on.year)


def put(told: Told, metric: str, cell: Cell, shown: Shown) -> None:
    """Write a number down. No number may stand twice."""
    key = (cell[0], metric, *cell[1:])
    assert key not in told, f"{metric} stands twice"
    told[key] = replace(shown, first_day=first_day(cell[1], cell[2]))


def first_day(kind: str, when: str) -> date | None:
    """The day on which a period begins; none for all together."""
    if kind == "all":
        return None
    if kind == "month":
        return date.fromisoformat(f"{when}-01")
    if kind == "fiscal_year_us_federal":
        return date(int(when[2:]) - 1, 10, 1)
    return date(int(when), 1, 1)
