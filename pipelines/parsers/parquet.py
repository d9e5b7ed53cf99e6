"""Parquet files: every value as the text that other formats would give it.

The number of rows stands in the file itself, so what is read is held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import headings
from pipelines.parsers.parsed import (
    LINE,
    RECORD,
    Malformed,
    Parsed,
    hash_of,
    literal,
    needed,
    quoted,
)
from pipelines.readers.parts import MAX_PART_BYTES

MAX_ROWS = 50_000_000
PLACE = "file_row_number"
NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
UNUSABLE = "a character that text cannot hold"


def parse(contract: Contract, path: Path, part: str, work: Path) -> Parsed:
    """Read one file: dates in ISO form, decimals plain, true and false, nested values as JSON.

    A moment with a time zone is given in UTC. Temporary files go to `work`. Raises
    `DataRefused` for a file that is not intact, has other rows than it says, lacks a column,
    or unpacks beyond the limits.
    """
    try:
        with duckdb.connect(config={"threads": 2, "temp_directory": str(work / "spill")}) as own:
            announced = _announced(contract, own, path, part)
            types = _types(own, path)
            found = headings.matched(contract, list(types), part)
            relation, full = _relation(contract, path, types, found)
            received, spoilt = _read(own, relation)
    except duckdb.Error:
        raise DataRefused(f"{part!r} is not an intact Parquet file.", place=contract.name) from None
    if received != announced:
        told = f"{part!r} says it has {announced:,} rows, and has {received:,}."
        raise DataRefused(told, place=contract.name)
    good = f"(select * exclude (_spoilt) from {relation} where not _spoilt)"
    return Parsed(
        relation=good,
        full=full,
        unknown=found.unknown,
        records=received - len(spoilt),
        received=announced,
        malformed=tuple(Malformed(f"{UNUSABLE} (row {row:,})") for row in spoilt),
    )


def _announced(contract: Contract, own: duckdb.DuckDBPyConnection, path: Path, part: str) -> int:
    """The rows that the file says it has, if they are not too many to unpack."""
    rows = own.execute(
        f"select num_rows from parquet_file_metadata({literal(str(path))})"
    ).fetchone()
    size = own.execute(
        "select coalesce(sum(total_uncompressed_size), 0) "
        f"from parquet_metadata({literal(str(path))})"
    ).fetchone()
    announced, unpacked = int(rows[0]) if rows else 0, int(size[0]) if size else 0
    if announced > MAX_ROWS or unpacked > MAX_PART_BYTES:
        raise DataRefused(f"{part!r} unpacks beyond the size limits.", place=contract.name)
    return announced


def _types(own: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The columns of the file in order, with their types."""
    told = own.execute(f"describe select * exclude ({PLACE}) from {_source(path)}").fetchall()
    return {str(name): str(type_) for name, type_, *_ in told}


def _relation(
    contract: Contract, path: Path, types: Mapping[str, str], found: headings.Headings
) -> tuple[str, str]:
    """SQL for the rows as text, and SQL for the hash of all that a row holds."""
    names = [name or f"_blank_{n}" for n, name in enumerate(found.names)]
    texts = [
        f"{_text(written, type_)} as {quoted(name)}"
        for (written, type_), name in zip(types.items(), names, strict=True)
    ]
    absent = [name for name in needed(contract) if name not in found.names]
    nulls = [f"null::varchar as {quoted(name)}" for name in absent]
    place = [f"{PLACE} + 1 as {RECORD}", f"null::bigint as {LINE}"]
    listed = f"select {', '.join([*place, *texts, *nulls])} from {_source(path)}"
    joined = ", ".join(map(quoted, names)) or "''"
    spoilt = f"contains(concat_ws('', {joined}), chr(0)) as _spoilt"
    return f"(select *, {spoilt} from ({listed}))", hash_of([quoted(name) for name in names])


def _read(own: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, list[int]]:
    """How many rows there are, by reading each value of each, and those that cannot be kept."""
    answer = own.execute(f"select count(_spoilt) from {relation}").fetchone()
    spoilt = own.execute(f"select {RECORD} from {relation} where _spoilt order by 1").fetchall()
    return int(answer[0]) if answer else 0, [int(row) for (row,) in spoilt]


def _source(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, file_row_number=true, binary_as_string=true)"


def _text(column: str, type_: str) -> str:
    """SQL for a value as text."""
    name = quoted(column)
    if type_.endswith("]") or type_.startswith(NESTED):
        return f"to_json({name})::varchar"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"replace(make_timestamp(epoch_us({name}))::varchar, ' ', 'T') || 'Z'"
    if type_.startswith("TIMESTAMP"):
        return f"replace({name}::varchar, ' ', 'T')"
    if type_ in ("DOUBLE", "FLOAT"):
        return f"case when not isnan({name}) then {name}::varchar end"
    return f"{name}::varchar"
