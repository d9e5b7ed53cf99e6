"""The attack by GROUP BY: do the tables of rows hold what the count tables protect?

Suppression is worthless beside rows that carry the same attribute. So no table of rows may have a
column named for a protected attribute, nor one whose values are the words of one, nor, when the
true attributes are at hand, one that stands for them in other words.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipelines.attack.forms import database, opened, tables
from pipelines.attack.published import COUNTS, CUTS

NAMES = frozenset(
    {"race", "races", "racial", "ethnicity", "ethnic", "gender", "sex", "sexes", "age", "ages"}
    | {"dob", "birth", "birthdate", "birthday", "disability", "demographic", "demographics"}
)
OF_THINGS = frozenset({("maturity_triangle", "age_months")})
"""Columns whose name has such a word, and which tell the age of a record and not of a person."""

WORDS = frozenset(
    {"black", "african american", "black or african american", "white", "caucasian"}
    | {"hispanic", "latino", "latina", "latinx", "hispanic or latino", "asian", "asian american"}
    | {"native american", "american indian", "pacific islander", "native hawaiian"}
    | {"middle eastern", "native_american", "pacific_islander", "middle_eastern"}
    | {"male", "female", "nonbinary", "non-binary", "transgender"}
    | {"under_25", "25_34", "35_44", "45_54", "55_64", "65_and_over"}
)
"""Words that say a person's race, sex or band of age wherever they fill a cell."""

MANY = 60
"""A column with more values than this names things, and does not sort people."""


def by_name(folder: Path, protected: frozenset[str] = frozenset()) -> list[str]:
    """Columns of tables of rows that are named for a protected attribute, or as one is."""
    if not database(folder).is_file():
        return []
    with opened(folder) as base:
        return [
            f"{table}.{column} is named for a protected attribute."
            for table in _of_rows(base)
            for column in _columns(base, table)
            if (table, column) not in OF_THINGS
            and (column in protected or set(re.split(r"[^a-z]+", column.lower())) & NAMES)
        ]


def by_words(folder: Path, words: Iterable[str] = ()) -> list[str]:
    """Columns of tables of rows with the words of a protected attribute as their values.

    `words` are an agency's own, beside the usual ones; short codes are left to `stands_for`.
    """
    if not database(folder).is_file():
        return []
    told = sorted(WORDS | {word.strip().lower() for word in words if len(word.strip()) > 3})
    with opened(folder) as base:
        base.execute("create temp table told (word text primary key) without rowid")
        base.executemany("insert or ignore into told values (?)", [(word,) for word in told])
        return [
            f"{table}.{column} holds words of a protected attribute."
            for table in _of_rows(base)
            for column in _with_words(base, table)
        ]


def stands_for(values: Mapping[str, str], attribute: Mapping[str, str]) -> bool:
    """Whether a column sorts people as a protected attribute does, whatever its words are.

    Both give a word by record. A column does so when it takes away half of what is unknown of
    the attribute, and has few values; the shares are of information (Shannon's entropy).
    """
    both = [(values[key], attribute[key]) for key in values.keys() & attribute.keys()]
    kinds = len({value for value, _ in both})
    unknown = _entropy(Counter(held for _, held in both))
    if not 1 < kinds <= min(MANY, len(both) / 10) or unknown < 0.1:
        return False
    left = _entropy(Counter(both)) - _entropy(Counter(value for value, _ in both))
    return left <= unknown / 2


def _entropy(counts: Counter[object] | Counter[str] | Counter[tuple[str, str]]) -> float:
    total = sum(counts.values())
    return -sum(n / total * math.log2(n / total) for n in counts.values())


def _of_rows(base: sqlite3.Connection) -> list[str]:
    return [table for table in tables(base) if table not in (COUNTS, CUTS)]


def _columns(base: sqlite3.Connection, table: str) -> list[str]:
    found = base.execute("select name from pragma_table_info(?)", (table,))
    return [str(name) for (name,) in found]


def _with_words(base: sqlite3.Connection, table: str) -> Iterator[str]:
    """One pass over a table: which of its columns holds a told word."""
    columns = _columns(base, table)
    asked = ", ".join(
        f'max(typeof("{name}") = \'text\' and lower(trim("{name}")) in told)' for name in columns
    )
    found = base.execute(f'select {asked} from "{table}"').fetchone()
    yield from (name for name, holds in zip(columns, found, strict=True) if holds)
