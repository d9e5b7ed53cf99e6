"""One snapshot observed: compared with the history, doubted where it looks wrong, and appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines.accounting import Accounting
from pipelines.contracts import Contract
from pipelines.history import append, compare, kinds, rematch, store, suspicion
from pipelines.history.compare import Comparison
from pipelines.history.kinds import Recoding
from pipelines.holds.ledger import Doubt
from pipelines.snapshots import Snapshot


@dataclass(frozen=True)
class Observation:
    """A landed snapshot held against the history of its feed.

    `comparison` is none for the first snapshot ever. `doubts` are for a person to settle before
    the snapshot is appended.
    """

    connection: duckdb.DuckDBPyConnection
    contract: Contract
    snapshot: Snapshot
    accounting: Accounting
    comparison: Comparison | None
    doubts: tuple[Doubt, ...]


def observe(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    snapshot: Snapshot,
    accounting: Accounting,
    last: Snapshot | None,
    *,
    as_changes: bool = False,
) -> Observation:
    """Compare the raw table with the attached history.

    `last` is the last accepted snapshot. `as_changes` takes what looks like a new key or a new
    spelling for real change, because a person said so.
    """
    store.create(connection, contract)
    if store.last(connection)[0] == 0:
        return Observation(connection, contract, snapshot, accounting, None, ())
    comparison = rematch.by_content(compare.compare(connection, contract))
    doubts: list[Doubt] = []
    if not as_changes:
        comparison, doubts = _same_things(comparison)
    kinds.differences(comparison)
    kinds.known_recodings(comparison)
    renamed = [] if as_changes else kinds.recodings(comparison)
    kinds.name_recoded(comparison, renamed)
    doubts += _doubts(comparison, renamed, snapshot, accounting, last)
    return Observation(connection, contract, snapshot, accounting, comparison, tuple(doubts))


def record(observation: Observation, accepted_at: str, hold_id: str | None) -> None:
    """Append what was observed, all of it or nothing, and leave the file compact.

    `accepted_at` is the moment in the receipt of its acceptance, ISO in UTC.
    """
    append.append(
        observation.connection,
        observation.contract,
        observation.comparison,
        append.Moment(observation.snapshot, observation.accounting.received, accepted_at, hold_id),
    )


def _same_things(comparison: Comparison) -> tuple[Comparison, list[Doubt]]:
    """Let records that only look removed and added go on as what they are."""
    moved = rematch.by_key(comparison)
    if moved is None:
        return rematch.by_word(comparison), []
    doubt = suspicion.key_moved(comparison, moved)
    return rematch.rekey(comparison), [doubt]


def _doubts(
    comparison: Comparison,
    renamed: Sequence[Recoding],
    snapshot: Snapshot,
    accounting: Accounting,
    last: Snapshot | None,
) -> list[Doubt]:
    found = suspicion.words_renamed(comparison, renamed)
    found += suspicion.partitions_missing(comparison, _parts_gone(snapshot, last))
    before = last.received if last else None
    removal = suspicion.mass_removal(comparison, accounting.received, before)
    return [*found, removal] if removal else found


def _parts_gone(snapshot: Snapshot, last: Snapshot | None) -> list[str]:
    """Files that did not come although all that came are known: not pages, and not new names."""
    if last is None or last.reader != snapshot.reader or "://" in snapshot.location:
        return []
    were, are = ({part.name for part in one.parts} for one in (last, snapshot))
    return sorted(were - are) if are and are < were else []
