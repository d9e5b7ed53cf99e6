"""The history of one feed: a DuckDB file with what each record looked like from when to when.

`current` holds the last known version of every record ever seen (of a feed without a key also, for
those that are gone, a hash of the canonical `content` by which they would be known again), `closed`
those before it,
`changes` the differences in the words of the revision log, `observations` one row for each
accepted snapshot, and `cohorts` how complete each month was. Rows are only appended, except that
the last version of a record moves from `current` to `closed` when another takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.failures import StorageFailed
from pipelines.history import identity
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings

ALIAS = "store"
FORMAT = "storage_version 'v1.5.0'"
"""The form of the file on the disk. DuckDB's default, which older versions can read, takes half
as long again to write."""
KINDS = (
    *("added", "removed", "restored", "value_changed", "blanked", "filled"),
    *("recoded", "key_migrated", "reformatted"),
)
CURRENT = (
    "record_key varchar, first_key varchar, row_hash ubigint, from_sequence integer, "
    "missing_since integer, withheld_since integer, content varchar"
)
CLOSED = (
    "record_key varchar, first_key varchar, row_hash ubigint, from_sequence integer, "
    "to_sequence integer"
)
TABLES = {
    "observations": "sequence integer, snapshot_id varchar, previous_snapshot_id varchar, "
    "fetched_at timestamp, accepted_at timestamp, as_of date, valid_on date, rows_count bigint, "
    "received bigint, ever_count bigint, absent_count bigint, "
    + ", ".join(f"{kind} bigint" for kind in KINDS)
    + ", changed_records bigint, hold_id varchar, columns_added varchar, columns_missing varchar",
    "changes": "sequence integer, record_id varchar, record_label varchar, column_name varchar, "
    "change_kind varchar, old_value varchar, new_value varchar",
    "cohorts": "sequence integer, cohort_month date, records_count bigint, decided_count bigint",
}


def file_of(settings: Settings, source_table: str) -> Path:
    """Where the history of a feed lies."""
    jurisdiction, table = source_table.split(".")
    return settings.history / jurisdiction / f"{table}.duckdb"


def known(settings: Settings) -> list[str]:
    """The feeds that have a history."""
    files = sorted(settings.history.glob("*/*.duckdb"))
    return [f"{file.parent.name}.{file.stem}" for file in files]


@contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    source_table: str,
    *,
    read_only: bool = False,
) -> Iterator[None]:
    """Attach the history of a feed as `store`, ready to make ids.

    Raises `StorageFailed` when the file is damaged.
    """
    file = file_of(settings, source_table)
    file.parent.mkdir(parents=True, exist_ok=True)
    identity.arm(connection, settings)
    how = " (read_only)" if read_only else f" ({FORMAT})"
    try:
        connection.execute(f"attach {literal(str(file))} as {ALIAS}{how}")
    except duckdb.Error:
        raise StorageFailed(
            "The history cannot be opened.",
            place=f"history/{file.parent.name}/{file.name}",
            next_step="Move the file away and run `oversight history rebuild "
            f"{source_table}`: it is made again from the snapshots.",
        ) from None
    try:
        yield
    finally:
        connection.execute(f"detach {ALIAS}")


@contextmanager
def opened(settings: Settings, source_table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection whose main database is the history of a feed."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": settings.memory_limit,
    }
    with (
        duckdb.connect(":memory:", config=config) as connection,
        attached(connection, settings, source_table, read_only=True),
    ):
        describe_versions(connection, source_table)
        connection.execute(f"use {ALIAS}")
        try:
            yield connection
        finally:
            connection.execute("use memory")


def is_empty(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether nothing was ever observed."""
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'store' "
        "and table_name = 'observations'"
    ).fetchone()
    return not (found and found[0]) or last(connection) == (0, None)


def last(connection: duckdb.DuckDBPyConnection) -> tuple[int, str | None]:
    """The sequence and the id of the last snapshot observed; 0 and none before the first."""
    found = connection.execute(
        "select sequence, snapshot_id from store.observations order by sequence desc limit 1"
    ).fetchone()
    return (int(found[0]), str(found[1])) if found else (0, None)


def create(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make the tables that are not there yet, and the view of all versions."""
    columns = "".join(f", {quoted(name)} varchar" for name in identity.kept(contract))
    wanted = {**TABLES, "current": CURRENT + columns, "closed": CLOSED + columns}
    for table, shape in wanted.items():
        connection.execute(f"create table if not exists store.{table} ({shape})")


def columns_of(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The columns of the feed that the store keeps, in its own order."""
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'store' "
        "and table_name = 'closed' order by column_index"
    ).fetchall()
    return tuple(str(row[0]) for row in found)[len(CLOSED.split(",")) :]


def add_columns(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Make room for columns that the contract declares only now."""
    for name in names:
        for table in ("current", "closed"):
            connection.execute(f"alter table store.{table} add column {quoted(name)} varchar")


def describe_versions(connection: duckdb.DuckDBPyConnection, source_table: str) -> None:
    """Make the view `versions`: every version with its two spans of time.

    `valid_from` and `valid_to` are days in the publisher's own time: the day it vouches for, or
    the day of the fetch where that says nothing new. `recorded_from` and `recorded_to` are when
    this installation learnt it.
    """
    columns = "".join(f", {quoted(name)}" for name in columns_of(connection))
    both = (
        "select record_key, first_key, from_sequence, coalesce(missing_since, withheld_since) "
        f"as to_sequence{columns} from store.current union all "
        f"select record_key, first_key, from_sequence, to_sequence{columns} from store.closed"
    )
    made = identity.record_id(source_table, "coalesce(first_key, record_key)")
    connection.execute(
        f"create or replace temp view versions as select {made} as record_id, known.*, "
        "seen.valid_on as valid_from, gone.valid_on as valid_to, "
        "seen.accepted_at as recorded_from, gone.accepted_at as recorded_to "
        f"from ({both}) as known join store.observations as seen "
        "on seen.sequence = from_sequence "
        "left join store.observations as gone on gone.sequence = to_sequence"
    )
