"""What the tables of one cut have as rows and columns, and where each person counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.disclosure.pooling import pooled
from pipelines.disclosure.words import ALL, NOT_STATED, UNKNOWN

ROOM = 5
"""A value with fewer people than so many thresholds has hardly a count that could be shown, and
hiding them costs others: it goes to the pool."""

Key = tuple[str, str]
TOTAL: Key = (ALL, ALL)


@dataclass(frozen=True)
class Person:
    """One person of one complaint: {'race': 'black'}, {'district': '7', 'category': 'force'}.

    A missing attribute counts as unknown, a missing dimension as not stated.
    """

    complaint: str
    attributes: Mapping[str, str]
    dimensions: Mapping[str, str | None]


@dataclass(frozen=True, order=True)
class Place:
    """Where a count stands; `all` is the total over an attribute or a dimension."""

    attribute: str
    attribute_value: str
    dimension: str
    dimension_value: str


@dataclass(frozen=True)
class Layout:
    """All values of each attribute, and of each dimension what its values are published as."""

    values: Mapping[str, tuple[str, ...]]
    names: Mapping[str, Mapping[str, str]]

    @property
    def pooled_values(self) -> int:
        """How many values of the dimensions have no count of their own."""
        return sum(len(of) - len(set(of.values())) for of in self.names.values())

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """The published values of each dimension; one that has a single value says nothing."""
        parts = {name: tuple(sorted(set(of.values()))) for name, of in self.names.items()}
        return {name: of for name, of in parts.items() if len(of) > 1}

    def places(self) -> tuple[Place, ...]:
        """Every place of every table, in the order in which they are published."""
        rows = [TOTAL, *((name, value) for name, of in self.values.items() for value in of)]
        columns = [TOTAL, *((name, part) for name, of in self.parts.items() for part in of)]
        return tuple(sorted(Place(*row, *column) for row in rows for column in columns))

    def value(self, person: Person, attribute: str) -> str:
        """What is counted of a person."""
        return person.attributes.get(attribute, UNKNOWN)

    def part(self, person: Person, dimension: str) -> str:
        """Where it is counted."""
        return self.names[dimension][_stated(person, dimension)]


def layout(
    people: Sequence[Person], threshold: int, possible: Mapping[str, Sequence[str]]
) -> Layout:
    """The tables that these people fill, with all values that are possible at least."""
    attributes = sorted({name for person in people for name in person.attributes} | set(possible))
    dimensions = sorted({name for person in people for name in person.dimensions})
    met = {name: {person.attributes.get(name, UNKNOWN) for person in people} for name in attributes}
    return Layout(
        {name: tuple(sorted(of | set(possible.get(name, ())))) for name, of in met.items()},
        {
            name: pooled(Counter(_stated(person, name) for person in people), ROOM * threshold)
            for name in dimensions
        },
    )


def _stated(person: Person, dimension: str) -> str:
    return person.dimensions.get(dimension) or NOT_STATED
