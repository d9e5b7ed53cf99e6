"""Each kind of leak, planted in an invented release, is found by the one who only reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.attack.audit import audit
from pipelines.attack.grouped import stands_for
from pipelines.attack.published import read
from pipelines.attack.recounted import recounted
from pipelines.attack.truth import found_out
from tests.attack.invented import (
    BLOCK,
    CUT,
    GOOD,
    add_parquet,
    add_table,
    release,
    rows,
    truth,
)

CELLS = truth(GOOD)


def reasons(folder: Path, before: Path | None = None) -> str:
    return " ".join(audit(folder, before).reasons)


def test_a_family_with_enough_hidden_around_its_small_number_is_safe(tmp_path: Path) -> None:
    told = audit(release(tmp_path, rows(CELLS, BLOCK)))
    assert told.reasons == ()
    assert [(each.cells, each.hidden) for each in told.found] == [(12, 4)]


def test_hiding_only_the_small_number_leaves_it_to_subtraction(tmp_path: Path) -> None:
    [found] = audit(release(tmp_path, rows(CELLS, BLOCK[:1]))).found
    assert (found.hidden, found.located) == (1, 1)


def test_hiding_two_in_each_line_still_tells_that_they_are_small(tmp_path: Path) -> None:
    people = GOOD | {("black", "South"): 3, ("white", "North"): 4, ("white", "South"): 2}
    [found] = audit(release(tmp_path, rows(truth(people), BLOCK))).found
    assert (found.located, found.below) == (0, 4)


def test_a_small_number_that_is_shown_is_found(tmp_path: Path) -> None:
    assert "under the threshold are shown" in reasons(release(tmp_path, rows(CELLS)))


def test_a_hidden_total_that_rows_let_a_reader_count_is_found(tmp_path: Path) -> None:
    told = rows(CELLS, BLOCK)
    for row in told:
        if row["attribute"] == "all" and row["dimension_value"] == "North":
            row |= {"people_count": None, "value_state": "suppressed"}
    assert "a total is hidden" in reasons(release(tmp_path, told))


def test_a_rate_beside_a_hidden_number_is_found(tmp_path: Path) -> None:
    told = [{**row, "share_of_group": 0.077} for row in rows(CELLS, BLOCK)]
    assert "'share_of_group' says something beside a hidden" in reasons(release(tmp_path, told))


def test_a_number_left_in_a_hidden_row_is_found(tmp_path: Path) -> None:
    told = rows(CELLS, BLOCK)
    for row in told:
        row["value_state"] = "suppressed"
    assert "does not say whether its number is hidden" in reasons(release(tmp_path, told))


def test_a_share_that_gives_the_rest_away_is_found(tmp_path: Path) -> None:
    mostly = {("black", "North"): "<= 5 %"}
    [found] = audit(release(tmp_path, rows(CELLS, BLOCK, mostly))).found
    assert found.below >= 1


def test_a_share_that_is_not_true_is_found_on_the_day_of_the_cut() -> None:
    told = rows(CELLS, BLOCK, {("white", "North"): ">= 95 %"})
    assert "shares of a group are not true" in " ".join(found_out(told, CELLS, 11))


def test_forms_of_one_table_that_differ_are_found(tmp_path: Path) -> None:
    release(tmp_path, rows(CELLS, BLOCK))
    add_table(tmp_path, "demographic_counts", rows(CELLS, BLOCK[1:]), with_csv=False)
    assert "CSV and SQLite differ" in reasons(tmp_path)


def test_a_leak_in_the_parquet_alone_is_found(tmp_path: Path) -> None:
    release(tmp_path, rows(CELLS, BLOCK))
    add_parquet(tmp_path, "demographic_counts", rows(CELLS, BLOCK))
    assert reasons(tmp_path) == ""
    add_parquet(tmp_path, "demographic_counts", rows(CELLS, BLOCK[1:]))
    assert "CSV and Parquet differ" in reasons(tmp_path)


@pytest.mark.parametrize("band", ["under_18", "10_17", "0_9", "17"])
def test_a_band_of_minors_is_found(tmp_path: Path, band: str) -> None:
    told = rows(CELLS, BLOCK)
    for row in told:
        if row["attribute"] == "race":
            row["attribute"] = "age_band"
            row["attribute_value"] = band if row["attribute_value"] == "white" else "under_25"
    assert "people under 18 are counted apart" in reasons(release(tmp_path, told))


def test_a_group_of_whom_nearly_all_met_one_outcome_is_found(tmp_path: Path) -> None:
    people = {
        ("black", "truncated"): 290,
        ("black", "investigated"): 12,
        ("white", "truncated"): 100,
        ("white", "investigated"): 90,
    }
    cells = truth(people, "resolution_class")
    shown = rows(cells)
    assert "1 groups show that nearly all" in reasons(release(tmp_path, shown))
    assert "nearly all of them met" in " ".join(found_out(shown, cells, 11))
    every = [(group, part) for group, part in people]
    coded = {("black", "truncated"): ">= 95 %", ("black", "investigated"): "<= 5 %"}
    safe = rows(cells, every, coded)
    assert reasons(release(tmp_path / "safe", safe)) == ""
    assert found_out(safe, cells, 11) == []


def test_numbers_that_do_not_add_up_are_found(tmp_path: Path) -> None:
    told = rows(CELLS, BLOCK)
    told[0]["people_count"] += 1
    assert "do not add up" in reasons(release(tmp_path, told))


def test_a_place_left_out_instead_of_hidden_is_found(tmp_path: Path) -> None:
    told = [row for row in rows(CELLS, BLOCK) if row["value_state"] == "shown"]
    assert "do not add up" in reasons(release(tmp_path, told))


def test_one_cell_published_twice_is_found(tmp_path: Path) -> None:
    told = rows(CELLS, BLOCK)
    assert "published twice" in reasons(release(tmp_path, [*told, told[0]]))


def test_two_cuts_over_the_same_days_are_found(tmp_path: Path) -> None:
    both = [*rows(CELLS, BLOCK), *rows(CELLS, BLOCK, cut="2024-Q1/2025-Q1")]
    longer = {**CUT, "cut": "2024-Q1/2025-Q1", "period_start": "2024-01-01"}
    assert "another cut covers the same days" in reasons(release(tmp_path, both, [CUT, longer]))


def test_a_cut_made_again_after_one_more_complaint_is_found(tmp_path: Path) -> None:
    more = truth(GOOD | {("black", "North"): 6})
    before = release(tmp_path / "before", rows(CELLS, BLOCK))
    now = release(tmp_path / "now", rows(more, BLOCK))
    assert audit(now).reasons == ()
    assert "differences can be told to be small" in reasons(now, before)


def test_a_cut_made_again_after_one_person_left_is_found(tmp_path: Path) -> None:
    fewer = truth(GOOD | {("black", "North"): 4})
    before = release(tmp_path / "before", rows(CELLS, BLOCK))
    now = release(tmp_path / "now", rows(fewer, BLOCK))
    assert "differences can be told to be small" in reasons(now, before)


def test_a_longer_cut_in_place_of_one_published_before_is_subtracted(tmp_path: Path) -> None:
    more = truth(GOOD | {("white", "West"): 52, ("white", "East"): 3, ("black", "East"): 0})
    before = release(tmp_path / "before", rows(CELLS, BLOCK))
    longer = {**CUT, "cut": "2025-Q1/2025-Q2", "period_end": "2025-06-30"}
    told = rows(more, [*BLOCK, ("white", "East"), ("black", "East")], cut=longer["cut"])
    now = release(tmp_path / "now", told, [longer])
    assert "differences can be told to be small" in reasons(now, before)


def test_a_frozen_cut_beside_a_new_quarter_tells_nothing(tmp_path: Path) -> None:
    before = release(tmp_path / "before", rows(CELLS, BLOCK))
    next_quarter = {
        **CUT,
        "cut": "2025-Q2",
        "period_start": "2025-04-01",
        "period_end": "2025-06-30",
    }
    both = [*rows(CELLS, BLOCK), *rows(truth(GOOD), BLOCK, cut="2025-Q2")]
    now = release(tmp_path / "now", both, [CUT, next_quarter])
    assert reasons(now, before) == ""


def test_parts_pooled_in_one_cut_and_named_in_another_are_compared(tmp_path: Path) -> None:
    named = GOOD | {("black", "East"): 30, ("white", "East"): 30}
    pooled = GOOD | {("black", "all_others"): 30, ("white", "all_others"): 30}
    before = release(tmp_path / "before", rows(truth(pooled), BLOCK))
    now = release(tmp_path / "now", rows(truth(named), BLOCK))
    assert reasons(now, before) == ""


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("complainant_race", "x", "is named for a protected attribute"),
        ("person_age", 41, "is named for a protected attribute"),
        ("note", " Hispanic or Latino ", "holds words of a protected attribute"),
        ("note", "FEMALE", "holds words of a protected attribute"),
        ("band", "under_25", "holds words of a protected attribute"),
    ],
)
def test_a_protected_attribute_in_a_table_of_rows_is_found(
    tmp_path: Path, column: str, value: Any, told: str
) -> None:
    release(tmp_path, rows(CELLS, BLOCK))
    add_table(tmp_path, "complaints", [{"complaint_id": "A", column: value}])
    assert f"complaints.{column} {told}" in reasons(tmp_path)


def test_a_column_that_sorts_people_as_race_does_is_found_whatever_its_words() -> None:
    race = {f"{n}": ("black", "white", "asian")[n % 3] for n in range(90)}
    coded = {key: {"black": "1", "white": "2", "asian": "3"}[held] for key, held in race.items()}
    apart = {key: str(n % 7) for n, key in enumerate(race)}
    named = {key: key for key in race}
    assert stands_for(coded, race)
    assert not stands_for(apart, race)
    assert not stands_for(named, race)


def test_people_on_records_that_no_row_shows_are_found(tmp_path: Path) -> None:
    release(tmp_path, rows(CELLS, BLOCK))
    public = [
        {"jurisdiction": "larkhaven", "received_date": "2025-02-01", "district": name}
        for name in ("North", "South", "West")
    ]
    for shown, exposed in ((public, False), (public[1:], True)):
        add_table(tmp_path, "complaints", shown)
        published = read(tmp_path)
        assert published is not None
        assert bool(recounted(tmp_path, published, frozenset({"2025-Q1"}))) == exposed


def test_the_one_who_knows_the_truth_accepts_the_safe_family_only() -> None:
    assert found_out(rows(CELLS, BLOCK), CELLS, 11) == []
    assert "can be told to be small" in " ".join(found_out(rows(CELLS, BLOCK[:2]), CELLS, 11))
    assert "small numbers are shown" in " ".join(found_out(rows(CELLS), CELLS, 11))
    wrong = truth(GOOD | {("white", "West"): 60})
    assert "not what was counted" in " ".join(found_out(rows(CELLS, BLOCK), wrong, 11))
