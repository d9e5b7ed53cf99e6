"""Bytes to records: one module per format, each strict and each counted twice."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, cast

from pipelines.contracts import Contract
from pipelines.parsers import delimited, documents, unpacked
from pipelines.parsers.parsed import Malformed, Odd, Parsed
from pipelines.snapshots import Part, Snapshot

PAGED = frozenset({"arcgis", "ckan", "carto", "usaspending"})
"""Services whose pages hold flat records in a document of their own shape."""
NESTED = frozenset({"legistar", "city_scrapers"})
"""Sources whose records lie in one another, at a path that the contract names."""
DELIMITED = frozenset({"csv", "usaspending_download"})

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
    reader, name = snapshot.reader, part.name
    if reader in ("xlsx", "parquet"):
        return cast(
            Parsed,
            _module("workbook" if reader == "xlsx" else reader).parse(contract, blob, name, work),
        )
    encoding = snapshot.dialect.encoding if reader in DELIMITED else "utf-8"
    path = unpacked.as_utf8(contract, blob, name, encoding, work)
    if reader in DELIMITED:
        return delimited.parse(contract, path, name, snapshot.dialect, work, careful=careful)
    if reader in PAGED:
        return cast(Parsed, _module(reader).parse(contract, path, name, part.records, work))
    if reader in NESTED:
        return cast(
            Parsed,
            _module(reader).parse(contract, path, name, snapshot.records, part.records, work),
        )
    shape = documents.Shape(
        reader, "" if reader == "socrata" else snapshot.records, _columns(part), part.records
    )
    return documents.parse(contract, path, name, shape, work, careful=careful)


def _module(name: str) -> Any:
    """The parser of that name; imported when it is used, because most nights use few."""
    return importlib.import_module(f"pipelines.parsers.{name}")


def _columns(part: Part) -> tuple[str, ...]:
    """The columns that a service said it has, of which a record may leave out any."""
    return tuple(json.loads(part.headers.get("columns", "[]")))
