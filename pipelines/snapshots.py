"""Snapshots: the bytes of a feed as received, named by their hash, with receipts.

Bytes are written, flushed to the disk and made read-only before anything reads them, so that
every later step can be repeated from what is kept. Receipts are lines that are only appended:
one for each fetch, one for each verdict on what was fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from pipelines.contract_file import Dialect
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.locations import Location
from pipelines.readers.parts import FetchedPart, base_name, public_url
from pipelines.settings import Settings

Outcome = Literal["new", "no_change", "accepted", "refused", "failed"]


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
    accepted = [r for r in _receipts(settings, contract.name) if r["outcome"] == "accepted"]
    return _snapshot(accepted[-1]["snapshot"]) if accepted else None


def accept(settings: Settings, snapshot: Snapshot, received: int) -> Snapshot:
    """Record that the snapshot loaded well, with `received` records. Repeating it adds nothing."""
    accepted = replace(snapshot, received=received)
    known = [r for r in _receipts(settings, snapshot.source_table) if r["outcome"] == "accepted"]
    if not known or _snapshot(known[-1]["snapshot"]) != accepted:
        _recorded(settings, accepted, "accepted")
    return accepted


def refuse(settings: Settings, snapshot: Snapshot, why: str) -> None:
    """Record that a gate refused the snapshot, so that it never becomes the last good one."""
    _recorded(settings, snapshot, "refused", why)


def failed(settings: Settings, contract: Contract, why: str) -> None:
    """Record that the source gave no data."""
    try:
        _append_line(settings, contract.name, {"outcome": "failed", "why": why}, settings)
    except OSError as error:
        raise _disk(contract.name, error) from None


def part_path(settings: Settings, part: Part) -> Path:
    """The stored bytes of a part, checked against their hash. Raises `StorageFailed`."""
    path = _blob(settings, part.sha256)
    if not path.is_file():
        raise StorageFailed(f"The stored bytes of {part.name!r} are gone.", place=str(path.name))
    if _hash(path) != part.sha256:
        raise StorageFailed(
            f"The stored bytes of {part.name!r} are no longer what was received.",
            place=f"snapshots/blobs/{part.sha256[:2]}/{part.sha256}",
            next_step="Check the disk, remove the file named, then run `oversight refresh` again.",
        )
    return path


def _keep_part(settings: Settings, part: FetchedPart) -> Part:
    digest = _hash(part.path)
    blob = _blob(settings, digest)
    kept = Part(
        part.name,
        digest,
        part.path.stat().st_size,
        part.url,
        dict(part.headers),
        part.records,
        part.place,
        part.stamp,
    )
    if blob.is_file() and _hash(blob) == digest:
        return kept
    blob.parent.mkdir(parents=True, exist_ok=True)
    temporary = blob.parent / f".{digest}.{uuid.uuid4().hex}"
    try:
        shutil.copyfile(part.path, temporary)
        temporary.chmod(0o444)
        _sync(temporary)
        temporary.rename(blob)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    for folder in (blob.parent, blob.parent.parent):
        _sync(folder)
    reached("snapshot bytes kept")
    return kept


def _identity(parts: Sequence[Part]) -> str:
    told = json.dumps([[part.name, part.sha256] for part in parts])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _blob(settings: Settings, digest: str) -> Path:
    return settings.snapshots / "blobs" / digest[:2] / digest


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    _append_line(settings, snapshot.source_table, receipt, settings)


def _append_line(
    settings: Settings, source_table: str, receipt: Mapping[str, Any], clock: Settings
) -> None:
    """Add one line and flush it; a line that a crash cut short is ended first."""
    path = _ledger(settings, source_table)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": clock.now.astimezone(UTC).isoformat(timespec="seconds"), **receipt})
    with path.open("ab+") as ledger:
        if ledger.tell():
            ledger.seek(-1, os.SEEK_END)
            line = line if ledger.read(1) == b"\n" else f"\n{line}"
        ledger.write(f"{line}\n".encode())
        ledger.flush()
        os.fsync(ledger.fileno())
    _sync(path.parent)
    reached(f"receipt written: {receipt['outcome']}")


def _receipts(settings: Settings, source_table: str) -> list[dict[str, Any]]:
    path = _ledger(settings, source_table)
    if not path.is_file():
        return []
    return list(_whole_lines(path.read_text(encoding="utf-8", errors="replace")))


def _whole_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            receipt = json.loads(line)
        except ValueError:
            continue
        if isinstance(receipt, dict) and "outcome" in receipt:
            yield receipt


def _ledger(settings: Settings, source_table: str) -> Path:
    jurisdiction, table = source_table.split(".")
    return settings.snapshots / "receipts" / jurisdiction / f"{table}.ndjson"


def _snapshot(told: Mapping[str, Any]) -> Snapshot:
    parts = tuple(Part(**part) for part in told["parts"])
    return Snapshot(**{**told, "parts": parts, "dialect": Dialect(**told["dialect"])})


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk(feed: str, error: OSError) -> StorageFailed:
    return StorageFailed(
        f"The snapshot could not be stored ({error.strerror or error}).", place=feed
    )
