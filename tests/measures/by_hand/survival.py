"""Kaplan-Meier, Aalen-Johansen and business days, from their definitions in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from datetime import date
from functools import cache
from itertools import accumulate
from math import inf, log, sqrt

Z = 1.959963984540054
ORIGIN = date(1990, 1, 1).toordinal()
LENGTH = date(2050, 12, 31).toordinal() - ORIGIN + 1
Wait = tuple[int, str | None]
"""Days waited, and what ended the wait: none for a case that still waits."""


def curve(waits: Iterable[Wait]) -> list[tuple[int, float]]:
    """Day by day, the share that still waits (Kaplan and Meier): a case that is cut off counts as
    waiting through its last day."""
    left, surviving, steps = 1.0, 0.0, []
    for day, at_risk, ended in _days(waits):
        left *= 1 - sum(ended.values()) / at_risk
        surviving = left
        steps.append((day, surviving))
    return steps


def quantile(waits: Iterable[Wait], share: float) -> int | None:
    """The first day by which at least this share has ended, if it ever has."""
    reached = (day for day, left in curve(waits) if left <= 1 - share + 1e-12)
    return next(reached, None)


def quantile_ends(waits: Iterable[Wait], share: float) -> tuple[int | None, int | None]:
    """Ends of the 95 percent interval of a quantile (Brookmeyer and Crowley): the days on which the
    curve, on the scale ln(-ln(x)), is within so many of its standard errors of the share. The
    first such day, and the first after them; one that the data do not reach is none."""
    left, summed, lower, upper = 1.0, 0.0, None, None
    for day, at_risk, counts in _days(waits):
        ended = sum(counts.values())
        left *= 1 - ended / at_risk
        if at_risk == ended:
            distance = inf
        else:
            summed += ended / (at_risk * (at_risk - ended))
            distance = (log(-log(left)) - log(-log(1 - share))) * -log(left) / sqrt(summed)
        if lower is None and distance >= -Z:
            lower = day
        if upper is None and distance > Z:
            upper = day
    return lower, upper


def incidence(waits: Iterable[Wait], cause: str, until: int) -> tuple[float, float]:
    """The share that has ended by a cause within so many days (Aalen and Johansen), where other
    ends compete, and its standard error (the delta method)."""
    left, share = 1.0, 0.0
    steps: list[tuple[int, int, int, float, float]] = []
    for day, at_risk, ended in _days(waits):
        if day > until:
            break
        share += left * ended[cause] / at_risk
        steps.append((at_risk, sum(ended.values()), ended[cause], left, share))
        left *= 1 - sum(ended.values()) / at_risk
    return share, sqrt(max(0.0, _variance(steps, share)))


def _variance(steps: Sequence[tuple[int, int, int, float, float]], share: float) -> float:
    """Sum over the days of what each adds, with the share reached at the last of them."""
    total = 0.0
    for at_risk, ended, of_cause, left, so_far in steps:
        rest = share - so_far
        if at_risk > ended:
            total += rest**2 * ended / (at_risk * (at_risk - ended))
        total += left**2 * of_cause * (at_risk - of_cause) / at_risk**3
        total -= 2 * rest * left * of_cause / at_risk**2
    return total


def _days(waits: Iterable[Wait]) -> Iterable[tuple[int, int, Counter[str]]]:
    """Each day on which a case ends: how many waited until then, and how many ended by what."""
    leaving: Counter[int] = Counter()
    ended: dict[int, Counter[str]] = defaultdict(Counter)
    for days, cause in waits:
        leaving[days] += 1
        if cause is not None:
            ended[days][cause] += 1
    at_risk = leaving.total()
    for day in sorted(leaving):
        if day in ended:
            yield day, at_risk, ended[day]
        at_risk -= leaving[day]


def business_days(start: date, end: date, holidays: Set[date]) -> int:
    """Mondays to Fridays that are no holidays, after the first day and through the last."""
    worked = _worked(frozenset(holidays))
    return worked[end.toordinal() - ORIGIN] - worked[start.toordinal() - ORIGIN]


@cache
def _worked(holidays: frozenset[date]) -> list[int]:
    """How many such days there were up to each day from 1990 to 2050."""
    days = (date.fromordinal(ORIGIN + number) for number in range(LENGTH))
    return list(accumulate(day.weekday() < 5 and day not in holidays for day in days))
