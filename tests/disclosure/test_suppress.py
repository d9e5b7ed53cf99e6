"""What hiding must withstand, and what weaker hiding does not."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from pipelines.attack.bounds import bounds
from pipelines.disclosure.family import CannotBeProtected, Family
from pipelines.disclosure.suppress import protect
from tests.disclosure.random_tables import drawn
from tests.disclosure.readers import line_rule, located, shown, small_alone, told

Weaker = Callable[[Family, int], set[int]]
ONE_ROW = Family((30, 3, 12, 15), equations=((0, (1, 2, 3)),))


def grid(rows: list[list[int]]) -> Family:
    """Two ways, with all totals: rows first, each with its total, then the totals below."""
    lines = [[*row, sum(row)] for row in rows]
    lines.append([sum(column) for column in zip(*lines, strict=True)])
    height, width = len(lines), len(lines[0])
    at = [[width * down + right for right in range(width)] for down in range(height)]
    along = [(row[-1], tuple(row[:-1])) for row in at]
    down = [(column[-1], tuple(column[:-1])) for column in zip(*at, strict=True)]
    return Family(tuple(count for line in lines for count in line), equations=(*along, *down))


def test_a_small_cell_hidden_alone_is_subtracted() -> None:
    known = bounds(shown(ONE_ROW, small_alone(ONE_ROW, 11)), ONE_ROW.equations)
    assert located(known, {1}) == [1]


def test_a_small_cell_is_hidden_with_another_that_leaves_it_open() -> None:
    hidden = protect(ONE_ROW, 11)
    assert 1 in hidden
    assert len(hidden) == 2
    assert told(ONE_ROW, hidden, 11) == []


def test_a_second_cell_in_every_row_and_column_does_not_do() -> None:
    """Two small ones in a row under a known total: each is at most their sum."""
    table = grid([[2, 3, 40], [3, 2, 40], [40, 40, 40]])
    by_rule, by_programme = line_rule(table, 11), protect(table, 11)
    assert set(told(table, by_rule, 11)) == table.small(11)
    assert told(table, by_programme, 11) == []


@pytest.mark.parametrize("weaker", [small_alone, line_rule])
def test_the_random_families_break_every_weaker_way(weaker: Weaker) -> None:
    broken = [one for one in drawn(range(60)) if _is_broken(one.family, weaker)]
    assert len(broken) >= 20


def _is_broken(family: Family, weaker: Weaker) -> bool:
    try:
        return bool(told(family, weaker(family, 11), 11))
    except ValueError:  # the rule found no second cell to hide
        return True


def test_taking_any_single_cell_out_of_the_hidden_ones_is_noticed_or_harmless() -> None:
    table = grid([[2, 30, 40], [25, 30, 41], [40, 50, 42]])
    hidden = protect(table, 11)
    assert len(hidden) > 1
    assert all(told(table, hidden - {cell}, 11) for cell in hidden - table.small(11))


def test_a_known_total_is_neither_hidden_nor_moved() -> None:
    table = Family((30, 3, 12, 15), frozenset({0}), ((0, (1, 2, 3)),))
    hidden = protect(table, 11)
    assert 0 not in hidden
    assert told(table, hidden, 11) == []


def test_a_known_total_under_the_threshold_is_refused() -> None:
    table = Family((8, 3, 5), frozenset({0}), ((0, (1, 2)),))
    with pytest.raises(CannotBeProtected):
        protect(table, 11)


def test_a_small_cell_that_known_ones_determine_is_refused() -> None:
    table = Family((30, 3, 27), frozenset({0, 2}), ((0, (1, 2)),))
    with pytest.raises(CannotBeProtected):
        protect(table, 11)


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert protect(grid([[0, 11], [40, 0]]), 11) == frozenset()


def test_what_must_be_hidden_anyway_is_looked_after_like_a_small_cell() -> None:
    table = grid([[60, 0], [40, 50]])
    hidden = protect(table, 11, frozenset({0, 1}))
    known = bounds(shown(table, hidden), table.equations)
    assert known[1][1] >= 11
    assert known[0][0] <= 60 - 11


def test_a_limit_that_is_published_is_part_of_what_the_reader_knows() -> None:
    """Nine tenths of the first row are said to be in its first column."""
    table = grid([[280, 5, 3], [150, 60, 70], [100, 90, 80]])
    limit = ((1.0, 0), (-0.9, 3))
    said = Family(table.counts, equations=table.equations, limits=(limit,))
    assert told(said, protect(said, 11, frozenset({0, 1, 2})), 11) == []


def test_a_limit_that_leaves_no_room_is_refused() -> None:
    table = Family((40, 38, 2), frozenset({0}), ((0, (1, 2)),), (((1.0, 1), (-0.9, 0)),))
    with pytest.raises(CannotBeProtected):
        protect(table, 11)


def test_a_cell_that_is_in_no_table_is_never_hidden_nor_protected() -> None:
    table = Family((30, 14, 16, 3, 11, 16), frozenset({0}), ((0, (1, 2)), (1, (3, 4)), (2, (5,))))
    seen = Family(table.counts, table.fixed, table.equations, (), frozenset({3, 4, 5}))
    assert protect(seen, 11) == frozenset()


@pytest.mark.parametrize("threshold", [5, 11, 30])
def test_every_threshold_that_a_policy_may_name_is_kept(threshold: int) -> None:
    for one in drawn(range(10)):
        if one.kind != "totals known":  # drawn to be safe at 11
            hidden = protect(one.family, threshold)
            assert told(one.family, hidden, threshold) == []


def test_the_same_counts_always_hide_the_same_cells() -> None:
    families = [one.family for one in drawn(range(10))]
    assert [protect(one, 11) for one in families] == [protect(one, 11) for one in families]


def test_counts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        Family((30, 3, 12), equations=((0, (1, 2)),))


def test_two_thousand_cells_take_seconds() -> None:
    """The size of the largest real table: 135 units by 14 groups, most of them small."""
    lot = random.Random(5)
    table = grid(
        [[min(int(lot.paretovariate(0.5)) - 1, 400) for _ in range(14)] for _ in range(134)]
    )
    started = time.process_time()
    hidden = protect(table, 11)
    spent = time.process_time() - started
    small = table.small(11)
    print(f"\n{len(table.counts)} cells, {len(small)} small, {len(hidden)} hidden, {spent:.1f} s")
    assert len(table.counts) == 2025
    assert len(small) > 400
    assert spent < 16
    assert told(table, hidden, 11) == []
