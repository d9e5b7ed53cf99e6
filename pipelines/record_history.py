"""The history at the foot of a row's page: the last changes, or that there were none.

A row is found in the log by the numbers that it shows. Where a table does not show the number
of its source, that is said instead of "no change".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines import record_log, record_rows
from pipelines.record_log import Delivery, Event
from pipelines.record_pages import address_of, relatives
from pipelines.record_rows import NUMBERS, SHARED
from pipelines.record_words import COUNTED_ONLY, HIDDEN_NUMBER, NOUNS, TOO_MANY, unchanged
from pipelines.shown import Shown

LAST = 10
Number = tuple[str, str]


@dataclass(frozen=True)
class RowHistory:
    """What a row's page says; `address` leads to the page of its record, if it has one."""

    heading: str
    deliveries: tuple[Delivery, ...]
    is_cut: bool
    remark: str | None
    address: str | None


def of_row(
    connection: sqlite3.Connection, shown: Shown, table: str, row: Mapping[str, Any]
) -> RowHistory | None:
    """The last `LAST` changes of a row; None where no history is kept.

    `connection` may be that of an older release, which then tells what was known in it.
    """
    source = row.get("source_table")
    if table not in NUMBERS or not source or not record_log.is_kept(connection):
        return None
    numbers = list(_numbers(shown, table, row))
    if table in SHARED and (found := record_rows.own_number(connection, table, row)):
        return _named(connection, table, str(source), found)
    events = [
        event
        for name, number in numbers
        for event in record_log.events_of_number(connection, name, number)
    ]
    own, remark = row.get(NUMBERS[table]), _remark(connection, table, str(source), events)
    is_named = bool(own) and (
        table not in SHARED or record_rows.shows_numbers(connection, table, str(source))
    )
    return RowHistory(
        heading=_heading(table),
        deliveries=() if remark == TOO_MANY else tuple(_last(events)),
        is_cut=len(events) > LAST,
        remark=remark,
        address=_address(str(source), str(own), events) if is_named else None,
    )


def _named(connection: sqlite3.Connection, table: str, source: str, number: str) -> RowHistory:
    """The history of a row that its source knows by a number of its own."""
    events = record_log.events_of_number(connection, source, number)
    return RowHistory(
        heading=f"History of this {NOUNS[table].lower()}",
        deliveries=tuple(_last(events)),
        is_cut=len(events) > LAST,
        remark=None,
        address=_address(source, number, events),
    )


def _heading(table: str) -> str:
    if table in SHARED:
        return "History of this complaint and what belongs to it"
    return f"History of this {NOUNS[table].lower()}"


def _numbers(shown: Shown, table: str, row: Mapping[str, Any]) -> Iterable[Number]:
    """Each source with a number under which it may know this row."""
    source, own = str(row["source_table"]), row.get(NUMBERS[table])
    if table == "cops_awards":
        return [(source, str(name)) for name in (own, row.get("recipient_name")) if name]
    if not own:
        return []
    names = [one.name for one in relatives(shown, str(row["jurisdiction"]), _feed(table))]
    known = [(name, str(own)) for name in dict.fromkeys((source, *names))]
    if table == "hearing_items":
        both = f"{row.get('hearing_id')}, {own}"
        return [*known, *((name, both) for name in names if name != source)]
    return known


def _feed(table: str) -> str:
    return "complaints" if NUMBERS[table] == "complaint_id" else table


def _last(events: list[Event]) -> list[Delivery]:
    """The newest changes, by delivery."""
    newest = sorted(events, key=lambda event: event.first_seen_at, reverse=True)[:LAST]
    return record_log.deliveries(newest)


def _remark(
    connection: sqlite3.Connection, table: str, source: str, events: list[Event]
) -> str | None:
    """Why nothing is told of the row's own source, if nothing is."""
    if len(events) >= record_log.MOST:
        return TOO_MANY
    if any(event.source_table == source for event in events):
        return None
    if record_log.is_counted_only(connection, source):
        return COUNTED_ONLY
    if table in SHARED and not record_rows.shows_numbers(connection, table, source):
        is_sure = table == "bwc_reviews" and record_rows.knows_all_reviews(connection, source)
        if not is_sure:
            return HIDDEN_NUMBER
    return None if events else unchanged(record_log.first_day(connection, source))


def _address(source: str, number: str, events: list[Event]) -> str:
    """The permanent address when one record of the source has the number, else the number's."""
    own = [e for e in events if (e.source_table, e.record_label) == (source, number)]
    ids = {event.record_id for event in own}
    return f"/record/{ids.pop()}" if len(ids) == 1 else address_of(source, number)
