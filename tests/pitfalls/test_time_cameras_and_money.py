"""Days and clocks, people, cameras, money."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from tests.conftest import Installation
from tests.pitfalls import known
from tests.pitfalls.conftest import Site
from tests.test_demo import us, word

AS_OF = date(2026, 10, 31)
DEMOGRAPHICS = ("race", "gender", "age", "ethnicity", "sex")


def clocks(installation: Installation, site: Site) -> list[tuple[int, bool]]:
    """Days from receipt to closing, or to the last day known, and whether it is closed. Who was
    closed on a day that cannot be, or is void, has no clock."""
    void = {n for (n,) in site.rows("select complaint_id from complaints where status = 'void' or"
                                    " resolution_class = 'void'")}  # fmt: skip
    told = []
    for row in known.rows_of(installation.feeds, "complaints"):
        received, is_closed = us(row["Received Date"]), row["Status"] == "Closed"
        end = us(row["Closed Date"]) if is_closed else AS_OF
        if received and end and received <= end <= AS_OF and row["Complaint Id"] not in void:
            told.append(((end - received).days, is_closed))
    return told


def kaplan_meier_median(told: list[tuple[int, bool]]) -> int:
    """The first day by which half of the cases are closed, open ones waiting with the others."""
    open_share, at_risk = 1.0, len(told)
    ends = Counter(told)
    for day in sorted({days for days, _ in told}):
        open_share *= 1 - ends[day, True] / at_risk
        if open_share <= 0.5:
            return day
        at_risk -= ends[day, True] + ends[day, False]
    raise AssertionError("fewer than half of the cases are closed")


@pytest.mark.pitfall(4)
def test_open_cases_wait_with_the_closed_ones(released: Installation, site: Site) -> None:
    told = clocks(released, site)
    median = site.measure("days_to_close_median")
    assert median["value"] == kaplan_meier_median(told)
    assert median["denominator"] == len(told)
    naive = site.rows(
        "select naive_value from wrong_numbers where naive_metric = 'days_to_close_mean_closed'"
        " and jurisdiction = 'larkhaven' and period = 'all'"
    )
    mean = statistics.mean(days for days, is_closed in told if is_closed)
    assert naive[0][0] == pytest.approx(mean)
    shown = site.one("select count(*) from measures where metric = 'days_to_close_mean_closed'")
    assert shown == 0


@pytest.mark.pitfall(17)
def test_business_days_are_named_and_fewer_than_calendar_days(site: Site) -> None:
    calendar = site.measure("days_to_close_median")
    business = site.measure("business_days_to_close_median")
    assert (calendar["day_basis"], business["day_basis"]) == ("calendar", "business")
    assert 0.6 < business["value"] / calendar["value"] < 5 / 7
    assert (
        site.one("select count(*) from measures where unit like '%day%' and day_basis is null") == 0
    )


@pytest.mark.pitfall(23)
def test_no_group_is_made_of_those_whose_race_is_not_known(
    released: Installation, site: Site
) -> None:
    traps = site.answers["traps"]
    missing = [traps[f"P23_race_{how}"] for how in ("blank", "unknown", "declined")]
    assert all(missing)
    names = {name for (name,) in site.rows("select column_name from data_dictionary")}
    names -= {"age_months"}  # of a month, not of a person
    assert not {name for name in names if set(name.split("_")) & set(DEMOGRAPHICS)}
    dimensions = {name for (name,) in site.rows("select distinct dimension from measures")}
    assert not {name for name in dimensions if set(name.split("_")) & set(DEMOGRAPHICS)}
    values = "select distinct attribute_value from demographic_counts where attribute = 'race'"
    assert {"unknown", "declined"} <= {value for (value,) in site.rows(values)}
    columns = {name for _, name, *_ in site.rows("pragma table_info(demographic_counts)")}
    assert not {name for name in columns if name.endswith(("_pct", "_share", "_rate"))}


@pytest.mark.pitfall(26)
def test_the_people_of_the_smallest_district_are_in_no_public_table(
    released: Installation, site: Site
) -> None:
    private = set()
    for row in known.rows_of(released.feeds, "allegations"):
        private |= {row["Officer Name"], row["Allegation Text"], row["Badge"]}
    private -= {"", "0", "UNK"}
    assert len(private) > 100
    small = "select count(*) from demographic_counts where people_count between 1 and 10"
    assert site.one(small) == 0
    hidden = "select count(*) from demographic_counts where value_state = 'suppressed'"
    assert site.one(hidden) > 0
    places = "select distinct dimension_value from demographic_counts where dimension = 'district'"
    assert "Gull Island" not in {place for (place,) in site.rows(places)}
    for table in ("complaints", "allegations", "bwc_reviews", "officer_concentration"):
        cells = {str(cell) for row in site.rows(f"select * from {table}") for cell in row}
        assert not cells & private, table


@pytest.mark.pitfall(24)
def test_money_is_put_to_two_denominators_that_say_where_they_are_from(site: Site) -> None:
    ours = {"dimension": "agency", "dimension_value": "larkhaven", "period": "FY2022"}
    sworn = site.measure("cops_obligated_per_sworn_officer", **ours)
    residents = site.measure("cops_obligated_per_resident", **ours)
    assert sworn["numerator"] == residents["numerator"] == 875_000
    assert sworn["denominator"] < residents["denominator"]
    assert sworn["value"] > residents["value"] > 0
    told = site.rows(
        "select sworn_officers_count, sworn_officers_year, sworn_officers_source, residents_count,"
        " residents_year, residents_source from cops_money_by_year where agency = 'larkhaven'"
        " and federal_fiscal_year >= 2012"
    )
    assert told
    assert all(all(facts) for facts in told)
    others = "select count(residents_count) from cops_money_by_year where agency <> 'larkhaven'"
    assert site.one(others) == 0


@pytest.mark.pitfall(29)
def test_no_number_claims_that_footage_changes_outcomes(site: Site) -> None:
    caveat = site.one("select caveat from metrics where metric = 'bwc_relevance_share'")
    assert "cause" in caveat
    assert site.one("select count(*) from metrics where title like '%effect%'") == 0


@pytest.mark.pitfall(30)
def test_the_headline_about_cameras_counts_cameras_that_were_off(
    released: Installation, site: Site
) -> None:
    traps = site.answers["traps"]
    rows = [r for r in known.rows_of(released.feeds, "bwc_reviews") if r["Selected By"]]
    off = sum("failed to activate" in word(row["Violations"]) for row in rows)
    assert off == traps["P30_lines_failed_to_activate"]
    by_method = site.rows(
        "select dimension_value, numerator from measures where dimension = 'bwc_sampling'"
        " and metric = 'bwc_failed_to_activate_share' and period = 'all'"
    )
    assert sum(count for _, count in by_method) <= off
    assert len(by_method) > 1
    pairs = dict(site.rows("select naive_metric, metric from wrong_numbers"))
    assert pairs["bwc_any_violation_share"] == "bwc_failed_to_activate_share"


@pytest.mark.pitfall(31)
def test_obligated_deobligated_outlayed_and_remaining_are_four_numbers(site: Site) -> None:
    traps = site.answers["traps"]
    money = {
        name: site.measure(f"cops_{name}_usd")["value"]
        for name in ("obligated", "deobligated", "net_obligated", "outlayed", "remaining")
    }
    assert round(100 * money["obligated"]) == traps["P31_obligated_cents"]
    assert round(100 * money["deobligated"]) == traps["P31_deobligated_cents"] > 0
    assert money["net_obligated"] == pytest.approx(money["obligated"] - money["deobligated"])
    assert 0 < money["outlayed"] < money["obligated"]
    assert money["remaining"] < money["net_obligated"] - money["outlayed"]
    assert site.one("select count(*) from cops_award_money where not is_sum_of_actions") == 0


@pytest.mark.pitfall(32)
def test_an_outlay_that_is_not_reported_is_not_zero(site: Site) -> None:
    traps = site.answers["traps"]
    missing = site.measure("cops_outlay_not_reported_awards")["value"]
    assert missing == traps["P32_outlays_not_reported"] > 0
    zero = site.one("select count(*) from cops_award_money where outlayed_usd = 0")
    assert zero == traps["P32_outlays_of_zero"] > 0
    unknown = "select count(remaining_usd) from cops_award_money where not is_outlay_reported"
    assert site.one(unknown) == 0


@pytest.mark.pitfall(33)
def test_officers_funded_hired_and_retained_are_three_numbers(site: Site) -> None:
    traps = site.answers["traps"]
    stages = ("funded", "hired", "retained")
    told = [site.measure(f"cops_officers_{stage}")["value"] for stage in stages]
    assert told == [traps[f"P33_officers_{stage}"] for stage in stages]
    assert told[0] > told[1] > told[2] > 0
    silent = site.measure("cops_hires_not_reported_awards")["value"]
    assert silent == traps["P33_awards_that_report_no_hires"] > 0


@pytest.mark.pitfall(38)
def test_fiscal_years_are_named_and_do_not_pass_for_calendar_years(site: Site) -> None:
    years = site.rows(
        "select period, period_start, period_kind from measures where metric = 'cops_obligated_usd'"
        " and period <> 'all'"
    )
    assert years
    assert {kind for *_, kind in years} == {"fiscal_year_us_federal"}
    assert all(p == f"FY{int(start[:4]) + 1}" and start[5:] == "10-01" for p, start, _ in years)
    ours = (
        "select net_obligated_usd from cops_money_by_year where agency = 'larkhaven'"
        " and program = 'CHP' and federal_fiscal_year = ?"
    )
    # Signed on 30 September 2018, on 1 October 2018 and in September 2022 for the year after.
    assert [site.one(ours, year) for year in (2018, 2019, 2022)] == [500_000, 500_000, 875_000]


@pytest.mark.pitfall(39)
def test_notice_is_right_across_the_change_of_the_clocks(site: Site) -> None:
    for number, start in ((900_001, "2023-11-05 01:30:00"), (900_003, "2023-03-12 03:00:00")):
        shown, agenda, hours = site.rows(
            "select starts_at, agenda_published_at, notice_hours from hearings"
            " where hearing_id = ?",
            str(number),
        )[0]
        assert shown.replace("T", " ")[:19] == start
        local = datetime.fromisoformat(start)
        utc = local + timedelta(hours=7)
        posted = datetime.fromisoformat(agenda.replace("T", " ")[:19])
        assert hours == pytest.approx((utc - posted).total_seconds() / 3600, abs=0.06)
