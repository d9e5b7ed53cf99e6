"""A feed as it was on a day: its raw table, put together from the versions that were valid then."""

from __future__ import annotations

from datetime import date

import duckdb

from pipelines import verdicts
from pipelines.contracts import Contract
from pipelines.history import identity, store
from pipelines.parsers.parsed import hash_of, lent, literal, quoted
from pipelines.settings import Settings

RAW_COLUMNS = ("_snapshot_id varchar", "_row_number bigint", "_as_of date", "_part varchar")


def raw_as_of(
    connection: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, day: date
) -> int | None:
    """Write the raw table of a feed as it was valid on `day`, and return the sequence it is of.

    Valid on a day is the last snapshot that the publisher vouches for up to that day, or that was
    fetched up to it. What was withheld since then is left out: it was public once and is not any
    more. None, and an empty table, when nothing was known yet.
    """
    _create(connection, contract)
    if not store.file_of(settings, contract.name).is_file():
        return None
    with store.attached(connection, settings, contract.name, read_only=True):
        found = connection.execute(
            "select max(sequence) from store.observations "
            f"where valid_on <= date {literal(day.isoformat())}"
        ).fetchone()
        if not found or found[0] is None:
            return None
        _fill(connection, contract, int(found[0]))
        return int(found[0])


def _create(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    columns = [f"{quoted(column.name)} varchar" for column in contract.landed]
    columns += [*RAW_COLUMNS, *(f"{quoted(identity.mark_of(c))} varchar" for c in contract.marked)]
    if contract.meta.key is None:
        columns += ["_row_hash varchar", "_row_ordinal integer"]
    for schema in (contract.source.schema_name, "private"):
        connection.execute(f"create schema if not exists {quoted(schema)}")
    connection.execute(f"create or replace table {contract.raw_table} ({', '.join(columns)})")
    verdicts.create_set_aside(connection, contract)
    for _, column in lent(contract):
        table = verdicts.withheld_table(contract, contract.table.name, column)
        connection.execute(f"create or replace table {table} (key varchar)")


def _fill(connection: duckdb.DuckDBPyConnection, contract: Contract, sequence: int) -> None:
    kept = set(store.columns_of(connection))
    names = [name for name in identity.kept(contract) if name in kept]
    columns = ", ".join(map(quoted, names))
    then = f"from_sequence <= {sequence} and coalesce({{0}}, {sequence + 1}) > {sequence}"
    withheld = "select record_key from store.current where withheld_since is not null"
    public = [quoted(c.name) for c in contract.columns if c.klass == "public"] or ["''"]
    own = ""
    if contract.meta.key is None:
        hashed = hash_of(public)
        place = f"row_number() over (partition by {hashed} order by record_key)"
        own = f", {hashed} as _row_hash, cast({place} as integer) as _row_ordinal"
    connection.execute(
        f"insert into {contract.raw_table} by name select {columns}, "
        f"(select snapshot_id from store.observations where sequence = {sequence}) "
        "as _snapshot_id, row_number() over (order by record_key) as _row_number, "
        f"(select as_of from store.observations where sequence = {sequence}) as _as_of, "
        f"'history' as _part{own} from (select record_key, {columns} from store.current where "
        f"{then.format('missing_since')} and withheld_since is null "
        f"union all select record_key, {columns} from store.closed "
        f"where {then.format('to_sequence')} and record_key not in ({withheld}))"
    )
