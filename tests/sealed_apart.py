"""The demo's feeds as they would be had the publisher taken the sealed records out itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path

SEALED = frozenset({"expunged", "sealed", "deleted"})
FOLLOWERS = ("allegations", "bwc_reviews", "discipline")


def remove_sealed(feeds: Path) -> int:
    """Take every record that must be withheld out of the files; gives how many went.

    All other bytes stay as they are, so that nothing else can make a difference.
    """
    sealed = {
        row[0]
        for row, _ in _records(feeds / "complaints.csv")
        if len(row) > 1 and set(_words(row)) & SEALED
    }
    gone = _without(feeds / "complaints.csv", sealed)
    gone += sum(_without(feeds / f"{name}.csv", sealed) for name in FOLLOWERS)
    return gone + _without_items(feeds / "hearings.ndjson", sealed)


def _words(row: list[str]) -> list[str]:
    return [cell.strip().lower() for cell in row]


def _records(file: Path) -> list[tuple[list[str], bytes]]:
    """Each record of a CSV with the very bytes that it was written with."""
    lines = file.read_bytes().splitlines(keepends=True)
    reader = csv.reader(line.decode("utf-8-sig") for line in lines)
    found, start = [], 0
    for row in reader:
        found.append((row, b"".join(lines[start : reader.line_num])))
        start = reader.line_num
    return found


def _without(file: Path, sealed: set[str]) -> int:
    records = _records(file)
    place = next(n for n, name in enumerate(records[0][0]) if _words([name]) == ["complaint id"])
    width = len(records[0][0])
    kept = [raw for row, raw in records if len(row) != width or row[place].strip() not in sealed]
    file.write_bytes(b"".join(kept))
    return len(records) - len(kept)


def _without_items(file: Path, sealed: set[str]) -> int:
    lines, gone = [], 0
    for line in file.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        items = document["Items"]
        document["Items"] = [i for i in items if i["ComplaintNumber"] not in sealed]
        gone += len(items) - len(document["Items"])
        lines.append(json.dumps(document, ensure_ascii=False) if gone else line)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return gone
