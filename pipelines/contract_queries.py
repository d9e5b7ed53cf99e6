"""What a contract may ask of a service, by the reader that asks it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

QueryValue = str | int | bool | tuple[str, ...]
QUERY_WORDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "ckan": (frozenset({"resource_id"}), frozenset({"resource_id"})),
    "carto": (frozenset({"table"}), frozenset({"table"})),
    "legistar": (frozenset(), frozenset({"bodies", "since", "votes", "roll_calls"})),
    "usaspending": (
        frozenset({"program_numbers", "award_type_codes"}),
        frozenset({"program_numbers", "award_type_codes", "states", "since"}),
    ),
    "usaspending_download": (
        frozenset({"program_numbers", "award_type_codes"}),
        frozenset({"program_numbers", "award_type_codes", "states", "since"}),
    ),
}
"""For each reader that asks a question: the words it must be given, and those it may be given."""

PAGED_EXPORT = re.compile(r"/resource/[a-z0-9]{4}-[a-z0-9]{4}\.csv$")


def query_problems(reader: str, places: Sequence[str], query: Collection[str]) -> list[str]:
    """What is wrong with the words of a query, and with an address that gives only a page."""
    must, may = QUERY_WORDS.get(reader, (frozenset(), frozenset()))
    wrong = [f"query lacks {word!r}" for word in sorted(must - set(query))]
    if reader == "csv" and any(PAGED_EXPORT.search(place) for place in places):
        wrong.append("a Socrata /resource/ address gives 1,000 rows; read it as 'socrata'")
    return wrong + [f"query has {word!r}" for word in sorted(set(query) - may)]
