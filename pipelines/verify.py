"""A reader's check of a release: who signed it, whether it is whole, and whether it is the newest.

A signature alone does not tell an old release from the present one. So the reader's machine
remembers the last release that it has seen of each publisher, and refuses an older one, another
one of the same number, a gap in the chain where it can see both ends, and one past its date.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines import manifest, signing
from pipelines.failures import StorageFailed
from pipelines.manifest import Manifest


@dataclass(frozen=True)
class Verified:
    """What a reader may rely on. `is_first` is true when nothing was known of the publisher."""

    manifest: Manifest
    sha256: str
    is_first: bool


def verify(
    folder: Path,
    memory: Path,
    now: datetime,
    *,
    signers: Path | None = None,
    archived: bool = False,
) -> Verified:
    """Check one release folder, and remember it.

    Without `signers` the key that lies in the first folder ever checked is trusted from then on.
    `archived` leaves out order and age: for an old release that is known to be one.

    Raises `StorageFailed` with the first thing that is wrong.
    """
    known = _remembered(memory)
    _trusted(folder, memory, signers)
    described = manifest.verify(folder)
    digest = hashlib.sha256((folder / manifest.NAME).read_bytes()).hexdigest()
    if not archived:
        _in_order(folder, described, digest, known)
        _in_time(folder, described, now)
        told = {"release": described.number, "sha256": digest}
        manifest.write_json(memory / "seen.json", told)
    return Verified(described, digest, known is None)


def _trusted(folder: Path, memory: Path, signers: Path | None) -> None:
    memory.mkdir(parents=True, exist_ok=True)
    allowed = signers or memory / signing.SIGNERS
    if signers is None and not allowed.is_file() and (folder / signing.SIGNERS).is_file():
        allowed.write_bytes((folder / signing.SIGNERS).read_bytes())
    if not signing.is_signed(folder, allowed):
        raise _wrong(folder, "The manifest is not signed by the key that is trusted.")


def _in_order(
    folder: Path, described: Manifest, digest: str, known: tuple[int, str] | None
) -> None:
    if known is None:
        return
    number, before = known
    if described.number < number:
        raise _wrong(folder, f"It is release {described.number}; release {number} was seen before.")
    if described.number == number and digest != before:
        raise _wrong(folder, "Another release with the same number was seen before.")
    follows = described.number == number + 1 and described.previous == number
    if follows and described.previous_manifest_sha256 not in {None, before}:
        raise _wrong(folder, f"It does not follow from the release {number} that was seen.")


def _in_time(folder: Path, described: Manifest, now: datetime) -> None:
    if described.expires_at is None or now > datetime.fromisoformat(described.expires_at):
        raise _wrong(
            folder, f"It was to be believed until {described.expires_at}; ask for a newer."
        )


def _remembered(memory: Path) -> tuple[int, str] | None:
    try:
        told = json.loads((memory / "seen.json").read_text(encoding="utf-8"))
        return int(told["release"]), str(told["sha256"])
    except (OSError, ValueError, KeyError):
        return None


def _wrong(folder: Path, what: str) -> StorageFailed:
    return StorageFailed(
        what,
        place=f"release in {folder.name}",
        next_step="Do not use this copy; download the release again from the publisher.",
    )
