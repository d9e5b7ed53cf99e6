"""The warehouse: one private DuckDB file per refresh, built from nothing each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.failures import StorageFailed
from pipelines.settings import Settings

THREADS = 2
BATCH = 500
Value = str | int | bool | None


def create(settings: Settings) -> Path:
    """Start on an empty file. Raises `StorageFailed` when the folder cannot be written."""
    try:
        settings.work.mkdir(parents=True, exist_ok=True)
        for old in (settings.warehouse, Path(f"{settings.warehouse}.wal")):
            old.unlink(missing_ok=True)
    except OSError as error:
        told = f"The warehouse cannot be started ({error.strerror or error})."
        raise StorageFailed(told, place=settings.work.name) from None
    with connect(settings):
        pass
    return settings.warehouse


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection within the memory limit that spills below the work folder.

    Tables are written uncompressed: they are read once or twice and then thrown away, and
    compressing text costs more than everything else about loading it. Nothing is fetched or
    loaded from the network by DuckDB itself. Raises `StorageFailed` when the file is damaged.
    """
    settings.work.mkdir(parents=True, exist_ok=True)
    connection = _opened(settings, read_only)
    try:
        if not read_only:
            connection.execute("set force_compression = 'uncompressed'")
        yield connection
    except duckdb.IOException as error:
        raise StorageFailed(_first_line(error), place=settings.warehouse.name) from None
    except duckdb.OutOfMemoryException:
        raise StorageFailed(
            f"The memory limit of {settings.memory_limit} is too small for this step.",
            place=settings.warehouse.name,
            next_step="Raise OVERSIGHT_MEMORY_LIMIT, then run `oversight refresh` again.",
        ) from None
    finally:
        connection.close()


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Value]]
) -> None:
    """Insert a few hundred rows at a time, written as SQL.

    Binding a parameter makes DuckDB import pandas, a second of CPU which nothing else needs.
    """
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in batch)
        connection.execute(f"insert into {table} values {values}")


def _literal(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value).lower()
    escaped = value.replace("'", "''").replace("\0", "")
    return f"'{escaped}'"


def _opened(settings: Settings, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": THREADS,
        "temp_directory": str(settings.work / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        return duckdb.connect(str(settings.warehouse), read_only=read_only, config=config)
    except duckdb.Error as error:
        raise StorageFailed(_first_line(error), place=settings.warehouse.name) from None


def _first_line(error: Exception) -> str:
    return f"The warehouse cannot be used: {str(error).splitlines()[0][:160]}."
