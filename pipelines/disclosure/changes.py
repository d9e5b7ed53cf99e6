"""The cheapest change of a table that keeps all its sums, as a linear programme.

Each cell has a way up and a way down, at one price for each person moved. A cell that is shown
costs the more the greater it is and the more sums it ends, so that useful counts stay; a hidden
one is free.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from pipelines.disclosure.components import Component
from pipelines.disclosure.family import CannotBeProtected, Family
from pipelines.disclosure.kin import Kin

NEARLY = 1e-6


class Changes:
    """One component, asked again and again, each time from the true table."""

    def __init__(self, family: Family, component: Component) -> None:
        self._counts = family.counts
        self._cells = component.cells
        self._unseen = family.unseen
        self._groups = Kin(family, component)
        self._place = {cell: place for place, cell in enumerate(component.cells)}
        self._solver = _programme(family, component, self._place)

    def cost_nothing(self, cell: int) -> None:
        """From now on the cell is hidden, and to move it gives away nothing more."""
        for column in self._columns(cell):
            self._solver.changeColCost(column, 0.0)

    def cheapest(self, cell: int, by: int) -> dict[int, float]:
        """All cells that move when `cell` moves by just so many people, with their changes.

        Raises `CannotBeProtected` when no table of counts does that.
        """
        up, down = self._columns(cell)
        self._solver.changeColBounds(up, float(max(by, 0)), float(max(by, 0)))
        self._solver.changeColBounds(down, float(max(-by, 0)), float(max(-by, 0)))
        values = self._in_own_group(cell) or self._solved()
        self._solver.changeColBounds(up, 0.0, math.inf)
        self._solver.changeColBounds(down, 0.0, float(self._counts[cell]))
        if values is None:
            raise CannotBeProtected("What is shown leaves only one value to a small count.")
        return self._moved(values)

    def _in_own_group(self, cell: int) -> list[float] | None:
        """An answer in which unseen people only join the cell's own group or one of the greatest.

        That is most often possible, is as good a table as any other, and leaves so few ways that
        the solver needs a fraction of the time.
        """
        closed = self._groups.far_from(cell)
        columns = [self._place[other] for other in closed]
        if not columns:
            return None
        self._close(columns, 0.0)
        values = self._solved()
        self._close(columns, math.inf)
        return values

    def _close(self, columns: list[int], most: float) -> None:
        import numpy as np

        many = len(columns)
        self._solver.changeColsBounds(
            many, np.array(columns, dtype=np.int32), np.zeros(many), np.full(many, most)
        )

    def _solved(self) -> list[float] | None:
        """The cheapest answer, each time from the beginning, which is quicker here; or none."""
        from highspy import HighsModelStatus

        self._solver.clearSolver()
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == HighsModelStatus.kInfeasible:
            return None
        if status != HighsModelStatus.kOptimal:
            raise RuntimeError(f"The solver stopped without an answer: {status}.")
        return list(self._solver.getSolution().col_value)

    def _moved(self, values: list[float]) -> dict[int, float]:
        size = len(self._cells)
        seen = (item for item in self._place.items() if item[0] not in self._unseen)
        changes = ((cell, values[at] - values[size + at]) for cell, at in seen)
        return {cell: change for cell, change in changes if abs(change) > NEARLY}

    def _columns(self, cell: int) -> tuple[int, int]:
        return self._place[cell], len(self._cells) + self._place[cell]


def price(count: int, sums: int = 0) -> float:
    """What it costs to hide a count, for each person moved: more for more people, but slowly.

    A count that is the sum of others, in so many ways, costs that much more: it is what readers
    ask for first, and without it they can add nothing up.
    """
    return (math.log(1 + count) + 1) * (1 + sums)


def _prices(family: Family, component: Component) -> list[float]:
    sums = Counter(
        total for total, parts in family.equations if not family.unseen.issuperset(parts)
    )
    return [
        0.0 if cell in family.unseen else price(family.counts[cell], sums[cell])
        for cell in component.cells
    ]


def _programme(family: Family, component: Component, place: dict[int, int]) -> Any:
    import highspy
    import numpy as np

    counts = [family.counts[cell] for cell in component.cells]
    prices = np.array(_prices(family, component) * 2, dtype=np.float64)
    size = len(counts)
    most = np.array([math.inf] * size + [float(count) for count in counts], dtype=np.float64)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
        solver.setOptionValue(name, value)
    empty = np.array([], dtype=np.int32)
    solver.addCols(2 * size, prices, np.zeros(2 * size), most, 0, empty, empty, np.array([]))
    rows = [(terms, 0.0, 0.0) for terms in component.ties]
    rows += [(terms, room, math.inf) for terms, room in component.limits]
    for terms, low, high in rows:
        columns = [place[cell] for _, cell in terms]
        factors = [factor for factor, _ in terms]
        solver.addRow(
            low,
            high,
            2 * len(columns),
            np.array(columns + [size + column for column in columns], dtype=np.int32),
            np.array(factors + [-factor for factor in factors], dtype=np.float64),
        )
    return solver
