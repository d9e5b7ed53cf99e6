"""Whether a bar is held, and whether two programs wrote the same table."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

CELL_END = "\x1f"


@dataclass(frozen=True)
class Bar:
    """A promised limit: `measured` may not lie above it, or below it when it is a floor."""

    name: str
    measured: float
    limit: float
    is_floor: bool = False

    @property
    def is_held(self) -> bool:
        """Whether the promise is kept."""
        if self.is_floor:
            return self.measured >= self.limit
        return self.measured <= self.limit


def told(bar: Bar) -> str:
    """One line on a bar."""
    sign, verdict = ">=" if bar.is_floor else "<=", "held" if bar.is_held else "MISSED"
    return f"{bar.name:42}{bar.measured:7.2f}  {sign} {bar.limit:<5g} {verdict}"


def differences(ours: Path, theirs: Path, *, same_rows: bool) -> list[str]:
    """In what two CSV files of one table differ: in rows, or only in their number."""
    table = ours.stem
    if not same_rows:
        counts = [sum(1 for _ in records(file)) for file in (ours, theirs)]
        return [] if counts[0] == counts[1] else [f"{table}: {counts[0]} rows, pandas {counts[1]}."]
    # Mostly the very bytes are equal; read so, the comparison needs no memory of note, which
    # the kernel would count as the peak of the programs that are started after it.
    if file_sha256(ours) == file_sha256(theirs):
        return []
    left, right = sorted_rows(ours), sorted_rows(theirs)
    if rows_sha256(left) == rows_sha256(right):
        return []
    only = [sorted(set(left) - set(right)), sorted(set(right) - set(left))]
    lines = [f"{table}: {len(only[0])} rows only by hand, {len(only[1])} only in the release."]
    for name, rows in zip(("by hand", "release"), only, strict=True):
        lines += [f"  {name}: {row.decode().replace(CELL_END, ',')}" for row in islice(rows, 3)]
    return lines


def records(file: Path) -> Iterator[list[str]]:
    """The records of a CSV file, its heading included."""
    with file.open(encoding="utf-8", newline="") as text:
        yield from csv.reader(text)


def sorted_rows(file: Path) -> list[bytes]:
    """The rows in one order, so that only their set is compared."""
    return sorted(CELL_END.join(record).encode() for record in records(file))


def file_sha256(file: Path) -> str:
    """The sha256 of a file, read in pieces."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def rows_sha256(rows: Iterable[bytes]) -> str:
    """The sha256 of rows, each ended by a line feed."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(row + b"\n")
    return whole.hexdigest()
