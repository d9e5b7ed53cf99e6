"""Which cells to hide, so that no sum a reader can write tells a small one.

Hiding the small cells alone is undone by subtraction, and hiding a second one in each row and
column still lets a reader bound the first. So for each small cell two linear programmes are
solved: the cheapest change of the whole table that keeps every sum and moves the cell up to the
threshold, and the cheapest that moves it down to nothing. All cells that moved are hidden. The
tables so found agree with everything shown, hence nobody can tell them from the true one; and
hiding more later takes none of them away. This is the family of methods of the census offices
(Kelly, Golden and Assad, "Cell suppression: disclosure protection for sensitive tabular data",
Networks 22, 1992; Hundepool and others, "Statistical Disclosure Control", 2012, chapter 4).
"""

from __future__ import annotations

from pipelines.disclosure.changes import Changes
from pipelines.disclosure.components import components
from pipelines.disclosure.family import Family

NEARLY = 1e-6


def protect(family: Family, threshold: int, extra: frozenset[int] = frozenset()) -> frozenset[int]:
    """The cells to hide: the small ones, `extra`, and as many more as their safety needs.

    What is promised of the result: of every small cell, zero and the threshold both remain
    possible; of a hidden zero, the threshold does; any other is open by one person at least, and
    one of `extra` about which no limit is published by as many as the threshold. Raises
    `CannotBeProtected` when fixed cells or limits forbid it.
    """
    asked = family.small(threshold) | (extra - family.fixed)
    said = {cell for limit in family.limits for _, cell in limit}
    hidden: set[int] = set()
    for part in components(family):
        if wanted := asked.intersection(part.cells):
            hiding = _Hiding(Changes(family, part), family, threshold)
            hidden |= hiding.around(wanted, wide=extra - said)
    return frozenset(hidden)


class _Hiding:
    """The hidden cells of one component, and the least and greatest value seen of each.

    Every change found stays within the hidden cells, so one of them often serves many.
    """

    def __init__(self, changes: Changes, family: Family, threshold: int) -> None:
        self._changes = changes
        self._counts = family.counts
        self._threshold = threshold
        self._hidden: dict[int, None] = {}
        self._low: dict[int, float] = {}
        self._high: dict[int, float] = {}

    def around(self, wanted: frozenset[int], wide: frozenset[int]) -> set[int]:
        """Hide `wanted` and what protects it, the greatest of the small cells first.

        A cell hidden on the way is looked after too, until none is left that was not.
        """
        for cell in sorted(wanted):
            self._hide(cell)
        done: set[int] = set()
        while waiting := [cell for cell in self._hidden if cell not in done]:
            for cell in sorted(waiting, key=self._rank):
                done.add(cell)
                self._secure(cell, is_wide=cell in wide)
        return set(self._hidden)

    def _rank(self, cell: int) -> tuple[bool, int, int]:
        count = self._counts[cell]
        return not 1 <= count < self._threshold, -count, cell

    def _secure(self, cell: int, *, is_wide: bool) -> None:
        count = self._counts[cell]
        if count >= self._threshold:
            self._open(cell, self._threshold if is_wide else 1)
            return
        if self._high[cell] < self._threshold - NEARLY:
            self._move(cell, self._threshold - count)
        if self._low[cell] > NEARLY:
            self._move(cell, -count)

    def _open(self, cell: int, by: int) -> None:
        """See that a large count may be lower by so many, or for one person also higher."""
        count = self._counts[cell]
        is_open = self._low[cell] <= count - by + NEARLY
        if not is_open and (by > 1 or self._high[cell] < count + by - NEARLY):
            self._move(cell, -by)

    def _move(self, cell: int, by: int) -> None:
        for moved, change in self._changes.cheapest(cell, by).items():
            if moved not in self._hidden:
                self._hide(moved)
            value = self._counts[moved] + change
            self._low[moved] = min(self._low[moved], value)
            self._high[moved] = max(self._high[moved], value)

    def _hide(self, cell: int) -> None:
        self._hidden[cell] = None
        self._low[cell] = self._high[cell] = float(self._counts[cell])
        self._changes.cost_nothing(cell)
