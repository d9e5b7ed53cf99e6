"""Records taken out of the history for good, because they must not be kept at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.history import identity, store
from pipelines.parsers.parsed import literal
from pipelines.settings import Settings

TABLES = ("observations", "current", "closed", "changes", "cohorts")


def erase(settings: Settings, contract: Contract, record_ids: Sequence[str]) -> int:
    """Erase every version and every change of some records; return how many were known.

    The file is written anew without them and takes the place of the old one in one rename: a
    deletion alone would leave their bytes on the disk. Needs the lock.
    """
    file = store.file_of(settings, contract.name)
    fresh = file.with_suffix(".erased")
    fresh.unlink(missing_ok=True)
    with (
        duckdb.connect(":memory:") as connection,
        store.attached(connection, settings, contract.name, read_only=True),
    ):
        connection.execute(f"attach {literal(str(fresh))} as fresh ({store.FORMAT})")
        known = _copy(connection, contract, record_ids)
        connection.execute("checkpoint fresh")
        connection.execute("detach fresh")
    _put_in_place(fresh, file)
    return known


def _copy(
    connection: duckdb.DuckDBPyConnection, contract: Contract, record_ids: Sequence[str]
) -> int:
    named = ", ".join(map(literal, record_ids)) or "null"
    made = identity.record_id(contract.name, "coalesce(first_key, record_key)")
    gone = {"current": made, "closed": made, "changes": "record_id"}
    found = connection.execute(
        f"select count(*) from store.current where {made} in ({named})"
    ).fetchone()
    for table in TABLES:
        told = f" where {gone[table]} not in ({named})" if table in gone and record_ids else ""
        connection.execute(f"create table fresh.{table} as select * from store.{table}{told}")
    return int(found[0]) if found else 0


def _put_in_place(fresh: Path, file: Path) -> None:
    for log in (Path(f"{file}.wal"), Path(f"{fresh}.wal")):
        log.unlink(missing_ok=True)
    fresh.replace(file)
