"""The curves of waiting cases are those of a maintained library, for one case or a million."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import duckdb
import jinja2
import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from pipelines.settings import PROJECT

MACROS = PROJECT / "dbt_project" / "macros"
CAUSES = ("sustained", "other_closure")
Wait = tuple[int, str | None]

STEPS = """
{{ survival_steps('waits', groups=['city', 'cohort'], event='ending', cases='cases_count',
                  causes=['sustained', 'other_closure']) }}
order by all
"""
QUANTILES = """
with steps as ({{ survival_steps('waits', groups=['city', 'cohort'], event='ending',
                                 cases='cases_count') }})
select city, cohort,
    {{ survival_quantile(share) }} as middle,
    {{ survival_quantile_lower(share) }} as lower,
    {{ survival_quantile_upper(share) }} as upper,
    max(at_risk_count) as cases,
    sum(ended_count) as ended
from steps group by all order by all
"""


def sql(template: str, **values: Any) -> str:
    """A query with the macros of the models in it."""
    macros = "".join((MACROS / f"{name}.sql").read_text() for name in ("measures", "survival"))
    return jinja2.Environment().from_string(macros + template).render(**values)


def asked(
    query: str, cities: Sequence[Sequence[Wait]], counted: bool = False
) -> list[dict[str, Any]]:
    """The rows of a query over the waits of some cities, given one by one or counted."""
    rows = [
        (city, None if city % 2 else "all", days, ending, 1)
        for city, waits in enumerate(cities)
        for days, ending in waits
    ]
    with duckdb.connect() as database:
        database.execute(
            "create table waits (city integer, cohort varchar, days integer, ending varchar,"
            " cases_count integer)"
        )
        database.executemany("insert into waits values (?, ?, ?, ?, ?)", rows)
        if counted:
            database.execute(
                "create or replace table waits as select city, cohort, days, ending,"
                " sum(cases_count) as cases_count from waits group by all"
            )
        found = database.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def drawn(seed: int) -> list[Wait]:
    """Waits of one city: few or many, with many ties or none, cut off or not."""
    lot = random.Random(seed)
    longest = lot.choice((3, 40, 900))
    cut = lot.choice((0.0, 0.2, 0.7))
    return [
        (lot.randrange(longest), None if lot.random() < cut else lot.choice(CAUSES))
        for _ in range(lot.choice((11, 40, 400)))
    ]


CITIES = [drawn(seed) for seed in range(30)]


def library(waits: Sequence[Wait]) -> SurvfuncRight:
    return SurvfuncRight([d for d, _ in waits], [int(ending is not None) for _, ending in waits])


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    return asked(sql(STEPS), CITIES)


def test_the_curve_is_that_of_the_library(steps: list[dict[str, Any]]) -> None:
    for city, waits in enumerate(CITIES):
        theirs = library(waits)
        ours = [row for row in steps if row["city"] == city and row["ended_count"] > 0]
        assert [row["days"] for row in ours] == list(theirs.surv_times)
        assert [row["at_risk_count"] for row in ours] == list(theirs.n_risk)
        assert [row["ended_count"] for row in ours] == list(theirs.n_events)
        assert [row["survival"] for row in ours] == pytest.approx(theirs.surv_prob, abs=1e-12)
        errors = [
            (row["survival_se"], known)
            for row, known in zip(ours, theirs.surv_prob_se, strict=True)
            if not math.isnan(known)
        ]
        assert [ours for ours, _ in errors] == pytest.approx([k for _, k in errors], abs=1e-12)


@pytest.mark.parametrize("number", [0, 1])
def test_the_share_ended_by_a_cause_is_that_of_the_library(
    steps: list[dict[str, Any]], number: int
) -> None:
    cause = CAUSES[number]
    for city, waits in enumerate(CITIES):
        status = np.array([CAUSES.index(e) + 1 if e else 0 for _, e in waits])
        theirs = CumIncidenceRight(np.array([days for days, _ in waits]), status)
        ours = [row for row in steps if row["city"] == city]
        assert [row["days"] for row in ours] == list(theirs.times)
        shares = [row[f"{cause}_incidence"] for row in ours]
        assert shares == pytest.approx(theirs.cinc[number], abs=1e-12)
        for row, known in zip(ours, theirs.cinc_se[number], strict=True):
            if not math.isnan(known):
                assert row[f"{cause}_incidence_se"] == pytest.approx(known, abs=1e-9)


def test_shares_waiting_and_ended_add_up_to_one(steps: list[dict[str, Any]]) -> None:
    for row in steps:
        whole = row["survival"] + sum(row[f"{cause}_incidence"] for cause in CAUSES)
        assert whole == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_quantiles_are_read_off_the_library_s_curve(share: float) -> None:
    for row, waits in zip(asked(sql(QUANTILES, share=share), CITIES), CITIES, strict=True):
        theirs = library(waits)
        reached = theirs.surv_times[theirs.surv_prob <= 1 - share + 1e-12]
        assert row["middle"] == (reached[0] if len(reached) else None)
        assert row["cases"] == len(waits)
        assert row["ended"] == sum(ending is not None for _, ending in waits)


def test_the_interval_of_a_median_is_that_of_the_library() -> None:
    agreed = 0
    for row, waits in zip(asked(sql(QUANTILES, share=0.5), CITIES), CITIES, strict=True):
        with np.errstate(all="ignore"):
            lower, upper = library(waits).quantile_ci(0.5)
        if not math.isnan(lower):
            assert row["lower"] == lower
            assert row["upper"] == (None if math.isinf(upper) else upper)
            agreed += 1
    assert agreed > 20


def test_counted_cases_give_the_curve_of_single_ones(steps: list[dict[str, Any]]) -> None:
    assert asked(sql(STEPS), CITIES, counted=True) == steps


def test_a_day_that_is_asked_for_changes_nothing_but_shows_the_curve_there() -> None:
    waits: list[Wait] = [(10, "sustained"), (20, None), (30, "other_closure"), (50, None)]
    plain = asked(sql(STEPS), [waits])
    days = "select 0, 'all', unnest([0, 25, 60]), null, 0"
    more = asked(
        f"with more as (select * from waits union all {days}), steps as ("
        + sql(STEPS.replace("'waits'", "'more'"))
        + ") select * from steps order by days",
        [waits],
    )
    assert [row for row in more if row["days"] in (10, 20, 30, 50)] == plain
    shown = {row["days"]: row for row in more}
    assert [(shown[d]["survival"], shown[d]["at_risk_count"]) for d in (0, 25, 60)] == [
        (1, 4), (0.75, 2), (0.375, 0),
    ]  # fmt: skip
    assert shown[60]["sustained_incidence"] == 0.25


def test_open_cases_alone_have_no_quantile() -> None:
    waits: list[Wait] = [(days, None) for days in range(20)]
    (row,) = asked(sql(QUANTILES, share=0.5), [waits])
    assert (row["middle"], row["lower"], row["upper"]) == (None, None, None)
