"""Records to raw rows: what is blank, withheld, doubled or in conflict never lands.

A raw table is filled under a working name and put in place in one transaction together with
its quarantine, so that a killed refresh leaves nothing half loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines import duplicates, parsers, snapshots, verdicts, warehouse
from pipelines.accounting import Accounting, check_growth, check_identity, check_quarantine
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.failures import DataRefused
from pipelines.history import identity
from pipelines.parsers.parsed import (
    LINE,
    RECORD,
    Malformed,
    Odd,
    Parsed,
    hash_of,
    lent,
    literal,
    quoted,
)
from pipelines.settings import Settings
from pipelines.snapshots import Part, Snapshot
from pipelines.takedown import tombstones

QUARANTINE = "private.quarantined"


@dataclass(frozen=True)
class LandedPart:
    """One part after landing: `before` is how many records the parts before it had."""

    name: str
    parsed: Parsed
    before: int


@dataclass
class Landing:
    """The state of loading one feed."""

    connection: duckdb.DuckDBPyConnection
    contract: Contract
    snapshot: Snapshot
    settings: Settings
    work: Path
    parts: list[LandedPart] = field(default_factory=list)
    quarantine: list[tuple[str, Malformed]] = field(default_factory=list)
    withheld: int = 0
    loaded: int = 0

    @property
    def table(self) -> str:
        """The working name of the raw table."""
        schema, table = self.contract.raw_table.split(".")
        return f"{quoted(schema)}.{quoted(f'{table}__landing')}"

    @property
    def received(self) -> int:
        return sum(part.parsed.received for part in self.parts)


def land(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    snapshot: Snapshot,
    settings: Settings,
    work: Path,
    before: int | None = None,
) -> Accounting:
    """Load all parts of a snapshot into the raw table of its feed.

    `before` is the number of records of the last accepted snapshot, for the gate of growth.
    Raises `DataRefused` when a gate closes; the raw table is then as it was.
    """
    landing = Landing(connection, contract, snapshot, settings, work)
    _create(landing)
    for part in snapshot.parts:
        _land_part(landing, part)
    check_growth(contract, landing.received, before)
    dropped = _settle_duplicates(landing)
    quarantined = len(landing.quarantine)
    first = _told(*landing.quarantine[0]) if landing.quarantine else ""
    check_quarantine(contract, quarantined, landing.received, first)
    accounting = _accounting(landing, dropped)
    check_identity(accounting)
    _put_in_place(landing)
    return accounting


def _create(landing: Landing) -> None:
    contract, connection = landing.contract, landing.connection
    for schema in (contract.source.schema_name, "private"):
        connection.execute(f"create schema if not exists {quoted(schema)}")
    columns = [f"{quoted(column.name)} varchar" for column in contract.landed]
    columns += ["_snapshot_id varchar", "_row_number bigint", "_as_of date", "_part varchar"]
    columns += [f"{quoted(identity.mark_of(column))} varchar" for column in contract.marked]
    if contract.meta.key is None:
        columns += ["_row_hash varchar", "_row_ordinal integer"]
    connection.execute(f"create or replace table {landing.table} ({', '.join(columns)})")
    identity.arm(connection, landing.settings)
    verdicts.create_set_aside(connection, contract)
    for _, column in lent(contract):
        lent_table = verdicts.withheld_table(contract, contract.table.name, column)
        connection.execute(f"create or replace table {lent_table} (key varchar)")


def _land_part(landing: Landing, part: Part) -> None:
    """Load one part, fast where that can be vouched for, else line by line."""
    blob = snapshots.part_path(landing.settings, part)
    try:
        _fill(landing, part, blob, careful=False)
    except (Odd, duckdb.InvalidInputException, duckdb.ConversionException):
        _remove(landing)
        try:
            _fill(landing, part, blob, careful=True)
        except (Odd, duckdb.InvalidInputException) as error:
            raise DataRefused(
                f"{part.name!r} cannot be read so that its records add up.",
                place=landing.contract.name,
            ) from error
    reached("part landed")


def _fill(landing: Landing, part: Part, blob: Path, *, careful: bool) -> None:
    parsed = parsers.parse(
        landing.contract, landing.snapshot, part, blob, landing.work, careful=careful
    )
    landed = LandedPart(part.name, parsed, landing.received)
    taken_down = tombstones.condition(landing.settings, landing.contract)
    verdict = verdicts.verdict(landing.connection, landing.contract, parsed, taken_down)
    loaded = _insert(landing, landed, verdict)
    set_aside: list[tuple[int, int | None, str]] = []
    if loaded < parsed.records:
        set_aside = _set_aside(landing, parsed, verdict)
    malformed = len(parsed.malformed)
    if loaded + len(set_aside) != parsed.records or parsed.records + malformed != parsed.received:
        raise Odd
    landing.parts.append(landed)
    landing.loaded += loaded
    _note(landing, landed, set_aside)


def _remove(landing: Landing) -> None:
    landing.connection.execute(
        f"delete from {landing.table} where _row_number > {landing.received}"
    )


def _insert(landing: Landing, landed: LandedPart, verdict: str) -> int:
    contract, snapshot = landing.contract, landing.snapshot
    columns = [quoted(column.name) for column in contract.landed]
    as_of = f"date {literal(snapshot.as_of)}" if snapshot.as_of else "null::date"
    columns += [literal(snapshot.id), f"{RECORD} + {landed.before}", as_of, literal(landed.name)]
    columns += [identity.mark(column) for column in contract.marked]
    if contract.meta.key is None:
        public = [quoted(c.name) for c in contract.columns if c.klass == "public"]
        columns += [hash_of(public or ["''"]), "1"]
    answer = landing.connection.execute(
        f"insert into {landing.table} select {', '.join(columns)} "
        f"from {landed.parsed.relation} where ({verdict}) is null"
    ).fetchone()
    return int(answer[0]) if answer else 0


def _set_aside(landing: Landing, parsed: Parsed, verdict: str) -> list[tuple[int, int | None, str]]:
    """The records that did not land, each with its line and reason; withheld keys are noted."""
    connection, keys = landing.connection, lent(landing.contract)
    named = [*(column for _, column in keys), *(landing.contract.meta.key or ())]
    columns = ", ".join(dict.fromkeys(map(quoted, named))) or "null as none"
    connection.execute(
        f"create or replace temp table set_aside as select {RECORD}, {LINE}, "
        f"{verdict} as why, {columns} from {parsed.relation} where ({verdict}) is not null"
    )
    verdicts.note_set_aside(connection, landing.contract, "set_aside", "why")
    for _, column in keys:
        target = verdicts.withheld_table(landing.contract, landing.contract.table.name, column)
        connection.execute(
            f"insert into {target} select distinct trim({quoted(column)}) from set_aside "
            f"where why = {literal(verdicts.WITHHELD)} and {quoted(column)} is not null"
        )
    rows = connection.execute(f"select {RECORD}, {LINE}, why from set_aside order by 1").fetchall()
    return [(record, line, why) for record, line, why in rows]


def _note(
    landing: Landing,
    landed: LandedPart,
    set_aside: Sequence[tuple[int, int | None, str]],
) -> None:
    bad = [(record, line, why) for record, line, why in set_aside if why != verdicts.WITHHELD]
    landing.withheld += len(set_aside) - len(bad)
    lines = landed.parsed.lines(_unplaced(bad)) if landed.parsed.lines and _unplaced(bad) else {}
    for malformed in landed.parsed.malformed:
        landing.quarantine.append((landed.name, malformed))
    for record, line, why in bad:
        reason, _, column = why.partition(":")
        where = line if line is not None else lines.get(record)
        landing.quarantine.append((landed.name, Malformed(reason, where, column or None)))


def _unplaced(bad: Sequence[tuple[int, int | None, str]]) -> list[int]:
    return [record for record, line, _ in bad if line is None]


def _settle_duplicates(landing: Landing) -> int:
    """Drop what is identical, quarantine what conflicts, number what is rightly repeated."""
    meta = landing.contract.meta
    if meta.key is None and meta.identical_rows == "keep":
        duplicates.number_repeats(landing.connection, landing.table)
        return 0
    parts = [(part.name, part.before, part.parsed) for part in landing.parts]
    settled = duplicates.settle(landing.connection, landing.table, landing.contract, parts)
    landing.loaded -= settled.dropped + len(settled.conflicting)
    landing.quarantine += settled.conflicting
    if meta.key is None:
        duplicates.number_repeats(landing.connection, landing.table)
    return settled.dropped


def _accounting(landing: Landing, dropped: int) -> Accounting:
    stored = landing.connection.execute(f"select count(*) from {landing.table}").fetchone()
    unknown = sorted({name for part in landing.parts for name in part.parsed.unknown})
    return Accounting(
        source_table=landing.contract.name,
        snapshot_id=landing.snapshot.id,
        received=landing.received,
        loaded=int(stored[0]) if stored else 0,
        quarantined=len(landing.quarantine),
        dropped_identical=dropped,
        withheld=landing.withheld,
        unknown_columns=tuple(unknown),
    )


def _put_in_place(landing: Landing) -> None:
    connection, contract = landing.connection, landing.contract
    table = quoted(contract.table.name)
    rows = [
        (
            contract.jurisdiction,
            contract.name,
            landing.snapshot.id,
            part,
            m.line,
            m.column,
            m.reason,
        )
        for part, m in landing.quarantine
    ]
    connection.execute("begin")
    connection.execute(
        f"create table if not exists {QUARANTINE} (jurisdiction varchar, source_table varchar, "
        "snapshot_id varchar, part varchar, line bigint, column_name varchar, reason varchar)"
    )
    connection.execute(f"delete from {QUARANTINE} where source_table = {literal(contract.name)}")
    warehouse.insert(connection, QUARANTINE, rows)
    connection.execute(f"drop table if exists {contract.source.schema_name}.{table}")
    connection.execute(f"alter table {landing.table} rename to {table}")
    connection.execute("commit")
    reached("raw table in place")


def _told(part: str, malformed: Malformed) -> str:
    line = f" line {malformed.line:,}" if malformed.line else ""
    column = f" column {malformed.column!r}" if malformed.column else ""
    return f"{part!r}{line}{column}: {malformed.reason}"
