"""A line of numbers over time, cut where the definition changes.

Places are percent of the width and pixels of the height, so that text is never scaled. Two
periods are joined only if they count the same, or if the reader asks for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEIGHT = 220
TOP, BOTTOM = 14, 196
LEFT, RIGHT = 7.0, 99.0
MOST_LABELS = 8
FEWEST = 2


@dataclass(frozen=True)
class Point:
    """One number; `low` and `high` are the ends of its interval."""

    x: float
    y: float
    low: float | None
    high: float | None
    period: str
    is_settled: bool


@dataclass(frozen=True)
class Mark:
    """A day from which something is different; a definition cuts the line."""

    x: float
    cuts: bool
    why: str
    day: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws."""

    points: Sequence[Point]
    lines: Sequence[tuple[Point, Point]]
    marks: Sequence[Mark]
    ticks: Sequence[tuple[float, str]]
    labels: Sequence[tuple[float, str]]
    cuts: int
    height: int = HEIGHT


def draw(
    rows: Sequence[Mapping[str, Any]], breaks: Sequence[Mapping[str, Any]], *, joined: bool = False
) -> Chart | None:
    """The chart of numbers in the order of time; nothing for fewer than two."""
    shown = [row for row in rows if row["value"] is not None and row["period_start"]]
    if len(shown) < FEWEST:
        return None
    top = _round_up(max(_highest(row) for row in shown))
    step = (RIGHT - LEFT) / max(1, len(rows) - 1)
    places = {row["period"]: LEFT + number * step for number, row in enumerate(rows)}
    points = [_point(row, places[row["period"]], top) for row in shown]
    starts = [str(row["period_start"]) for row in rows] + ["9999-12-31"]
    index = {row["period"]: number for number, row in enumerate(rows)}
    marks = [m for one in breaks if (m := _mark(one, starts, step)) is not None]
    days = [str(one["break_date"]) for one in breaks if one["kind"] == "definition"]
    lines, cuts = [], 0
    for left, right in itertools.pairwise(points):
        first, last = index[left.period], index[right.period]
        is_cut = any(starts[first] < day < starts[last + 1] for day in days)
        cuts += is_cut
        if last == first + 1 and (joined or not is_cut):
            lines.append((left, right))
    every = math.ceil(len(rows) / MOST_LABELS)
    labels = [(places[row["period"]], str(row["period"])) for row in rows[::every]]
    ticks = [(_height(top * part, top), _tick(top * part)) for part in (0.0, 0.5, 1.0)]
    return Chart(points, lines, marks, ticks, labels, cuts)


def _highest(row: Mapping[str, Any]) -> float:
    return float(row["upper"] if row["upper"] is not None else row["value"])


def _point(row: Mapping[str, Any], x: float, top: float) -> Point:
    has_ends = row["lower"] is not None and row["upper"] is not None
    return Point(
        round(x, 2),
        _height(row["value"], top),
        _height(row["lower"], top) if has_ends else None,
        _height(row["upper"], top) if has_ends else None,
        str(row["period"]),
        row["maturity"] in ("mature", "not_applicable"),
    )


def _mark(one: Mapping[str, Any], starts: Sequence[str], step: float) -> Mark | None:
    """Where a day falls between the first days of the periods; nothing when outside."""
    day = str(one["break_date"])
    number = sum(start <= day for start in starts[:-1]) - 1
    if number < 0 or (number == 0 and day <= starts[0]):
        return None
    is_first_day = day == starts[number]
    x = LEFT + (number - 0.5 if is_first_day else number) * step
    return Mark(round(min(x, RIGHT), 2), one["kind"] == "definition", str(one["why"]), day)


def _height(value: float, top: float) -> float:
    share = value / top if top else 0.0
    return round(BOTTOM - share * (BOTTOM - TOP), 1)


def _round_up(value: float) -> float:
    """The next number that reads well on an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= value)


def _tick(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
