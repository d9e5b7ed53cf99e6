"""The history made again from what it was made of: the accepted snapshots, in their order."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines import landing, snapshots, warehouse
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, StorageFailed
from pipelines.history import observe, store
from pipelines.holds import ledger
from pipelines.parsers.parsed import quoted
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot

Accepted = tuple[str, Snapshot]


def catch_up(
    connection: duckdb.DuckDBPyConnection, contract: Contract, settings: Settings, work: Path
) -> int:
    """Append the accepted snapshots that the history lacks; return how many there were.

    There are some after a crash between acceptance and history, and when an installation begins
    to keep one. The raw table of the feed is overwritten.
    """
    last = snapshots.latest(settings, contract)
    if last is None or not last.parts:
        return 0
    with store.attached(connection, settings, contract.name):
        store.create(connection, contract)
        known = store.last(connection)[1]
        if known == last.id:
            return 0
        waiting = _after(snapshots.accepted(settings, contract.name), known)
        for accepted in waiting:
            _again(connection, contract, settings, work, accepted)
    return len(waiting)


def rebuild(settings: Settings, contract: Contract, siblings: Sequence[Contract] = ()) -> int:
    """Throw the history of a feed away and make it anew from its snapshots; return how many.

    `siblings` are the feeds of the jurisdiction: what is withheld with a parent is looked up in
    the parent's snapshot of that time. The old file stays in place until the new one is whole.
    Needs the lock. Raises `StorageFailed` when the bytes of a snapshot are gone or cannot be
    read by today's contract.
    """
    file = store.file_of(settings, contract.name)
    aside = file.with_suffix(".old")
    if file.is_file():
        file.replace(aside)
    try:
        number = _replay(settings, contract, siblings)
    except BaseException:
        file.unlink(missing_ok=True)
        if aside.is_file():
            aside.replace(file)
        raise
    aside.unlink(missing_ok=True)
    return number


def table_hashes(settings: Settings, contract: Contract) -> dict[str, str]:
    """A hash of the rows of each table of a feed's history, in an order of their own."""
    with store.opened(settings, contract.name) as connection:
        return {
            table: _hash(connection, table)
            for table in ("observations", "current", "closed", "changes", "cohorts")
        }


def _replay(settings: Settings, contract: Contract, siblings: Sequence[Contract]) -> int:
    linked = contract.meta.withhold_with
    parent = next((c for c in siblings if linked and c.table.name == linked.table), None)
    parents = snapshots.accepted(settings, parent.name) if parent else []
    all_accepted = snapshots.accepted(settings, contract.name)
    work = settings.work / "rebuilding"
    work.mkdir(parents=True, exist_ok=True)
    warehouse.create(settings)
    shown: str | None = None
    with warehouse.connect(settings) as connection:
        for accepted in all_accepted:
            before = [one for at, one in parents if at <= accepted[0]] or [
                s for _, s in parents[:1]
            ]
            if parent and before and before[-1].id != shown:
                shown = before[-1].id
                landing.land(connection, parent, before[-1], settings, work)
            with store.attached(connection, settings, contract.name):
                _again(connection, contract, settings, work, accepted)
            shutil.rmtree(settings.work / "unpacked", ignore_errors=True)
    return len(all_accepted)


def _again(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    settings: Settings,
    work: Path,
    accepted: Accepted,
) -> None:
    at, snapshot = accepted
    store.create(connection, contract)
    try:
        rows = landing.land(connection, contract, snapshot, settings, work)
    except DataRefused as refusal:
        raise StorageFailed(
            f"Snapshot {snapshot.id} was accepted once and cannot be read now: {refusal.what}",
            place=f"history of {contract.name}",
            next_step="Let the contract read it again, or keep the history file as it is.",
        ) from None
    hold = ledger.of_snapshot(settings, contract.name, snapshot.id)
    decided = hold if hold and hold.state == "accepted" else None
    observation = observe.observe(
        connection, contract, snapshot, rows, None, as_changes=bool(decided and decided.as_changes)
    )
    observe.record(observation, at, decided.id if decided else None)


def _after(accepted: list[Accepted], known: str | None) -> list[Accepted]:
    """What comes after the snapshot that the history ends with; nothing if it is not among them."""
    if known is None:
        return accepted
    places = [place for place, (_, snapshot) in enumerate(accepted) if snapshot.id == known]
    return accepted[places[-1] + 1 :] if places else []


def _hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = [
        str(row[0])
        for row in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'store' "
            f"and table_name = '{table}' order by column_name"
        ).fetchall()
    ]
    told = ", ".join(f"coalesce(cast({quoted(name)} as varchar), chr(30))" for name in columns)
    found = connection.execute(
        f"with rows as (select md5(concat_ws(chr(31), {told})) as row from store.{table}) "
        "select count(*) || ' rows ' || md5(coalesce(string_agg(row, '' order by row), '')) "
        "from rows"
    ).fetchone()
    return str(found[0]) if found else ""
