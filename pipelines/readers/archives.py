"""Zip archives: each member becomes a part, within limits that stop a bomb."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.locations import Location
from pipelines.readers.parts import CHUNK, MAX_PART_BYTES, FetchedPart, base_name

MAX_MEMBERS = 1_000
MAX_RATIO = 100
RATIO_FLOOR = 1024 * 1024
"""Bytes of one member that may be unpacked before its compression ratio is looked at."""
MAGIC = b"PK\x03\x04"
WORKBOOK = "[Content_Types].xml"


def opened(contract: Contract, location: Location, part: FetchedPart) -> list[FetchedPart]:
    """The members of a zip as parts named by their base name; any other file as it is.

    Raises `DataRefused` for an archive that is broken, encrypted, nested or beyond the limits.
    """
    with part.path.open("rb") as received:
        if received.read(4) != MAGIC:
            return [part]
    try:
        with zipfile.ZipFile(part.path) as archive:
            if WORKBOOK in archive.namelist():
                return [part]
            members = _members(contract, archive, part)
            return [_member(contract, archive, m, part, n) for n, m in enumerate(members, 1)]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise _refused(contract, part, "is broken or encrypted") from None


def _members(
    contract: Contract, archive: zipfile.ZipFile, part: FetchedPart
) -> list[zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise _refused(contract, part, f"has more than {MAX_MEMBERS:,} members")
    members = [m for m in listed if not m.is_dir() and not _is_clutter(m.filename)]
    if not members:
        raise _refused(contract, part, "has no files in it")
    names = [base_name(m.filename) for m in members]
    if len(set(names)) < len(names):
        raise _refused(contract, part, "has two members of the same name")
    return members


def _member(
    contract: Contract,
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    part: FetchedPart,
    number: int,
) -> FetchedPart:
    name = base_name(member.filename)
    target = Path(f"{part.path}-{number:04d}")
    with archive.open(member) as packed, target.open("wb") as unpacked:
        written = 0
        for chunk in _chunks(packed):
            if not written and chunk.startswith(MAGIC) and not name.lower().endswith(".xlsx"):
                raise _refused(contract, part, f"holds another archive, {name!r}")
            written += len(chunk)
            too_dense = written > max(RATIO_FLOOR, MAX_RATIO * member.compress_size)
            if written > MAX_PART_BYTES or too_dense:
                raise _refused(contract, part, f"unpacks {name!r} beyond the size limits")
            unpacked.write(chunk)
    return FetchedPart(name, target, part.url, part.headers)


def _chunks(packed: IO[bytes]) -> Iterable[bytes]:
    return iter(lambda: packed.read(CHUNK), b"")


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or base_name(name).startswith(".")


def _refused(contract: Contract, part: FetchedPart, told: str) -> DataRefused:
    return DataRefused(f"The archive {part.name!r} {told}.", place=contract.name)
