"""Chicago's expunged complaints are in no public table, and no public number counts them.

Needs the files; prints counts and never a row. Run with `make acceptance`.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.manifest import Manifest
from tests.acceptance.conftest import FILES

FILE = FILES / "chicago" / "complaints_clear_2000-2020.csv.gz"
SOURCE = "chicago.complaints_clear"
EXPUNGED, DELETED = 64_126, 249
ABOUT_DELIVERIES = (
    "sources",
    "completeness",
    "data_quality",
    "quarantine_summary",
    "source_changes",
)
NUMBER = re.compile(r"(?<![\d.,-])\d{1,3}(?:,\d{3})+(?![\d.-])|(?<![\d.,-])\d+(?![\d.-])")

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


@pytest.fixture(scope="module")
def expunged() -> set[str]:
    with gzip.open(FILE, "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    return {row["cr_id"] for row in rows if row["current_status"] == "EXPUNGED"}


def test_no_expunged_complaint_is_named_in_any_table(
    site: tuple[Manifest, Path, str], expunged: set[str]
) -> None:
    assert len(expunged) == EXPUNGED
    # Within a longer text, a number of five digits may be any number.
    long = {number for number in expunged if len(number) > 5}
    looked_at, found = 0, set[str]()
    for cells in chicago_texts(site[1]):
        looked_at += len(cells)
        found |= expunged & cells
        found |= long & {token for cell in cells for token in re.split(r"\W+", cell)}
    print(f"{EXPUNGED:,} expunged complaints, {looked_at:,} different texts: {len(found)} named")
    assert looked_at > 100_000
    assert len(long) > 50_000
    assert len(found) == 0


def test_no_public_number_counts_them_or_lets_them_be_subtracted(
    site: tuple[Manifest, Path, str],
) -> None:
    told = numbers(site[1])
    withheld = {EXPUNGED, DELETED, EXPUNGED + DELETED}
    pairs = {(a, b) for a in told for b in told if a - b in withheld and b}
    print(f"{len(told)} numbers about deliveries of {SOURCE}, {len(pairs)} pairs differ by them")
    assert len(told) >= 5
    assert not told & withheld
    assert pairs == set()


def test_the_rows_received_would_be_noticed(site: tuple[Manifest, Path, str]) -> None:
    """Planted: the rows of the file as it came stand beside the rows loaded."""
    told = numbers(site[1]) | {whole_file()}
    assert any(a - b == EXPUNGED + DELETED for a in told for b in told)


def whole_file() -> int:
    with gzip.open(FILE, "rt", newline="") as text:
        return sum(1 for _ in csv.reader(text)) - 1


def chicago_texts(folder: Path) -> Iterator[set[str]]:
    """The different texts of every column of every table, of Chicago's rows where rows say so."""
    with duckdb.connect() as duck:
        for file in sorted((folder / "parquet").glob("*.parquet")):
            columns = duck.sql(f"describe from '{file}'").fetchall()
            names = [name for name, kind, *_ in columns if kind == "VARCHAR"]
            of = "where jurisdiction = 'chicago'" if "jurisdiction" in names else ""
            for name in names:
                sql = f"select distinct \"{name}\" from '{file}' {of}"
                yield {cell for (cell,) in duck.sql(sql).fetchall() if cell}


def numbers(folder: Path) -> set[int]:
    """Every number that a release tells about the deliveries of the source, in cells and words."""
    inputs = json.loads((folder / "manifest.json").read_text("utf-8"))["inputs"][SOURCE]
    told = [str(v) for word, v in inputs.items() if word not in ("parts", "snapshot")]
    with duckdb.connect() as duck:
        for table in ABOUT_DELIVERIES:
            file = folder / "parquet" / f"{table}.parquet"
            names = [name for name, *_ in duck.sql(f"describe from '{file}'").fetchall()]
            key = "source_table" if "source_table" in names else "table_name"
            rows = duck.sql(f"from '{file}' where {key} = '{SOURCE}'").fetchall()
            told += [str(cell) for row in rows for cell in row if cell is not None]
    return {int(found.replace(",", "")) for text in told for found in NUMBER.findall(text)}
