"""JSON and NDJSON: flat records through DuckDB, nested ones by walking their lists.

Keys are normalised like headings; a key that a record leaves out is a null, and nested values
land as JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import headings, nested
from pipelines.parsers.parsed import (
    LINE,
    RECORD,
    Odd,
    Parsed,
    hash_of,
    literal,
    needed,
    quoted,
)
from pipelines.readers.parts import CHUNK

MAX_RECORD_BYTES = 16 * 1024 * 1024
EACH = "\x01"
"""Added to the keys of each record, so that one pass finds the keys and counts the records."""
SYSTEM = ":"
"""Fields of the service itself, not of the publisher, begin with it."""
ESCAPED_NUL = b"\\u0000"


@dataclass(frozen=True)
class Shape:
    """How the records lie in a part: its reader, and the path to them within a document.

    `columns` are those that a service said it has, though no record may hold one; `announced`
    is the number of records that the service itself counted.
    """

    reader: str
    records: str = ""
    columns: tuple[str, ...] = ()
    announced: int | None = None


def parse(
    contract: Contract, path: Path, part: str, shape: Shape, work: Path, *, careful: bool
) -> Parsed:
    """Read one part.

    Raises `DataRefused` when it is not JSON, has no records at that path, lacks a column in all
    of them, or has another number of records than was announced.
    """
    parsed = _parsed(contract, path, part, shape, work, careful)
    if shape.announced is not None and shape.announced != parsed.received:
        raise DataRefused(
            f"{part!r} has {parsed.received:,} records; the service counted {shape.announced:,}.",
            place=contract.name,
        )
    return parsed


def _parsed(
    contract: Contract, path: Path, part: str, shape: Shape, work: Path, careful: bool
) -> Parsed:
    is_flat = not shape.records and not contract.meta.inherit
    if is_flat and not careful and (shape.reader == "ndjson" or _first(path) == b"["):
        try:
            return _flat(contract, path, part, shape)
        except Odd:
            pass
    dress = partial(_published, columns=shape.columns) if shape.reader == "socrata" else None
    return nested.parse(contract, path, part, (shape.reader, shape.records), work, dress=dress)


def _published(document: Any, *, columns: tuple[str, ...]) -> Any:
    """The records without the system's own fields, and with each column that is null."""
    absent = dict.fromkeys(columns)
    return [
        absent | {key: value for key, value in record.items() if not key.startswith(SYSTEM)}
        if isinstance(record, dict)
        else record
        for record in document
    ]


def _flat(contract: Contract, path: Path, part: str, shape: Shape) -> Parsed:
    _check_plain(path)
    form = "newline_delimited" if shape.reader == "ndjson" else "array"
    keys, counted = _keys(path, form)
    if shape.reader == "socrata":
        keys = [key for key in keys if not key.startswith(SYSTEM)]
        keys += [name for name in shape.columns if name not in keys]
    received = _lines(path) if form == "newline_delimited" else counted
    found = headings.matched(contract, keys, part) if received else headings.Headings((), (), ())
    columns = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in keys) or "'_none': 'VARCHAR'"
    named = [
        f"{quoted(k)} as {quoted(n or '_blank')}" for k, n in zip(keys, found.names, strict=False)
    ]
    nulls = [
        f"null::varchar as {quoted(name)}" for name in needed(contract) if name not in found.names
    ]
    source = (
        f"read_json({literal(str(path))}, format='{form}', columns={{{columns}}}, {_options()})"
    )
    return Parsed(
        relation=f"(select row_number() over () as {RECORD}, "
        f"{'row_number() over ()' if form == 'newline_delimited' else 'null::bigint'} as {LINE}, "
        f"{', '.join(named + nulls)} from {source})",
        full=hash_of([quoted(name or "_blank") for name in found.names] or ["''"]),
        unknown=found.unknown,
        records=received,
        received=received,
    )


def _keys(path: Path, form: str) -> tuple[list[str], int]:
    """All keys that occur in any record, and the number of records."""
    source = f"read_json_objects({literal(str(path))}, format='{form}', {_options()})"
    try:
        with duckdb.connect(config={"threads": 2, "memory_limit": "800MB"}) as connection:
            rows = connection.execute(
                f"select key, count(*) from (select unnest(list_append(json_keys(json), chr(1))) "
                f"as key from {source} where json is not null) group by key order by key"
            ).fetchall()
    except duckdb.Error:
        raise Odd from None
    counted = sum(n for key, n in rows if key == EACH)
    rows = [(key, n) for key, n in rows if key != EACH]
    lowered = [key.lower() for key, _ in rows]
    if any(n > counted for _, n in rows) or len(set(lowered)) < len(lowered):
        raise Odd
    return [key for key, _ in rows], counted


def _options() -> str:
    return f"maximum_object_size={MAX_RECORD_BYTES}, compression='uncompressed'"


def _check_plain(path: Path) -> None:
    """Raise `Odd` for a NUL, which DuckDB would take for ordinary text."""
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b"\0" in chunk or ESCAPED_NUL in tail + chunk:
                raise Odd
            tail = chunk[-len(ESCAPED_NUL) :]


def _lines(path: Path) -> int:
    """Lines with anything on them."""
    with path.open("rb") as file:
        return sum(1 for line in file if not line.isspace())


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
