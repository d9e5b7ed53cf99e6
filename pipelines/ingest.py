"""Bytes in: fetch and keep what a source sends, then load it as text and account for it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines import landing, readers, snapshots, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, SourceFailed
from pipelines.locations import Location, load_locations, locate
from pipelines.readers import journal
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot


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
    `DataRefused` for an archive beyond the limits, `StorageFailed` when the disk gives out.
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
            snapshot, changed = snapshots.keep(settings, contract, location, fetched)
        shutil.rmtree(journal.folder_of(settings, contract.name), ignore_errors=True)
        return Fetched(contract, snapshot, changed, None)
    except SourceFailed as failure:
        snapshots.failed(settings, contract, failure.what)
        last = snapshots.latest(settings, contract)
        if last is None:
            raise
        return Fetched(contract, last, False, failure.what)
    except DataRefused as refusal:
        snapshots.failed(settings, contract, refusal.what)
        raise


def load_raw(contract: Contract, snapshot: Snapshot, settings: Settings) -> Accounting:
    """Load a snapshot into the raw table of its feed, and accept it or refuse it for good.

    Raises `DataRefused` when a gate closes: a missing column, a web page instead of data, too
    many bad records, a collapse in numbers, or an account that does not add up.
    """
    last = snapshots.latest(settings, contract)
    is_other = last is not None and last.id != snapshot.id and bool(snapshot.parts)
    before = last.received if last and is_other else None
    try:
        with warehouse.connect(settings) as connection, _folder(settings, "landing") as work:
            accounting = landing.land(connection, contract, snapshot, settings, before, work)
    except DataRefused as refusal:
        snapshots.refuse(settings, snapshot, refusal.what)
        raise
    if snapshot.parts:
        snapshots.accept(settings, snapshot, accounting.received)
    return accounting


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
