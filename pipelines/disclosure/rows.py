"""What the public rows add to the count tables: which districts and outcomes go together.

A reader of the rows can count how many people have each combination of the dimensions, though
not their attributes. That binds tables which no sum of printed totals binds: if a category
occurs in two districts only, so do its people of each group, and a district hidden in one table
is subtracted in the other. So every combination is a known total of unseen counts, one for each
value of an attribute, and each published count is a sum of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pipelines.disclosure.family import Family
from pipelines.disclosure.layout import Layout, Person, Place


def with_rows(
    family: Family, layout: Layout, at: Mapping[Place, int], people: Iterable[Person]
) -> Family:
    """The family with the rows behind it; the cells it has keep their places."""
    ways = tuple(layout.parts)
    held: Counter[tuple[str, ...]] = Counter()
    for person in people:
        row = tuple(layout.part(person, way) for way in ways)
        held[row] += 1
        held.update((*row, name, layout.value(person, name)) for name in layout.values)
    grown = _Grown(family)
    known = sorted(row for row in held if len(row) == len(ways))
    for name, values in layout.values.items():
        for row in known:
            cells = grown.row(held[row], [held[*row, name, value] for value in values])
            for value, cell in zip(values, cells, strict=True):
                for way, part in zip(ways, row, strict=True):
                    grown.under(at[Place(name, value, way, part)], cell)
    return grown.family()


class _Grown:
    """A family to which cells are added that nobody publishes."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._counts = list(family.counts)
        self._known: set[int] = set()
        self._unseen: set[int] = set()
        self._sums: dict[int, list[int]] = {}

    def row(self, people: int, held: list[int]) -> range:
        """One combination: its people are known, those of each value of an attribute are not."""
        total = len(self._counts)
        parts = range(total + 1, total + 1 + len(held))
        self._counts += [people, *held]
        self._known.add(total)
        self._unseen.update(parts)
        self._sums[total] = list(parts)
        return parts

    def under(self, cell: int, part: int) -> None:
        self._sums.setdefault(cell, []).append(part)

    def family(self) -> Family:
        old = self._family
        sums = tuple((total, tuple(parts)) for total, parts in self._sums.items())
        return Family(
            tuple(self._counts),
            old.fixed | self._known,
            old.equations + sums,
            old.limits,
            frozenset(self._unseen),
        )
