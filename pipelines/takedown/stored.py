"""The bytes that sources sent, rewritten without what was taken down, and their receipts.

A snapshot keeps its id: it says which delivery that was. The hash in its receipt becomes that of
the bytes that are left, and the part says how many records were taken out of it.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines import appended, blobs, snapshots
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.failures import DataRefused, StorageFailed
from pipelines.settings import Settings
from pipelines.snapshots import Part
from pipelines.takedown import matching
from pipelines.takedown.matching import Reading
from pipelines.takedown.received import SAID
from pipelines.takedown.tombstones import Tombstone

GONE, INSIDE = "gone", "inside"


@dataclass
class _Stored:
    """Stored bytes: a part that has them, and every feed that reads them."""

    part: Part
    readings: dict[str, Reading] = field(default_factory=dict)
    is_accepted: bool = False


def rewritten(
    settings: Settings, contracts: Sequence[Contract], more: Collection[Tombstone] = ()
) -> dict[str, dict[str, Any]]:
    """Write all stored bytes anew that hold a record to be taken down; the old ones stay as yet.

    `more` are tombstones that stand only once this has worked.

    Returns, by old hash, the new one with its size, the number of records taken out, and what of
    other feeds lay `inside` them. Bytes that were refused and cannot be read are `gone`
    altogether. Raises `StorageFailed` where a record cannot be taken out of accepted bytes.
    """
    found: dict[str, dict[str, Any]] = {}
    work = settings.work / "takedown"
    for digest, stored in _all_stored(settings, contracts, frozenset(more)).items():
        try:
            file = blobs.read(settings, digest, stored.part.name)
        except StorageFailed:
            continue
        try:
            readings = list(stored.readings.values())
            done = matching.cleaned(settings, readings, stored.part, file, work)
        except DataRefused:
            if stored.is_accepted:
                raise
            found[digest] = {GONE: True}
        else:
            if done.gone:
                found[digest] = _kept(settings, digest, done.file, sum(done.gone.values()))
                found[digest][INSIDE] = matching.followers(readings, done, stored.part, file, work)
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(settings.work / "unpacked", ignore_errors=True)
        reached("takedown: stored bytes rewritten")
    return found


def correct_receipts(
    settings: Settings, contracts: Sequence[Contract], rewrites: dict[str, dict[str, Any]]
) -> None:
    """Let the receipts name the new bytes, then remove the old ones in every form."""
    for contract in contracts:
        file = snapshots.ledger_of(settings, contract.name)
        lines = file.read_bytes().splitlines(keepends=True) if file.is_file() else []
        corrected = [_corrected(line, rewrites) for line in lines]
        if corrected != lines:
            replace_file(file, b"".join(corrected))
        reached("takedown: receipts corrected")
    for digest in rewrites:
        plain = blobs.path_of(settings, digest)
        for old in (plain, plain.with_name(f"{plain.name}.gz")):
            old.unlink(missing_ok=True)
        reached("takedown: old bytes removed")


def replace_file(file: Path, content: bytes) -> None:
    """Put other content in the place of a file, in one step."""
    fresh = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    with fresh.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.chmod(file.stat().st_mode & 0o777)
    fresh.replace(file)
    appended.sync(file.parent)


def _all_stored(
    settings: Settings, contracts: Sequence[Contract], more: frozenset[Tombstone]
) -> dict[str, _Stored]:
    """Everything that any receipt of these feeds names; an accepted reading goes before another."""
    found: dict[str, _Stored] = {}
    for contract in contracts:
        for outcome, snapshot in snapshots.every(settings, contract.name):
            is_accepted = outcome == "accepted"
            for part in snapshot.parts:
                stored = found.setdefault(part.sha256, _Stored(part))
                if is_accepted or contract.name not in stored.readings:
                    stored.readings[contract.name] = Reading(contract, snapshot, more)
                stored.is_accepted |= is_accepted
    return found


def _kept(settings: Settings, digest: str, file: Path, records: int) -> dict[str, Any]:
    """Store the new bytes in the form that the old ones had."""
    size = file.stat().st_size
    new = blobs.store(settings, file)
    if not blobs.path_of(settings, digest).is_file():
        blobs.pack(settings, new)
    return {"sha256": new, "size": size, "records": records}


def _corrected(line: bytes, rewrites: dict[str, dict[str, Any]]) -> bytes:
    try:
        told = json.loads(line)
    except ValueError:
        return line
    parts = told.get("snapshot", {}).get("parts", []) if isinstance(told, dict) else []
    changed = False
    for part in parts:
        new = rewrites.get(part["sha256"])
        if new and not new.get(GONE):
            changed = True
            part["sha256"], part["size"] = new["sha256"], new["size"]
            if part.get("records") is not None:
                part["records"] -= new["records"]
            part["headers"] = {**part.get("headers", {}), SAID: f"{new['records']} record(s)"}
    return f"{json.dumps(told, default=str)}\n".encode() if changed else line
