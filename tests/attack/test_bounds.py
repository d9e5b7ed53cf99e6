"""The bounds are true: held against every possible table, and against another solver's words."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import optimize

from pipelines.attack.bounds import Contradiction, Limit, bounds, exposed, integer_bounds

Table = tuple[list[int], list[tuple[int, tuple[int, ...]]]]


def grid(seed: int, rows: int, columns: int, most: int) -> Table:
    """A random table with its margins; cell (i, j) is at i * (columns + 1) + j."""
    chance = random.Random(seed)
    wide = columns + 1
    values = [0] * (wide * (rows + 1))
    for i, j in itertools.product(range(rows), range(columns)):
        values[i * wide + j] = chance.choice((0, chance.randint(0, most)))
    equations = [
        (i * wide + columns, tuple(i * wide + j for j in range(columns))) for i in range(rows)
    ]
    equations += [(rows * wide + j, tuple(i * wide + j for i in range(rows))) for j in range(wide)]
    for total, parts in equations:
        values[total] = sum(values[part] for part in parts)
    return values, equations


def hidden(values: list[int], seed: int, share: float) -> list[int | None]:
    chance = random.Random(seed)
    return [None if chance.random() < share else value for value in values]


def possible(
    told: list[int | None], equations: list[tuple[int, tuple[int, ...]]]
) -> Iterator[list[int]]:
    """Every table of whole numbers that agrees; only for tables with few and small unknowns."""
    unknown = [cell for cell, value in enumerate(told) if value is None]
    for guess in itertools.product(range(9), repeat=len(unknown)):
        table = [0 if value is None else value for value in told]
        for cell, number in zip(unknown, guess, strict=True):
            table[cell] = number
        if all(table[total] == sum(table[part] for part in parts) for total, parts in equations):
            yield table


@pytest.mark.parametrize("seed", range(12))
def test_whole_bounds_are_those_of_all_possible_tables(seed: int) -> None:
    values, equations = grid(seed, 2, 3, 2)
    inner = {0, 1, 4, 5}
    told = [
        None if cell in inner or (cell == 3 and seed % 2) else v for cell, v in enumerate(values)
    ]
    tables = list(possible(told, equations))
    wanted = [(min(cell), max(cell)) for cell in zip(*tables, strict=True)]
    assert [(round(a), round(b)) for a, b in integer_bounds(told, equations)] == wanted


@pytest.mark.parametrize("seed", range(12))
def test_bounds_are_those_that_another_interface_finds(seed: int) -> None:
    values, equations = grid(seed, 5, 4, 30)
    told = hidden(values, seed, 0.5)
    matrix = np.zeros((len(equations), len(values)))
    for row, (total, parts) in enumerate(equations):
        matrix[row, [total, *parts]] = [-1, *[1] * len(parts)]
    within = [(0, None) if value is None else (value, value) for value in told]
    found = bounds(told, equations)
    for cell, (low, high) in enumerate(found):
        for sign, end in ((1, low), (-1, -high)):
            cost = np.zeros(len(values))
            cost[cell] = sign
            answer = optimize.linprog(
                cost, A_eq=matrix, b_eq=np.zeros(len(equations)), bounds=within
            )
            assert end == (pytest.approx(answer.fun, abs=1e-6) if answer.success else -np.inf)


@pytest.mark.parametrize("seed", range(20))
def test_the_quick_attack_finds_what_all_bounds_would(seed: int) -> None:
    values, equations = grid(seed, 12, 8, 25)
    told = [None if 0 < value < 11 else value for value in values]
    told = [value if value is None or n % 7 else None for n, value in enumerate(told)]
    ends = bounds(told, equations)
    unknown = {cell for cell, value in enumerate(told) if value is None}
    small = frozenset(cell for cell in unknown if 0 < values[cell] < 11)
    low = {cell for cell in unknown if ends[cell][1] < 11 - 1e-6}
    one = {cell for cell in unknown if ends[cell][1] - ends[cell][0] < 1e-6}
    assert {each.cell for each in exposed(told, equations, 11)} == low | one
    strict = {each.cell for each in exposed(told, equations, 11, small=small)}
    assert strict == {n for n in small if n in low | one or ends[n][0] > 1e-6}


def test_a_share_that_is_stated_narrows_what_is_possible() -> None:
    told = [None, None, 200]
    mostly = Limit(((1.0, 0), (-0.95, 2)), low=0.0)
    assert bounds(told, [(2, (0, 1))], [mostly]) == [(190, 200), (0, 10), (200, 200)]


def test_a_cell_that_nothing_binds_may_be_any_number() -> None:
    assert bounds([None, 3], []) == [(0, float("inf")), (3, 3)]


def test_only_a_free_cell_may_be_below_zero() -> None:
    told = [None, 4, 3]
    assert bounds(told, [(2, (0, 1))], free=frozenset({0}))[0] == (-1, -1)
    with pytest.raises(Contradiction):
        bounds(told, [(2, (0, 1))])


def test_shown_numbers_that_do_not_add_up_are_a_contradiction() -> None:
    with pytest.raises(Contradiction):
        bounds([1, 2, 4], [(2, (0, 1))])
