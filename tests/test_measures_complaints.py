"""Counts and rates of complaints: what adds up, what is kept apart, and what no rate is out of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import pytest

from tests.conftest import Installation

RATES = ("sustain_rate_merits", "sustain_rate_closed", "merits_rate", "truncation_rate",
         "truncation_rate_without_directives", "alternative_rate")  # fmt: skip
NAIVE = ("complaints_naive", "complaints_received_closed_only", "officer_cases_identified_only",
         "sustain_rate_naive", "sustain_rate_open_not_sustained",
         "sustain_rate_truncated_not_sustained", "sustain_rate_overturned_sustained")  # fmt: skip


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    file = released.settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


@pytest.fixture(scope="module")
def judged(released: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    """All numbers of all metrics, the naive ones among them, before any is chosen."""
    with duckdb.connect(str(released.settings.warehouse), read_only=True) as connection:
        yield connection


def whole(site: sqlite3.Connection, metric: str) -> dict[str, Any]:
    """A measure of all periods together and all parts."""
    sql = (
        "select value, numerator, denominator, lower, upper, maturity from measures"
        " where metric = ? and period = 'all' and dimension = 'all'"
    )
    names = ("value", "numerator", "denominator", "lower", "upper", "maturity")
    (row,) = site.execute(sql, (metric,)).fetchall()
    return dict(zip(names, row, strict=True))


def parts(site: sqlite3.Connection, metric: str, dimension: str) -> dict[str, float]:
    """The sums over the words of a part, by period."""
    sql = (
        "select period, sum(numerator) from measures where metric = ? and dimension = ?"
        " group by period"
    )
    return dict(site.execute(sql, (metric, dimension)).fetchall())


@pytest.mark.parametrize(
    ("metric", "dimension", "of_all"),
    [
        ("complaints_received", "category", "complaints_received"),
        ("complaints_received", "intake_channel", "complaints_received"),
        ("complaints_received", "district", "complaints_received"),
        ("complaints_by_resolution_class", "resolution_class", "complaints_received"),
        ("complaints_open", "category", "complaints_open"),
        ("allegations_received", "category", "allegations_received"),
        ("allegations_by_finding", "finding", "merits_rate"),
        ("officer_cases_received", "officer_identification", "officer_cases_received"),
        ("sustain_rate_merits", "category", "sustain_rate_merits"),
        ("sustain_rate_merits", "intake_channel", "sustain_rate_merits"),
    ],
)
def test_the_parts_of_a_count_add_up_to_the_whole_in_every_period(
    site: sqlite3.Connection, metric: str, dimension: str, of_all: str
) -> None:
    added, together = parts(site, metric, dimension), parts(site, of_all, "all")
    assert len(added) > 0
    assert {period: together[period] for period in added} == added


def test_the_register_has_one_number_for_what_the_row_tables_hold(
    site: sqlite3.Connection,
) -> None:
    counted = {
        "complaints_received": "select count(*) from complaints",
        "complaints_closed": "select count(investigation_closed_date) from complaints",
        "allegations_received": "select count(*) from allegations",
        "officer_cases_received": "select sum(officers_count) from complaints",
    }
    for metric, sql in counted.items():
        assert whole(site, metric)["value"] == site.execute(sql).fetchone()[0], metric


def test_complaints_officer_cases_and_allegations_are_three_numbers(
    site: sqlite3.Connection,
) -> None:
    metrics = ("complaints_received", "officer_cases_received", "allegations_received")
    numbers = [whole(site, metric)["value"] for metric in metrics]
    assert numbers == sorted(set(numbers))


def test_the_three_ways_to_close_and_referral_are_all_of_the_closed(
    site: sqlite3.Connection,
) -> None:
    counts = dict(
        site.execute("select resolution_class, count(*) from allegations group by 1").fetchall()
    )
    closed = sum(counts.get(n, 0) for n in ("investigated", "truncated", "alternative", "referred"))
    assert whole(site, "sustain_rate_closed")["denominator"] == closed
    assert whole(site, "merits_rate")["numerator"] == counts["investigated"]
    assert whole(site, "truncation_rate")["numerator"] == counts["truncated"]
    assert whole(site, "alternative_rate")["numerator"] == counts["alternative"]
    assert closed + counts["open"] + counts.get("void", 0) < sum(counts.values())


@pytest.mark.parametrize("metric", RATES)
def test_open_and_void_allegations_are_on_neither_side_of_a_rate(
    site: sqlite3.Connection, metric: str
) -> None:
    undecided = site.execute(
        "select count(*) from allegations where resolution_class in ('open', 'void')"
    ).fetchone()[0]
    alleged = whole(site, "allegations_received")["value"]
    assert undecided > 0
    assert whole(site, metric)["denominator"] <= alleged - undecided


def test_a_class_of_resolution_is_as_mature_as_its_whole_year(site: sqlite3.Connection) -> None:
    unlike = site.execute(
        "select count(*) from measures as classes join measures as received"
        " on classes.period = received.period and received.metric = 'complaints_received'"
        " and received.dimension = 'all' where classes.metric = 'complaints_by_resolution_class'"
        " and classes.maturity <> received.maturity"
    ).fetchone()[0]
    words = site.execute(
        "select count(distinct maturity) from measures where period_kind = 'calendar_year'"
        " and metric = 'complaints_by_resolution_class'"
    ).fetchone()[0]
    assert unlike == 0
    assert words > 1


def test_mass_incidents_are_published_without_the_number_of_the_event(
    released: Installation, site: sqlite3.Connection
) -> None:
    columns = [row[1] for row in site.execute("pragma table_info(incident_clusters)").fetchall()]
    assert columns == ["jurisdiction", "incident_date", "incident_ordinal", "complaints_count"]
    for table in ("complaints", "incident_clusters"):
        text = (released.settings.current / "csv" / f"{table}.csv").read_text(encoding="utf-8")
        assert "HARBOUR-MARCH" not in text
    mass = site.execute("select sum(complaints_count) from incident_clusters").fetchone()[0]
    received = whole(site, "complaints_received")["value"]
    assert received - whole(site, "complaints_received_without_mass_incidents")["value"] == mass


def test_naive_numbers_reach_no_public_measure(
    site: sqlite3.Connection, judged: duckdb.DuckDBPyConnection
) -> None:
    made = (
        "select distinct metric from intermediate.int_measures__judged"
        " where family = 'complaints' and is_naive"
    )
    metrics = {name for (name,) in judged.execute(made).fetchall()}
    public = {name for (name,) in site.execute("select distinct metric from measures")}
    assert metrics == set(NAIVE)
    assert not metrics & public


@pytest.mark.parametrize("metric", NAIVE)
def test_a_naive_number_is_wrong_in_the_way_it_says(
    judged: duckdb.DuckDBPyConnection, metric: str
) -> None:
    sql = (
        "select naive.value, theirs.value from intermediate.int_measures__judged as naive"
        " join intermediate.int_measures__judged as theirs on naive.counterpart = theirs.metric"
        " and naive.jurisdiction = theirs.jurisdiction and naive.period = theirs.period"
        " and naive.dimension = theirs.dimension"
        " where naive.metric = ? and naive.period = 'all' and naive.dimension = 'all'"
    )
    ((wrong, right),) = judged.execute(sql, [metric]).fetchall()
    too_high = ("complaints_naive", "sustain_rate_overturned_sustained")
    assert (wrong > right) == (metric in too_high)
    assert wrong != right
