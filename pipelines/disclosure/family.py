"""One family of counts: every number of a cut that some sum ties to another one.

A cell is known by its place in `counts`. An equation is (total, parts): the count at `total` is
the sum of those at `parts`. What a reader can add up belongs in one family, whichever table it
stands in; cells protected apart from each other can be subtracted from one another.
"""

from __future__ import annotations

from dataclasses import dataclass

Equation = tuple[int, tuple[int, ...]]
Terms = tuple[tuple[float, int], ...]


class CannotBeProtected(ValueError):
    """No other table agrees with what has to be shown, so that hiding a cell hides nothing."""


@dataclass(frozen=True)
class Family:
    """The counts of a cut, the sums that bind them, and those a reader knows from elsewhere.

    A `fixed` cell is always shown and never moved; an `unseen` one stands in no table at all, but
    ties those that do (the people behind one public row). A limit is a published statement about
    hidden cells: the sum of factor x cell is zero or more ("at least 95 % of the group").
    """

    counts: tuple[int, ...]
    fixed: frozenset[int] = frozenset()
    equations: tuple[Equation, ...] = ()
    limits: tuple[Terms, ...] = ()
    unseen: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Raises `ValueError` for a count below zero or an equation that does not hold."""
        if any(count < 0 for count in self.counts):
            raise ValueError("A count of people is never below zero.")
        for total, parts in self.equations:
            if self.counts[total] != sum(self.counts[part] for part in parts):
                raise ValueError("The parts of a count do not add up to it.")
        for limit in self.limits:
            if sum(factor * self.counts[cell] for factor, cell in limit) < -1e-9:
                raise ValueError("A limit is not true of the counts.")

    def small(self, threshold: int) -> frozenset[int]:
        """The cells that may not be told: one person or more, and fewer than the threshold."""
        kept = self.fixed | self.unseen
        return frozenset(
            cell
            for cell, count in enumerate(self.counts)
            if 1 <= count < threshold and cell not in kept
        )
