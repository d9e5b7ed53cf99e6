"""The stored bytes of snapshots: named by their hash, read-only, packed once they are old.

Bytes are written aside, flushed to the disk and made read-only before anything reads them.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import uuid
import zlib
from pathlib import Path

from pipelines.appended import sync
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings


def path_of(settings: Settings, digest: str) -> Path:
    """Where the plain bytes with this sha256 lie, or would."""
    return settings.snapshots / "blobs" / digest[:2] / digest


def store(settings: Settings, path: Path) -> str:
    """Keep the bytes of a file, unless they are kept already; return their sha256.

    Raises `OSError` when the disk does not take them.
    """
    digest = _hash(path)
    blob = path_of(settings, digest)
    if blob.is_file() and _hash(blob) == digest:
        return digest
    blob.parent.mkdir(parents=True, exist_ok=True)
    temporary = blob.parent / f".{digest}.{uuid.uuid4().hex}"
    try:
        shutil.copyfile(path, temporary)
        temporary.chmod(0o444)
        sync(temporary)
        temporary.rename(blob)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    for folder in (blob.parent, blob.parent.parent):
        sync(folder)
    reached("snapshot bytes kept")
    return digest


def read(settings: Settings, digest: str, name: str) -> Path:
    """A file with the bytes of that hash, unpacked if need be; `name` is told when it fails.

    Raises `StorageFailed` when they are gone or are no longer what was received.
    """
    path = path_of(settings, digest)
    if not path.is_file() and _packed(path).is_file():
        path = _unpack(_packed(path), settings.work / "unpacked" / digest)
    if not path.is_file():
        raise StorageFailed(f"The stored bytes of {name!r} are gone.", place=path.name)
    if _hash(path) != digest:
        raise StorageFailed(
            f"The stored bytes of {name!r} are no longer what was received.",
            place=f"snapshots/blobs/{digest[:2]}/{digest}",
            next_step="Check the disk, remove the file named, then run `oversight refresh` again.",
        )
    return path


def pack(settings: Settings, digest: str) -> None:
    """Replace plain bytes by their packed form, which is flushed before the plain ones go.

    Raises `OSError` when the disk does not take it.
    """
    blob = path_of(settings, digest)
    if not blob.is_file():
        return
    if not _packed(blob).is_file():
        temporary = blob.parent / f".{digest}.{uuid.uuid4().hex}"
        with (
            blob.open("rb") as plain,
            temporary.open("wb") as file,
            gzip.GzipFile(fileobj=file, mode="wb", mtime=0, compresslevel=6) as packed,
        ):
            shutil.copyfileobj(plain, packed, 1 << 20)
        temporary.chmod(0o444)
        sync(temporary)
        temporary.rename(_packed(blob))
        sync(blob.parent)
    blob.unlink()
    reached("old snapshot packed")


def _packed(blob: Path) -> Path:
    return blob.with_name(f"{blob.name}.gz")


def _unpack(packed: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with gzip.open(packed, "rb") as file, target.open("wb") as plain:
            shutil.copyfileobj(file, plain, 1 << 20)
    except (OSError, EOFError, zlib.error) as error:
        raise StorageFailed(
            f"The stored bytes cannot be unpacked ({type(error).__name__}).",
            place=f"snapshots/blobs/{packed.parent.name}/{packed.name}",
        ) from None
    return target


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
