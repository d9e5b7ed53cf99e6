"""Subtraction: what two publications of overlapping periods tell together.

A table that is safe each night is not safe twice: when it is cut again after one more complaint,
the difference of the two nights is that complaint. So the cells of both, and how many people
joined each, are one programme, and no number of people who joined may be told to be small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipelines.attack.bounds import Contradiction, bounds
from pipelines.attack.equations import Grid, sums
from pipelines.attack.published import OTHERS, Cell, Family, Place, Published

Periods = dict[tuple[str, str], tuple[str, str]]


def differenced(before: Published, now: Published) -> list[str]:
    """Why the second publication may not follow the first; empty when it is safe or unchanged."""
    held = {(family.jurisdiction, family.cut, family.role): family for family in before.families}
    told = list(_doubled(now))
    for family in now.families:
        same = held.get((family.jurisdiction, family.cut, family.role))
        if same:
            told += [] if same.sha256 == family.sha256 else _subtracted(same, family)
        else:
            told += _across(before, now, family)
    return told


def _doubled(now: Published) -> Iterator[str]:
    """Two cuts of one publication that cover the same days."""
    for n, one in enumerate(now.families):
        for other in now.families[n + 1 :]:
            if _is_beside(one, other) and _overlap(now.periods, one, now.periods, other):
                yield f"{one.name}: another cut covers the same days ({other.cut})."


def _across(before: Published, now: Published, family: Family) -> Iterator[str]:
    """A new cut over days that an older cut, published under another name, covered."""
    for old in before.families:
        if _is_beside(old, family) and _overlap(before.periods, old, now.periods, family):
            yield from _subtracted(old, family)


def _is_beside(one: Family, other: Family) -> bool:
    return (one.jurisdiction, one.role) == (other.jurisdiction, other.role)


def _overlap(ours: Periods, one: Family, theirs: Periods, other: Family) -> bool:
    first = ours.get((one.jurisdiction, one.cut))
    second = theirs.get((other.jurisdiction, other.cut))
    if not first or not second:
        return one.cut == other.cut
    return first[0] <= second[1] and second[0] <= first[1]


def _subtracted(old: Family, new: Family) -> list[str]:
    """Bound how many people joined each cell; people who left count as fewer than none joined."""
    joined = Joined(old.cells, new.cells)
    threshold = max(old.threshold, new.threshold)
    try:
        told = joined.told(threshold, only_more=True)
    except Contradiction:
        try:
            told = joined.told(threshold, only_more=False)
        except Contradiction:
            return [f"{new.name}: its numbers and those of {old.cut} before do not add up."]
    if not told:
        return []
    taken = f"{new.name}: subtracted from {old.cut} as published before"
    return [f"{taken}, {told} differences can be told to be small."]


class Joined:
    """Two families on what both count by, and for each place the difference as a cell of its own.

    A part that only one of them names is among the other's pooled parts, where it has any.
    """

    def __init__(self, old: dict[Place, Cell], new: dict[Place, Cell]) -> None:
        self._values: list[int | None] = []
        self._equations: list[tuple[int, tuple[int, ...]]] = []
        self._differences: dict[Place, int] = {}
        shared = _shared(old, new)
        first, second = self._placed(old, shared), self._placed(new, shared)
        pools = {place for place in shared if place.dimension_value == OTHERS}
        unlike = {pool.dimension for pool in pools if not _is_alike(old, new, pool.dimension)}
        for place in shared:
            if place not in pools or place.dimension not in unlike:
                self._differences[place] = self._cell(None)
                parts = (first(place), self._differences[place])
                self._equations.append((second(place), parts))

    def told(self, threshold: int, *, only_more: bool) -> int:
        """How many differences by a protected attribute are surely small and not nothing."""
        free = frozenset[int]() if only_more else frozenset(self._differences.values())
        ends = bounds(self._values, self._equations, free=free)
        return sum(
            _is_small(*ends[cell], threshold)
            for place, cell in self._differences.items()
            if not place.is_total
        )

    def _cell(self, value: int | None) -> int:
        self._values.append(value)
        return len(self._values) - 1

    def _placed(self, cells: dict[Place, Cell], shared: list[Place]) -> Callable[[Place], int]:
        """The cells of one family and its sums; places that it lacks are among its pooled ones."""
        own = sums(cells)
        start = len(self._values)
        self._values += own.values
        for total, parts in own.equations:
            self._equations.append((start + total, tuple(start + part for part in parts)))
        number = {place: start + n for n, place in enumerate(own.places)}
        pooled: dict[Place, list[int]] = {}
        for place in shared:
            if place not in number:
                pool = place._replace(dimension_value=OTHERS)
                number[place] = self._cell(None if pool in own.places else 0)
                pooled.setdefault(pool, []).append(number[place])
        for pool in pooled.keys() & frozenset(own.places):
            self._equations.append((number[pool], (*pooled[pool], self._cell(None))))
        return number.__getitem__


def _shared(old: dict[Place, Cell], new: dict[Place, Cell]) -> list[Place]:
    """Every group in every part of either, by the attributes and dimensions that both have."""
    first, second, both = Grid(old), Grid(new), Grid([*old, *new])
    return [
        place
        for place in both.places()
        if place.attribute in first.groups.keys() & second.groups.keys()
        and place.dimension in first.parts.keys() & second.parts.keys()
    ]


def _is_alike(old: dict[Place, Cell], new: dict[Place, Cell], dimension: str) -> bool:
    return Grid(old).parts[dimension].keys() == Grid(new).parts[dimension].keys()


def _is_small(low: float, high: float, threshold: int) -> bool:
    return 0.5 < low <= high < threshold - 0.5 or -threshold + 0.5 < low <= high < -0.5
