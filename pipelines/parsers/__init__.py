"""Bytes to records: one module per format, each strict and each counted twice."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts import Contract
from pipelines.parsers import delimited, documents, unpacked, workbook
from pipelines.parsers.parsed import Malformed, Odd, Parsed
from pipelines.snapshots import Part, Snapshot

__all__ = ["Malformed", "Odd", "Parsed", "parse"]


def parse(
    contract: Contract,
    snapshot: Snapshot,
    part: Part,
    blob: Path,
    work: Path,
    *,
    careful: bool = False,
) -> Parsed:
    """Make one part of a snapshot selectable, reading it just as the snapshot says.

    `careful` skips the fast path. Temporary files go to `work`. Raises `DataRefused` for a part
    that is not of the declared format or lacks a column.
    """
    if snapshot.reader == "xlsx":
        return workbook.parse(contract, blob, part.name, work)
    encoding = snapshot.dialect.encoding if snapshot.reader == "csv" else "utf-8"
    path = unpacked.as_utf8(contract, blob, part.name, encoding, work)
    if snapshot.reader == "csv":
        return delimited.parse(contract, path, part.name, snapshot.dialect, work, careful=careful)
    shape = (snapshot.reader, "" if snapshot.reader == "socrata" else snapshot.records)
    return documents.parse(contract, path, part.name, shape, part.records, work, careful=careful)
