"""What passing nights do to numbers: edits, removals, new keys, new words, late records."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from pipelines import ingest, shelf, snapshots, warehouse
from pipelines.as_published import file_of, kept
from pipelines.checks.judge import judge
from pipelines.checks.suites import load_suites
from pipelines.contracts import load_contracts
from pipelines.demo.words import AS_OF, NEW_CATEGORIES_FROM
from pipelines.failures import DataRefused
from pipelines.holds import ledger
from pipelines.transform import manifest, marts
from tests.conftest import Installation
from tests.pitfalls.conftest import Site
from tests.test_demo import word

SUBSTANTIVE = ("added", "removed", "restored", "value_changed", "blanked", "filled")


@pytest.mark.pitfall(5)
def test_the_last_months_are_marked_as_undecided_and_early_counts_are_kept(site: Site) -> None:
    last = site.rows(
        "select maturity, count(*) from measures where metric = 'complaints_received'"
        " and period_kind = 'month' and dimension = 'all' and period >= '2026-09' group by 1"
    )
    assert dict(last).keys() <= {"immature", "maturing"}
    assert sum(count for _, count in last) > 0
    triangle = "select count(*) from maturity_triangle where decided_pct is not null"
    assert site.one(triangle) > 0


@pytest.mark.pitfall(6)
def test_a_figure_stays_as_it_was_published_when_its_record_is_edited(nights: Site) -> None:
    settings = nights.answers["settings"]
    told = sum(
        kinds.get("value_changed", 0)
        for delivery in nights.answers["deliveries"].values()
        for kinds in delivery.values()
    )
    logged = "select count(*) from revisions where change_kind = 'value_changed'"
    assert nights.one(logged) == told > 0
    first = [file_of(settings, kept(settings, n), "complaints", "csv").read_bytes() for n in (1, 3)]
    assert first[0] != first[1]


@pytest.mark.pitfall(7)
def test_a_removed_record_stays_on_record_as_missing(nights: Site) -> None:
    removed = nights.one("select count(*) from revisions where change_kind = 'removed'")
    restored = nights.one("select count(*) from revisions where change_kind = 'restored'")
    missing = nights.one("select count(*) from missing_records")
    assert removed > restored > 0
    assert missing == removed - restored
    ever, now = nights.rows(
        "select ever_published_count, rows_count from source_changes"
        " where source_table = 'larkhaven.complaints' order by snapshot_sequence desc limit 1"
    )[0]
    assert ever > now


@pytest.mark.pitfall(8)
def test_new_numbers_for_old_complaints_wait_for_a_person(yesterday: Installation) -> None:
    settings = yesterday.settings
    file = yesterday.feeds / "complaints.csv"
    text = file.read_text(encoding="utf-8-sig")
    file.write_text(text.replace("LH-", "CASE-"), encoding="utf-8")
    contract = next(
        c
        for c in load_contracts(settings.dbt_project, ["larkhaven"])
        if c.name == "larkhaven.complaints"
    )
    before = len(snapshots.accepted(settings, contract.name))
    warehouse.create(settings)
    fetched, _ = ingest.load(ingest.fetch_snapshot(contract, settings), settings)
    assert fetched.held
    assert "key_migrated" in ledger.find(settings, contract.name).kinds
    assert len(snapshots.accepted(settings, contract.name)) == before


@pytest.mark.pitfall(9)
def test_days_written_in_another_way_are_no_change(nights: Site) -> None:
    rewritten = nights.rows(
        "select distinct is_substantive from revisions where change_kind = 'reformatted'"
    )
    assert rewritten == [(0,)]
    counted = nights.one("select sum(reformatted_count) from source_changes")
    assert counted > 100
    kinds = " + ".join(f"{kind}_count" for kind in SUBSTANTIVE)
    assert nights.one(f"select sum({kinds}) = sum(substantive_count) from source_changes") == 1


@pytest.mark.pitfall(11)
def test_a_category_that_began_later_breaks_its_series(site: Site) -> None:
    breaks = site.rows("select break_date from series_breaks where jurisdiction = 'larkhaven'")
    assert (NEW_CATEGORIES_FROM,) in breaks
    first = site.one("select min(received_date) from allegations where category = 'untruthful'")
    assert first >= NEW_CATEGORIES_FROM


@pytest.mark.pitfall(12)
def test_a_finding_keeps_its_meaning_under_its_new_name(site: Site) -> None:
    old = site.answers["traps"]["P12_findings_by_their_old_name"]
    new = site.answers["traps"]["P12_renamed_findings"]
    names = {
        "not_sustained": ("not sustained", "unsubstantiated", "unable to determine"),
        "exonerated": ("exonerated", "within department guidelines"),
    }
    counted = 0
    for finding, words in names.items():
        rows = site.rows("select outcome_local, finding from allegations where finding is not null")
        mapped = [meaning for text, meaning in rows if word(text) in words]
        assert set(mapped) == {finding}
        counted += len(mapped)
    assert counted == old + new > 0


@pytest.mark.pitfall(13)
def test_what_the_public_file_leaves_out_is_told_with_every_rate(site: Site) -> None:
    statement = site.one(
        "select statement from completeness where source_table = 'larkhaven.allegations'"
    )
    assert "mediation" in statement
    caveat = site.one("select caveat from metrics where metric = 'sustain_rate_closed'")
    assert "public" in caveat


@pytest.mark.pitfall(28)
def test_a_year_that_was_unlike_others_is_annotated(site: Site) -> None:
    told = site.rows("select break_date, why from series_breaks where jurisdiction = 'larkhaven'")
    assert any(day.startswith("2020") for day, _ in told)
    assert all(why for _, why in told)


@pytest.mark.pitfall(40)
def test_a_check_that_cannot_run_stops_the_release(released: Installation) -> None:
    settings = released.settings
    suites = load_suites(settings.expectations, marts(manifest(settings)))
    declared = sum(len(suite.expectations) for suite in suites)
    shown = shelf.current(settings)
    assert shown is not None
    assert shown.checks["ran"] == declared > 100
    lost = replace(suites[0].expectations[0], type="expect_the_unheard_of", kwargs={})
    with pytest.raises(DataRefused, match=r"declared 1, ran 0|could not be evaluated"):
        judge(settings.current / "oversight.db", [replace(suites[0], expectations=(lost,))])


@pytest.mark.pitfall(18)
def test_impossible_days_are_emptied_counted_and_told(site: Site) -> None:
    traps = site.answers["traps"]
    for column in ("received_date", "incident_date", "investigation_closed_date"):
        assert site.one(f"select count(*) from complaints where {column} > ?", AS_OF) == 0
        assert site.one(f"select count(*) from complaints where {column} < '1900-01-02'") == 0
    future = sum(traps[name] for name in traps if name.startswith("P18_future"))
    told = site.one(
        "select sum(observed_count) from data_quality where kind = 'value'"
        " and table_name = 'larkhaven.complaints' and check_name like '%after the as-of date'"
    )
    assert told == future > 0
    backwards = site.one("select count(*) from complaints where is_closed_before_received = 1")
    assert backwards == traps["P18_closed_before_received"]


@pytest.mark.pitfall(19)
def test_probable_duplicates_are_queued_and_never_merged(site: Site) -> None:
    pairs = site.answers["traps"]["P19_pairs_of_probable_duplicates"]
    queued = site.one(
        "select count(distinct first_complaint_id) from probable_duplicates"
        " where complaint_id like 'LH-____-90004%'"
    )
    assert queued == pairs
    counted = site.one("select count(*) from complaints where complaint_id like 'LH-____-90004%'")
    assert counted >= 2 * pairs


def known_rows(installation: Installation, name: str) -> list[dict[str, str]]:
    """The records of a demo file, as Python's own csv module reads them."""
    with (installation.feeds / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.pitfall(10)
def test_a_case_opened_again_is_open_and_has_no_closing_day(
    released: Installation, site: Site
) -> None:
    again = site.answers["traps"]["P10_reopened_complaints"]
    rows = [r for r in known_rows(released, "complaints") if r.get("Status") == "Reopened"]
    assert len(rows) >= again > 0
    found = site.rows(
        "select count(*), count(investigation_closed_date), count(finding) from complaints"
        " where status = 'reopened'"
    )[0]
    assert found == (again, 0, 0)
    still_open = site.measure("complaints_open")["value"]
    assert still_open >= again
