"""Which jurisdictions may stand side by side in a number, and why the others may not."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.measure_pages import Row, metric, query

FEWEST = 2
PREFERRED = ("calendar_year", "fiscal_year_us_federal", "all", "month")


@dataclass(frozen=True)
class Group:
    """Jurisdictions that count alike, with their numbers by period, newest first.

    `since` is the first day on which the practices of all of them hold, where that is known.
    """

    jurisdictions: Sequence[str]
    is_same: bool
    pairs: Sequence[Row]
    since: str | None
    periods: Sequence[tuple[str, Mapping[str, Row]]]


@dataclass(frozen=True)
class Comparison:
    """What was asked for: the groups that are allowed, and the pairs that are refused."""

    metric: Row
    known: Sequence[str]
    chosen: Sequence[str]
    groups: Sequence[Group]
    refused: Sequence[Row]


def compare(connection: sqlite3.Connection, name: str, wanted: Sequence[str]) -> Comparison | None:
    """A number of the jurisdictions asked for, or of all; nothing for an unknown metric."""
    told = metric(connection, name)
    if told is None:
        return None
    pairs = query(
        connection, "select * from comparable_with where metric = ? order by jurisdiction", name
    )
    known = list(dict.fromkeys(str(pair["jurisdiction"]) for pair in pairs))
    chosen = [one for one in known if one in wanted] or known
    asked = [p for p in pairs if p["jurisdiction"] < p["other_jurisdiction"] and _is_in(p, chosen)]
    refused = [pair for pair in asked if pair["comparability"] == "not_comparable"]
    return Comparison(told, known, chosen, _groups(connection, name, asked), refused)


def may_stand_together(connection: sqlite3.Connection, name: str, chosen: Sequence[str]) -> bool:
    """Whether every pair of these jurisdictions is known to count alike."""
    found = query(
        connection,
        "select jurisdiction, other_jurisdiction from comparable_with"
        " where metric = ? and comparability <> 'not_comparable'",
        name,
    )
    allowed = {(row["jurisdiction"], row["other_jurisdiction"]) for row in found}
    return set(itertools.permutations(chosen, 2)) <= allowed


def _is_in(pair: Row, chosen: Sequence[str]) -> bool:
    return pair["jurisdiction"] in chosen and pair["other_jurisdiction"] in chosen


def _groups(connection: sqlite3.Connection, name: str, asked: Sequence[Row]) -> list[Group]:
    """Those that share a definition; a group holds only jurisdictions that all count alike."""
    shared = [pair for pair in asked if pair["definition_hash"]]
    hashes = dict.fromkeys(str(pair["definition_hash"]) for pair in shared)
    groups = [
        _group(connection, name, [pair for pair in shared if pair["definition_hash"] == one])
        for one in hashes
    ]
    return sorted(groups, key=lambda group: -len(group.jurisdictions))


def _group(connection: sqlite3.Connection, name: str, pairs: Sequence[Row]) -> Group:
    members = sorted(
        {str(p[side]) for p in pairs for side in ("jurisdiction", "other_jurisdiction")}
    )
    since = max(
        (str(p["comparable_from_date"]) for p in pairs if p["comparable_from_date"]), default=""
    )
    return Group(
        members,
        all(pair["comparability"] == "same_definition" for pair in pairs),
        pairs,
        since or None,
        _periods(connection, name, members, since),
    )


def _periods(
    connection: sqlite3.Connection, name: str, members: Sequence[str], since: str
) -> list[tuple[str, Mapping[str, Row]]]:
    """The numbers side by side, of the kind of period that most of them have."""
    marks = ", ".join("?" for _ in members)
    found = query(
        connection,
        f"select * from measures where metric = ? and dimension = 'all'"
        f" and jurisdiction in ({marks}) order by period desc",
        *(name, *members),
    )
    kinds = {str(row["period_kind"]) for row in found}
    kind = next((one for one in PREFERRED if one in kinds), None)
    rows = [r for r in found if r["period_kind"] == kind and str(r["period_start"] or "9") >= since]
    periods = dict.fromkeys(str(row["period"]) for row in rows)
    return [
        (period, {str(r["jurisdiction"]): r for r in rows if r["period"] == period})
        for period in periods
    ]


def wrong_numbers(connection: sqlite3.Connection, place: str) -> list[dict[str, Any]]:
    """For each misleading number the pair that shows it best: with a right one, of all records."""
    return query(
        connection,
        """
        select * from (
            select w.*, n.title as naive_title, n.kind as naive_kind, n.numerator as naive_counts,
                n.denominator as naive_of, r.title as right_title, r.kind as right_kind,
                r.definition as right_definition,
                row_number() over (
                    partition by w.naive_metric
                    order by w.right_value is null, w.dimension <> 'all', w.period_kind <> 'all',
                        w.period desc, w.dimension_value
                ) as place
            from wrong_numbers w
            join metrics n on n.metric = w.naive_metric
            join metrics r on r.metric = w.metric
            where w.jurisdiction = ?
        ) where place = 1 order by right_value is null, naive_title
        """,
        place,
    )
