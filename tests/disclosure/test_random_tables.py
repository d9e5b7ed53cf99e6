"""Four hundred families drawn by lot, each protected and then attacked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from pipelines.attack.bounds import bounds, exposed, integer_bounds
from pipelines.disclosure.suppress import protect
from tests.disclosure.random_tables import Drawn, drawn
from tests.disclosure.readers import NEARLY, located, shown

THRESHOLD = 11
TABLES = 400
FEW = 12
"""Up to so many small cells, whole numbers are tried as well."""

Hidden = tuple[int, Drawn, frozenset[int]]


@pytest.fixture(scope="module")
def protected() -> list[Hidden]:
    started = time.process_time()
    done = [
        (seed, one, protect(one.family, THRESHOLD)) for seed, one in enumerate(drawn(range(TABLES)))
    ]
    print(
        f"\n{TABLES} families: {sum(len(one.family.counts) for _, one, _ in done)} cells, "
        f"{sum(len(one.family.small(THRESHOLD)) for _, one, _ in done)} small, "
        f"{sum(len(hidden) for *_, hidden in done)} hidden, "
        f"{time.process_time() - started:.1f} s"
    )
    return done


def test_no_small_cell_of_four_hundred_families_can_be_told(protected: list[Hidden]) -> None:
    assert _told(protected, whole=False) == []


def test_the_attack_from_outside_raises_no_false_alarm(protected: list[Hidden]) -> None:
    told = [
        (seed, each.cell)
        for seed, one, hidden in protected
        for each in exposed(shown(one.family, hidden), one.family.equations, THRESHOLD)
    ]
    assert told == []


def test_every_kind_of_family_was_drawn_and_needed_more_than_its_small_cells(
    protected: list[Hidden],
) -> None:
    more = Counter(
        one.kind
        for _, one, hidden in protected
        if len(hidden) > len(one.family.small(THRESHOLD)) > 0
    )
    assert len(more) == 5
    assert min(more.values()) >= 30


def test_whole_numbers_tell_no_more_of_small_families(protected: list[Hidden]) -> None:
    assert _told(_of_few(protected[: TABLES // 4]), whole=True) == []


@pytest.mark.soak
def test_whole_numbers_tell_no_more_of_any_small_family(protected: list[Hidden]) -> None:
    assert _told(_of_few(protected), whole=True) == []


def _of_few(families: Iterable[Hidden]) -> Iterator[Hidden]:
    return (one for one in families if len(one[1].family.small(THRESHOLD)) <= FEW)


def _told(families: Iterable[Hidden], *, whole: bool) -> list[tuple[int, str, int]]:
    """Every hidden cell that is known to be small, every small one known, all located ones."""
    started, found, tried = time.process_time(), [], 0
    for seed, one, hidden in families:
        family, tried = one.family, tried + 1
        ask = integer_bounds if whole else bounds
        known = ask(shown(family, hidden), family.equations)
        small = family.small(THRESHOLD)
        cells = {cell for cell in hidden if known[cell][1] < THRESHOLD - NEARLY}
        cells |= {cell for cell in small if known[cell][0] > NEARLY}
        cells |= set(located(known, hidden))
        found += [(seed, one.kind, cell) for cell in sorted(cells)]
    print(
        f"\n{tried} attacked{' in whole numbers' if whole else ''}: {len(found)} cells told, "
        f"{time.process_time() - started:.1f} s"
    )
    return found
