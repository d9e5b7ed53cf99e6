"""The differences of one snapshot written into the history, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.history import cohorts, compare, identity, store
from pipelines.history.compare import Comparison
from pipelines.history.kinds import WHOLE
from pipelines.parsers.parsed import literal, quoted
from pipelines.snapshots import Snapshot

NEW_VERSION = "('changed', 'restored', 'rekeyed', 'rekeyed_from')"


@dataclass(frozen=True)
class Moment:
    """A snapshot as it enters the history; `accepted_at` is ISO in UTC."""

    snapshot: Snapshot
    received: int
    accepted_at: str
    hold_id: str | None


def append(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    comparison: Comparison | None,
    moment: Moment,
) -> None:
    """Write one observation: versions, changes, cohorts and the row that tells of it."""
    sequence = store.last(connection)[0] + 1
    connection.execute("set force_compression = 'auto'")
    connection.execute("begin")
    if comparison is None:
        compare.baseline(connection, contract)
    else:
        _write_changes(comparison, sequence)
        _write_versions(comparison, sequence)
    cohorts.append(connection, contract, sequence)
    _write_observation(connection, contract, comparison, sequence, moment)
    connection.execute("commit")
    connection.execute("checkpoint store")
    connection.execute("set force_compression = 'uncompressed'")
    reached("history appended")


def _write_changes(comparison: Comparison, sequence: int) -> None:
    contract, execute = comparison.contract, comparison.connection.execute
    _name_records(comparison, sequence)
    made = identity.record_id(contract.name, "touched.first_key")
    label = (
        f"coalesce({identity.record_label(contract, 'after')}, "
        f"{identity.record_label(contract, 'before')})"
    )
    rows = (
        f"(select touched.pair, touched.step, {made} as record_id, {label} as record_label "
        "from touched left join before using (pair) left join after using (pair))"
    )
    whole = " ".join(f"when {literal(step)} then {literal(kind)}" for step, kind in WHOLE.items())
    steps = ", ".join(map(literal, WHOLE))
    execute(
        f"insert into store.changes select {sequence}, record_id, record_label, null, "
        f"case step {whole} end, null, null from {rows} where step in ({steps}) "
        "order by record_id, step"
    )
    execute(
        f"insert into store.changes select {sequence}, record_id, record_label, column_name, "
        f"change_kind, old_value, new_value from differences join {rows} as told using (pair) "
        "order by record_id, column_name"
    )


def _name_records(comparison: Comparison, sequence: int) -> None:
    """Give every touched record the first key it ever had, from which its id is made.

    A new record may get a number that another had before it went on under a new one: its first
    key is told apart by the snapshot in which it came.
    """
    execute = comparison.connection.execute
    taken = "(select first_key from store.current union all "
    taken += "select first_key from store.closed union all select record_key from store.closed)"
    execute("alter table touched add column first_key varchar")
    execute(
        "update touched set first_key = coalesce(before.first_key, before.record_key) "
        "from before where before.pair = touched.pair"
    )
    execute(
        "update touched set first_key = case when new_key in "
        f"(select first_key from {taken} where first_key is not null) "
        f"then new_key || chr(31) || {sequence} else new_key end where first_key is null"
    )


def _write_versions(comparison: Comparison, sequence: int) -> None:
    """Close the versions that have a successor, open the successors, mark what is absent."""
    execute = comparison.connection.execute
    names = store.columns_of(comparison.connection)
    columns = ", ".join(map(quoted, names))
    _settle_unchanged(comparison)
    over = f"select old_key from touched where step in {NEW_VERSION}"
    execute(
        f"insert into store.closed (record_key, first_key, row_hash, from_sequence, to_sequence, "
        f"{columns}) select record_key, first_key, row_hash, from_sequence, "
        f"coalesce(missing_since, withheld_since, {sequence}), {columns} from store.current "
        f"where record_key in ({over}) order by record_key"
    )
    execute(
        "create or replace temp table opening as select touched.new_key as record_key, "
        "nullif(touched.first_key, touched.new_key) as first_key, "
        f"incoming.row_hash, {sequence} as from_sequence, {_values(comparison, names)} "
        "from touched left join before using (pair) join after using (pair) "
        "join incoming on incoming._row_number = after._row_number where step not in ('removed')"
    )
    execute(f"delete from store.current where record_key in ({over})")
    execute(
        f"insert into store.current (record_key, first_key, row_hash, from_sequence, {columns}) "
        "from opening order by record_key"
    )
    _note_contents(comparison)
    for step, mark in (("removed", "missing_since"), ("withheld", "withheld_since")):
        execute(
            f"update store.current set {mark} = {sequence} where record_key in "
            f"(select old_key from touched where step = {literal(step)})"
        )


def _note_contents(comparison: Comparison) -> None:
    """Without a key: note by what a row that is gone would be known again, however written."""
    if comparison.contract.meta.key is None:
        comparison.connection.execute(
            f"update store.current set content = {compare.content(comparison, 'before', ())} "
            "from before join touched using (pair) where touched.step = 'removed' "
            "and store.current.record_key = touched.old_key"
        )


def _values(comparison: Comparison, names: tuple[str, ...]) -> str:
    """A new version's columns; what the publisher leaves out is carried over."""
    delivered = set(identity.kept(comparison.contract))
    told = []
    for name in map(quoted, names):
        plain = name.strip('"')
        if plain in comparison.missing or plain not in delivered:
            told.append(f"before.{name} as {name}")
        else:
            told.append(f"after.{name} as {name}")
    return ", ".join(told)


def _settle_unchanged(comparison: Comparison) -> None:
    """Rows that differ only in what is not compared take the new writing without a new version."""
    names = set(identity.kept(comparison.contract)) - set(comparison.missing)
    told = ", ".join(f"{quoted(name)} = after.{quoted(name)}" for name in sorted(names))
    execute = comparison.connection.execute
    same = "step = 'changed' and pair not in (select pair from differences)"
    execute(
        f"update store.current as kept set row_hash = incoming.row_hash, {told} "
        "from touched join after using (pair) "
        "join incoming on incoming._row_number = after._row_number "
        f"where kept.record_key = touched.old_key and touched.old_key = touched.new_key and {same}"
    )
    execute(f"delete from touched where {same} and old_key = new_key")


def _write_observation(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    comparison: Comparison | None,
    sequence: int,
    moment: Moment,
) -> None:
    snapshot = moment.snapshot
    counts = ", ".join(
        f"(select count(*) from store.changes where sequence = {sequence} "
        f"and change_kind = {literal(kind)})"
        for kind in store.KINDS
    )
    names = ("added", "missing") if comparison else ()
    columns = [", ".join(getattr(comparison, name)) or None for name in names] or [None, None]
    known = "(select count(*) from store.current{})"
    values = [
        str(sequence),
        _text(snapshot.id),
        "(select max_by(snapshot_id, sequence) from store.observations)",
        f"{_text(snapshot.fetched_at)}::timestamp",
        f"{_text(moment.accepted_at)}::timestamp",
        f"{_text(snapshot.as_of)}::date",
        _valid_on(snapshot),
        f"(select count(*) from {contract.raw_table})",
        str(moment.received),
        known.format(""),
        known.format(" where missing_since is not null"),
        counts,
        f"(select count(distinct record_id) from store.changes where sequence = {sequence})",
        _text(moment.hold_id),
        *map(_text, columns),
    ]
    connection.execute(f"insert into store.observations select {', '.join(values)}")


def _valid_on(snapshot: Snapshot) -> str:
    """SQL for the day that a snapshot speaks of: the one that its publisher vouches for.

    A publisher who sends other data and vouches for the same day has changed its word since; the
    day of the fetch then says when.
    """
    fetched, vouched = f"{_text(snapshot.fetched_at)}::timestamp::date", _text(snapshot.as_of)
    before = "(select max(valid_on) from store.observations)"
    return (
        f"case when {vouched}::date > {before} or {before} is null "
        f"then coalesce({vouched}::date, {fetched}) else {fetched} end"
    )


def _text(value: str | None) -> str:
    return "null" if value is None else literal(value)
