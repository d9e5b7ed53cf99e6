"""Parquet: every value as text, every row counted, nothing taken from a broken file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import parquet
from pipelines.parsers.parsed import Parsed
from tests import feeds

VALUES = """
select * from (values
    ('K1', date '2026-03-03', timestamp '2026-03-03 18:30:00', 12.50::decimal(9, 2), true, 1),
    ('K2', date '1899-12-31', timestamp '2026-03-03 18:30:00.25', -0.10::decimal(9, 2), false, 2),
    ('K3', null, null, null, null, null)
) as t(id, "Incident Date", seen_at, amount, is_open, n)
"""
COLUMNS = ("id", "incident_date", "seen_at", "amount", "is_open", "n")


def written(folder: Path, query: str, options: str = "") -> Path:
    path = folder / "complaints.parquet"
    duckdb.execute(f"copy ({query}) to '{path}' (format parquet{options})")
    return path


def contract(folder: Path, columns: tuple[Any, ...], **meta: Any) -> Contract:
    table = feeds.table(columns=columns, reader="parquet", key=None, **meta)
    return feeds.contracts(folder, table)[0]


def read(folder: Path, path: Path, columns: tuple[Any, ...]) -> tuple[Parsed, list[Any]]:
    found = parquet.parse(contract(folder, columns), path, path.name, folder)
    names = ", ".join(c if isinstance(c, str) else c["name"] for c in columns)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'America/New_York'")
        query = f"select {names} from {found.relation} order by _record"
        return found, connection.execute(query).fetchall()


def test_values_land_as_the_text_that_a_csv_would_hold(tmp_path: Path) -> None:
    found, rows = read(tmp_path, written(tmp_path, VALUES), COLUMNS)
    assert rows == [
        ("K1", "2026-03-03", "2026-03-03T18:30:00", "12.50", "true", "1"),
        ("K2", "1899-12-31", "2026-03-03T18:30:00.25", "-0.10", "false", "2"),
        ("K3", None, None, None, None, None),
    ]
    assert (found.records, found.received, found.unknown) == (3, 3, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("timestamptz '2026-03-03 18:30:00-05'", "2026-03-03T23:30:00Z"),
        ("{'name': 'City Hall', 'floor': 2}", '{"name":"City Hall","floor":2}'),
        ("['a', null]", '["a",null]'),
        ("map {'a': 1}", '{"a":1}'),
        ("1234567890123.5::double", "1234567890123.5"),
        ("'nan'::double", None),
        ("'é\n\"'", 'é\n"'),
        ("'x'::blob", "x"),
        ("''", ""),
        ("18446744073709551615::ubigint", "18446744073709551615"),
        ("time '09:05:00'", "09:05:00"),
    ],
)
def test_each_type_has_one_text(tmp_path: Path, value: str, text: str | None) -> None:
    path = written(tmp_path, f"select 'K1' as id, {value} as status")
    assert read(tmp_path, path, ("id", "status"))[1] == [("K1", text)]


def test_rows_keep_the_order_of_the_file_over_many_row_groups(tmp_path: Path) -> None:
    query = "select 'K' || i as id from range(10000) t(i)"
    path = written(tmp_path, query, ", row_group_size 2048")
    found, rows = read(tmp_path, path, ("id",))
    assert [row[0] for row in rows] == [f"K{n}" for n in range(10_000)]
    assert found.records == 10_000


def test_a_column_more_is_told_and_an_optional_one_less_is_null(tmp_path: Path) -> None:
    path = written(tmp_path, "select 'K1' as id, 'x' as extra")
    found, rows = read(tmp_path, path, ("id", feeds.column("badge", optional=True)))
    assert rows == [("K1", None)]
    assert found.unknown == ("extra",)


def test_a_column_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "select 'K1' as id")
    with pytest.raises(DataRefused, match="'status'"):
        read(tmp_path, path, ("id", "status"))


def test_no_row_at_all_is_an_empty_feed(tmp_path: Path) -> None:
    path = written(tmp_path, "select 'K1' as id where false")
    found, rows = read(tmp_path, path, ("id",))
    assert (rows, found.received) == ([], 0)


def test_a_value_with_a_nul_sets_its_row_aside(tmp_path: Path) -> None:
    path = written(tmp_path, "select unnest(['K1', 'K' || chr(0), 'K3']) as id")
    found, rows = read(tmp_path, path, ("id",))
    assert rows == [("K1",), ("K3",)]
    assert [bad.reason for bad in found.malformed] == ["a character that text cannot hold (row 2)"]
    assert (found.records, found.received) == (2, 3)


@pytest.mark.parametrize("kept", [0, 3, 4, 200, -1, -8])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path, VALUES)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataRefused, match="not an intact Parquet file"):
        read(tmp_path, path, COLUMNS)


def test_a_file_with_spoilt_pages_is_refused_or_each_of_its_rows_is_accounted_for(
    tmp_path: Path,
) -> None:
    query = "select 'K' || i as id, md5(i::varchar) as status from range(5000) t(i)"
    path = written(tmp_path, query, ", compression zstd")
    whole = path.read_bytes()
    refused = 0
    for place in range(4, len(whole) - 600, 997):
        path.write_bytes(whole[:place] + bytes(64) + whole[place + 64 :])
        try:
            found, rows = read(tmp_path, path, ("id", "status"))
        except DataRefused:
            refused += 1
        else:
            assert len(rows) == found.records == 5000 - len(found.malformed)
    assert refused
