"""What is said about time is what libraries make of the same public rows."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from statistics import mean, median
from typing import Any

import duckdb
import holidays
import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from pipelines.settings import PROJECT
from tests.conftest import Installation
from tests.test_survival import QUANTILES, Wait, asked, sql

AS_OF = date(2026, 10, 31)
OPEN = ("open", "reopened", "tolled")
CAUSES = ("sustained", "other_closure")
DAYS_OFF = sorted(holidays.country_holidays("US", subdiv="CA", years=range(1990, 2051)))
Row = dict[str, Any]


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    file = released.settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def rows(site: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    return [dict(row) for row in site.execute(query, values).fetchall()]


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.fixture(scope="module")
def clocked(site: sqlite3.Connection) -> list[Row]:
    """The complaints that have a clock, each with its two days and how it ended."""
    told = []
    for row in rows(
        site, "select * from complaints where coalesce(resolution_class, '') <> 'void'"
    ):
        start, is_open = day(row["received_date"]), row["status"] in OPEN
        end = AS_OF if is_open else day(row["investigation_closed_date"])
        if start and end and start <= end:
            ending = None if is_open else CAUSES[row["finding"] != "sustained"]
            told.append(row | {"start": start, "end": end, "ending": ending})
    return told


def cohorts(clocked: Sequence[Row]) -> dict[str, list[Row]]:
    """The same complaints under `all` and under the year of their receipt."""
    told: dict[str, list[Row]] = {"all": list(clocked)}
    for row in clocked:
        told.setdefault(str(row["start"].year), []).append(row)
    return told


def waits(some: Sequence[Row]) -> list[Wait]:
    return [((row["end"] - row["start"]).days, row["ending"]) for row in some]


def working(first: date, last: date) -> int:
    """Business days after the first day and through the last, as numpy counts them."""
    days = timedelta(days=1)
    return int(np.busday_count(first + days, last + days, holidays=DAYS_OFF))


def shown(site: sqlite3.Connection, metric: str) -> dict[str, Row]:
    found = rows(site, "select * from measures where metric = ? and dimension = 'all'", metric)
    return {row["period"]: row for row in found}


@pytest.mark.parametrize(
    ("metric", "share"),
    [
        ("days_to_close_median", 0.5),
        ("days_to_close_p90", 0.9),
        ("business_days_to_close_median", 0.5),
    ],
)
def test_times_to_closing_are_read_off_the_library_s_curve(
    site: sqlite3.Connection, clocked: list[Row], metric: str, share: float
) -> None:
    told = shown(site, metric)
    assert told.keys() == cohorts(clocked).keys()
    for cohort, some in cohorts(clocked).items():
        pairs = waits(some)
        if metric.startswith("business"):
            pairs = [(working(row["start"], row["end"]), row["ending"]) for row in some]
        curve = SurvfuncRight([days for days, _ in pairs], [e is not None for _, e in pairs])
        reached = curve.surv_times[curve.surv_prob <= 1 - share + 1e-12]
        assert told[cohort]["denominator"] == len(some)
        if len(some) >= 10:
            assert told[cohort]["value"] == (reached[0] if len(reached) else None)
            assert told[cohort]["value_state"] == ("shown" if len(reached) else "not_reached")


@pytest.mark.parametrize("horizon", [365, 730])
def test_sustained_within_a_time_is_what_the_library_says(
    site: sqlite3.Connection, clocked: list[Row], horizon: int
) -> None:
    told = shown(site, f"sustain_rate_received_{horizon}")
    for cohort, some in cohorts(clocked).items():
        pairs = waits(some)
        longest = max(days for days, _ in pairs)
        is_watched = longest >= horizon or (longest, None) not in pairs
        if len(some) < 10 or not is_watched:
            assert told[cohort]["value"] is None
            continue
        status = np.array([0 if e is None else 1 + CAUSES.index(e) for _, e in pairs])
        curve = CumIncidenceRight(np.array([days for days, _ in pairs]), status)
        last = np.flatnonzero(curve.times <= horizon)[-1]
        share, error = curve.cinc[0][last], curve.cinc_se[0][last]
        assert told[cohort]["value"] == pytest.approx(100 * share, abs=1e-9)
        ends = [100 * max(0, share - 1.959963984540054 * error),
                100 * min(1, share + 1.959963984540054 * error)]  # fmt: skip
        assert [told[cohort]["lower"], told[cohort]["upper"]] == pytest.approx(ends, abs=1e-9)


def test_curves_stand_on_the_library_s_curve_and_never_for_a_few(
    site: sqlite3.Connection, clocked: list[Row]
) -> None:
    told = rows(site, "select * from survival_curves where outcome = 'closed'")
    assert min(row["at_risk_count"] for row in told) >= 10
    assert {row["cohort"] for row in told} > {"all", "2019", "2024"}
    for row in told:
        pairs = waits(cohorts(clocked)[row["cohort"]])
        assert row["at_risk_count"] == sum(days >= row["days"] for days, _ in pairs)
        curve = SurvfuncRight([days for days, _ in pairs], [e is not None for _, e in pairs])
        until = np.flatnonzero(curve.surv_times <= row["days"])
        closed = 1 - curve.surv_prob[until[-1]] if len(until) else 0
        assert float(row["share_pct"]) == pytest.approx(100 * closed, abs=1e-6)


def test_the_mean_of_closed_complaints_is_told_only_as_the_wrong_number(
    site: sqlite3.Connection, clocked: list[Row]
) -> None:
    closed = [days for days, ending in waits(clocked) if ending]
    (naive,) = rows(
        site,
        "select * from wrong_numbers where naive_metric = 'days_to_close_mean_closed'"
        " and period = 'all'",
    )
    assert naive["naive_value"] == pytest.approx(mean(closed), abs=1e-9)
    assert naive["right_value"] == shown(site, "days_to_close_median")["all"]["value"]
    assert shown(site, "days_to_close_mean_closed") == {}


def test_leaving_hard_cases_alone_betters_the_mean_but_not_the_median() -> None:
    """A backlog: from some day on, nothing that is older than 300 days is closed any more."""
    lot = random.Random(4)
    worked: list[Wait] = [(lot.randrange(30, 700), "other_closure") for _ in range(400)]
    frozen = [(days, ending) if days < 300 else (1000, None) for days, ending in worked]
    means = [mean(days for days, ending in waits if ending) for waits in (worked, frozen)]
    assert means[1] < 0.6 * means[0]
    honest = asked(sql(QUANTILES, share=0.5), [worked, frozen])
    assert honest[0]["middle"] > 300
    assert honest[1]["middle"] is None


def test_the_open_docket_is_as_old_as_its_complaints(
    site: sqlite3.Connection, clocked: list[Row]
) -> None:
    ages = [days for days, ending in waits(clocked) if ending is None]
    assert shown(site, "open_docket_age_median")["all"]["value"] == median(ages)
    share = shown(site, "open_docket_over_one_year_share")["all"]
    assert (share["numerator"], share["denominator"]) == (sum(a > 365 for a in ages), len(ages))


def test_a_complaint_that_is_open_again_waits_since_its_receipt(
    site: sqlite3.Connection, clocked: list[Row], released: Installation
) -> None:
    again = [row for row in clocked if row["status"] == "reopened"]
    assert len(again) >= released.answers["traps"]["P10_reopened_complaints"] > 0
    assert all(row["ending"] is None and row["end"] == AS_OF for row in again)
    episodes = shown(site, "days_to_close_again_median")["all"]
    first = shown(site, "days_to_first_close_median")["all"]
    assert episodes["denominator"] == released.answers["traps"]["P10_reopened_complaints"]
    assert first["denominator"] == len(clocked) - episodes["denominator"]


def test_only_complaints_that_had_the_whole_time_are_held_against_a_target(
    site: sqlite3.Connection, clocked: list[Row]
) -> None:
    told = rows(
        site,
        "select * from measures where metric = 'closed_within_target_share' and period = 'all'",
    )
    assert {row["dimension_value"] for row in told} == {"90", "180", "365"}
    for row in told:
        target = int(row["dimension_value"])
        had = [row for row in clocked if (AS_OF - row["start"]).days >= target]
        met = [pair for pair in waits(had) if pair[1] and pair[0] <= target]
        assert (row["numerator"], row["denominator"]) == (len(met), len(had))


def test_complaints_without_a_clock_are_counted_by_the_reason(
    site: sqlite3.Connection, clocked: list[Row]
) -> None:
    told = rows(site, "select * from measures where metric = 'complaints_without_clock'")
    counts = {row["dimension_value"]: row["value"] for row in told}
    real = "select count(*) as n from complaints where coalesce(resolution_class, '') <> 'void'"
    assert counts.pop("all") == rows(site, real)[0]["n"] - len(clocked) == sum(counts.values())
    before = "select count(*) as n from complaints where is_closed_before_received"
    assert counts["closed_before_receipt"] == rows(site, before)[0]["n"]


def test_business_days_of_the_calendar_are_those_of_numpy(released: Installation) -> None:
    with duckdb.connect(str(released.settings.warehouse), read_only=True) as database:
        found = database.execute(
            "select day, business_day_number from intermediate.int_calendar__business_days"
            " where state = 'CA'"
        )
        number = dict(found.fetchall())
    lot = random.Random(17)
    for _ in range(2000):
        first = date(1990, 1, 1) + timedelta(days=lot.randrange(21_000))
        last = first + timedelta(days=lot.randrange(1200))
        assert number[last] - number[first] == working(first, last)


def due_date(start: date, deadline: str) -> date:
    """The last day of the three clocks of the demo, by numpy."""
    if deadline == "investigation":
        return start + timedelta(days=180)
    if deadline == "early_review":
        due = np.busday_offset(start, 120, roll="backward", holidays=DAYS_OFF)
        return date.fromisoformat(str(due))
    month = np.datetime64(start, "M") + 18
    last = (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    wanted = month.astype("datetime64[D]") + np.timedelta64(start.day - 1, "D")
    return date.fromisoformat(str(min(last, wanted)))


def test_deadlines_fall_due_where_numpy_says_and_states_follow(site: sqlite3.Connection) -> None:
    told = rows(
        site, "select d.*, c.status, c.resolution_class from deadline_states d"
        " join complaints c using (jurisdiction, complaint_id)",
    )  # fmt: skip
    started = [row for row in told if row["started_date"]]
    assert {row["deadline"] for row in started} == {"investigation", "early_review", "limitation"}
    for row in started:
        due = due_date(date.fromisoformat(row["started_date"]), row["deadline"])
        assert day(row["due_date"]) == due
        assert row["deadline_state"] == expected_state(row, due)


def expected_state(row: Row, due: date) -> str:
    """The state of a deadline, in the order in which a clerk would ask."""
    ended, start = day(row["ended_date"]), date.fromisoformat(row["started_date"])
    if row["resolution_class"] in ("void", "referred"):
        return "not_applicable"
    if row["status"] == "tolled" and row["deadline"] != "limitation":
        return "tolled"
    if row["status"] not in OPEN:
        if ended is None or ended < start:
            return "unknown_end"
        return "met" if ended <= due else "missed"
    if due < AS_OF:
        return "missed"
    near = 20 if row["deadline"] == "early_review" else 30
    return "at_risk" if (due - AS_OF).days <= near else "running"


def test_deadlines_not_judged_yet_are_in_no_share_of_deadlines_met(
    site: sqlite3.Connection,
) -> None:
    told = rows(
        site, "select * from measures where metric = 'deadline_met_share' and period = 'all'"
    )
    assert len(told) == 3
    for row in told:
        query = "select deadline_state, count(*) as n from deadline_states"
        query += " where deadline = ? group by deadline_state"
        states = {
            one["deadline_state"]: one["n"] for one in rows(site, query, row["dimension_value"])
        }
        met, missed = states.get("met", 0), states.get("missed", 0)
        assert (row["numerator"], row["denominator"]) == (met, met + missed)
        assert states.get("running", 0) + states.get("at_risk", 0) + states.get("tolled", 0) > 0


def test_every_deadline_names_its_source(site: sqlite3.Connection) -> None:
    assert rows(site, "select count(*) as n from deadline_states where length(source) < 10") == [
        {"n": 0}
    ]
    text = (PROJECT / "dbt_project" / "seeds" / "deadlines.csv").read_text("utf-8")
    assert "Civil Service Law § 75(4)" in text
