"""From an agency's number to the rows of the public tables that stand under it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pipelines.record_log import MOST, events_of_number, has_few, is_kept, some_numbers
from pipelines.record_words import in_address
from pipelines.shown import Shown

NUMBERS = {
    "complaints": "complaint_id",
    "allegations": "complaint_id",
    "bwc_reviews": "complaint_id",
    "hearings": "hearing_id",
    "hearing_items": "hearing_item_id",
    "cops_awards": "award_id",
}
"""The tables with a row for each record, and the column that holds the agency's number."""
SHARED = ("allegations", "bwc_reviews")
"""Tables in which several rows stand under one number."""
IDS = {"allegations": "allegation_id", "bwc_reviews": "bwc_review_id"}
"""Their column with an id of ours, made of the number of the row where it has one."""
TRIED = 20


@dataclass(frozen=True)
class TableRow:
    """Rows of one public table under a number.

    `is_of_source` when they name the source that was asked for; `may_be_of_source` too when a
    row was made from several sources, as it names only the first of them.
    """

    table: str
    title: str
    address: str
    rows: int
    is_of_source: bool
    may_be_of_source: bool


def rows_under(
    connection: sqlite3.Connection, shown: Shown, source: str, label: str
) -> list[TableRow]:
    """The rows of the tables that a source feeds, under a number of that source."""
    found: list[TableRow] = []
    for table, words in tables_of(shown, source):
        found += _rows(connection, table, str(words["title"]), source, label)
    return found


def tables_of(shown: Shown, source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables with a row for each record that a source feeds, with their words."""
    tables = shown.words["databases"]["oversight"]["tables"]
    for table, words in tables.items():
        if table in NUMBERS and source in words.get("sources", ()):
            yield table, words


def shows_numbers(connection: sqlite3.Connection, table: str, source: str) -> bool:
    """Whether the changes of a source are kept under numbers that this table shows.

    Tried on a few of them; a source without any change leaves nothing to miss.
    """
    tried = some_numbers(connection, source, TRIED) if is_kept(connection) else []
    place, column = source.partition(".")[0], NUMBERS[table]
    return not tried or any(
        source in _sources(connection, table, column, number, place) for number in tried
    )


def own_number(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> str | None:
    """The number by which a source knows a row that shows only an id of ours.

    That id is made of the number, so it is found among the numbers under which changes of the
    source are kept, at most `MOST` of them.
    """
    place, source = str(row["jurisdiction"]), str(row["source_table"])
    parents = [str(row.get("complaint_id"))] if table == "allegations" else []
    wanted = str(row.get(IDS[table]))
    for number in some_numbers(connection, source, MOST):
        if _short_id(place, source, *parents, number) == wanted:
            return number
    return None


def knows_all_reviews(connection: sqlite3.Connection, source: str) -> bool:
    """Whether a review that `own_number` does not find has surely never changed.

    So it is when the ids are seen to be made of the numbers, and none was left untried.
    """
    place, numbers = source.partition(".")[0], some_numbers(connection, source, TRIED)
    ids = [_short_id(place, source, number) for number in numbers]
    is_made_so = any(_sources(connection, "bwc_reviews", IDS["bwc_reviews"], i, place) for i in ids)
    return is_made_so and has_few(connection, source)


def _rows(
    connection: sqlite3.Connection, table: str, title: str, source: str, label: str
) -> list[TableRow]:
    jurisdiction, column = source.partition(".")[0], NUMBERS[table]
    stand = _sources(connection, table, column, label, jurisdiction)
    if not stand and table == "bwc_reviews":
        column, label = IDS[table], _short_id(jurisdiction, source, label)
        stand = _sources(connection, table, column, label, jurisdiction)
    own = [name for name in stand if name == source]
    if table in SHARED:
        stand = own
    if not stand:
        return []
    is_own = bool(own) and _names_it(connection, table, column, source, label)
    address = _address(connection, table, column, jurisdiction, label)
    may_be = is_own or _stands_in_several(connection, table, jurisdiction, label)
    return [TableRow(table, title, address, len(stand), is_own, may_be)]


def _names_it(
    connection: sqlite3.Connection, table: str, column: str, source: str, label: str
) -> bool:
    """Whether a source knows its row by this number, and not by one that the table lacks."""
    if table in SHARED and column == NUMBERS[table]:
        return shows_numbers(connection, table, source)
    if table == "cops_awards" and is_kept(connection):
        query = "select recipient_name from cops_awards where jurisdiction = ? and award_id = ?"
        found = connection.execute(query, [source.partition(".")[0], label]).fetchone()
        return not events_of_number(connection, source, str(found[0]))
    return True


def _sources(
    connection: sqlite3.Connection, table: str, column: str, value: str, jurisdiction: str
) -> Sequence[str]:
    """The source of each row under a number, at most `MOST`."""
    query = (
        f'select source_table from "{table}" where jurisdiction = ? and "{column}" = ? limit {MOST}'
    )
    return [str(row[0]) for row in connection.execute(query, [jurisdiction, value])]


def _stands_in_several(
    connection: sqlite3.Connection, table: str, jurisdiction: str, label: str
) -> bool:
    """Whether a complaint came from several sources: its row names only the first of them."""
    if table != "complaints":
        return False
    query = "select sources_count from complaints where jurisdiction = ? and complaint_id = ?"
    found = connection.execute(query, [jurisdiction, label]).fetchone()
    return bool(found and found[0] and int(found[0]) > 1)


def _address(
    connection: sqlite3.Connection, table: str, column: str, jurisdiction: str, label: str
) -> str:
    """The row's own page where a number is one row, else the table filtered by it."""
    keys = [
        str(row[0])
        for row in connection.execute(
            "select name from pragma_table_info(?) where pk > 0 order by pk", [table]
        )
    ]
    if keys == ["jurisdiction", column]:
        return f"/oversight/{table}/{in_address(jurisdiction)},{in_address(label)}"
    return f"/oversight/{table}?jurisdiction={jurisdiction}&{column}__exact={quote(label, safe='')}"


def _short_id(*parts: str) -> str:
    """The id that the tables give to a record that has a number of its own in its source."""
    told = "|".join(parts).encode()
    return hashlib.md5(told, usedforsecurity=False).hexdigest()[:16]
