"""Groups of whom nearly all met one outcome, which tells what each who is known in it met."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.attack.published import ALL, Cell, Place

OUTCOME = "resolution_class"
PERCENT = 95


def told_of(cells: Mapping[Place, Cell], people: Mapping[Place, int]) -> int:
    """How many groups show a count by outcome although one outcome holds nearly all of them.

    `people` has the numbers that are known: those shown, or on the day of a cut the true ones.
    What is so of everybody together tells nothing of one group.
    """
    everybody = people.get(Place(ALL, ALL, ALL, ALL))
    groups = {
        (place.attribute, place.attribute_value)
        for place, cell in cells.items()
        if place.dimension == OUTCOME and not place.is_total and cell.people is not None
    }
    return sum(_is_one_sided(group, cells, people, everybody) for group in groups)


def _is_one_sided(
    group: tuple[str, str],
    cells: Mapping[Place, Cell],
    people: Mapping[Place, int],
    everybody: int | None,
) -> bool:
    total = people.get(Place(*group, ALL, ALL))
    if not total or total == everybody:
        return False
    by_outcome = (p for p in cells if p[:2] == group and p.dimension == OUTCOME)
    return max(people.get(place, 0) for place in by_outcome) * 100 >= PERCENT * total
