"""What is counted, of what, and what a rate is out of."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pipelines import metric_register, shelf
from pipelines.failures import Misconfigured
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT
from tests.conftest import Installation, settings_at
from tests.pitfalls import known
from tests.pitfalls.conftest import Site, opened
from tests.test_demo import us, word


@pytest.fixture(scope="session")
def turned(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same demo: allegations in another order, and declared to be chosen by their outcome."""
    place = tmp_path_factory.mktemp("turned")
    shutil.copytree(released.feeds, place / "data" / "demo")
    file = place / "data" / "demo" / "allegations.csv"
    head, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    Random(7).shuffle(lines)
    file.write_text(head + "".join(lines), encoding="utf-8")
    for part in ("dbt_project", "expectations", "datasette", "pipelines"):
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / part, place / "project" / part, ignore=hidden)
    contract = place / "project/dbt_project/models/staging/larkhaven/_larkhaven__sources.yml"
    before, allegations, after = contract.read_text().partition("- name: allegations\n")
    chosen = after.replace("population: all", "population: substantiated_only", 1)
    contract.write_text(before + allegations + chosen)
    settings = replace(settings_at(place / "data"), project=place / "project")
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
    assert shelf.numbers(settings) == [1]
    with closing(opened(replace(released, settings=settings))) as connection:
        yield Site(connection, released.answers)


def by_years(site: Site, metric: str) -> dict[str, float]:
    """A count by calendar year, of all groups."""
    return dict(
        site.rows(
            "select period, value from measures where metric = ? and period_kind = 'calendar_year'"
            " and dimension = 'all'",
            metric,
        )
    )


@pytest.mark.pitfall(1)
def test_complaints_allegations_and_officer_cases_are_counted_apart(
    released: Installation, site: Site
) -> None:
    years = known.received_years(released.feeds)
    assert by_years(site, "complaints_received") == Counter(years.values())
    rows = known.rows_of(released.feeds, "allegations")
    alleged = Counter(years[r["Complaint Id"]] for r in rows if r["Complaint Id"] in years)
    assert by_years(site, "allegations_received") == alleged
    cases = sum(by_years(site, "officer_cases_received").values())
    assert len(years) > 0
    assert cases < alleged.total()
    assert site.one("select count(*) from measures where coalesce(unit, '') = ''") == 0


@pytest.mark.pitfall(1)
def test_a_number_without_a_unit_cannot_enter_the_register(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "dbt_project" / "metrics", tmp_path / "dbt_project" / "metrics")
    file = tmp_path / "dbt_project" / "metrics" / "complaints.yml"
    file.write_text(file.read_text().replace("    unit: complaint\n", "", 1))
    settings = replace(settings_at(tmp_path / "data"), project=tmp_path)
    with pytest.raises(Misconfigured, match="unit"):
        metric_register.load_register(settings)


@pytest.mark.pitfall(2)
def test_every_month_counts_its_open_complaints_too(site: Site) -> None:
    months = site.rows(
        "select period, value from measures where metric = 'complaints_received'"
        " and period_kind = 'month' and dimension = 'all'"
    )
    assert dict(months) == site.answers["received_by_month"]
    assert site.measure("complaints_open")["value"] > 0


@pytest.mark.pitfall(3)
def test_what_is_still_open_is_in_no_rate(released: Installation, site: Site) -> None:
    told = Counter(known.findings(released.feeds))
    merits = site.measure("sustain_rate_merits")
    assert merits["numerator"] == told["sustained"] > 0
    assert merits["denominator"] == sum(told[finding] for finding in known.MERITS)
    pending = site.answers["traps"]["P03_findings_pending"]
    allegations = site.one("select count(*) from allegations")
    assert merits["denominator"] <= allegations - pending


@pytest.mark.pitfall(14)
def test_no_sustain_rate_where_records_were_chosen_by_their_outcome(turned: Site) -> None:
    rates = turned.rows(
        "select value_state, value, numerator, denominator, note from measures"
        " where metric like 'sustain_rate_%' and metric not like '%_received_%'"
    )
    assert rates
    assert {row[:4] for row in rates} == {("not_valid", None, None, None)}
    assert all("substantiated only" in row[4] for row in rates)
    disabled = turned.one(
        "select disabled_metrics from completeness where source_table = 'larkhaven.allegations'"
    )
    assert "sustain_rate_merits" in disabled


@pytest.mark.pitfall(36)
def test_a_complaint_ends_the_same_whatever_the_order_of_its_rows(site: Site, turned: Site) -> None:
    query = "select complaint_id, resolution_class, finding, category from complaints order by 1"
    assert turned.rows(query) == site.rows(query)


@pytest.mark.pitfall(15)
def test_closures_by_directive_are_truncated_and_can_be_left_out(site: Site) -> None:
    closed = site.one(
        "select count(*) from allegations where truncation_reason = 'resource_directive'"
        " and received_date is not null"
    )
    whole = site.measure("truncation_rate")
    without = site.measure("truncation_rate_without_directives")
    assert closed > 0
    assert whole["numerator"] - without["numerator"] == closed
    assert whole["denominator"] - without["denominator"] == closed


@pytest.mark.pitfall(16)
def test_a_mass_incident_is_shown_with_and_without(site: Site) -> None:
    mass = site.answers["traps"]["P16_complaints_of_the_mass_incident"]
    received = by_years(site, "complaints_received")
    without = by_years(site, "complaints_received_without_mass_incidents")
    assert received["2020"] - without["2020"] == mass
    assert {y: n for y, n in received.items() if y != "2020"} == {
        y: n for y, n in without.items() if y != "2020"
    }
    assert site.rows("select complaints_count from incident_clusters") == [(mass,)]


@pytest.mark.pitfall(20)
def test_officers_nobody_could_name_stay_in_the_count(site: Site) -> None:
    share = site.measure("identified_officer_share")
    unknown = site.answers["traps"]["P20_unidentified_officers"]
    assert share["denominator"] == site.one("select count(*) from allegations")
    assert share["denominator"] - share["numerator"] == unknown > 0


@pytest.mark.pitfall(21)
def test_a_cell_with_two_violations_counts_for_both_kinds(
    released: Installation, site: Site
) -> None:
    rows = known.rows_of(released.feeds, "bwc_reviews")
    cells = [row["Violations"].split("|") for row in rows if row["Violations"]]
    kinds = Counter(word(kind).replace(" ", "_") for cell in cells for kind in set(cell))
    two = sum(len(cell) > 1 for cell in cells)
    assert two == site.answers["traps"]["P21_cells_of_several_violations"] > 0
    flagged = site.one("select sum(has_failed_to_activate) from bwc_reviews")
    assert flagged == kinds["failed_to_activate"]
    assert site.one("select sum(violations_count) from bwc_reviews") == kinds.total()


@pytest.mark.pitfall(22)
def test_several_complainants_make_one_complaint(released: Installation, site: Site) -> None:
    several = [
        row["Complaint Id"]
        for row in known.rows_of(released.feeds, "complaints")
        if "|" in row["Complainants"]
    ]
    assert len(several) == site.answers["traps"]["P22_several_complainants"] > 0
    marks = ", ".join("?" * len(several))
    query = (
        "select count(*), count(distinct complaint_id) from complaints"
        f" where complaint_id in ({marks})"
    )
    assert site.rows(query, *several) == [(len(several), len(several))]


@pytest.mark.pitfall(25)
def test_cities_that_do_not_count_alike_are_not_compared(site: Site) -> None:
    refused = site.rows("select why from comparable_with where comparability = 'not_comparable'")
    assert refused
    assert all(why for (why,) in refused)


@pytest.mark.pitfall(27)
def test_no_percentage_out_of_a_handful(site: Site) -> None:
    few = site.rows(
        "select denominator, value, lower, upper, note from measures where value_state = 'too_few'"
    )
    assert few
    assert all(row[0] < 10 and row[1:4] == (None, None, None) and row[4] for row in few)
    least = site.one(
        "select min(denominator) from measures where unit = 'percent' and value is not null"
    )
    assert least >= 10


@pytest.mark.pitfall(34)
def test_an_overturned_finding_is_not_sustained(site: Site) -> None:
    overturned = site.rows(
        "select count(*), count(*) filter (where finding = 'sustained') from allegations"
        " where lower(outcome_local) = 'sustained - overturned'"
    )
    assert overturned == [(site.answers["traps"]["P34_overturned_findings"], 0)]
    assert site.measure("sustain_rate_merits")["numerator"] == site.answers["sustained_allegations"]


@pytest.mark.pitfall(35)
def test_sealed_complaints_are_no_finding_and_only_their_number_is_told(
    released: Installation, site: Site
) -> None:
    with (released.feeds / "complaints.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    sealed = {
        row["Complaint Id"]
        for row in rows
        if word(row["Status"] or "") in ("expunged", "sealed", "deleted")
    }
    public = {number for (number,) in site.rows("select complaint_id from complaints")}
    public |= {number for (number,) in site.rows("select complaint_id from allegations")}
    assert len(sealed) == site.answers["traps"]["P35_complaints_withheld"] > 0
    assert not sealed & public
    told = "select withheld_band from sources where source_table = 'larkhaven.complaints'"
    assert (len(sealed) < 11, site.one(told)) == (True, "fewer than 11")


@pytest.mark.pitfall(37)
def test_every_number_says_whose_year_it_is(released: Installation, site: Site) -> None:
    rows = known.rows_of(released.feeds, "complaints")
    closed = Counter(
        str(day.year)
        for row in rows
        if (day := us(row["Closed Date"])) and day.isoformat() <= "2026-10-31"
    )
    assert by_years(site, "complaints_closed") == closed
    assert by_years(site, "complaints_received") != closed
    roles = dict(site.rows("select distinct metric, date_role from measures"))
    assert roles["complaints_received"] == "received_date"
    assert roles["complaints_closed"] == "investigation_closed_date"
    assert all(roles.values())
