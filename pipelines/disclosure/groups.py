"""Groups of whom nearly all met the same outcome, so that to be one of them tells what happened.

Where a single outcome holds 95 % of a group or more, its counts by outcome are hidden, and large
groups get a code instead, as school statistics do with percentages at either end (NCES
2011-603, "Statistical methods for protecting personally identifiable information").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.disclosure.family import Terms
from pipelines.disclosure.words import HARDLY, MOSTLY

PERCENT = 95


@dataclass(frozen=True)
class Group:
    """The cells of one group by outcome, with its total and the cell of nearly all of it."""

    total: int
    cells: tuple[int, ...]
    top: int
    people: int

    def is_coded(self, threshold: int) -> bool:
        """Whether the 5 % left may be as many people as the threshold, so that a code is vague."""
        return self.people * (100 - PERCENT) >= 100 * threshold

    def codes(self) -> Iterator[tuple[int, str]]:
        """What is said of each cell instead of a count."""
        return ((cell, MOSTLY if cell == self.top else HARDLY) for cell in self.cells)

    def limit(self) -> Terms:
        """What the codes tell; that each of the others is 5 % or less follows from it."""
        return ((1.0, self.top), (-PERCENT / 100, self.total))


def one_sided(counts: Sequence[int], total: int, cells: Sequence[int]) -> Group | None:
    """The group as one to be hidden, when it has people and one outcome holds nearly all."""
    top = max(cells, key=lambda cell: counts[cell])
    people = counts[total]
    if not people or counts[top] * 100 < people * PERCENT:
        return None
    return Group(total, tuple(cells), top, people)
