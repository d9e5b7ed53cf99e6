"""A sample of a source as one table of text, read by the very parsers that will read it later.

The sample lives in a folder of its own and in a database in memory, and goes with them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import parsers, readers
from pipelines.contract_file import Dialect
from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.locations import Location
from pipelines.onboarding import dialects, provisional
from pipelines.onboarding.places import Place
from pipelines.parsers.parsed import Odd, Parsed, literal, quoted
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings
from pipelines.snapshots import Part, Snapshot

ROWS = 1_000
"""Rows asked of a service, in one page."""
MOST_ROWS = 500_000
"""Rows of a file that are looked at."""
TABLE = "sample"


@dataclass(frozen=True)
class Sample:
    """The table `sample` in `connection`: all columns as text, in the order of the source.

    `partial` are columns that some of the files do not have; `sheets` those of a workbook.
    """

    connection: duckdb.DuckDBPyConnection
    columns: tuple[str, ...]
    partial: frozenset[str]
    rows: int
    dialect: Dialect
    records: str
    sheets: tuple[str, ...] = ()


@contextmanager
def opened(place: Place, jurisdiction: str, table: str, settings: Settings) -> Iterator[Sample]:
    """Fetch a sample of `place` and load it; gone at the end of the block.

    Raises what readers and parsers raise when there is nothing that can be read.
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(f"set temp_directory = {literal(folder)}")
        connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        yield _loaded(place, (jurisdiction, table), Path(folder), connection, settings)


def _loaded(
    place: Place,
    names: tuple[str, str],
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
) -> Sample:
    parts = _fetched(place, names, folder / "parts", settings)
    where = _written(place, parts[0].path)
    asking = provisional.contract(place, *names)
    found = [_parsed(asking, where, part, folder).unknown for part in parts]
    columns = tuple(dict.fromkeys(name for names_of_part in found for name in names_of_part))
    if not columns:
        raise DataRefused("The sample has no rows with columns.", place=asking.name)
    contract = provisional.contract(place, *names, columns=columns)
    rows = _filled(connection, contract, where, parts, folder)
    return Sample(
        connection=connection,
        columns=columns,
        partial=frozenset(c for c in columns if not all(c in names for names in found)),
        rows=rows,
        dialect=where.dialect,
        records=where.records,
        sheets=_sheets(place, parts[0].path),
    )


def _fetched(
    place: Place, names: tuple[str, str], folder: Path, settings: Settings
) -> list[FetchedPart]:
    # Without a heading declared, the reader does not hold the first line against any columns.
    any_heading = provisional.location(place, dialect=Dialect(header=False))
    contract = provisional.contract(place, *names)
    folder.mkdir()
    return readers.sample(contract, any_heading, folder, settings, ROWS)


def _written(place: Place, path: Path) -> Location:
    dialect = dialects.dialect(path) if place.reader == "csv" else None
    records = dialects.records_path(path) if place.reader == "json" else ""
    return provisional.location(place, dialect=dialect, records=records)


def _filled(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    where: Location,
    parts: Sequence[FetchedPart],
    folder: Path,
) -> int:
    columns = [quoted(column.name) for column in contract.columns]
    told = ", ".join(f"{column} varchar" for column in columns)
    connection.execute(f"create table {TABLE} ({told})")
    for part in parts:
        insert = f"insert into {TABLE} select {', '.join(columns)} from"
        try:
            relation = _parsed(contract, where, part, folder).relation
            connection.execute(f"{insert} {relation} limit {MOST_ROWS}")
        except (Odd, duckdb.InvalidInputException, duckdb.ConversionException):
            relation = _parsed(contract, where, part, folder, careful=True).relation
            connection.execute(f"{insert} {relation} limit {MOST_ROWS}")
    answer = connection.execute(f"select count(*) from {TABLE}").fetchone()
    return int(answer[0]) if answer else 0


def _parsed(
    contract: Contract, where: Location, part: FetchedPart, folder: Path, *, careful: bool = False
) -> Parsed:
    received = Part(
        name=part.name,
        sha256="",
        size=part.path.stat().st_size,
        url=part.url,
        headers=part.headers,
        records=part.records,
    )
    snapshot = Snapshot(
        id="sample",
        source_table=contract.name,
        fetched_at="",
        parts=(received,),
        received=None,
        location=where.places[0],
        as_of=None,
        reader=where.reader,
        records=where.records,
        dialect=where.dialect,
    )
    return parsers.parse(contract, snapshot, received, part.path, folder, careful=careful)


def _sheets(place: Place, path: Path) -> tuple[str, ...]:
    if place.reader != "xlsx":
        return ()
    import openpyxl

    with path.open("rb") as file:
        return tuple(openpyxl.load_workbook(file, read_only=True).sheetnames)
