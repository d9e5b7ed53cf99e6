"""Bytes in: fetch and keep what a source sends, then load it as text and account for it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import duckdb

from pipelines import landing, readers, snapshots, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import DataRefused, HeaderLost, SnapshotHeld, SourceFailed, StorageFailed
from pipelines.history import observe, rebuild, store, suspicion
from pipelines.holds import ledger
from pipelines.holds.ledger import Doubt, Hold
from pipelines.locations import Location, load_locations, locate
from pipelines.readers import journal
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot
from pipelines.takedown.received import without_taken_down


@dataclass(frozen=True)
class Fetched:
    """What there is to load of one feed; `held` says why it is an earlier snapshot, if it is.

    An `absent` feed has nothing to load: this installation does not read it, or its publisher
    took it away before it was ever read.
    """

    contract: Contract
    snapshot: Snapshot
    changed: bool
    held: str | None
    absent: bool = False


def fetch_snapshot(
    contract: Contract, settings: Settings, progress: readers.Progress = readers.silent
) -> Fetched:
    """Keep what the source sends now, or fall back on the last accepted snapshot.

    A source that its publisher took away is not asked; its last accepted snapshot stands.

    Raises `SourceFailed` when the source gives no data and nothing earlier was accepted,
    `DataRefused` for an archive beyond the limits or a first delivery that is held,
    `StorageFailed` when the disk gives out.
    """
    location = locate(contract, settings.data, load_locations(settings.locations))
    if location.absent or contract.meta.tombstone:
        return _at_rest(contract, location, settings)
    if settings.offline:
        return _kept(contract, settings)
    try:
        with _folder(settings, "fetch") as folder:
            known = _known(contract, location, settings)
            fetched = readers.fetch(contract, location, folder, settings, known, progress)
            wanted = without_taken_down(settings, contract, location, fetched, folder)
            snapshot, changed = snapshots.keep(settings, contract, location, wanted)
        shutil.rmtree(journal.folder_of(settings, contract.name), ignore_errors=True)
        if not changed:
            ledger.overtaken(settings, contract.name, snapshot.id)
        return _unless_held(Fetched(contract, snapshot, changed, None), settings)
    except SnapshotHeld:
        raise
    except SourceFailed as failure:
        snapshots.failed(settings, contract, failure.what)
        last = snapshots.latest(settings, contract)
        if last is None:
            raise
        return Fetched(contract, last, False, failure.what)
    except DataRefused as refusal:
        snapshots.failed(settings, contract, refusal.what)
        raise


def load(fetched: Fetched, settings: Settings) -> tuple[Fetched, Accounting]:
    """Load what was fetched; when it is held, load the last accepted snapshot in its place.

    Raises `DataRefused` when a gate closes, or when nothing was accepted before.
    """
    try:
        return fetched, load_raw(fetched.contract, fetched.snapshot, settings)
    except SnapshotHeld as held:
        last = snapshots.latest(settings, fetched.contract)
        if last is None:
            raise
        instead = Fetched(fetched.contract, last, False, held.what)
        return instead, load_raw(fetched.contract, last, settings)


def load_raw(contract: Contract, snapshot: Snapshot, settings: Settings) -> Accounting:
    """Load a snapshot into the raw table of its feed, and accept it or refuse it for good.

    An accepted snapshot is appended to the history of the feed. Raises `DataRefused` when a gate
    closes: a missing column, a web page instead of data, too many bad records, an account that
    does not add up. Raises `SnapshotHeld` when the delivery is whole and looks wrong; there is
    then no raw table, so that nothing can be built from it.
    """
    snapshot = as_read(contract, snapshot, settings)
    last = snapshots.latest(settings, contract)
    try:
        with warehouse.connect(settings) as connection, _folder(settings, "landing") as work:
            rebuild.catch_up(connection, contract, settings, work)
            before = last.received if last and last.id != snapshot.id else None
            accounting = landing.land(connection, contract, snapshot, settings, work, before)
            if snapshot.parts:
                _take(connection, contract, snapshot, settings, accounting, last)
    except HeaderLost as lost:
        doubt = suspicion.header_lost(contract, lost.fields)
        raise _held(settings, contract, snapshot, last, [doubt]) from None
    except SnapshotHeld:
        raise
    except DataRefused as refusal:
        snapshots.refuse(settings, snapshot, refusal.what)
        raise
    return accounting


def as_read(contract: Contract, snapshot: Snapshot, settings: Settings) -> Snapshot:
    """The snapshot as its bytes are to be read: without headings where a person accepted that."""
    decided = _accepted_hold(settings, contract, snapshot)
    if decided and "header_lost" in decided.kinds:
        headless = snapshot.dialect.model_copy(update={"header": False})
        return replace(snapshot, dialect=headless)
    return snapshot


def load_held(contract: Contract, settings: Settings, hold: Hold) -> Accounting:
    """Take a held delivery that a person accepted into the history, from the bytes kept.

    Needs the lock, and starts on an empty warehouse. The next refresh publishes it.
    """
    snapshot = snapshots.find(settings, contract.name, hold.snapshot_id)
    if snapshot is None:
        raise StorageFailed(f"Snapshot {hold.snapshot_id} was never kept.", place=contract.name)
    warehouse.create(settings)
    linked = contract.meta.withhold_with
    if linked:
        siblings = load_contracts(settings.dbt_project, [contract.jurisdiction])
        parent = next(c for c in siblings if c.table.name == linked.table)
        good = snapshots.latest(settings, parent)
        if good:
            load_raw(parent, good, settings)
    return load_raw(contract, snapshot, settings)


def _take(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    snapshot: Snapshot,
    settings: Settings,
    accounting: Accounting,
    last: Snapshot | None,
) -> None:
    """Accept a landed snapshot and append it to the history, or raise `SnapshotHeld`.

    It is accepted first: should the power fail in between, the next refresh catches up.
    """
    decided = _accepted_hold(settings, contract, snapshot)
    with store.attached(connection, settings, contract.name):
        store.create(connection, contract)
        if store.last(connection)[1] == snapshot.id:
            snapshots.accept(settings, snapshot, accounting.received)
            return
        as_changes = bool(decided and decided.as_changes)
        seen = observe.observe(
            connection, contract, snapshot, accounting, last, as_changes=as_changes
        )
        if seen.doubts and not (decided and decided.covers(seen.doubts)):
            connection.execute(f"drop table {contract.raw_table}")
            raise _held(settings, contract, snapshot, last, seen.doubts)
        snapshots.accept(settings, snapshot, accounting.received)
        at = settings.now.astimezone(UTC).isoformat(timespec="seconds")
        observe.record(seen, at, decided.id if decided else None)
    ledger.overtaken(settings, contract.name, snapshot.id)
    if last:
        snapshots.compress(settings, last, snapshot)


def _accepted_hold(settings: Settings, contract: Contract, snapshot: Snapshot) -> Hold | None:
    hold = ledger.of_snapshot(settings, contract.name, snapshot.id)
    return hold if hold and hold.state == "accepted" else None


def _held(
    settings: Settings,
    contract: Contract,
    snapshot: Snapshot,
    last: Snapshot | None,
    doubts: Sequence[Doubt],
) -> SnapshotHeld:
    """Open a hold for a person to decide, and say how."""
    last_id = last.id if last else None
    hold = ledger.open_hold(settings, contract.name, snapshot.id, last_id, doubts)
    snapshots.hold(settings, snapshot, hold.told)
    return waiting(hold)


def waiting(hold: Hold) -> SnapshotHeld:
    """What people are told of a delivery that is held, or that somebody rejected."""
    if hold.state == "rejected":
        told = f"{hold.told} Rejected by {hold.decided_by}: {hold.reason}"
        next_step = "Ask the publisher; the next delivery is looked at anew."
    else:
        told = f"{hold.told} It waits for a person."
        next_step = f"Look at it with `oversight hold show {hold.id}`, then accept or reject it."
    return SnapshotHeld(told, place=hold.source_table, next_step=next_step)


def _unless_held(fetched: Fetched, settings: Settings) -> Fetched:
    """The last accepted snapshot in place of one that a person has not accepted."""
    contract = fetched.contract
    hold = ledger.of_snapshot(settings, contract.name, fetched.snapshot.id)
    if not fetched.changed or hold is None or hold.state not in ("open", "rejected"):
        return fetched
    last = snapshots.latest(settings, contract)
    if last is None:
        raise waiting(hold)
    return Fetched(contract, last, False, waiting(hold).what)


def _known(
    contract: Contract, location: Location, settings: Settings
) -> tuple[readers.FetchedPart, ...]:
    """What a source on the network need not send again; a file at hand is quicker read anew."""
    if not any("://" in place for place in location.places):
        return ()
    return snapshots.known_parts(settings, contract, location)


def _at_rest(contract: Contract, location: Location, settings: Settings) -> Fetched:
    last = None if location.absent else snapshots.latest(settings, contract)
    if last is not None:
        return Fetched(contract, last, False, None)
    nothing = snapshots.described(settings, contract, location, ())
    return Fetched(contract, nothing, False, None, absent=True)


def _kept(contract: Contract, settings: Settings) -> Fetched:
    last = snapshots.latest(settings, contract)
    if last is None:
        raise SourceFailed(
            "No snapshot has been kept yet.",
            place=contract.name,
            next_step="Run `oversight refresh` with the source within reach first.",
        )
    return Fetched(contract, last, False, None)


@contextmanager
def _folder(settings: Settings, purpose: str) -> Iterator[Path]:
    """A folder of its own below the work folder, gone when done."""
    folder = settings.work / purpose / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
