"""The manifest of a release: what is in it, from which inputs, by which code, and its checks."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.failures import StorageFailed

NAME = "manifest.json"
SIGNATURE = "manifest.json.sig"
CHUNK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """Size in bytes and sha256 of one file, by which damage is noticed."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A release in words and numbers; `files` are all of its files but this one and its signature.

    `content_id` depends on what a reader can see and on nothing else; `fingerprint` on the
    snapshots and the code it was made of. `created_at` and `expires_at` are UTC: a copy that is
    older than that should not be taken for the present one. `signing_key` is a fingerprint,
    `pseudonym_key` tells keys apart, and `previous_manifest_sha256` chains a release to the one
    that was shown before it. `removed`
    says of a release that was issued again how many records were taken down, and on which day.
    """

    number: int
    previous: int | None
    content_id: str
    fingerprint: str
    created_at: str
    code_version: str
    inputs: Mapping[str, Any]
    tables: Mapping[str, Any]
    files: Mapping[str, FileRecord]
    checks: Mapping[str, Any]
    totals: Mapping[str, int]
    previous_manifest_sha256: str | None = None
    expires_at: str | None = None
    signing_key: str | None = None
    removed: Sequence[Mapping[str, Any]] = ()
    pseudonym_key: str | None = None


def read(folder: Path) -> Manifest:
    """The manifest of the release in `folder`. Raises `StorageFailed` when it cannot be read."""
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        files = {name: FileRecord(**record) for name, record in content.pop("files").items()}
        return Manifest(**content, files=files)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StorageFailed(
            f"The manifest cannot be read ({type(error).__name__}).", place=f"release {folder.name}"
        ) from None


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the folder that it describes."""
    write_json(folder / NAME, asdict(manifest))


def records(folder: Path) -> dict[str, FileRecord]:
    """Size and sha256 of every file of a release folder, by path from the folder."""
    described = {folder / NAME, folder / SIGNATURE}
    found = sorted(f for f in folder.rglob("*") if f.is_file() and f not in described)
    return {file.relative_to(folder).as_posix(): record(file) for file in found}


def record(file: Path) -> FileRecord:
    """Read one file and say its size and sha256."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileRecord(size, digest.hexdigest())


def verify(folder: Path) -> Manifest:
    """Read every byte of a release and compare it with the manifest.

    Raises `StorageFailed` naming the files that are missing, new or changed.
    """
    manifest = read(folder)
    found = records(folder)
    names = sorted(set(found) | set(manifest.files))
    wrong = [name for name in names if found.get(name) != manifest.files.get(name)]
    if wrong:
        raise StorageFailed(
            f"{len(wrong)} file(s) are not what was released: {', '.join(wrong)}.",
            place=f"release {folder.name}",
            next_step="Choose another release for `oversight rollback`, or run a refresh.",
        )
    return manifest


def write_json(file: Path, content: Any) -> None:
    """Write indented JSON in the order given, whole or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    with fresh.open("w", encoding="utf-8") as text:
        json.dump(content, text, indent=1, ensure_ascii=False)
        text.write("\n")
        text.flush()
        os.fsync(text.fileno())
    os.replace(fresh, file)
