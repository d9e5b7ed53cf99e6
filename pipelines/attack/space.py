"""The tables that a reader must hold possible: all equations that bind some hidden cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

INFINITE = float("inf")
NEARLY = 1e-6


class Contradiction(ValueError):
    """The published numbers cannot all be true: one of them was changed or made up."""


@dataclass(frozen=True)
class Limit:
    """What else is said about some cells: `low` <= sum of factor x cell <= `high`."""

    terms: tuple[tuple[float, int], ...]
    low: float = -INFINITE
    high: float = INFINITE


@dataclass(frozen=True)
class Group:
    """Hidden cells that bind one another, and the limits over nothing but them."""

    cells: tuple[int, ...]
    limits: tuple[Limit, ...]


def groups(
    values: Sequence[int | None],
    equations: Iterable[tuple[int, Sequence[int]]],
    limits: Iterable[Limit] = (),
) -> list[Group]:
    """Hidden cells by what binds them, with all shown numbers moved to the other side.

    Raises `Contradiction` where shown numbers alone break an equation or a limit.
    """
    said = {_with_shown(values, limit): None for limit in (*_as_limits(equations), *limits)}
    parent = {cell: cell for cell, value in enumerate(values) if value is None}
    for limit in said:
        for _, cell in limit.terms:
            parent[_root(parent, cell)] = _root(parent, limit.terms[0][1])
    return _gathered(parent, [limit for limit in said if limit.terms])


def _as_limits(equations: Iterable[tuple[int, Sequence[int]]]) -> Iterable[Limit]:
    for total, parts in equations:
        yield Limit(((-1.0, total), *((1.0, part) for part in parts)), 0.0, 0.0)


def _with_shown(values: Sequence[int | None], limit: Limit) -> Limit:
    shown, hidden = 0.0, dict[int, float]()
    for factor, cell in limit.terms:
        value = values[cell]
        if value is None:
            hidden[cell] = hidden.get(cell, 0.0) + factor
        else:
            shown += factor * value
    terms = tuple((factor, cell) for cell, factor in sorted(hidden.items()) if factor)
    left = Limit(terms, limit.low - shown, limit.high - shown)
    if not terms and not (left.low <= NEARLY and left.high >= -NEARLY):
        raise Contradiction("Shown numbers do not add up.")
    return left


def _root(parent: dict[int, int], cell: int) -> int:
    while parent[cell] != cell:
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
    return cell


def _gathered(parent: dict[int, int], limits: Iterable[Limit]) -> list[Group]:
    cells: dict[int, list[int]] = {}
    for cell in parent:
        cells.setdefault(_root(parent, cell), []).append(cell)
    said: dict[int, list[Limit]] = {}
    for limit in limits:
        said.setdefault(_root(parent, limit.terms[0][1]), []).append(limit)
    return [Group(tuple(cells[root]), tuple(said.get(root, ()))) for root in cells]


class Space:
    """One group as a linear programme: asked again and again, each time from where it stood.

    `free` are cells that may be below zero; `is_whole` admits whole numbers only. Raises
    `Contradiction` when the published numbers leave no table at all.
    """

    def __init__(
        self, group: Group, *, free: frozenset[int] = frozenset(), is_whole: bool = False
    ) -> None:
        self.cells = group.cells
        self._place = {cell: place for place, cell in enumerate(group.cells)}
        self._highs = _model(group, self._place, free, is_whole=is_whole)

    def extreme(
        self, factors: Mapping[int, float], *, highest: bool
    ) -> tuple[float, Sequence[float]]:
        """The least or the greatest value of a sum of cells, and a table in which it is so."""
        from highspy import HighsModelStatus as Status
        from highspy import ObjSense

        highs = self._highs
        highs.changeObjectiveSense(ObjSense.kMaximize if highest else ObjSense.kMinimize)
        self._weigh(factors)
        highs.run()
        status = highs.getModelStatus()
        table: Sequence[float] = highs.getSolution().col_value
        value = float(highs.getInfo().objective_function_value)
        self._weigh(dict.fromkeys(factors, 0.0))
        if status == Status.kOptimal:
            return value, table
        if status in (Status.kUnbounded, Status.kUnboundedOrInfeasible):
            return (INFINITE if highest else -INFINITE), ()
        if status == Status.kInfeasible:
            raise Contradiction("No table agrees with all that is shown.")
        raise RuntimeError(f"The solver stopped without an answer: {status}.")

    def _weigh(self, factors: Mapping[int, float]) -> None:
        for cell, factor in factors.items():
            self._highs.changeColCost(self._place[cell], factor)


def _model(group: Group, place: Mapping[int, int], free: frozenset[int], *, is_whole: bool) -> Any:
    import highspy
    import numpy as np

    solver: Any = highspy.Highs
    highs = solver()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("presolve", "choose" if is_whole else "off")
    highs.setOptionValue("mip_rel_gap", 0.0)
    for cell in group.cells:
        highs.addVar(-INFINITE if cell in free else 0.0, INFINITE)
        if is_whole:
            highs.changeColIntegrality(place[cell], highspy.HighsVarType.kInteger)
    for limit in group.limits:
        cells = np.array([place[cell] for _, cell in limit.terms], dtype=np.int32)
        factors = np.array([factor for factor, _ in limit.terms], dtype=np.float64)
        highs.addRow(limit.low, limit.high, len(cells), cells, factors)
    return highs
