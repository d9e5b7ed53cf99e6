"""From people to the count tables of one cut, and from these to the rows that are published.

The unit is one person of one complaint. A table is one attribute by one dimension, with the
totals of both. What a reader can count without any attribute is fixed: always shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.disclosure.family import CannotBeProtected, Equation, Family
from pipelines.disclosure.groups import Group, one_sided
from pipelines.disclosure.layout import TOTAL, Layout, Person, Place, layout
from pipelines.disclosure.rows import with_rows
from pipelines.disclosure.suppress import protect
from pipelines.disclosure.words import ALL, OUTCOME, SHOWN, SUPPRESSED

__all__ = ["CountTables", "Person", "Place", "PublishedRow", "count_tables", "published_rows"]


@dataclass(frozen=True)
class CountTables:
    """All tables of one cut and role: `places[i]` is where the true `family.counts[i]` stands.

    `behind` is the same family with the public rows behind it, whose counts go on after the last
    place. `one_sided` are the groups of which nearly all met one outcome. Without any place,
    there are too few people for a cut. Not for publication: it holds what is to be hidden.
    """

    threshold: int
    people: int
    pooled_values: int
    places: tuple[Place, ...]
    family: Family
    behind: Family
    one_sided: tuple[Group, ...]


@dataclass(frozen=True)
class PublishedRow:
    """One row as it may be shown to anyone; `people_count` is None when hidden."""

    attribute: str
    attribute_value: str
    dimension: str
    dimension_value: str
    people_count: int | None
    value_state: str
    group_share_code: str | None


def count_tables(
    people: Iterable[Person],
    threshold: int,
    possible: Mapping[str, Sequence[str]] | None = None,
) -> CountTables:
    """Count people by each attribute and each dimension that any of them carries.

    `possible` names all values that an attribute can take in this feed's vocabulary, so that
    the mere presence of a row does not tell that somebody stands behind it; an attribute named
    there is counted, and values met in the data are added.
    """
    everyone = list(people)
    if len(everyone) < threshold:
        return CountTables(threshold, len(everyone), 0, (), Family(()), Family(()), ())
    plan = layout(everyone, threshold, possible or {})
    places = plan.places()
    at = {place: cell for cell, place in enumerate(places)}
    counted = _counted(everyone, plan)
    counts = tuple(counted[place] for place in places)
    known = frozenset(cell for place, cell in at.items() if place.attribute == ALL)
    family = Family(counts, known, tuple(_equations(plan, at)))
    return CountTables(
        threshold,
        len(everyone),
        plan.pooled_values,
        places,
        family,
        with_rows(family, plan, at, everyone),
        _groups(places, counts),
    )


def published_rows(tables: CountTables) -> tuple[PublishedRow, ...]:
    """The protected rows in the order of their places; none when there are too few people.

    Codes of one-sided groups are statements as well: where the small cells could not be safe
    beside them, none is made.
    """
    coded = tuple(group for group in tables.one_sided if group.is_coded(tables.threshold))
    try:
        hidden = _hidden(tables, coded)
    except CannotBeProtected:
        coded = ()
        hidden = _hidden(tables, coded)
    codes = {cell: code for group in coded for cell, code in group.codes()}
    return tuple(
        PublishedRow(
            place.attribute,
            place.attribute_value,
            place.dimension,
            place.dimension_value,
            None if cell in hidden else tables.family.counts[cell],
            SUPPRESSED if cell in hidden else SHOWN,
            codes.get(cell),
        )
        for cell, place in enumerate(tables.places)
    )


def _hidden(tables: CountTables, coded: tuple[Group, ...]) -> frozenset[int]:
    family = replace(tables.behind, limits=tuple(group.limit() for group in coded))
    extra = frozenset(cell for group in tables.one_sided for cell in group.cells)
    return protect(family, tables.threshold, extra)


def _counted(people: Sequence[Person], plan: Layout) -> Counter[Place]:
    counted: Counter[Place] = Counter()
    for person in people:
        rows = [TOTAL, *((name, plan.value(person, name)) for name in plan.values)]
        columns = [TOTAL, *((name, plan.part(person, name)) for name in plan.parts)]
        counted.update(Place(*row, *column) for row in rows for column in columns)
    return counted


def _equations(plan: Layout, at: Mapping[Place, int]) -> list[Equation]:
    """Every sum along a row and along a column of every table."""
    rows = [TOTAL, *((name, value) for name, of in plan.values.items() for value in of)]
    columns = [TOTAL, *((name, part) for name, of in plan.parts.items() for part in of)]
    along = [
        (at[Place(*row, *TOTAL)], tuple(at[Place(*row, name, part)] for part in of))
        for row in rows
        for name, of in plan.parts.items()
    ]
    down = [
        (at[Place(*TOTAL, *column)], tuple(at[Place(name, value, *column)] for value in of))
        for column in columns
        for name, of in plan.values.items()
    ]
    return along + down


def _groups(places: Sequence[Place], counts: Sequence[int]) -> tuple[Group, ...]:
    """The groups of people of one attribute value of whom nearly all met one outcome.

    Where everyone is of one value, it tells of nobody more than what is told of everyone.
    """
    totals: dict[tuple[str, str], int] = {}
    outcomes: dict[tuple[str, str], list[int]] = {}
    for cell, place in enumerate(places):
        row = (place.attribute, place.attribute_value)
        if place.dimension == ALL:
            totals[row] = cell
        elif place.dimension == OUTCOME:
            outcomes.setdefault(row, []).append(cell)
    everyone = counts[totals[TOTAL]] if totals else 0
    found = (
        one_sided(counts, totals[row], cells)
        for row, cells in outcomes.items()
        if counts[totals[row]] < everyone
    )
    return tuple(group for group in found if group)
