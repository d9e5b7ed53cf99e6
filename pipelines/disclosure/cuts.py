"""One role of one jurisdiction, cut quarter by quarter as their embargoes pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.disclosure import frozen, vocabulary
from pipelines.disclosure.family import CannotBeProtected
from pipelines.disclosure.people import Received
from pipelines.disclosure.quarters import Quarter, Span, closed_since
from pipelines.disclosure.tables import CountTables, count_tables, published_rows
from pipelines.failures import PrivacyRefused

Attack = Callable[[Sequence[Mapping[str, Any]], Mapping[tuple[str, str, str, str], int], int],
                  list[str]]  # fmt: skip
"""Given rows, the truth and the threshold: why the rows may not be published."""


@dataclass(frozen=True)
class Made:
    """A cut that withstood the attack and waits to be frozen."""

    span: Span
    tables: CountTables
    rows: list[dict[str, Any]]


def waiting(first: date | None, done_until: date | None, today: date) -> list[Quarter]:
    """The closed quarters that no cut covers yet, from that of the first complaint on."""
    if first is None:
        return []
    begin = Quarter.of(done_until).next if done_until else Quarter.of(first)
    return closed_since(begin, today)


def cuts_of(
    people: Sequence[Received], quarters: Sequence[Quarter], threshold: int, *, is_first: bool
) -> Iterator[tuple[Span, list[Received]]]:
    """The spans to cut and who is in each: all quarters at first, then one after the other.

    A quarter with fewer people than the threshold waits for the next one, and both are cut as
    one; so do the last ones, on a later day.
    """
    start = quarters[0]
    for quarter in quarters[-1:] if is_first else quarters:
        span = Span(start, quarter)
        inside = [one for one in people if span.holds(one.day)]
        if len(inside) >= threshold:
            yield span, inside
            start = quarter.next


def made(
    jurisdiction: str,
    role: str,
    span: Span,
    people: Sequence[Received],
    threshold: int,
    possible: Mapping[str, Sequence[str]],
    attack: Attack,
) -> Made:
    """Count, hide, and let the rows be attacked by one who knows the truth.

    Raises `PrivacyRefused` when a small number could be told from what would be shown.
    """
    place = f"{jurisdiction} {span.label} {role}"
    tables = count_tables((one.person for one in people), threshold, possible)
    try:
        rows = frozen.published_as(jurisdiction, role, span, published_rows(tables))
    except CannotBeProtected as error:
        raise PrivacyRefused(str(error), place=place) from None
    reasons = attack(rows, frozen.truth(tables), threshold)
    if reasons:
        raise PrivacyRefused(" ".join(reasons), place=place)
    return Made(span, tables, rows)


def possible_values(
    words: vocabulary.Vocabulary, attributes: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Every value of each attribute that a feed states."""
    values = {name: words.possible(name) for name in attributes if name != "age"}
    return values | ({"age_band": vocabulary.age_bands()} if "age" in attributes else {})
