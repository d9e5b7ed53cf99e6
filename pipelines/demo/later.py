"""Later deliveries of the demo: the same city, in whose files known things have happened since.

Each delivery is worked out from the one before it, so that delivery N is the same whoever writes
it, and the number of changes of each kind is known without comparing any files.
"""

from __future__ import annotations

from collections import Counter

import duckdb

from pipelines.demo.allegations import ALLEGATION_HEADINGS
from pipelines.demo.complaints import COMPLAINT_HEADINGS
from pipelines.demo.draws import literal
from pipelines.demo.happenings import (
    HAPPENINGS,
    REWRITINGS,
    Happening,
    Rewriting,
    new_records,
)
from pipelines.demo.planted import LOADED, plant
from pipelines.demo.reviews import REVIEW_HEADINGS

Told = dict[str, dict[str, int]]
"""The number of changes against the delivery before, by feed and by kind."""

HEADINGS = {
    "complaints": COMPLAINT_HEADINGS,
    "allegations": ALLEGATION_HEADINGS,
    "bwc_reviews": REVIEW_HEADINGS,
}
LOADS = f"fate = {literal(LOADED)}"


def deliver(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, str], delivery: int
) -> tuple[dict[str, str], dict[str, Told]]:
    """The rows of each file at a delivery, and what changed at it and at those before it.

    `tables` names the rows of the first delivery; it is given back as it is for that one. The
    files of later deliveries are in another order each time.
    """
    if delivery == 1:
        return tables, {}
    told: dict[str, Told] = {str(number): {} for number in range(2, delivery + 1)}
    for name, rows in tables.items():
        connection.execute(
            f"create table later_{name} as select *, row_number() over () as place, "
            f"0 as back_at, 0 as touched_at from ({rows})"
        )
        for number in range(2, delivery + 1):
            told[str(number)][name] = _happen(connection, name, number)
        connection.execute(
            f"create table delivered_{name} as select * exclude (place, back_at, touched_at) "
            f"from later_{name} where back_at <= {delivery} "
            f"order by draw(place, 'order {delivery}', 1000000), place"
        )
    return {name: f"select * from delivered_{name}" for name in tables}, told


def _happen(connection: duckdb.DuckDBPyConnection, name: str, delivery: int) -> dict[str, int]:
    """Let everything happen that this delivery brings to a file; the changes by kind."""
    counts: Counter[str] = Counter()
    counts["restored"] += _update(
        connection, name, f"touched_at = {delivery}", f"back_at = {delivery}"
    )
    for happening in HAPPENINGS[name]:
        befallen = _befall(connection, name, happening, delivery)
        counts.update({kind: befallen * each for kind, each in happening.kinds.items()})
    for rewriting in REWRITINGS:
        if (rewriting.feed, rewriting.delivery) == (name, delivery):
            counts[rewriting.kind] += _rewrite(connection, rewriting)
    counts["added"] += _add(connection, name, delivery)
    return {kind: number for kind, number in sorted(counts.items()) if number}


def _befall(
    connection: duckdb.DuckDBPyConnection, name: str, happening: Happening, delivery: int
) -> int:
    """Let one thing happen to the records drawn for it, at most one thing a record."""
    there = f"{LOADS} and back_at <= {delivery} and touched_at < {delivery}"
    number = max(1, round(happening.share * _count(connection, name, LOADS)))
    drawn = (
        f"place in (select place from later_{name} where {there} and ({happening.who}) "
        f"order by draw(place, '{happening.name} {delivery}', 1000000), place limit {number})"
    )
    changes = [f'"{heading}" = {value}' for heading, value in happening.cells.items()]
    if happening.back_after:
        changes.append(f"back_at = {delivery + happening.back_after}")
    return _update(connection, name, f"touched_at = {delivery}, {', '.join(changes)}", drawn)


def _rewrite(connection: duckdb.DuckDBPyConnection, rewriting: Rewriting) -> int:
    """Write a column another way in the whole file; how many loaded records show it."""
    column = f'"{rewriting.heading}"'
    differs = f"{rewriting.value} <> {column} and back_at <= {rewriting.delivery}"
    shown = _count(connection, rewriting.feed, f"{LOADS} and {differs}")
    _update(connection, rewriting.feed, f"{column} = {rewriting.value}", "true")
    return shown


def _add(connection: duckdb.DuckDBPyConnection, name: str, delivery: int) -> int:
    """Add the records that come with this delivery, written as the file is written by then."""
    headings = HEADINGS[name]
    records = new_records(name, delivery, size=_count(connection, name, LOADS))
    plant(connection, f"new_{name}_{delivery}", headings, records)
    columns = ", ".join(
        f'{_written(name, heading, delivery)} as "{heading}"' for heading in headings
    )
    connection.execute(
        f"insert into later_{name} select {columns}, fate, "
        f"row_number() over () + (select max(place) from later_{name}), 0, {delivery} "
        f"from new_{name}_{delivery}"
    )
    return len(records)


def _written(name: str, heading: str, delivery: int) -> str:
    for rewriting in REWRITINGS:
        is_meant = (rewriting.feed, rewriting.heading) == (name, heading)
        if is_meant and delivery >= rewriting.delivery:
            return rewriting.value
    return f'"{heading}"'


def _count(connection: duckdb.DuckDBPyConnection, name: str, where: str) -> int:
    found = connection.execute(f"select count(*) from later_{name} where {where}").fetchall()
    return int(found[0][0])


def _update(connection: duckdb.DuckDBPyConnection, name: str, changes: str, where: str) -> int:
    found = connection.execute(f"update later_{name} set {changes} where {where}").fetchall()
    return int(found[0][0])
