"""The attack on one family: which hidden cells a reader can find out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipelines.attack import nearly_all
from pipelines.attack.bounds import Contradiction, exposed, integer_bounds, is_located
from pipelines.attack.equations import Sums, sums
from pipelines.attack.published import Family, Place

FEW = 12
"""Families with no more hidden cells than this are also tried with whole numbers only."""


@dataclass(frozen=True)
class Found:
    """What the attack on a family came to; `located` and `below` are numbers of hidden cells.

    A located cell has one possible number. One that is below can only be under the threshold,
    though which number it is may stay open. One that is bare is small and shown. `one_sided` are
    groups that show what nearly all of them met. `seconds` is how long it took.
    """

    name: str
    cells: int
    hidden: int
    located: int = 0
    below: int = 0
    bare: int = 0
    one_sided: int = 0
    is_contradicted: bool = False
    seconds: float = 0.0

    @property
    def reasons(self) -> list[str]:
        """Why this family must not be published, in words without a value."""
        told = []
        if self.is_contradicted:
            told.append("its shown numbers do not add up")
        if self.bare:
            told.append(f"{self.bare} numbers under the threshold are shown")
        if self.one_sided:
            told.append(f"{self.one_sided} groups show that nearly all of them met one outcome")
        if self.located:
            told.append(f"{self.located} of {self.hidden} hidden cells can be worked out exactly")
        if self.below:
            told.append(f"{self.below} of {self.hidden} can only be under the threshold")
        return [f"{self.name}: {'; '.join(told)}."] if told else []


def attack(family: Family) -> Found:
    """Bound every hidden cell by all that is published of its family."""
    begun = time.perf_counter()
    rebuilt = sums(family.cells)
    try:
        located, below = _found_out(rebuilt, family.threshold)
        contradicted = False
    except Contradiction:
        located = below = 0
        contradicted = True
    return Found(
        family.name,
        len(family.cells),
        family.hidden,
        located,
        below,
        _bare(family),
        nearly_all.told_of(family.cells, _shown(family)),
        contradicted,
        time.perf_counter() - begun,
    )


def _shown(family: Family) -> dict[Place, int]:
    return {p: cell.people for p, cell in family.cells.items() if cell.people is not None}


def _bare(family: Family) -> int:
    return sum(
        0 < (cell.people or 0) < family.threshold and not place.is_total
        for place, cell in family.cells.items()
    )


def _found_out(rebuilt: Sums, threshold: int) -> tuple[int, int]:
    told = exposed(rebuilt.values, rebuilt.equations, threshold, rebuilt.limits)
    ends = {each.cell: (each.low, each.high) for each in told}
    hidden = [cell for cell, value in enumerate(rebuilt.values) if value is None]
    if 0 < len(hidden) <= FEW:
        whole = integer_bounds(rebuilt.values, rebuilt.equations, rebuilt.limits)
        ends |= {cell: whole[cell] for cell in hidden if _tells(*whole[cell], threshold)}
    located = sum(is_located(*each) for each in ends.values())
    return located, len(ends) - located


def _tells(low: float, high: float, threshold: int) -> bool:
    return high < threshold - 0.5 or is_located(low, high)
