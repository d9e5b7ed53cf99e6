"""The models' own unit tests, and what the tables of the demo must answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from pipelines import transform
from tests.conftest import Installation


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    file = released.settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def one(site: sqlite3.Connection, sql: str) -> Any:
    return site.execute(sql).fetchone()[0]


def test_every_unit_test_of_the_models_passes(yesterday: Installation) -> None:
    nodes = transform.unit_test(yesterday.settings)
    assert len(nodes) >= 16
    assert [node.unique_id for node in nodes if node.status != "pass"] == []


def test_the_months_of_the_demo_have_the_complaints_that_were_planted(
    released: Installation, site: sqlite3.Connection
) -> None:
    sql = "select substr(month, 1, 7), sum(complaints_received_count) from complaint_trends"
    rows = site.execute(f"{sql} group by 1").fetchall()
    assert dict(rows) == released.answers["received_by_month"]


def test_sustained_allegations_are_as_many_as_planted(
    released: Installation, site: sqlite3.Connection
) -> None:
    sql = "select count(*) from allegations where finding = 'sustained'"
    assert one(site, sql) == released.answers["sustained_allegations"]


def test_unmapped_words_are_counted_as_planted(
    released: Installation, site: sqlite3.Connection
) -> None:
    planted = sum(n for words in released.answers["unmapped"].values() for n in words.values())
    assert planted > 0
    sql = "select sum(observed_count) from data_quality where kind = 'vocabulary'"
    assert one(site, sql) == planted


def test_money_not_reported_is_not_zero(site: sqlite3.Connection) -> None:
    assert one(site, "select count(*) from cops_awards where outlayed_usd is null") > 0
    total = one(site, "select round(sum(obligated_usd), 2) from cops_awards")
    assert total == one(site, "select round(sum(obligated_usd), 2) from cops_awards_by_year")
    assert one(site, "select count(*) from cops_awards where is_negative_amount") > 0


def test_a_sum_over_allegations_is_never_taken_for_complaints(site: sqlite3.Connection) -> None:
    complaints = one(site, "select count(*) from complaints")
    allegations = one(site, "select count(*) from allegations")
    assert allegations > complaints
    assert one(site, "select sum(complaints_count) from complaint_outcomes") == complaints
    assert one(site, "select sum(allegations_count) from complaint_outcomes") == allegations
    assert one(site, "select max(allegations_count) from complaints") > 50


def test_the_first_night_is_where_history_begins(site: sqlite3.Connection) -> None:
    feeds = one(site, "select count(*) from sources")
    assert one(site, "select count(*) from source_changes where snapshot_sequence = 1") == feeds
    assert one(site, "select sum(rows_count) from source_changes") == one(
        site, "select sum(loaded_count) from sources"
    )
    for table in ("revisions", "missing_records", "holds"):
        assert one(site, f"select count(*) from {table}") == 0
    assert one(site, "select sum(snapshots_count) from sources") == feeds
    keyless = "select count(*) from sources where revisions_note is not null"
    assert 0 < one(site, keyless) < feeds


def test_the_months_of_the_triangle_are_those_of_the_trends(site: sqlite3.Connection) -> None:
    """Withheld complaints and impossible days are in neither."""
    sql = (
        "select cohort_month, records_count from maturity_triangle where age_months > 0 except "
        "select month, sum(complaints_received_count) from complaint_trends group by month"
    )
    assert site.execute(sql).fetchall() == []
    assert one(site, "select count(*) from maturity_triangle") > 24
