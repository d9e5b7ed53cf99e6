"""What dbt must know beyond the rows: where each feed came from and what became of its records."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines import count_cells, holiday_calendar, metric_register, pseudonyms, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.settings import Settings
from pipelines.takedown import register

if TYPE_CHECKING:
    from pipelines.ingest import Fetched

TABLES = {
    "feeds": "jurisdiction varchar, jurisdiction_title varchar, state varchar, "
    "is_invented boolean, source_table varchar, feed varchar, description varchar, "
    "publisher varchar, "
    "license varchar, landing_page varchar, location varchar, cadence varchar, as_of date, "
    "freshness_days integer, population varchar, coverage_exclusions varchar, "
    "snapshot_id varchar, received bigint, loaded bigint, quarantined bigint, "
    "dropped_identical bigint, withheld_band varchar, is_held boolean, reader varchar, "
    "query varchar, is_online boolean, verified_on date, tombstone_since date, "
    "tombstone_why varchar, update_mode varchar, update_why varchar, is_absent boolean, "
    "officer_grain varchar",
    "quarantine": "jurisdiction varchar, source_table varchar, snapshot_id varchar, part varchar, "
    "line bigint, column_name varchar, reason varchar",
    "dictionary": "table_name varchar, column_name varchar, data_type varchar, "
    "description varchar, sources varchar",
    "unknown_columns": "jurisdiction varchar, source_table varchar, column_name varchar",
    "metrics": metric_register.TABLE,
    "holidays": holiday_calendar.TABLE,
    "takedowns": register.TABLE,
    "officer_pseudonyms": pseudonyms.OFFICERS,
    "order_salts": pseudonyms.SALTS,
}
DictionaryRow = tuple[str, str, str, str, str]


def write_pipeline_tables(
    settings: Settings,
    contracts: Sequence[Contract],
    accountings: Sequence[Accounting],
    fetched: Sequence[Fetched],
    dictionary_rows: Sequence[DictionaryRow],
) -> None:
    """Write schema `pipeline` anew, in one transaction, for the models that tell about the data.

    Accountings and fetches are matched with contracts by feed name. Values never stand in it:
    of a quarantined record only its place and the reason.
    """
    accounts = {a.source_table: a for a in accountings}
    sources = {f.contract.name: f for f in fetched}
    known = [c for c in contracts if c.name in accounts and c.name in sources]
    feeds = [_feed(c, accounts[c.name], sources[c.name]) for c in known]
    unknown = [
        (c.jurisdiction, c.name, column)
        for c in known
        for column in accounts[c.name].unknown_columns
    ]
    with warehouse.connect(settings) as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists pipeline")
        _fill(connection, "feeds", feeds)
        _fill(connection, "dictionary", [tuple(row) for row in dictionary_rows])
        _fill(connection, "unknown_columns", unknown)
        _fill(connection, "metrics", metric_register.rows(settings))
        _fill(connection, "holidays", holiday_calendar.rows(known))
        _fill(connection, "takedowns", register.public_rows(settings, [c.name for c in known]))
        officers, salts = pseudonyms.rows(connection, settings, known)
        _fill(connection, "officer_pseudonyms", officers)
        _fill(connection, "order_salts", salts)
        _fill(connection, "quarantine", _quarantine(connection, [c.name for c in known]))
        count_cells.create(connection)
        connection.execute("commit")
    reached("pipeline tables written")


def _feed(contract: Contract, accounting: Accounting, fetched: Fetched) -> tuple[Any, ...]:
    words, snapshot, days = contract.source.config.meta, fetched.snapshot, contract.freshness_days
    return (
        contract.jurisdiction,
        words.title,
        words.state,
        words.invented,
        contract.name,
        contract.meta.feed,
        contract.table.description,
        contract.publisher,
        contract.license,
        contract.landing_page,
        snapshot.location,
        contract.meta.cadence,
        snapshot.as_of,
        None if days is None else math.ceil(days),
        contract.meta.population,
        " ".join([*contract.meta.coverage_exclusions, *_other_limits(contract, fetched)]),
        snapshot.id,
        accounting.received_in_public,
        accounting.loaded,
        accounting.quarantined,
        accounting.dropped_identical,
        accounting.withheld_band,
        fetched.held is not None,
        snapshot.reader,
        *_standing(contract, fetched),
    )


def _standing(contract: Contract, fetched: Fetched) -> tuple[Any, ...]:
    """How sure anybody is of a source, and whether it is still to be had."""
    meta = contract.meta
    places = [meta.location] if isinstance(meta.location, str) else meta.location
    return (
        fetched.snapshot.query,
        any("://" in place for place in places),
        meta.verified.isoformat() if meta.verified else None,
        meta.tombstone.since.isoformat() if meta.tombstone else None,
        meta.tombstone.why if meta.tombstone else None,
        meta.update.mode if meta.update else None,
        meta.update.why if meta.update else None,
        fetched.absent,
        contract.policy.officers.row_grain,
    )


def _other_limits(contract: Contract, fetched: Fetched) -> list[str]:
    """A sentence on what this installation asks for, where that is not what the contract asks."""
    usual = json.loads(json.dumps(contract.meta.query))
    asked = json.loads(fetched.snapshot.query)
    other = sorted(key for key in asked if asked[key] != usual.get(key))
    if fetched.absent or not other:
        return []
    return [f"Here only asked for: {'; '.join(f'{key} {_told(asked[key])}' for key in other)}."]


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _fill(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    connection.execute(f"create or replace table pipeline.{table} ({TABLES[table]})")
    warehouse.insert(connection, f"pipeline.{table}", rows)


def _quarantine(
    connection: duckdb.DuckDBPyConnection, feeds: Sequence[str]
) -> list[tuple[Any, ...]]:
    try:
        rows = connection.execute("select * from private.quarantined").fetchall()
    except duckdb.CatalogException:
        return []
    return sorted((row for row in rows if row[1] in feeds), key=repr)
