"""The stricter attack of the one who knows: on the day of a cut, before it is frozen.

From outside nobody can tell a small number from another hidden one, so the attack on published
files alone cannot test each small cell for itself. Here the true numbers are at hand: of each
that is small, a reader must hold both nobody and the whole threshold possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipelines.attack import nearly_all
from pipelines.attack.bounds import Contradiction, exposed, integer_bounds
from pipelines.attack.equations import Sums, share, sums
from pipelines.attack.forms import Row
from pipelines.attack.located import FEW
from pipelines.attack.published import ALL, Cell, Place, families_of

Truth = Mapping[tuple[str, str, str, str], int]


def found_out(
    rows: Iterable[Mapping[str, object]], truth: Truth, threshold: int, *, whole: int = FEW
) -> list[str]:
    """Why one family may not be frozen, in words without a value; empty when it is safe.

    `rows` are those of `demographic_counts` for one jurisdiction, cut and role; `truth` gives
    the number of people by attribute, value, dimension and value. Families with at most `whole`
    small cells are tried with whole numbers too.
    """
    texts: list[Row] = [
        {name: None if value is None else str(value) for name, value in row.items()} for row in rows
    ]
    return [
        reason
        for family in families_of(texts, {})
        for reason in _reasons(family.cells, truth, threshold, whole)
    ]


def _reasons(cells: Mapping[Place, Cell], truth: Truth, threshold: int, whole: int) -> list[str]:
    rebuilt = sums(cells)
    small = frozenset(
        number
        for number, place in enumerate(rebuilt.places)
        if rebuilt.values[number] is None and 0 < truth.get(place, 0) < threshold
    )
    told = [*_untrue(cells, truth), *_bare(cells, truth, threshold)]
    if one_sided := nearly_all.told_of(cells, {place: truth.get(place, 0) for place in cells}):
        told.append(f"{one_sided} groups show that nearly all of them met one outcome.")
    try:
        bare = _told(rebuilt, threshold, small, whole)
    except Contradiction:
        return [*told, "The shown numbers do not add up."]
    if bare:
        told.append(f"{len(bare)} of {len(small)} small cells can be told to be small.")
    return told


def _told(rebuilt: Sums, threshold: int, small: frozenset[int], whole: int) -> set[int]:
    values, equations, limits = rebuilt.values, rebuilt.equations, rebuilt.limits
    bare = {each.cell for each in exposed(values, equations, threshold, limits, small=small)}
    if 0 < len(small) <= whole:
        ends = integer_bounds(values, equations, limits)
        bare |= {n for n in small if ends[n][0] > 0.5 or ends[n][1] < threshold - 0.5}
    return bare


def _untrue(cells: Mapping[Place, Cell], truth: Truth) -> Sequence[str]:
    wrong = sum(
        cell.people is not None and cell.people != truth.get(place, 0)
        for place, cell in cells.items()
    )
    codes = sum(not _is_true(place, cell.code, truth) for place, cell in cells.items())
    told = [f"{wrong} shown numbers are not what was counted."] if wrong else []
    return [*told, f"{codes} shares of a group are not true."] if codes else told


def _is_true(place: Place, code: str | None, truth: Truth) -> bool:
    if code is None:
        return True
    stated = share(code)
    if stated is None:
        return False
    least = stated[1] * truth.get((place.attribute, place.attribute_value, ALL, ALL), 0)
    held = truth.get(place, 0)
    return held >= least if stated[0] == ">=" else held <= least


def _bare(cells: Mapping[Place, Cell], truth: Truth, threshold: int) -> Sequence[str]:
    bare = sum(
        0 < truth.get(place, 0) < threshold and not place.is_total and cell.people is not None
        for place, cell in cells.items()
    )
    return [f"{bare} small numbers are shown."] if bare else []
