"""The files that would be published: three forms of the same rows, the same every time."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import candidate as candidates
from pipelines.candidate import Candidate, append_quality
from pipelines.checks.judge import CheckResult
from pipelines.failures import DataRefused, StorageFailed
from tests import invented_marts as invented


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    return invented.candidate(invented.settings(tmp_path_factory.mktemp("candidate")))


def read(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def test_the_three_forms_hold_the_same_rows_in_the_same_order(built: Candidate) -> None:
    for name, table in built.tables.items():
        with (built.folder / "csv" / f"{name}.csv").open(newline="") as file:
            heading, *rows = list(csv.reader(file))
        parquet = duckdb.execute(
            f"from read_parquet('{built.folder}/parquet/{name}.parquet')"
        ).fetchall()
        in_sqlite = read(built.database, f"select * from {name} order by rowid")
        assert tuple(heading) == table.columns
        assert len(rows) == len(parquet) == len(in_sqlite) == table.rows
        assert [row[0] for row in rows] == [row[0] or "" for row in in_sqlite]


def test_values_are_written_plainly_in_sqlite(built: Candidate) -> None:
    award = read(
        built.database, "select obligated_usd, start_date, is_zero_amount from cops_awards"
    )
    assert award == [(125000.5, "2025-11-01", 0)]
    assert read(built.database, "select starts_at from hearings") == [("2026-10-01T18:30:00",)]
    kinds = {row[2] for row in read(built.database, "pragma table_info(complaints)")}
    assert kinds == {"TEXT", "INTEGER"}


def test_a_spreadsheet_finds_nothing_to_run_in_the_csv(built: Candidate) -> None:
    with (built.folder / "csv" / "complaints.csv").open(newline="") as file:
        districts = {row["district"] for row in csv.DictReader(file)}
    assert districts == {"North", "'=1+1"}
    assert read(
        built.database, "select distinct district from complaints where district <> 'North'"
    )


def test_the_file_holds_the_marts_their_search_and_nothing_else(built: Candidate) -> None:
    names = {
        row[0] for row in read(built.database, "select name from sqlite_schema where sql != ''")
    }
    marts = invented.marts()
    allowed = {mart.name for mart in marts} | {"sqlite_stat1"}
    indexes = {f"{mart.name}_index_{n}" for mart in marts for n in range(1, 9)}
    searches = {name for name in names if any(name.startswith(f"{m.name}_fts") for m in marts)}
    assert names <= allowed | indexes | searches
    assert read(built.database, "pragma freelist_count") == [(0,)]
    assert built.database.stat().st_mode & 0o222 == 0


def test_search_finds_words_of_the_agency(built: Candidate) -> None:
    query = "select count(*) from complaints_fts where complaints_fts match 'minor'"
    assert read(built.database, query) == [(80,)]


def test_the_same_warehouse_gives_the_same_bytes(built: Candidate, tmp_path: Path) -> None:
    again = invented.candidate(invented.settings(tmp_path))
    assert again.tables == built.tables
    assert again.database.read_bytes() == built.database.read_bytes()


def test_many_rows_keep_their_order_in_every_form(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    invented.warehouse(settings)
    with duckdb.connect(str(settings.warehouse)) as duck:
        duck.execute(
            "insert into marts.bwc_reviews by name select 'larkhaven' as jurisdiction, "
            "md5(i::varchar) as bwc_review_id, '=' || i as district from range(30000) t(i)"
        )
    built = candidates.build_candidate(settings, invented.marts())
    ids = [line.split(",")[1] for line in (built.folder / "csv/bwc_reviews.csv").open()][1:]
    assert ids == sorted(ids)
    assert ids == [r[0] for r in read(built.database, "select bwc_review_id from bwc_reviews")]


def test_two_rows_with_one_key_are_refused_by_table_and_key(tmp_path: Path) -> None:
    rows = {"complaints": invented.ROWS["complaints"][:1] * 2}
    with pytest.raises(DataRefused, match=r"table complaints.*key \(jurisdiction, complaint_id\)"):
        invented.candidate(invented.settings(tmp_path), rows)


def test_a_lost_row_is_noticed_before_anyone_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = candidates.exports.write_csv

    def losing(duck: duckdb.DuckDBPyConnection, form: Any) -> None:
        whole(duck, form)
        lines = form.csv.read_text().splitlines(keepends=True)
        form.csv.write_text(
            "".join(lines[:-1]) if form.mart.name == "complaints" else "".join(lines)
        )

    monkeypatch.setattr(candidates.exports, "write_csv", losing)
    with pytest.raises(StorageFailed, match="table complaints"):
        invented.candidate(invented.settings(tmp_path))


def test_verdicts_are_written_into_the_quality_table_in_all_forms(tmp_path: Path) -> None:
    built = invented.candidate(invented.settings(tmp_path))
    checks = [
        CheckResult("complaints", "dates_are_possible", "critical", True, "Dates can be true."),
        CheckResult(
            "hearings", "links_are_web_addresses", "warning", False, "Links can be opened."
        ),
    ]
    after = append_quality(built, checks)
    rows = read(
        after.database,
        "select table_name, check_name, severity, has_passed from data_quality "
        "where kind = 'expectation' order by 1",
    )
    assert rows == [
        ("complaints", "dates_are_possible", "error", 1),
        ("hearings", "links_are_web_addresses", "warning", 0),
    ]
    assert after.tables["data_quality"].rows == built.tables["data_quality"].rows + 2
    assert after.tables["complaints"] == built.tables["complaints"]
    text = (after.folder / "csv" / "data_quality.csv").read_bytes()
    assert hashlib.sha256(text).hexdigest() == after.tables["data_quality"].csv_sha256
    assert sorted(f.name for f in after.folder.rglob(".*")) == []
