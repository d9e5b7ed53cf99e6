"""Lines of a small CSV file of the demo."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_lines(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a heading and its rows, in UTF-8 with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(headings)
        lines.writerows(rows)
