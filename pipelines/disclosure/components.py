"""Cells that move together: what no equation ties to a small cell need not be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.disclosure.family import Family, Terms


@dataclass(frozen=True)
class Component:
    """Cells that can be moved, the sums over them that stay as they are, and the limits."""

    cells: tuple[int, ...]
    ties: tuple[Terms, ...]
    limits: tuple[tuple[Terms, float], ...]


def components(family: Family) -> list[Component]:
    """The family in parts between which nothing can move, in the order of their first cells."""
    ties, limits = _ties(family), _limits(family)
    parent = list(range(len(family.counts)))
    for terms in (*ties, *(terms for terms, _ in limits)):
        for _, cell in terms:
            parent[_root(parent, cell)] = _root(parent, terms[0][1])
    cells: dict[int, list[int]] = {}
    for cell in range(len(family.counts)):
        if cell not in family.fixed:
            cells.setdefault(_root(parent, cell), []).append(cell)
    tied: dict[int, list[Terms]] = {}
    for terms in ties:
        tied.setdefault(_root(parent, terms[0][1]), []).append(terms)
    limited: dict[int, list[tuple[Terms, float]]] = {}
    for terms, room in limits:
        limited.setdefault(_root(parent, terms[0][1]), []).append((terms, room))
    return [
        Component(tuple(cells[root]), tuple(tied.get(root, ())), tuple(limited.get(root, ())))
        for root in cells
    ]


def _ties(family: Family) -> list[Terms]:
    """Each equation once, as factors of cells that can move: their changes sum up to nothing."""
    found = (
        _movable(((-1.0, total), *((1.0, part) for part in parts)), family)
        for total, parts in family.equations
    )
    return list(dict.fromkeys(terms for terms in found if terms))


def _limits(family: Family) -> list[tuple[Terms, float]]:
    """Each limit over cells that can move, with the least that their changes may sum up to."""
    found = []
    for limit in family.limits:
        room = -sum(factor * family.counts[cell] for factor, cell in limit)
        if terms := _movable(limit, family):
            found.append((terms, min(0.0, room)))
    return found


def _movable(terms: Iterable[tuple[float, int]], family: Family) -> Terms:
    factors: dict[int, float] = {}
    for factor, cell in terms:
        if cell not in family.fixed:
            factors[cell] = factors.get(cell, 0.0) + factor
    return tuple((factor, cell) for cell, factor in sorted(factors.items()) if factor)


def _root(parent: list[int], cell: int) -> int:
    while parent[cell] != cell:
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
    return cell
