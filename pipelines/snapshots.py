"""Snapshots: the bytes of a feed as received, named by their hash, with receipts.

The bytes are kept before anything reads them, so that every later step can be repeated from what
is kept. Receipts are lines that are only appended: one for each fetch, one for each verdict on
what was fetched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from pipelines import appended, blobs
from pipelines.contract_file import Dialect
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.locations import Location
from pipelines.readers.parts import FetchedPart, base_name, public_url
from pipelines.settings import Settings

Outcome = Literal["new", "no_change", "accepted", "held", "refused", "failed"]

ACCEPTED = b'"outcome": "accepted"'


@dataclass(frozen=True)
class Part:
    """One file of a snapshot: what its reader said of it, and its hash."""

    name: str
    sha256: str
    size: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    records: int | None = None
    place: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Snapshot:
    """What one fetch of one feed brought, and how it is to be read.

    `received` is the number of records, known once it has been accepted; `query` is what the
    service was asked, as JSON.
    """

    id: str
    source_table: str
    fetched_at: str
    parts: tuple[Part, ...]
    received: int | None
    location: str
    as_of: str | None
    reader: str
    records: str
    dialect: Dialect
    query: str = "{}"


def keep(
    settings: Settings, contract: Contract, location: Location, fetched: Sequence[FetchedPart]
) -> tuple[Snapshot, bool]:
    """Store the parts and write the receipt; also say whether they differ from the last good ones.

    Content that has not changed keeps the moment at which it was first received.

    Raises `StorageFailed` when the disk does not take them.
    """
    try:
        parts = tuple(_keep_part(settings, part) for part in fetched)
        snapshot = described(settings, contract, location, parts)
        last = latest(settings, contract)
        if last is not None and _same_bytes(last.parts, parts):
            snapshot = replace(snapshot, id=last.id)
        changed = last is None or last.id != snapshot.id
        _append(settings, snapshot, "new" if changed else "no_change")
    except OSError as error:
        raise _disk(contract.name, error) from None
    if last is not None and not changed:
        snapshot = replace(snapshot, fetched_at=last.fetched_at)
    return snapshot, changed


def described(
    settings: Settings, contract: Contract, location: Location, parts: tuple[Part, ...]
) -> Snapshot:
    """The snapshot that these parts are; without parts, that of a feed that is not read."""
    return Snapshot(
        id=_identity(parts),
        source_table=contract.name,
        fetched_at=settings.now.astimezone(UTC).isoformat(timespec="seconds"),
        parts=parts,
        received=None,
        location=" ".join(map(_shown, location.places)),
        as_of=location.as_of.isoformat() if location.as_of else None,
        reader=location.reader,
        records=location.records,
        dialect=location.dialect,
        query=json.dumps(location.query, sort_keys=True),
    )


def known_parts(
    settings: Settings, contract: Contract, location: Location
) -> tuple[FetchedPart, ...]:
    """The parts of the last accepted snapshot, if it was read in the same way and is intact."""
    last = latest(settings, contract)
    same = last and (last.reader, last.query) == (
        location.reader,
        json.dumps(location.query, sort_keys=True),
    )
    if last is None or not same:
        return ()
    try:
        return tuple(
            FetchedPart(
                part.name,
                part_path(settings, part),
                part.url,
                part.headers,
                part.records,
                part.place,
                part.stamp,
            )
            for part in last.parts
        )
    except StorageFailed:
        return ()


def latest(settings: Settings, contract: Contract) -> Snapshot | None:
    """The last snapshot that was accepted; null when none ever was."""
    found = appended.last(ledger_of(settings, contract.name), ACCEPTED)
    return _snapshot(found["snapshot"]) if found else None


def accepted(settings: Settings, source_table: str) -> list[tuple[str, Snapshot]]:
    """All that was ever accepted, oldest first, with the moment: ISO text in UTC.

    The same snapshot accepted again at once, read in another way, counts as one: the last.
    """
    found: list[tuple[str, Snapshot]] = []
    for receipt in appended.read(ledger_of(settings, source_table)):
        if receipt["outcome"] != "accepted":
            continue
        snapshot = _snapshot(receipt["snapshot"])
        if found and found[-1][1].id == snapshot.id:
            found[-1] = (found[-1][0], snapshot)
        else:
            found.append((str(receipt["at"]), snapshot))
    return found


def every(settings: Settings, source_table: str) -> list[tuple[str, Snapshot]]:
    """Each snapshot that a receipt describes, oldest first, with what became of it then."""
    told = appended.read(ledger_of(settings, source_table))
    return [(str(one["outcome"]), _snapshot(one["snapshot"])) for one in told if "snapshot" in one]


def find(settings: Settings, source_table: str, snapshot_id: str) -> Snapshot | None:
    """A snapshot by its id, as it was last described; none if it was never received."""
    found = appended.last(ledger_of(settings, source_table), f'"id": "{snapshot_id}"'.encode())
    return _snapshot(found["snapshot"]) if found else None


def accept(settings: Settings, snapshot: Snapshot, received: int) -> Snapshot:
    """Record that the snapshot loaded well, with `received` records. Repeating it adds nothing."""
    accepted = replace(snapshot, received=received)
    last = appended.last(ledger_of(settings, snapshot.source_table), ACCEPTED)
    if not last or _snapshot(last["snapshot"]) != accepted:
        _recorded(settings, accepted, "accepted")
    return accepted


def hold(settings: Settings, snapshot: Snapshot, why: str) -> None:
    """Record that the snapshot waits for a person, and is not the last good one until then."""
    _recorded(settings, snapshot, "held", why)


def compress(settings: Settings, old: Snapshot, new: Snapshot) -> None:
    """Pack the bytes of a snapshot that another has replaced; they are rarely read again."""
    needed = {part.sha256 for part in new.parts}
    try:
        for digest in {part.sha256 for part in old.parts} - needed:
            blobs.pack(settings, digest)
    except OSError as error:
        raise _disk(old.source_table, error) from None


def refuse(settings: Settings, snapshot: Snapshot, why: str) -> None:
    """Record that a gate refused the snapshot, so that it never becomes the last good one."""
    _recorded(settings, snapshot, "refused", why)


def failed(settings: Settings, contract: Contract, why: str) -> None:
    """Record that the source gave no data."""
    try:
        _append_line(settings, contract.name, {"outcome": "failed", "why": why})
    except OSError as error:
        raise _disk(contract.name, error) from None


def part_path(settings: Settings, part: Part) -> Path:
    """The stored bytes of a part, checked against their hash. Raises `StorageFailed`."""
    return blobs.read(settings, part.sha256, part.name)


def _keep_part(settings: Settings, part: FetchedPart) -> Part:
    return Part(
        part.name,
        blobs.store(settings, part.path),
        part.path.stat().st_size,
        part.url,
        dict(part.headers),
        part.records,
        part.place,
        part.stamp,
    )


def _identity(parts: Sequence[Part]) -> str:
    told = json.dumps([[part.name, part.sha256] for part in parts])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _same_bytes(kept: Sequence[Part], received: Sequence[Part]) -> bool:
    """Whether nothing new came. A snapshot keeps its id when a record is taken out of its bytes,
    so the ids alone do not tell."""
    return [(p.name, p.sha256) for p in kept] == [(p.name, p.sha256) for p in received]


def _shown(place: str) -> str:
    return public_url(place) if "://" in place else base_name(place.replace("*", "…"))


def _recorded(settings: Settings, snapshot: Snapshot, outcome: Outcome, why: str = "") -> None:
    try:
        _append(settings, snapshot, outcome, why)
    except OSError as error:
        raise _disk(snapshot.source_table, error) from None


def _append(settings: Settings, snapshot: Snapshot, outcome: Outcome, why: str = "") -> None:
    told = asdict(replace(snapshot, dialect=Dialect())) | {"dialect": snapshot.dialect.model_dump()}
    receipt: dict[str, Any] = {"outcome": outcome, "snapshot": told}
    if why:
        receipt["why"] = why
    _append_line(settings, snapshot.source_table, receipt)


def _append_line(settings: Settings, source_table: str, receipt: Mapping[str, Any]) -> None:
    appended.append(settings, ledger_of(settings, source_table), receipt)
    reached(f"receipt written: {receipt['outcome']}")


def ledger_of(settings: Settings, source_table: str) -> Path:
    """The file with the receipts of a feed."""
    jurisdiction, table = source_table.split(".")
    return settings.snapshots / "receipts" / jurisdiction / f"{table}.ndjson"


def _snapshot(told: Mapping[str, Any]) -> Snapshot:
    parts = tuple(Part(**part) for part in told["parts"])
    return Snapshot(**{**told, "parts": parts, "dialect": Dialect(**told["dialect"])})


def _disk(feed: str, error: OSError) -> StorageFailed:
    return StorageFailed(
        f"The snapshot could not be stored ({error.strerror or error}).", place=feed
    )
