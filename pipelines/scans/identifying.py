"""What of a protected value points at somebody, as runs of words that can be looked up.

A name counts in both orders, a number to call in its digits, an address with its house number. A
word for a race or a sex, an age, a city or a rank points at nobody; that these have no column is
a matter of structure, which other gates look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from pipelines.contracts import Contract
from pipelines.parsers.parsed import quoted
from pipelines.scans.encodings import BORDER, EDGE, spelled_out, words

Run = tuple[str, ...]
HIDDEN = frozenset({"protected", "narrative"})
LONGEST = 4
"""Words of a protected value that are compared at once; a longer one is cut into such runs."""
SHINGLE = 6
"""Words of an account that nobody else says in a row."""
PHONE = (10, 11)
FIRST, LAST, NUMBER, NAME = "first", "last", "street_number", "street_name"
OF_MANY = frozenset((
    "city", "state", "zip", "unit", "rank", "squad", "command", "precinct", "district",
    "street", "condition", "injury", "injured", "suffix", "middle", "initial", "first", "last",
    "race", "sex", "gender", "ethnicity", "age", "detail",
))  # fmt: skip
"""Words in a heading whose values many people share, unless one is an address or a number."""
NOBODY = frozenset((
    "unknown", "uknown", "unidentified", "officer", "officers", "name", "none", "not", "no",
    "na", "n", "a", "available", "applicable", "provided", "redacted", "withheld", "vacant",
    "police", "department", "and", "the", "of", "other", "declined",
))  # fmt: skip
_PARTS = re.compile(r"[;|\n]")


@dataclass(frozen=True)
class Told:
    """Where values come from: a column, or two that make a name or an address together."""

    place: str
    sql: str
    is_narrative: bool = False
    is_of_many: bool = False


def told_by(contract: Contract) -> list[Told]:
    """All that a feed says in columns that are not public, but for race, sex and age themselves.

    It goes by the class alone: that such a column does not land is what the scan is to find out.
    A policy that makes names public changes nothing here, because it does so in one column only.
    """
    traits = {name for one in contract.meta.people for name in one.attributes.values()}
    columns = [
        column
        for column in contract.columns
        if column.klass in HIDDEN and column.name not in traits
    ]
    names = {column.name for column in columns}
    found = []
    for column in columns:
        place, heading = f"{contract.name}.{column.name}", set(column.name.split("_"))
        is_narrative = column.klass == "narrative"
        found.append(Told(place, quoted(column.name), is_narrative, bool(heading & OF_MANY)))
        for part, other in ((FIRST, LAST), (NUMBER, NAME)):
            partner = column.name.replace(part, other)
            if part in column.name and partner in names:
                both = f"concat_ws(' ', {quoted(column.name)}, {quoted(partner)})"
                found.append(Told(place, both, is_of_many=part == NUMBER))
    return found


def runs_of(told: Told, values: list[str]) -> Iterator[Run]:
    """The runs of words by which any of these values would be known again."""
    if told.is_narrative:
        return _shingles(value for value in values if value.lstrip()[:1] not in ("{", "["))
    plain = BORDER.join(values)
    parts = chain(values, spelled_out(plain).split(BORDER))
    runs = chain.from_iterable(_identifying(value, told.is_of_many) for value in parts)
    return (run for run in runs if not NOBODY.issuperset(run))


def _shingles(values: Iterator[str]) -> Iterator[Run]:
    text = BORDER.join(values)
    said = words(f"{text}{BORDER}{spelled_out(text)}")
    shifted = (said[start:] for start in range(SHINGLE))
    return (run for run in zip(*shifted, strict=False) if EDGE not in run)


def _identifying(value: str, is_of_many: bool) -> Iterator[Run]:
    for part in _PARTS.split(value):
        said = tuple(words(part))
        digits = "".join(said)
        if digits.isdigit() and len(digits) in PHONE and len(said) <= LONGEST:
            yield from {said, (digits,), (digits[-10:-7], digits[-7:-4], digits[-4:])}
        long = tuple(word for word in said if len(word) > 1)
        if sum(word.isalpha() for word in long) < 2:
            continue
        is_address = said[0].isdigit() or "@" in part
        if is_of_many and not is_address:
            continue
        for start in range(1 if is_address else max(1, len(said) - LONGEST + 1)):
            yield said[start : start + LONGEST]
        if len(said) <= LONGEST and all(word.isalpha() for word in said):
            yield from ((*said[1:], said[0]), (said[-1], *said[:-1]))
            yield from ((long[0], long[-1]), (long[-1], long[0]))
