"""What is now known about a past day: the public tables built from the history of the sources.

A release says what was published on a day, mistakes included. Here the tables are built anew,
by today's code and vocabulary, from the records as they were valid on that day in the light of
all that was delivered since. Nothing of it is released.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from pipelines import candidate, manifest, site, snapshots, transform, warehouse
from pipelines.accounting import Accounting
from pipelines.candidate import Candidate
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.history import as_of, store
from pipelines.history.published import write_history_tables
from pipelines.ingest import Fetched
from pipelines.locations import load_locations, locate
from pipelines.lock import refresh_lock
from pipelines.pipeline_tables import write_pipeline_tables
from pipelines.release import WORDS
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Valid:
    """One feed as it was valid on the day, by the snapshot with that number; none before any."""

    fetched: Fetched
    accounting: Accounting
    sequence: int | None


@dataclass(frozen=True)
class Known:
    """The tables, in the form of an unpublished release, and what they were built from."""

    built: Candidate
    feeds: tuple[Valid, ...]


@contextmanager
def known_about(settings: Settings, day: date, table: str | None, tell: Tell) -> Iterator[Known]:
    """Build the public tables as they are now known to have been on `day`; gone afterwards.

    Only `table` is exported, or all of them when it is none. Holds the lock meanwhile. Raises
    `Misconfigured` for a table that there is not and for a day before the first snapshot,
    `DataRefused` when a gate closes.
    """
    contracts = load_contracts(settings.dbt_project, settings.jurisdictions)
    with refresh_lock(settings.lock):
        of = transform.manifest(settings)
        wanted = _wanted(transform.marts(of), table)
        _fresh(settings)
        try:
            feeds = _land(settings, contracts, day, tell)
            write_pipeline_tables(
                settings,
                contracts,
                [feed.accounting for feed in feeds],
                [feed.fetched for feed in feeds],
                transform.dictionary(of),
            )
            write_history_tables(settings, contracts)
            tell("building the public tables")
            transform.build(settings)
            built = candidate.build_candidate(settings, wanted)
            words = site.words(settings, transform.marts(of), contracts)
            manifest.write_json(built.folder / WORDS, words)
            yield Known(built, feeds)
        finally:
            shutil.rmtree(settings.work, ignore_errors=True)


def _wanted(marts: Sequence[transform.Mart], table: str | None) -> Sequence[transform.Mart]:
    names = sorted(mart.name for mart in marts)
    if table is not None and table not in names:
        raise Misconfigured(
            f"There is no table {table!r}.",
            place="as of",
            next_step=f"Choose one of these: {', '.join(names)}.",
        )
    return [mart for mart in marts if table in (None, mart.name)]


def _fresh(settings: Settings) -> None:
    shutil.rmtree(settings.work, ignore_errors=True)
    settings.work.mkdir(parents=True)
    settings.work.chmod(0o700)
    warehouse.create(settings)


def _land(
    settings: Settings, contracts: Sequence[Contract], day: date, tell: Tell
) -> tuple[Valid, ...]:
    feeds = []
    for contract in contracts:
        tell(f"looking up {contract.name}")
        feeds.append(_valid(settings, contract, day))
    if all(feed.sequence is None for feed in feeds):
        raise Misconfigured(
            f"Nothing is known about {day}: the first snapshot was taken after it.",
            place="as of",
            next_step="Choose a later day.",
        )
    return tuple(feeds)


def _valid(settings: Settings, contract: Contract, day: date) -> Valid:
    with warehouse.connect(settings) as connection:
        sequence = as_of.raw_as_of(connection, settings, contract, day)
        found = connection.execute(f"select count(*) from {contract.raw_table}").fetchone()
    if sequence is None:
        snapshot = _none_yet(settings, contract)
    else:
        snapshot = _snapshot(settings, contract, sequence)
    rows = int(found[0]) if found else 0
    fetched = Fetched(contract, snapshot, False, None, absent=sequence is None)
    accounting = Accounting(contract.name, snapshot.id, rows, rows, 0, 0, 0, ())
    return Valid(fetched, accounting, sequence)


def _none_yet(settings: Settings, contract: Contract) -> Snapshot:
    location = locate(contract, settings.data, load_locations(settings.locations))
    return snapshots.described(settings, contract, location, ())


def _snapshot(settings: Settings, contract: Contract, sequence: int) -> Snapshot:
    """The snapshot that the history counts as `sequence`, from its receipt."""
    with store.opened(settings, contract.name) as history:
        query = f"select snapshot_id from observations where sequence = {sequence}"
        found = history.execute(query).fetchone()
    snapshot = snapshots.find(settings, contract.name, str(found[0])) if found else None
    if snapshot is None:
        raise StorageFailed(
            f"The receipt of snapshot {sequence} is gone.", place=f"snapshots of {contract.name}"
        )
    return snapshot
