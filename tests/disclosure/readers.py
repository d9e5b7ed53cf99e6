"""What a reader makes of hidden cells, and two weaker ways of hiding for him to break."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipelines.attack.bounds import Limit, bounds
from pipelines.disclosure.family import Family

NEARLY = 1e-6


def shown(family: Family, hidden: Collection[int]) -> list[int | None]:
    """The counts as published."""
    out = family.unseen | set(hidden)
    return [None if cell in out else count for cell, count in enumerate(family.counts)]


def told(family: Family, hidden: Collection[int], threshold: int) -> list[int]:
    """The small cells that the reader knows to be small, or knows not to be empty."""
    limits = [Limit(terms, 0.0) for terms in family.limits]
    known = bounds(shown(family, hidden), family.equations, limits)
    return [
        cell
        for cell in sorted(family.small(threshold))
        if known[cell][0] > NEARLY or known[cell][1] < threshold - NEARLY
    ]


def located(known: Iterable[tuple[float, float]], cells: Collection[int]) -> list[int]:
    """Those of the cells for which a single value is left."""
    return [cell for cell, (low, high) in enumerate(known) if cell in cells and high - low < NEARLY]


def small_alone(family: Family, threshold: int) -> set[int]:
    """Hide the small cells and nothing else."""
    return set(family.small(threshold))


def line_rule(family: Family, threshold: int) -> set[int]:
    """Hide a second cell in every sum that has one hidden, until none is alone."""
    hidden = small_alone(family, threshold)
    while alone := [sum_ for sum_ in _sums(family) if len(hidden & set(sum_)) == 1]:
        others = [cell for cell in alone[0] if cell not in hidden and cell not in family.fixed]
        hidden.add(min(others, key=lambda cell: (not family.counts[cell], family.counts[cell])))
    return hidden


def _sums(family: Family) -> list[tuple[int, ...]]:
    return [(total, *parts) for total, parts in family.equations]
