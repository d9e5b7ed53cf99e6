"""Files that are already on this machine: a path, or a glob over one folder."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.failures import SourceFailed
from pipelines.locations import Location
from pipelines.readers import disguise
from pipelines.readers.errand import Errand
from pipelines.readers.look import Look
from pipelines.readers.parts import MAX_PART_BYTES, FetchedPart, base_name

NEXT = "Put the file where the contract or the locations file says, then run it again."


def fetch(contract: Contract, place: str, folder: Path) -> list[FetchedPart]:
    """Copy the file, or each file that the glob matches in name order, into `folder`.

    Raises `SourceFailed` when there is none, or one is empty, unreadable or above the size limit.
    """
    found = _matching(place)
    if not found:
        raise SourceFailed(
            f"There is no file {Path(place).name!r}.", place=contract.name, next_step=NEXT
        )
    return [_copied(contract, path, folder, n) for n, path in enumerate(found, start=1)]


def look(errand: Errand) -> Look:
    """The headings of the first file. Raises `SourceFailed` when there is none."""
    (part, *_) = fetch(errand.contract, errand.place, errand.folder)
    return Look(headings(errand.location, part.path))


def headings(location: Location, path: Path) -> tuple[str, ...]:
    """The first line of delimited text, cut into headings; none where a format has no such line."""
    if location.reader != "csv" or not location.dialect.header:
        return ()
    text = disguise.first_bytes(path).decode(location.dialect.encoding, "replace")
    lines = text.removeprefix("\ufeff").splitlines()
    rows = csv.reader(lines, delimiter=location.dialect.delimiter)
    return tuple(heading.strip() for heading in next(rows, []))


def _matching(place: str) -> list[Path]:
    if Path(place).is_file():
        return [Path(place)]
    root = Path(place).anchor or "."
    pattern = str(Path(place).relative_to(root)) if root != "." else place
    return sorted(path for path in Path(root).glob(pattern) if path.is_file())


def _copied(contract: Contract, path: Path, folder: Path, number: int) -> FetchedPart:
    size = path.stat().st_size
    if size == 0 or size > MAX_PART_BYTES:
        told = "is empty" if size == 0 else "is larger than 2 GB"
        raise SourceFailed(f"The file {path.name!r} {told}.", place=contract.name, next_step=NEXT)
    copy = folder / f"{number:04d}"
    try:
        shutil.copyfile(path, copy)
    except PermissionError:
        told = f"The file {path.name!r} may not be read."
        raise SourceFailed(told, place=contract.name, next_step=NEXT) from None
    return FetchedPart(base_name(path.name), copy, path.name)
