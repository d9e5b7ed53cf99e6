"""Which unseen cells count people of one group, found from the sums alone."""

from __future__ import annotations

from pipelines.disclosure.components import Component
from pipelines.disclosure.family import Family

GREATEST = 2
MANY = 4000
"""Unseen cells from which on only some groups are looked at: it hides a little more, in a tenth of
the time. Fewer than these take the solver hundredths of a second."""


class Kin:
    """The unseen cells of one component by the group that they belong to.

    A group is a published total that is the sum of unseen cells and of more of them than any other
    total they belong to: the people with one value of an attribute, wherever they are.
    """

    def __init__(self, family: Family, component: Component) -> None:
        self._inside = [cell for cell in component.cells if cell in family.unseen]
        self._first_part: dict[int, int] = {}
        self._group: dict[int, int] = {}
        size: dict[int, int] = {}
        known = set(self._inside)
        for total, parts in family.equations:
            if total in family.fixed or not known.issuperset(parts) or not parts:
                continue
            self._first_part[total] = parts[0]
            for part in parts:
                if len(parts) > size.get(part, 0):
                    size[part], self._group[part] = len(parts), total
        totals = sorted(set(self._group.values()), key=lambda total: -family.counts[total])
        self._greatest = frozenset(totals[:GREATEST])

    def far_from(self, cell: int) -> list[int]:
        """The unseen cells of groups that are neither the cell's own nor among the greatest."""
        part = cell if cell in self._group else self._first_part.get(cell)
        if part is None or len(self._inside) < MANY:
            return []
        near = self._greatest | {self._group[part]}
        return [other for other in self._inside if self._group.get(other) not in near]
