"""Which records of a file are to be taken down, told by their tombstones, and the file without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipelines import parsers
from pipelines.contracts import Contract
from pipelines.failures import HeaderLost, StorageFailed
from pipelines.parsers.parsed import RECORD, Odd, quoted
from pipelines.settings import Settings
from pipelines.snapshots import Part, Snapshot
from pipelines.takedown import redaction, tombstones
from pipelines.takedown.tombstones import Tombstone


@dataclass(frozen=True)
class Reading:
    """One way in which a file is read: several feeds may lie in one file.

    `more` are tombstones to go by that do not stand yet.
    """

    contract: Contract
    snapshot: Snapshot
    more: frozenset[Tombstone] = frozenset()


@dataclass(frozen=True)
class Cleaned:
    """A file without the records, and how many of each feed went."""

    file: Path
    gone: dict[str, int]


def cleaned(
    settings: Settings, readings: Sequence[Reading], part: Part, file: Path, work: Path
) -> Cleaned:
    """The file without what is to be taken down, as each of the feeds in it sees that.

    Raises `DataRefused` where it cannot be read at all, `StorageFailed` where a record cannot be
    taken out, or is still there afterwards.
    """
    gone: dict[str, int] = {}
    work.mkdir(parents=True, exist_ok=True)
    for number, reading in enumerate(sorted(readings, key=lambda one: one.contract.name)):
        seen = _seen(settings, reading, part, file, work)
        if not seen.found:
            continue
        target = work / f"{part.sha256[:16] or 'received'}-{number}"
        redaction.without(seen.reading.snapshot, file, target, seen.found)
        count = len(seen.found)
        left = replace(part, records=None if part.records is None else part.records - count)
        after = _seen(settings, seen.reading, left, target, work)
        if after.found or after.received != seen.received - count:
            raise StorageFailed(
                "A record could not be taken out of a file by its place.",
                place=reading.contract.name,
                next_step="Nothing was changed; ask those who maintain the reader.",
            )
        gone[reading.contract.name], file, part = count, target, left
    return Cleaned(file, gone)


def followers(
    readings: Sequence[Reading], done: Cleaned, part: Part, file: Path, work: Path
) -> dict[str, list[list[str]]]:
    """The other feeds in a file that was rewritten, each with the keys of its records that lay
    inside those which went. Of a feed without keys that cannot be said, and none are named."""
    found: dict[str, list[list[str]]] = {}
    for reading in readings:
        name, key = reading.contract.name, reading.contract.meta.key
        if name in done.gone:
            continue
        found[name] = []
        if key:
            named = ", ".join(f"coalesce(trim({quoted(column)}), '')" for column in key)
            before, after = (_rows(reading, part, one, work, named) for one in (file, done.file))
            found[name] = [list(one) for one in sorted(before - after)]
    return found


def _rows(reading: Reading, part: Part, file: Path, work: Path, named: str) -> set[tuple[str, ...]]:
    """What `named` gives for each record of a file."""
    any_count = replace(part, records=None)
    parsed = parsers.parse(reading.contract, reading.snapshot, any_count, file, work, careful=True)
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
        rows = connection.execute(f"select distinct {named} from {parsed.relation}").fetchall()
    return {tuple(map(str, row)) for row in rows}


@dataclass(frozen=True)
class _Seen:
    """The places of the records to be taken down, among all that were received."""

    reading: Reading
    found: frozenset[int]
    received: int


def _seen(settings: Settings, reading: Reading, part: Part, file: Path, work: Path) -> _Seen:
    """A file that came without its headings is read without them."""
    condition = tombstones.condition(settings, reading.contract, reading.more)
    if condition is None:
        return _Seen(reading, frozenset(), 0)
    try:
        return _looked(reading, part, file, work, condition)
    except HeaderLost:
        snapshot = reading.snapshot
        headless = snapshot.dialect.model_copy(update={"header": False})
        bare = replace(reading, snapshot=replace(snapshot, dialect=headless))
        return _looked(bare, part, file, work, condition)


def _looked(reading: Reading, part: Part, file: Path, work: Path, condition: str) -> _Seen:
    try:
        return _found(reading, part, file, work, condition, careful=False)
    except (Odd, duckdb.InvalidInputException, duckdb.ConversionException):
        return _found(reading, part, file, work, condition, careful=True)


def _found(
    reading: Reading, part: Part, file: Path, work: Path, condition: str, *, careful: bool
) -> _Seen:
    contract, snapshot = reading.contract, reading.snapshot
    parsed = parsers.parse(contract, snapshot, part, file, work, careful=careful)
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
        rows = connection.execute(
            f"select {RECORD} from {parsed.relation} where {condition}"
        ).fetchall()
    return _Seen(reading, frozenset(int(row[0]) for row in rows), parsed.received)
