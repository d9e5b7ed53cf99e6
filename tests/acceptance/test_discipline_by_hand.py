"""Discipline and officers of the real files, held against counts made without the models.

Needs the files; prints counts and never a row. Run with `make acceptance`.
"""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from scipy import optimize, stats

from pipelines.orchestration.run import run
from tests.acceptance import concurrence_by_hand as by_hand
from tests.acceptance.test_real_files import FILES, LOCATIONS
from tests.conftest import settings_at

PENALTIES = FILES / "nyc_ccrb" / "penalties_2026-07-01.csv"
DISCIPLINES = FILES / "philadelphia" / "ppd_complaint_disciplines.csv"

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    settings = replace(
        settings_at(tmp_path_factory.mktemp("discipline")),
        jurisdictions=("new_york", "philadelphia"),
        locations=LOCATIONS,
    )
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
    file = settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def test_board_and_chief_agree_as_often_as_a_count_by_hand_says_in_each_year(
    site: sqlite3.Connection,
) -> None:
    hand = by_hand.counted(PENALTIES)
    print("\n" + by_hand.table(hand))
    told: dict[str, Counter[str]] = defaultdict(Counter)
    sql = (
        "select received_year, concurrence, count(*) from discipline_outcomes"
        " where jurisdiction = 'new_york' group by 1, 2"
    )
    for year, word, count in site.execute(sql):
        told[str(year)][word] = count
    assert told == hand


def test_the_shares_of_each_year_are_of_the_comparable_cases(site: sqlite3.Connection) -> None:
    hand = by_hand.counted(PENALTIES)
    for word in by_hand.WORDS[:4]:
        rows = site.execute(
            "select period, numerator, denominator from measures where jurisdiction = 'new_york'"
            " and period_kind = 'calendar_year' and dimension = 'all' and metric = ?",
            (f"concurrence_{word}_share",),
        ).fetchall()
        expected = [
            (year, cases[word], sum(cases[w] for w in by_hand.WORDS[:4]))
            for year, cases in hand.items()
        ]
        assert sorted(rows) == sorted(expected)


def test_no_word_of_the_penalties_is_without_a_meaning(site: sqlite3.Connection) -> None:
    sql = "select count(*) from discipline_steps where decision is null and outcome_local <> ''"
    assert site.execute(sql).fetchone() == (0,)


def test_officers_spread_as_the_file_says_and_chance_as_scipy_says(
    site: sqlite3.Connection,
) -> None:
    complaints = defaultdict(set)
    with DISCIPLINES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["officer_id"].strip() and row["complaint_id"].strip():
                complaints[row["officer_id"].strip()].add(row["complaint_id"].strip())
    spread = Counter(len(numbers) for numbers in complaints.values())
    officers = spread.total()
    mean = sum(place * count for place, count in spread.items()) / officers
    rate = optimize.brentq(
        lambda r: r / stats.poisson(r).sf(0) - mean, 1e-9, mean, xtol=1e-15, rtol=1e-15
    )
    chance = stats.poisson(rate)
    rows = site.execute(
        "select cases_per_officer, is_or_more, officers_count, expected_officers_count"
        " from officer_concentration where jurisdiction = 'philadelphia'"
        " and window_name = 'all_years' order by 1"
    ).fetchall()
    assert len(rows) > 5
    for place, is_or_more, count, expected in rows:
        least = sum(n for k, n in spread.items() if k >= place) if is_or_more else spread[place]
        share = chance.sf(place - 1) if is_or_more else chance.pmf(place)
        assert count == least >= 10
        assert expected == pytest.approx(officers * share / chance.sf(0), abs=1e-7)


def test_no_officers_number_is_in_the_tables_about_discipline(site: sqlite3.Connection) -> None:
    with PENALTIES.open(encoding="utf-8-sig", newline="") as file:
        private = {row["Tax ID"].strip() for row in csv.DictReader(file)}
    for table in ("discipline_steps", "discipline_outcomes", "officer_concentration"):
        cells = {str(cell) for row in site.execute(f"select * from {table}") for cell in row}
        leaked = len(cells & private)
        assert leaked == 0, table
    assert site.execute("select count(*) from repeat_officers").fetchone() == (0,)
