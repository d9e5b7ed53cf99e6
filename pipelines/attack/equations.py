"""Every sum that a reader can write down over the published cells of a family."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.attack.published import ALL, Cell, Place
from pipelines.attack.space import Limit

CODE = re.compile(r"^(>=|<=) (\d+(?:\.\d+)?) %$")


@dataclass(frozen=True)
class Sums:
    """Cells as a list of numbers, with the equations and the shares that bind them.

    A place that is not published, though its row and its column are, holds nobody.
    """

    places: tuple[Place, ...]
    values: tuple[int | None, ...]
    equations: tuple[tuple[int, tuple[int, ...]], ...]
    limits: tuple[Limit, ...]


def sums(cells: Mapping[Place, Cell]) -> Sums:
    """Rebuild the sums of one family from nothing but its published places."""
    grid = Grid(cells)
    places = tuple(grid.places())
    number = {place: n for n, place in enumerate(places)}
    nobody = Cell(0)
    values = tuple(cells.get(place, nobody).people for place in places)
    equations = tuple(
        (number[total], tuple(number[part] for part in parts))
        for total, parts in grid.equations()
        if total in cells
    )
    return Sums(places, values, equations, tuple(_shares(cells, number)))


class Grid:
    """The values of each attribute and the parts of each dimension that occur in a family."""

    def __init__(self, cells: Iterable[Place]) -> None:
        self.groups: dict[str, dict[str, None]] = {ALL: {ALL: None}}
        self.parts: dict[str, dict[str, None]] = {ALL: {ALL: None}}
        for place in sorted(cells):
            self.groups.setdefault(place.attribute, {})[place.attribute_value] = None
            self.parts.setdefault(place.dimension, {})[place.dimension_value] = None

    def places(self) -> Iterator[Place]:
        """Every group in every part."""
        for attribute, groups in self.groups.items():
            for dimension, parts in self.parts.items():
                for group in groups:
                    for part in parts:
                        yield Place(attribute, group, dimension, part)

    def equations(self) -> Iterator[tuple[Place, tuple[Place, ...]]]:
        """A total and its parts: along each dimension, and over the groups of each attribute."""
        for attribute, groups in self.groups.items():
            for dimension, parts in self.parts.items():
                if dimension != ALL:
                    for group in groups:
                        total = Place(attribute, group, ALL, ALL)
                        yield total, tuple(Place(attribute, group, dimension, p) for p in parts)
                if attribute != ALL:
                    for part in parts:
                        total = Place(ALL, ALL, dimension, part)
                        yield total, tuple(Place(attribute, g, dimension, part) for g in groups)


def share(code: str | None) -> tuple[str, float] | None:
    """'>=' or '<=' and the share of the group that a code states; none for no or another code."""
    found = CODE.match(code or "")
    return (found[1], float(found[2]) / 100) if found else None


def _shares(cells: Mapping[Place, Cell], number: Mapping[Place, int]) -> Iterator[Limit]:
    for place, cell in cells.items():
        stated = share(cell.code)
        group = Place(place.attribute, place.attribute_value, ALL, ALL)
        if stated and group in number:
            terms = ((1.0, number[place]), (-stated[1], number[group]))
            yield Limit(terms, low=0.0) if stated[0] == ">=" else Limit(terms, high=0.0)
