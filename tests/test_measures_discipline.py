"""Discipline and officers: the chain of the demo recounted, and nobody to be recognised."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from tests.conftest import Installation

RUNGS = {"": None, "No penalty": 0, "Retraining": 1, "Reprimand": 2, "Loss of leave - 3 days": 4,
         "Suspension - 10 days": 5, "Demotion": 6, "Termination": 7, "Overturned": 0}  # fmt: skip
TABLES = ("discipline_steps", "discipline_outcomes", "officer_concentration", "repeat_officers")

Row = dict[str, str]


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    file = released.settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


@pytest.fixture(scope="module")
def cases(released: Installation) -> list[Row]:
    """The rows of the discipline file whose complaint is not withheld."""
    sealed = {
        row["Complaint Id"]
        for row in read(released.feeds, "complaints")
        if (row["Status"] or "").strip().upper() in ("EXPUNGED", "SEALED", "DELETED")
    }
    rows = read(released.feeds, "discipline")
    return [row for row in rows if row["Complaint Id"] not in sealed]


def read(feeds: Path, name: str) -> list[Row]:
    with (feeds / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def measure(site: sqlite3.Connection, metric: str) -> tuple[float, float, float]:
    sql = (
        "select value, numerator, denominator from measures where metric = ?"
        " and period = 'all' and dimension = 'all'"
    )
    (found,) = site.execute(sql, (metric,)).fetchall()
    return tuple(found)


def concurrence(row: Row) -> str:
    asked, done = RUNGS[row["Board Recommendation"]], RUNGS[row["Chief Decision"]]
    assert asked is not None
    if row["Closed Because"]:
        return "not_decidable"
    if done is None:
        return "pending"
    if done == 0:
        return "none_imposed"
    return "same" if done == asked else "lower" if done < asked else "higher"


def final(row: Row) -> int | None:
    """The rung that stands after the appeal; none while that is open."""
    if row["Closed Because"] or row["Appeal Decision"] == "Pending":
        return None
    kept = row["Appeal Decision"] in ("", "Upheld")
    return RUNGS[row["Chief Decision" if kept else "Appeal Decision"]]


def test_every_officer_case_of_the_file_has_its_outcome(
    site: sqlite3.Connection, cases: list[Row]
) -> None:
    told = dict(site.execute("select concurrence, count(*) from discipline_outcomes group by 1"))
    assert told == Counter(map(concurrence, cases))
    assert len(told) >= 4


def test_the_steps_of_a_case_stand_side_by_side(site: sqlite3.Connection, cases: list[Row]) -> None:
    headings = {
        "investigator_recommended": "Investigator Recommendation",
        "board_recommended": "Board Recommendation",
        "trial_or_plea": "Hearing Or Settlement",
        "chief_final": "Chief Decision",
        "appeal_final": "Appeal Decision",
        "served": "Served",
    }
    told = Counter(site.execute("select complaint_id, step, outcome_local from discipline_steps"))
    hand = Counter(
        (row["Complaint Id"], step, row[heading])
        for row in cases
        for step, heading in headings.items()
        if row[heading]
    )
    assert told == hand
    (unread,) = site.execute(
        "select count(*) from discipline_steps where decision is null"
    ).fetchone()
    assert unread == 0


def test_agreement_is_a_share_of_what_could_be_decided_and_is(
    site: sqlite3.Connection, cases: list[Row]
) -> None:
    told = Counter(map(concurrence, cases))
    compared = sum(told[word] for word in ("same", "lower", "higher", "none_imposed"))
    for word in ("same", "lower", "higher", "none_imposed"):
        value, numerator, denominator = measure(site, f"concurrence_{word}_share")
        assert (numerator, denominator) == (told[word], compared)
        assert value == pytest.approx(100 * told[word] / compared)
    assert measure(site, "discipline_undecided_share")[1:] == (
        told["pending"],
        compared + told["pending"],
    )
    assert measure(site, "discipline_not_decidable_cases")[1] == told["not_decidable"]


def test_overturned_discipline_does_not_stand(
    site: sqlite3.Connection, cases: list[Row], released: Installation
) -> None:
    settled = [row for row in cases if final(row) is not None]
    standing = sum(final(row) != 0 for row in settled)
    overturned = released.answers["traps"]["P34_discipline_overturned_on_appeal"]
    assert measure(site, "penalty_standing_share")[1:] == (standing, len(settled))
    naive = sum(RUNGS[row["Chief Decision"]] != 0 for row in settled)
    assert naive - standing == overturned > 0
    hidden = "select count(*) from measures where metric = 'penalty_imposed_share_before_appeal'"
    assert site.execute(hidden).fetchone() == (0,)
    undone = "select count(*) from discipline_outcomes where chief_severity > 0"
    assert site.execute(f"{undone} and final_severity_after_appeal = 0").fetchone() == (overturned,)


def officer_cases(feeds: Path) -> dict[str, set[str]]:
    """Complaints by badge, from the files; withheld and void ones left out."""
    sealed = {
        row["Complaint Id"]
        for row in read(feeds, "complaints")
        if (row["Status"] or "").strip().upper() in ("EXPUNGED", "SEALED", "DELETED")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for row in read(feeds, "allegations"):
        void = " ".join((row["Finding"] or "").split()).lower() in (
            "duplicate",
            "out of jurisdiction",
        )
        whole = row["Complaint Id"] and row["Allegation Text"] and None not in row
        named = row["Badge"] not in ("", "UNK", "0", None)
        if whole and named and not void and row["Complaint Id"] not in sealed:
            found[row["Badge"]].add(row["Complaint Id"])
    return found


def test_officers_spread_over_cases_as_the_file_says_and_chance_as_scipy_says(
    site: sqlite3.Connection, released: Installation
) -> None:
    named = {badge: len(kept) for badge, kept in officer_cases(released.feeds).items()}
    roster = {row["Badge"] for row in read(released.feeds, "officers")}
    spread = Counter(named.get(badge, 0) for badge in roster | set(named))
    officers, total = spread.total(), sum(named.values())
    rows = site.execute(
        "select cases_per_officer, is_or_more, officers_count, expected_officers_count,"
        " all_officers_count, all_officer_cases_count from officer_concentration"
        " where window_name = 'all_years' order by 1"
    ).fetchall()
    chance = stats.poisson(total / officers)
    for place, is_or_more, count, expected, all_officers, all_cases in rows:
        assert (all_officers, all_cases) == (officers, total)
        if is_or_more:
            assert count == sum(n for k, n in spread.items() if k >= place)
            assert expected == pytest.approx(officers * chance.sf(place - 1), abs=1e-9)
        else:
            assert count == spread[place]
            assert expected == pytest.approx(officers * chance.pmf(place), abs=1e-9)
    assert sum(row[2] for row in rows) == officers
    assert min(row[2] for row in rows) >= 10


def top_share(ordered: list[tuple[int, float]], officers: float, cases: float) -> float:
    """Percent of the cases that the first twentieth of officers stands in, the last in part."""
    left, held = officers / 20, 0.0
    for place, count in ordered:
        taken = min(count, left)
        held, left = held + taken * place, left - taken
    return 100 * held / cases


def test_the_top_twentieth_is_told_with_what_chance_would_give_it(
    site: sqlite3.Connection, released: Installation
) -> None:
    named = {badge: len(kept) for badge, kept in officer_cases(released.feeds).items()}
    roster = {row["Badge"] for row in read(released.feeds, "officers")}
    spread = Counter(named.get(badge, 0) for badge in roster | set(named))
    officers, total = spread.total(), sum(named.values())
    chance = stats.poisson(total / officers)
    expected = [(k, officers * float(chance.pmf(k))) for k in range(60, -1, -1)]
    observed = top_share(sorted(spread.items(), reverse=True), officers, total)
    told, _, denominator = measure(site, "top_5_percent_share")
    assert denominator == officers
    assert told == pytest.approx(observed, abs=1e-9)
    by_chance, *_ = measure(site, "expected_top_5_percent_share")
    assert by_chance == pytest.approx(top_share(expected, officers, total), abs=1e-9)
    assert told > by_chance
    repeated = sum(count > 1 for count in named.values())
    assert measure(site, "officers_with_repeat_cases_share")[1:] == (repeated, len(named))


def test_nothing_public_tells_who_an_officer_is(
    site: sqlite3.Connection, released: Installation
) -> None:
    """Badges and names, whole or as a part of any cell."""
    private: set[str] = set()
    for row in (*read(released.feeds, "officers"), *read(released.feeds, "allegations")):
        private |= {row["Badge"] or "", row["Officer Name"] or ""}
    private -= {"", "0", "UNK", "Unidentified", "UNKNOWN UNKNOWN"}
    assert len(private) > 400
    for table in TABLES:
        found = site.execute(f"select * from {table}")
        assert not {"badge", "officer_key", "rank", "name"} & {c[0] for c in found.description}
        text = "\n".join(str(cell) for row in found for cell in row)
        leaked = sum(word in text for word in private)
        assert leaked == 0, table


def test_places_in_the_list_of_officers_have_wide_bands(site: sqlite3.Connection) -> None:
    rows: list[Any] = site.execute(
        "select officer_cases_count, years_of_service, peers_count from repeat_officers"
        " order by place"
    ).fetchall()
    assert rows
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert min(row[0] for row in rows) >= 3
    assert all(row[2] is None or row[2] >= 10 for row in rows)
