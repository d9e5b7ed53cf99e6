"""Which of the known ways of writing a date a column uses."""

from __future__ import annotations

import duckdb

from pipelines.parsers.parsed import literal, quoted

FORMATS = (
    "%m/%d/%Y",
    "%m/%d/%y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%m-%d-%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%m/%d/%Y %H:%M",
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%y %I:%M %p",
    "%b %d %Y %I:%M%p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S+00",
)
"""Formats that are recognised beside ISO 8601, the earlier ones first where several fit."""
COMPACT = "%Y%m%d"
ISO = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z")
SHAPES = {
    ISO[0]: r"^\d{4}-\d{2}-\d{2}$",
    ISO[1]: r"^\d{4}-\d{2}-\d{2}[T ][0-9:.]+Z?$",
    ISO[2]: r"^\d{4}-\d{2}-\d{2}[T ][0-9:.]+[+-]\d{2}:?\d{2}$",
}
ENOUGH = 0.95
"""Share of the stated values that must be readable for a column to be one of dates."""
MOST_FORMATS = 3
FIRST_YEAR, LAST_YEAR = 1900, 2100


def formats_of(
    connection: duckdb.DuckDBPyConnection, values: str, column: str, *, compact: bool = True
) -> tuple[str, tuple[str, ...]] | None:
    """`date` or `timestamp` with the formats of the column, those with two-digit years first.

    `values` is a table of the stated values, each with the number `n` of its rows; `compact` says
    that eight digits may be a day. Null when less than `ENOUGH` of the values can be read.
    """
    candidates = [form for form in (*ISO, *FORMATS) if compact or form != COMPACT]
    stated = _count(connection, values, "true")
    chosen: list[str] = []
    left = stated
    while left > (1 - ENOUGH) * stated and len(chosen) < MOST_FORMATS:
        best, found = _best(connection, values, column, chosen, candidates)
        if not found:
            return None
        chosen.append(best)
        left -= found
    if not stated or left > (1 - ENOUGH) * stated:
        return None
    return _kind(connection, values, column, chosen), _ordered(chosen)


def reading(column: str, form: str) -> str:
    """SQL for the moment that a value is by one format; null when it is none, or of no age."""
    name = quoted(column)
    if form in ISO:
        shaped = f"regexp_matches({name}, {literal(SHAPES[form])})"
        # The clock as it is written: an offset at the end is cut off, not applied.
        read = f"case when {shaped} then try_cast(left({name}, 19) as timestamp) end"
    else:
        read = f"try_strptime({name}, {literal(form)})"
    return f"case when year({read}) between {FIRST_YEAR} and {LAST_YEAR} then {read} end"


def _best(
    connection: duckdb.DuckDBPyConnection,
    values: str,
    column: str,
    chosen: list[str],
    candidates: list[str],
) -> tuple[str, int]:
    """The format that reads most of what the chosen ones do not, and how many that are."""
    rest = " and ".join(f"({reading(column, form)}) is null" for form in chosen) or "true"
    counts = ", ".join(
        f"coalesce(sum(n) filter (where ({reading(column, form)}) is not null), 0)"
        for form in candidates
    )
    row = connection.execute(f"select {counts} from {values} where {rest}").fetchone() or ()
    best = max(range(len(candidates)), key=lambda n: (row[n], -n))
    return candidates[best], int(row[best])


def _kind(
    connection: duckdb.DuckDBPyConnection, values: str, column: str, chosen: list[str]
) -> str:
    """A column of moments that are all midnights is one of days."""
    moment = f"coalesce({', '.join(reading(column, form) for form in chosen)})"
    timed = _count(connection, values, f"({moment})::time <> time '00:00:00'")
    return "timestamp" if timed else "date"


def _ordered(chosen: list[str]) -> tuple[str, ...]:
    # A four-digit pattern also takes a two-digit year, for one of the first century.
    return tuple(sorted(chosen, key=lambda form: ("%y" not in form, chosen.index(form))))


def _count(connection: duckdb.DuckDBPyConnection, values: str, condition: str) -> int:
    answer = connection.execute(
        f"select coalesce(sum(n), 0) from {values} where {condition}"
    ).fetchone()
    return int(answer[0]) if answer else 0
