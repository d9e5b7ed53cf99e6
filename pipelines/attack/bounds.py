"""How closely the numbers that are shown pin down those that are hidden.

A hidden cell is any number of zero or more that some table holds which agrees with everything
published. The least and the greatest such number, each one linear programme, are all that a
reader can know of it (Fischetti and Salazar, "Models and algorithms for optimizing cell
suppression in tabular data with linear constraints", 2000). An equation is (total, parts): the
value at `total` is the sum of those at `parts`. A hidden value is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.attack.space import INFINITE, NEARLY, Contradiction, Limit, Space, groups

__all__ = ["Contradiction", "Exposed", "Limit", "bounds", "exposed", "integer_bounds"]

Values = Sequence[int | None]
Equations = Sequence[tuple[int, Sequence[int]]]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Exposed:
    """A hidden cell of which too much can be known: it lies between `low` and `high`."""

    cell: int
    low: float
    high: float

    @property
    def is_located(self) -> bool:
        """Only one whole number is left for it."""
        return is_located(self.low, self.high)


def bounds(
    values: Values,
    equations: Equations,
    limits: Iterable[Limit] = (),
    *,
    free: frozenset[int] = frozenset(),
) -> list[Interval]:
    """The least and the greatest value of every cell, in the order of `values`.

    A shown cell is its own least and greatest; one that nothing binds goes up to infinity.
    Cells in `free` may be below zero. Raises `Contradiction` when no table agrees.
    """
    return _intervals(values, equations, limits, free, is_whole=False)


def integer_bounds(
    values: Values,
    equations: Equations,
    limits: Iterable[Limit] = (),
    *,
    free: frozenset[int] = frozenset(),
) -> list[Interval]:
    """As `bounds`, with whole numbers only: sharper at times, and far dearer on large tables."""
    return _intervals(values, equations, limits, free, is_whole=True)


def exposed(
    values: Values,
    equations: Equations,
    threshold: int,
    limits: Iterable[Limit] = (),
    *,
    small: frozenset[int] | None = None,
) -> list[Exposed]:
    """The hidden cells that a reader can tell to be under the threshold, or locate exactly.

    Nobody outside can tell a hidden zero from a hidden small number, so without `small` a hidden
    cell that can only be under the threshold counts as told, whatever it holds in truth.
    With `small`, the cells that in truth hold 1 to threshold - 1, the test is the stricter one
    that only their owner can make, and of these alone: zero and the threshold must both stay
    possible. Each table found on the way serves all cells, so that few programmes are solved.
    """
    found: list[Exposed] = []
    for group in groups(values, equations, limits):
        asked = [cell for cell in group.cells if small is None or cell in small]
        if asked:
            known = _Known(Space(group))
            for cell in asked:
                known.settle(cell, threshold, zero=small is not None)
            found += [told for cell in asked if (told := known.told(cell, threshold, small))]
    return sorted(found, key=lambda each: each.cell)


def is_located(low: float, high: float) -> bool:
    """Whether no two whole numbers lie between `low` and `high`."""
    return high < INFINITE and math.ceil(low - NEARLY) >= math.floor(high + NEARLY)


class _Known:
    """The least and greatest values seen so far of each cell of a group."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._place = {cell: place for place, cell in enumerate(space.cells)}
        self._low = [INFINITE] * len(space.cells)
        self._high = [-INFINITE] * len(space.cells)

    def settle(self, cell: int, threshold: int, *, zero: bool) -> None:
        """Ask for the two ends of a cell, unless a table seen before answers already."""
        place = self._place[cell]
        if self._high[place] < threshold:
            self._ask(cell, highest=True)
        enough = NEARLY if zero else self._high[place] - 1
        if self._low[place] > enough:
            self._ask(cell, highest=False)
        if is_located(self._low[place], self._high[place]):
            self._ask(cell, highest=True)

    def told(self, cell: int, threshold: int, small: frozenset[int] | None) -> Exposed | None:
        low, high = self._low[self._place[cell]], self._high[self._place[cell]]
        is_bare = high < threshold - NEARLY or is_located(low, high)
        if is_bare or (small is not None and low > NEARLY):
            return Exposed(cell, low, high)
        return None

    def _ask(self, cell: int, *, highest: bool) -> None:
        value, table = self._space.extreme({cell: 1.0}, highest=highest)
        for place, held in enumerate(table):
            self._low[place] = min(self._low[place], held)
            self._high[place] = max(self._high[place], held)
        place = self._place[cell]
        if highest:
            self._high[place] = value
        else:
            self._low[place] = value


def _intervals(
    values: Values,
    equations: Equations,
    limits: Iterable[Limit],
    free: frozenset[int],
    *,
    is_whole: bool,
) -> list[Interval]:
    ends = [(0.0 if value is None else float(value),) * 2 for value in values]
    for group in groups(values, equations, limits):
        space = Space(group, free=free, is_whole=is_whole)
        for cell in group.cells:
            low, _ = space.extreme({cell: 1.0}, highest=False)
            high, _ = space.extreme({cell: 1.0}, highest=True)
            ends[cell] = (low, high)
    return ends
