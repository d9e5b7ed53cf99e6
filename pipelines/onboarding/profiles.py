"""What a sample tells of each column: its type, how it writes dates, how much of it is blank."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.contract_file import DataType
from pipelines.onboarding import moments, personal
from pipelines.onboarding.personal import Guess
from pipelines.onboarding.samples import TABLE, Sample
from pipelines.parsers.parsed import quoted

STATED = "stated"
SAYS_NOTHING = ("", "-", "--", "n/a", "na", "null", "none", "unknown", ".")
"""Written where nothing is known; such a value says nothing about the type of its column."""
ZERO_DATE = "0001-01-01"
"""How some systems write that there is no date."""
MOST_VALUES = 50_000
"""Different values of a column that are looked at, the most usual first."""
CODES = frozenset(
    word
    for line in (
        "id ids no num number code zip badge star beat district precinct unit ward zone area",
        "sector file case key tract",
    )
    for word in line.split()
)
"""Headings of digits that are a name and not a quantity: such a column stays text."""
QUANTITIES = frozenset(("count", "days", "hours", "years", "total", "amount"))
SHAPES: tuple[tuple[DataType, str], ...] = (
    ("boolean", r"(?i)^(true|false|yes|no|y|n)$"),
    ("integer", r"^-?(0|[1-9]\d{0,8}|[1-9]\d{0,2}(,\d{3})+)(\.0+)?$"),
    ("number", r"^\(?-?\$? ?-?(0|[1-9]\d*|[1-9]\d{0,2}(,\d{3})+)?(\.\d+)?\)?$"),
)


@dataclass(frozen=True)
class Profile:
    """One column of the sample. Shares are of all rows; `distinct` counts the stated values."""

    name: str
    data_type: DataType
    formats: tuple[str, ...]
    blank_share: float
    distinct: int
    is_unique: bool
    is_partial: bool
    guess: Guess


def profiles(sample: Sample, feed: str) -> tuple[Profile, ...]:
    """The profile of every column of the sample, in their order."""
    return tuple(_profile(sample, column, feed) for column in sample.columns)


def _profile(sample: Sample, column: str, feed: str) -> Profile:
    connection = sample.connection
    distinct, filled = _counts(connection, column)
    stated = _state(connection, column)
    data_type, formats = _type(connection, column, stated)
    return Profile(
        name=column,
        data_type=data_type,
        formats=formats,
        blank_share=1 - filled / sample.rows if sample.rows else 1.0,
        distinct=distinct,
        is_unique=bool(sample.rows) and distinct == filled == sample.rows,
        is_partial=column in sample.partial,
        guess=personal.guess(connection, STATED, column, feed),
    )


def _state(connection: duckdb.DuckDBPyConnection, column: str) -> int:
    """Keep each value that says something once, with the number `n` of its rows, in `stated`."""
    name = quoted(column)
    nothing = ", ".join(f"'{word}'" for word in SAYS_NOTHING)
    connection.execute(
        f"create or replace temp table {STATED} as select value as {name}, count(*) as n "
        f"from (select trim({name}) as value from {TABLE}) "
        f"where lower(value) not in ({nothing}) and not starts_with(value, '{ZERO_DATE}') "
        f"group by value order by n desc, value limit {MOST_VALUES}"
    )
    ((stated,),) = connection.execute(f"select coalesce(sum(n), 0) from {STATED}").fetchall()
    return int(stated)


def _counts(connection: duckdb.DuckDBPyConnection, column: str) -> tuple[int, int]:
    """Different values, and rows with one."""
    value = f"trim({quoted(column)})"
    told = f"select count(distinct {value}), count(*) from {TABLE} where {value} <> ''"
    ((distinct, filled),) = connection.execute(told).fetchall()
    return distinct, filled


def _type(
    connection: duckdb.DuckDBPyConnection, column: str, stated: int
) -> tuple[DataType, tuple[str, ...]]:
    words = set(column.split("_"))
    is_code = bool((words & CODES or column.endswith("id")) and not words & QUANTITIES)
    found = moments.formats_of(connection, STATED, column, compact=not is_code) if stated else None
    if found:
        kind, formats = found
        return ("date" if kind == "date" else "timestamp"), formats
    for data_type, shape in SHAPES:
        if stated and not is_code and _all(connection, column, shape, stated):
            return data_type, ()
    return "text", ()


def _all(connection: duckdb.DuckDBPyConnection, column: str, shape: str, stated: int) -> bool:
    told = f"select sum(n) from {STATED} where regexp_matches({quoted(column)}, ?)"
    return connection.execute(told, [shape]).fetchall() == [(stated,)]
