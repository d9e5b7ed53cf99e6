"""What the page of a measure says: one number of the register, by period or by part."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines import series_chart
from pipelines.series_chart import Chart

ROWS = 150
PERIOD_KINDS = {
    "all": "all years together",
    "calendar_year": "by year",
    "fiscal_year_us_federal": "by federal fiscal year",
    "fiscal_year_local": "by local fiscal year",
    "quarter": "by quarter",
    "month": "by month",
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a visitor chose; what is missing or unknown is chosen for them."""

    metric: str
    jurisdiction: str = ""
    period_kind: str = ""
    dimension: str = ""
    is_joined: bool = False


@dataclass(frozen=True)
class Series:
    """The numbers that were asked for, newest first, with the choices that there are."""

    metric: Row
    asked: Asked
    jurisdictions: Sequence[str]
    period_kinds: Sequence[str]
    dimensions: Sequence[str]
    rows: Sequence[Row]
    is_cut: bool
    breaks: Sequence[Row]
    completeness: Sequence[Row]
    chart: Chart | None


def query(connection: sqlite3.Connection, sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query by the names of their columns."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, tuple(row), strict=True)) for row in cursor.fetchall()]


def families(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """The metrics that may be published, by family, with how many numbers there are of each."""
    found = query(
        connection,
        "select m.*, (select count(*) from measures n where n.metric = m.metric) as numbers"
        " from metrics m where not m.is_naive order by m.family, m.title",
    )
    names = dict.fromkeys(str(row["family"]) for row in found)
    return {name: [row for row in found if row["family"] == name] for name in names}


def titles(connection: sqlite3.Connection) -> dict[str, str]:
    """Display names of jurisdictions by id, also of those that this site does not read."""
    known = query(connection, "select distinct jurisdiction, jurisdiction_title from sources")
    named = {str(row["jurisdiction"]): str(row["jurisdiction_title"]) for row in known}
    others = query(connection, "select distinct jurisdiction from comparable_with")
    ids = [str(row["jurisdiction"]) for row in others]
    return {**{one: one.replace("_", " ").title() for one in ids}, **named}


def metric(connection: sqlite3.Connection, name: str) -> dict[str, Any] | None:
    """What the register says of a metric that may be published."""
    found = query(connection, "select * from metrics where metric = ? and not is_naive", name)
    return found[0] if found else None


def series(connection: sqlite3.Connection, asked: Asked) -> Series | None:
    """The numbers of a metric; nothing for one that is not in the register."""
    told = metric(connection, asked.metric)
    if told is None:
        return None
    places = _distinct(connection, "jurisdiction", asked, ())
    asked = _with(asked, jurisdiction=_chosen(asked.jurisdiction, places))
    kinds = _distinct(connection, "period_kind", asked, ("jurisdiction",))
    kinds = sorted(kinds, key=list(PERIOD_KINDS).index)
    usual = "calendar_year" if "calendar_year" in kinds else ""
    asked = _with(asked, period_kind=_chosen(asked.period_kind or usual, kinds))
    parts = _distinct(connection, "dimension", asked, ("jurisdiction", "period_kind"))
    asked = _with(asked, dimension=_chosen(asked.dimension or "all", parts))
    rows = _rows(connection, asked)
    breaks = _breaks(connection, told, asked.jurisdiction)
    drawn = asked.dimension == "all" and asked.period_kind != "all"
    return Series(
        told, asked, places, kinds, parts, rows[:ROWS], len(rows) > ROWS, breaks,
        _completeness(connection, told, asked.jurisdiction),
        series_chart.draw(rows[:ROWS][::-1], breaks, joined=asked.is_joined) if drawn else None,
    )  # fmt: skip


def value_told(value: float | None, kind: str, unit: str) -> str:
    """A number as people read it: money with its sign, shares with theirs, counts whole."""
    if value is None:
        return "not shown"
    if kind == "amount":
        return f"${value:,.0f}" if value >= 0 else f"-${-value:,.0f}"
    if kind == "share":
        return f"{value:,.1f}%"
    whole = float(value).is_integer()
    number = f"{value:,.0f}" if whole or kind == "count" else f"{value:,.1f}"
    return number if kind == "count" else f"{number} {_several(unit, value)}"


def _several(unit: str, value: float) -> str:
    """Days and hours have a plural; of other units several are told by name."""
    is_plain = value == 1 or not unit.endswith(("day", "hour", "month", "year"))
    return unit if is_plain else f"{unit}s"


def cases_told(row: Row, kind: str) -> str:
    """Out of how many the number is."""
    of, count = row.get("denominator"), row.get("numerator")
    if of is None:
        return ""
    if kind == "estimate" or count is None:
        return f"{of:,.0f}"
    return f"{count:,.0f} of {of:,.0f}"


def interval_told(row: Row, kind: str) -> str:
    """The ends of the 95 percent interval."""
    if row.get("lower") is None or row.get("upper") is None:
        return ""
    ends = (f"{row[end]:,.1f}" for end in ("lower", "upper"))
    return " to ".join(ends) + ("%" if kind == "share" else "")


def _with(asked: Asked, **changes: str) -> Asked:
    return Asked(**{**vars(asked), **changes})


def _chosen(wanted: str, known: Sequence[str]) -> str:
    return wanted if wanted in known else (known[0] if known else "")


def _distinct(
    connection: sqlite3.Connection, column: str, asked: Asked, given: Sequence[str]
) -> list[str]:
    where = "".join(f" and {name} = ?" for name in given)
    values = [getattr(asked, name) for name in given]
    sql = f"select distinct {column} from measures where metric = ?{where} order by 1"
    return [str(row[column]) for row in query(connection, sql, asked.metric, *values)]


def _rows(connection: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    return query(
        connection,
        "select * from measures where metric = ? and jurisdiction = ? and period_kind = ?"
        " and dimension = ? order by period desc, numerator desc, dimension_value limit ?",
        *(asked.metric, asked.jurisdiction, asked.period_kind, asked.dimension, ROWS + 1),
    )


def _breaks(connection: sqlite3.Connection, told: Row, place: str) -> list[dict[str, Any]]:
    return query(
        connection,
        "select * from series_breaks where jurisdiction = ? and family in ('all', ?)"
        " and metric in ('all', ?) order by break_date",
        *(place, told["family"], told["metric"]),
    )


def _completeness(connection: sqlite3.Connection, told: Row, place: str) -> list[dict[str, Any]]:
    return query(
        connection,
        "select source_table, statement from completeness where jurisdiction = ? and feed = ?",
        *(place, told["feed"]),
    )
