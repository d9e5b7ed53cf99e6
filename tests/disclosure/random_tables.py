"""Families of counts drawn by lot: two and three ways, with subtotals, linked, partly known."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.disclosure.family import Equation, Family

Axis = dict[str, tuple[str, ...]]
TOP = "all"


@dataclass(frozen=True)
class Drawn:
    """One family, and what kind of table it is."""

    kind: str
    family: Family


def drawn(seeds: Iterator[int] | range) -> Iterator[Drawn]:
    """One family for each seed; the kinds take turns."""
    kinds: tuple[tuple[str, Callable[[random.Random], Family]], ...] = (
        ("two ways", _two_ways),
        ("two ways, subtotals", _subtotals),
        ("three ways", _three_ways),
        ("linked by totals", _linked),
        ("totals known", _known_totals),
    )
    for seed in seeds:
        kind, draw = kinds[seed % len(kinds)]
        yield Drawn(kind, draw(random.Random(seed)))


def _flat(prefix: str, size: int) -> Axis:
    """An axis of so many values under one total."""
    return {TOP: tuple(f"{prefix}{at}" for at in range(size))}


def _tree(prefix: str, sizes: Sequence[int]) -> Axis:
    """An axis with subtotals: one for each size, over so many values."""
    names = [f"{prefix}{at}" for at in range(len(sizes))]
    axis: Axis = {TOP: tuple(names)}
    for name, size in zip(names, sizes, strict=True):
        if size > 1:
            axis[name] = tuple(f"{name}.{at}" for at in range(size))
    return axis


def _two_ways(lot: random.Random) -> Family:
    return _table(lot, [_flat("r", lot.randint(2, 7)), _flat("c", lot.randint(2, 7))])


def _subtotals(lot: random.Random) -> Family:
    sizes = [lot.randint(1, 3) for _ in range(lot.randint(2, 3))]
    return _table(lot, [_tree("r", sizes), _flat("c", lot.randint(2, 5))])


def _three_ways(lot: random.Random) -> Family:
    return _table(lot, [_flat(name, lot.randint(2, 3)) for name in "abc"])


def _table(lot: random.Random, axes: Sequence[Axis]) -> Family:
    """All cells of a table with all its totals, and every sum along each axis."""
    leaves = [[name for name in _names(axis) if name not in axis] for axis in axes]
    held = {place: _people(lot) for place in itertools.product(*leaves)}
    places = list(itertools.product(*(_names(axis) for axis in axes)))
    at = {place: cell for cell, place in enumerate(places)}
    under = [{name: _below(axis, name) for name in _names(axis)} for axis in axes]
    counts = tuple(
        sum(held[leaf] for leaf in itertools.product(*map(dict.__getitem__, under, place)))
        for place in places
    )
    return Family(counts, frozenset(), tuple(_sums(axes, at)))


def _sums(axes: Sequence[Axis], at: dict[tuple[str, ...], int]) -> Iterator[Equation]:
    for place, cell in at.items():
        for way, axis in enumerate(axes):
            if parts := axis.get(place[way]):
                yield cell, tuple(at[*place[:way], part, *place[way + 1 :]] for part in parts)


def _linked(lot: random.Random) -> Family:
    """Two tables of the same people: one set of rows by two sets of columns."""
    return _shared_rows(lot, are_known=False)


def _known_totals(lot: random.Random) -> Family:
    """The same, where all that can be counted without the rows is known, and large enough."""
    return _shared_rows(lot, are_known=True)


def _shared_rows(lot: random.Random, *, are_known: bool) -> Family:
    rows, firsts, seconds = (range(lot.randint(2, 5)) for _ in range(3))
    most = list(itertools.product(firsts, seconds))
    people = [
        (row, *lot.choice(most)) for row in rows for _ in range(sum(_people(lot) for _ in firsts))
    ]
    if are_known:  # else a total under the threshold would be known, and no cell under it safe
        people += [(rows[-1], *column) for column in most for _ in range(11)]
    columns = [("all", 0), *(("first", part) for part in firsts), *(("second", p) for p in seconds)]
    at = {place: cell for cell, place in enumerate(itertools.product((*rows, "all"), columns))}
    counts = [0] * len(at)
    for row, first, second in people:
        for column in (("all", 0), ("first", first), ("second", second)):
            counts[at[row, column]] += 1
            counts[at["all", column]] += 1
    sums: list[Equation] = [
        (at[row, ("all", 0)], tuple(at[row, (name, part)] for part in parts))
        for row in (*rows, "all")
        for name, parts in (("first", firsts), ("second", seconds))
    ]
    sums += [(at["all", column], tuple(at[row, column] for row in rows)) for column in columns]
    known = frozenset(at["all", column] for column in columns) if are_known else frozenset()
    return Family(tuple(counts), known, tuple(sums))


def _people(lot: random.Random) -> int:
    """Mostly few, at times nobody, now and then many."""
    return lot.choice((0, 0, lot.randint(1, 10), lot.randint(1, 10), lot.randint(11, 90)))


def _names(axis: Axis) -> list[str]:
    return [TOP, *(part for parts in axis.values() for part in parts)]


def _below(axis: Axis, name: str) -> list[str]:
    if name not in axis:
        return [name]
    return [leaf for part in axis[name] for leaf in _below(axis, part)]
