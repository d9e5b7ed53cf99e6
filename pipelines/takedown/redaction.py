"""Records taken out of a file as it was received, with every other byte left alone.

Delimited text and lines of JSON keep all other records byte for byte. A document that is one
JSON value is written anew with its numbers as they stood; Parquet is written anew by DuckDB.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.failures import StorageFailed
from pipelines.parsers.parsed import literal
from pipelines.parsers.unpacked import GZIP
from pipelines.snapshots import Snapshot

LISTED = {
    "arcgis": "features",
    "carto": "rows",
    "ckan": "result.records",
    "usaspending": "results",
    "socrata": "",
}
"""Where a service's page has its list of records."""
NUMBER = re.compile('"\ue000([^\ue001"]*)\ue001"')
BOM = b"\xef\xbb\xbf"


def without(snapshot: Snapshot, file: Path, target: Path, records: frozenset[int]) -> None:
    """Write `file` to `target` without the records of these numbers, counted from 1.

    Raises `StorageFailed` for a format in which a machine cannot take out a record.
    """
    reader = snapshot.reader
    if reader == "parquet":
        _parquet(file, target, records)
        return
    plain, packed = _plain(file, target)
    rewritten = target.with_suffix(".rewritten")
    if reader in ("csv", "usaspending_download"):
        _delimited(snapshot, plain, rewritten, records)
    elif reader == "ndjson":
        _lines(snapshot.records, plain, rewritten, records)
    elif reader == "json" or reader in LISTED:
        _document(LISTED.get(reader, snapshot.records), plain, rewritten, records)
    else:
        raise StorageFailed(
            f"A record cannot be taken out of what the reader {reader!r} receives.",
            place=snapshot.source_table,
            next_step="Ask the publisher for a file without it; nothing was changed.",
        )
    if packed:
        with (
            rewritten.open("rb") as text,
            target.open("wb") as out,
            gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped,
        ):
            shutil.copyfileobj(text, zipped)
        rewritten.unlink()
    else:
        rewritten.replace(target)
    if plain != file:
        plain.unlink()


def _plain(file: Path, target: Path) -> tuple[Path, bool]:
    with file.open("rb") as start:
        if start.read(2) != GZIP:
            return file, False
    plain = target.with_suffix(".plain")
    with gzip.open(file, "rb") as packed, plain.open("wb") as out:
        shutil.copyfileobj(packed, out)
    return plain, True


def _delimited(snapshot: Snapshot, file: Path, target: Path, records: frozenset[int]) -> None:
    """Records are told apart by line ends outside quotes; a blank line is none."""
    number = -1 if snapshot.dialect.header else 0
    with target.open("wb") as out:
        for record in _split(file, snapshot.dialect.encoding):
            number += bool(record.strip())
            if number not in records or not record.strip():
                out.write(record)


def _split(file: Path, encoding: str) -> Iterator[bytes]:
    """The physical bytes of each record, its line end included."""
    is_wide = encoding == "utf-16"
    wide = file.read_bytes().decode(encoding).encode() if is_wide else b""
    lines: Any = wide.splitlines(keepends=True) if is_wide else file.open("rb")
    record, is_first = b"", True
    for line in lines:
        record += line
        if record.count(b'"') % 2 == 0:
            yield _encoded(record, is_first) if is_wide else record
            record, is_first = b"", False
    if record:
        yield _encoded(record, is_first) if is_wide else record


def _encoded(record: bytes, is_first: bool) -> bytes:
    text = record.decode().encode("utf-16")
    return text if is_first else text[2:]


def _lines(path: str, file: Path, target: Path, records: frozenset[int]) -> None:
    """A line without a record that goes keeps its bytes; one that is such a record goes whole."""
    taken = _Taken(path, records)
    with file.open("rb") as lines, target.open("wb") as out:
        for line in lines:
            if not line.strip():
                out.write(line)
                continue
            before = taken.gone
            try:
                document = taken.out_of(_read(line))
            except (ValueError, RecursionError):
                taken.number += 1
                out.write(line)
                continue
            if taken.gone == before:
                out.write(line)
            elif document is not None:
                out.write(_written(document) + b"\n")


def _document(path: str, file: Path, target: Path, records: frozenset[int]) -> None:
    taken = _Taken(path, records)
    document = taken.out_of(_read(file.read_bytes()))
    target.write_bytes(_written(document))


class _Taken:
    """Walks documents just as they are read, and takes out records by their number."""

    def __init__(self, path: str, records: frozenset[int]) -> None:
        self.steps = tuple(filter(None, path.split(".")))
        self.records, self.number, self.gone = records, 0, 0

    def out_of(self, document: Any) -> Any:
        """The document without them; null where it was itself one."""
        return self._at(document, 0)

    def _at(self, value: Any, step: int) -> Any:
        if isinstance(value, list):
            kept = ((one, self._within(one, step)) for one in value)
            return [after for before, after in kept if after is not None or before is None]
        return value if value is None else self._within(value, step)

    def _within(self, value: Any, step: int) -> Any:
        if step == len(self.steps):
            self.number += 1
            is_gone = self.number in self.records
            self.gone += is_gone
            return None if is_gone else value
        if isinstance(value, dict) and self.steps[step] in value:
            value[self.steps[step]] = self._at(value[self.steps[step]], step + 1)
        return value


def _read(text: bytes) -> Any:
    """JSON with each fraction as it is written, so that it can be written so again."""
    return json.loads(text.removeprefix(BOM), parse_float=lambda told: f"\ue000{told}\ue001")


def _written(document: Any) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return NUMBER.sub(r"\1", text).encode("utf-8", "surrogatepass")


def _parquet(file: Path, target: Path, records: frozenset[int]) -> None:
    gone = ", ".join(map(str, sorted(records)))
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute(
            f"copy (select * exclude (_place) from (select *, row_number() over () as _place "
            f"from read_parquet({literal(str(file))})) where _place not in ({gone})) "
            f"to {literal(str(target))} (format parquet, compression zstd)"
        )
