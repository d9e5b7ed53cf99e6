"""The candidate: the public tables in the very form that the public will download.

Each mart is sorted once into Parquet; CSV and SQLite are written from that Parquet, so that the
three forms agree and the same rows always give the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines import exports, measured_columns, metric_register, sqlite_file
from pipelines.checks.judge import CheckResult
from pipelines.exports import Forms, quoted
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings
from pipelines.transform import Mart

DATABASE = "oversight.db"
QUALITY = "data_quality"


@dataclass(frozen=True)
class TableFile:
    """One mart as exported; `csv_sha256` identifies its content, sizes are bytes."""

    rows: int
    columns: tuple[str, ...]
    csv_sha256: str
    csv_bytes: int
    parquet_sha256: str
    parquet_bytes: int


@dataclass(frozen=True)
class Candidate:
    """A folder with `oversight.db`, `csv/` and `parquet/`, not yet public."""

    folder: Path
    marts: tuple[Mart, ...]
    tables: Mapping[str, TableFile] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


def build_candidate(settings: Settings, marts: Sequence[Mart]) -> Candidate:
    """Export every mart of the warehouse as Parquet, CSV and one SQLite file.

    Raises `Misconfigured` for a column of numbers that the register of metrics does not explain,
    `DataRefused` for a key that repeats and `StorageFailed` when the three forms do not hold the
    same number of rows.
    """
    right = [one.metric for _, one in metric_register.load_register(settings) if not one.naive]
    measured_columns.refuse_unnamed(marts, right)
    folder = settings.candidate
    _fresh(folder)
    with exports.exporter(settings.memory_limit, settings.work) as duck:
        duck.execute(f"attach {quoted(settings.warehouse)} as warehouse (read_only)")
        forms = [exports.forms_of(duck, mart, folder) for mart in marts]
        for form in forms:
            table = f'warehouse.marts."{form.mart.name}"'
            exports.write_parquet(duck, form, table, form.parquet)
        reached("parquet written")
        for form in forms:
            exports.write_csv(duck, form)
        reached("csv written")
        exports.write_sqlite(duck, folder / DATABASE, forms)
    sqlite_file.finish(folder / DATABASE, marts)
    reached("sqlite written")
    return _counted(Candidate(folder, tuple(marts)), forms)


def append_quality(candidate: Candidate, checks: Sequence[CheckResult]) -> Candidate:
    """Add the verdicts on the candidate to its own `data_quality` table, in all three forms."""
    mart = next(mart for mart in candidate.marts if mart.name == QUALITY)
    new = candidate.folder / "parquet" / f".{QUALITY}.new"
    with exports.exporter("256MB", candidate.folder) as duck:
        form = Forms(mart, candidate.folder, exports.parquet_types(duck, candidate.folder, mart))
        duck.execute(f"create temp table joined as from read_parquet({quoted(form.parquet)})")
        rows = [_quality_row(check) for check in checks]
        places = ", ".join("?" for _ in form.types)
        if rows:
            values = [[row.get(name) for name, _ in form.types] for row in rows]
            duck.executemany(f"insert into joined values ({places})", values)
        exports.write_parquet(duck, form, "joined", new)
        new.replace(form.parquet)
        exports.write_csv(duck, form)
        sqlite_file.empty(candidate.database, QUALITY)
        exports.insert(duck, candidate.database, [form])
    sqlite_file.finish(candidate.database, (), [QUALITY])
    reached("check results written")
    return _counted(candidate, [form])


def _quality_row(check: CheckResult) -> dict[str, Any]:
    return {
        "table_name": check.table,
        "check_name": check.name,
        "kind": "expectation",
        "severity": "error" if check.severity == "critical" else "warning",
        "has_passed": check.has_passed,
        "explanation": check.why,
    }


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("csv", "parquet"):
        (folder / part).mkdir(parents=True)


def _counted(candidate: Candidate, forms: Sequence[Forms]) -> Candidate:
    """The candidate with its counts, once SQLite, Parquet and CSV are seen to agree."""
    in_sqlite = sqlite_file.counts(candidate.database, [form.mart.name for form in forms])
    tables = dict(candidate.tables)
    with duckdb.connect() as duck:
        measured = [_measured(duck, form) for form in forms]
    for form, (table, csv_rows) in zip(forms, measured, strict=True):
        name = form.mart.name
        if not table.rows == csv_rows == in_sqlite[name]:
            raise StorageFailed(
                f"Parquet holds {table.rows} rows, CSV {csv_rows}, SQLite {in_sqlite[name]}.",
                place=f"table {name}",
            )
        tables[name] = table
    return replace(candidate, tables=tables)


def _measured(duck: duckdb.DuckDBPyConnection, form: Forms) -> tuple[TableFile, int]:
    csv_sha256, records = _hash_and_count(form.csv)
    query = f"select sum(num_rows) from parquet_file_metadata({quoted(form.parquet)})"
    rows = int((duck.execute(query).fetchone() or [0])[0])
    table = TableFile(
        rows=rows,
        columns=tuple(name for name, _ in form.types),
        csv_sha256=csv_sha256,
        csv_bytes=form.csv.stat().st_size,
        parquet_sha256=hashlib.sha256(form.parquet.read_bytes()).hexdigest(),
        parquet_bytes=form.parquet.stat().st_size,
    )
    return table, records - 1


def _hash_and_count(csv: Path) -> tuple[str, int]:
    """The sha256 of a CSV file and its physical records: line ends outside quotes."""
    digest, records, inside = hashlib.sha256(), 0, 0
    with csv.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            if b'"' not in chunk:
                records += 0 if inside else chunk.count(b"\n")
                continue
            pieces = chunk.split(b'"')
            records += sum(piece.count(b"\n") for piece in pieces[inside::2])
            inside = (inside + len(pieces) - 1) % 2
    return digest.hexdigest(), records
