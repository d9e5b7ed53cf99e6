"""The estimates of the models are those of maintained libraries, on two hundred data sets each.

Each data set is a jurisdiction of its own, so that one run of the models estimates them all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import holidays
import pytest

from tests.measures import libraries
from tests.measures.by_hand import gate, survival
from tests.measures.by_hand import officers as officers_by_hand
from tests.measures.chain import LAST, Chain, Row, opened, run, table
from tests.measures.invented_waits import CAUSES, DATA_SETS, Wait, data_sets

AS_OF = date(2026, 10, 31)
STATES = ("CA", "NY", "LA")
Found = dict[tuple[str, str], dict[str, Any]]


def close(value: float) -> Any:
    return pytest.approx(value, rel=libraries.SAME, abs=libraries.SAME)


def made(chain: Chain, last: str, rows: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """The rows of a model, made from these rows and empty tables."""
    with opened(chain, rows, last) as database:
        run(database, chain, chain.order(last))
        return table(database, chain, last)


def city(number: int) -> str:
    return f"city_{number:03}"


def of_all(rows: Sequence[dict[str, Any]]) -> Found:
    """The numbers of all periods and groups together."""
    return {
        (row["jurisdiction"], row["metric"]): row
        for row in rows
        if row["period_kind"] == "all" and row["dimension"] is None
    }


def test_intervals_of_shares_are_those_of_wilson(chain: Chain) -> None:
    lot = random.Random(1)
    wholes = [lot.choice((10, 11, 37, 400, 50_000)) for _ in range(DATA_SETS)]
    parts = [lot.choice((0, whole, lot.randint(0, whole))) for whole in wholes]
    rows = [
        {"metric": "merits_rate", "jurisdiction": city(n), "period_kind": "all",
         "numerator": parts[n], "denominator": wholes[n]}
        for n in range(DATA_SETS)
    ]  # fmt: skip
    short = chain.beginning_with("int_measures__stacked")
    told = {row["jurisdiction"]: row for row in made(short, *LAST, {"int_measures__stacked": rows})}
    assert len(told) == DATA_SETS
    for n, (part, whole) in enumerate(zip(parts, wholes, strict=True)):
        ends = told[city(n)]["lower"], told[city(n)]["upper"]
        assert ends == close(libraries.wilson(part, whole))
        assert gate.wilson(part, whole) == close(libraries.wilson(part, whole))
        assert told[city(n)]["value"] == close(100 * part / whole)


def test_the_concentration_expected_by_chance_is_that_of_poisson(chain: Chain) -> None:
    lot = random.Random(2)
    drawn = [officers_of(lot, has_roster=n % 2 == 0) for n in range(DATA_SETS)]
    rows = [
        {"jurisdiction": city(n), "window_name": "all_years", "officer_key": f"o{place}",
         "cases_count": cases, "has_roster": n % 2 == 0}
        for n, numbers in enumerate(drawn)
        for place, cases in enumerate(numbers)
    ]  # fmt: skip
    short = chain.beginning_with("int_officers__counted")
    found = of_all(made(short, "int_measures__officers", {"int_officers__counted": rows}))
    for n, numbers in enumerate(drawn):
        mean, has_roster = sum(numbers) / len(numbers), n % 2 == 0
        seen = found[city(n), "top_5_percent_share"]["estimate"]
        chance = found[city(n), "expected_top_5_percent_share"]["estimate"]
        assert seen == close(libraries.top_share(numbers))
        assert officers_by_hand.top_share(numbers) == close(libraries.top_share(numbers))
        expected = libraries.expected_top_share(mean, has_roster)
        assert chance == close(expected)
        assert officers_by_hand.expected_top_share(mean, not has_roster) == close(expected)


def officers_of(lot: random.Random, *, has_roster: bool) -> list[int]:
    """Cases of each officer; two at least with more than one, so that there is a spread."""
    size, busy = lot.choice((100, 113, 240)), lot.choice((0.3, 2.0, 9.0))
    cases = [int(lot.expovariate(1 / (busy * lot.choice((0.5, 1, 3))))) for _ in range(size)]
    return [number if has_roster else max(1, number) for number in [*cases, 4, 2]]


@pytest.mark.parametrize("seed", [5, 6])
def test_survival_by_hand_is_that_of_statsmodels(seed: int) -> None:
    for waits in data_sets(seed):
        for share in (0.5, 0.9):
            assert survival.quantile(waits, share) == libraries.quantile(waits, share)
        if any(cause for _, cause in waits):
            theirs = libraries.survival(waits)
            known = dict(zip(theirs.surv_times.tolist(), theirs.surv_prob.tolist(), strict=True))
            for day, left in survival.curve(waits):
                assert left == close(known[day])
        for until in (365, 730):
            for cause in CAUSES:
                share, error = survival.incidence(waits, cause, until)
                expected = libraries.incidence(waits, cause, until)
                if expected is not None:
                    assert share == close(expected[0])
                    assert expected[1] is None or error == close(expected[1])


def test_the_wait_for_footage_is_that_of_statsmodels_and_numpy(chain: Chain) -> None:
    lot, sets = random.Random(3), data_sets()
    off = {state: holidays.country_holidays("US", subdiv=state, years=range(2015, 2028))
           for state in STATES}  # fmt: skip
    spans = [[span(lot, *wait) for wait in waits] for waits in sets]
    rows = {
        "bwc_reviews": [
            {"jurisdiction": city(n), "requested_date": start,
             "fulfilled_date": end if cause else None,
             "bwc_request_outcome": "fulfilled" if cause else "open"}
            for n, some in enumerate(spans)
            for start, end, cause in some
        ],
        "pipeline.feeds": [
            {"jurisdiction": city(n), "feed": "bwc_reviews", "as_of": AS_OF, "state": state_of(n),
             "is_absent": False}
            for n in range(DATA_SETS)
        ],
        "pipeline.holidays": [
            {"state": state, "day": day, "name": name}
            for state, days in off.items()
            for day, name in days.items()
        ],
    }  # fmt: skip
    found = of_all(made(chain, "int_measures__bwc", rows))
    for n, (waits, some) in enumerate(zip(sets, spans, strict=True)):
        told = found[city(n), "bwc_request_turnaround_median"]
        assert (told["estimate"], told["denominator"]) == (
            libraries.quantile(waits, 0.5), len(waits))  # fmt: skip
        worked = [
            (libraries.business_days(start, end, off[state_of(n)]), cause)
            for start, end, cause in some
        ]
        told = found[city(n), "bwc_request_turnaround_business_median"]
        assert told["estimate"] == libraries.quantile(worked, 0.5)


@pytest.fixture(scope="module")
def complaints_timed(chain: Chain) -> Iterator[tuple[Found, dict[str, dict[int, float]]]]:
    """The numbers and the curves of two hundred jurisdictions, a data set each."""
    lot, rows = random.Random(7), []
    for n, waits in enumerate(data_sets()):
        for place, wait in enumerate(waits):
            start, end, cause = span(lot, *wait)
            rows.append({
                "jurisdiction": city(n), "complaint_id": f"{n}-{place}", "received_date": start,
                "investigation_closed_date": end if cause else None, "source_table": city(n),
                "status": "closed" if cause else "open", "resolution_class": "investigated",
                "finding": "sustained" if cause == CAUSES[0] else "unfounded",
            })  # fmt: skip
    feeds = [
        {"jurisdiction": city(n), "source_table": city(n), "feed": "complaints", "as_of": AS_OF,
         "state": "CA", "is_absent": False}
        for n in range(DATA_SETS)
    ]  # fmt: skip
    same = [{name: row[name] for name in ("jurisdiction", "complaint_id")} for row in rows]
    given = {"complaints": rows, "int_complaints__harmonised": same, "pipeline.feeds": feeds}
    last = "int_measures__time"
    with opened(chain, given, last) as database:
        run(database, chain, chain.order(last))
        curves: dict[str, dict[int, float]] = {}
        for step in table(database, chain, "int_survival__steps"):
            if step["clock"] == "calendar" and step["received_year"] is None:
                curves.setdefault(step["jurisdiction"], {})[step["days"]] = step["survival"]
        yield of_all(table(database, chain, last)), curves


Timed = tuple[Found, dict[str, dict[int, float]]]


def test_the_time_to_close_is_that_of_statsmodels(complaints_timed: Timed) -> None:
    found, curves = complaints_timed
    compared = 0
    for n, waits in enumerate(data_sets()):
        if all(cause is None for _, cause in waits):
            continue
        compared += 1
        for metric, share in (("days_to_close_median", 0.5), ("days_to_close_p90", 0.9)):
            told = found[city(n), metric]
            assert told["estimate"] == libraries.quantile(waits, share)
            assert told["denominator"] == len(waits)
            ends = told["estimate_lower"], told["estimate_upper"]
            assert ends == survival.quantile_ends(waits, share)
        theirs = libraries.survival(waits)
        for day, left in zip(theirs.surv_times.tolist(), theirs.surv_prob.tolist(), strict=True):
            assert curves[city(n)][day] == close(left)
    assert compared >= 0.8 * DATA_SETS


@pytest.mark.parametrize("until", [365, 730])
def test_the_share_sustained_in_time_is_that_of_statsmodels(
    complaints_timed: Timed, until: int
) -> None:
    found, _ = complaints_timed
    compared = 0
    for n, waits in enumerate(data_sets()):
        expected = libraries.incidence(waits, CAUSES[0], until)
        if expected is None:
            continue
        told = found[city(n), f"sustain_rate_received_{until}"]
        longest = max(days for days, _ in waits)
        if longest < until and (longest, None) in waits:
            assert told["estimate"] is None
            continue
        compared += 1
        share, error = expected
        assert told["estimate"] == close(100 * share)
        if error is not None:
            assert told["estimate_lower"] == close(100 * max(0.0, share - gate.Z * error))
            assert told["estimate_upper"] == close(100 * min(1.0, share + gate.Z * error))
    assert compared >= 0.25 * DATA_SETS


def test_the_interval_of_a_quantile_by_hand_is_that_of_statsmodels() -> None:
    compared = 0
    for waits in data_sets():
        if any(cause for _, cause in waits):
            expected = libraries.quantile_ends(waits, 0.5)
            compared += expected is not None
            assert expected in (None, survival.quantile_ends(waits, 0.5))
    assert compared >= 0.5 * DATA_SETS


def state_of(number: int) -> str:
    return STATES[number % len(STATES)]


def span(lot: random.Random, days: int, cause: str | None) -> tuple[date, date, str | None]:
    """First and last day of a wait; one that still lasts ends on the day of the file."""
    end = AS_OF - timedelta(days=lot.randrange(400)) if cause else AS_OF
    return end - timedelta(days=days), end, cause


def test_business_days_by_hand_are_those_of_numpy() -> None:
    lot = random.Random(4)
    off = holidays.country_holidays("US", subdiv="CA", years=range(2015, 2028))
    for _ in range(DATA_SETS):
        start, end, _ = span(lot, lot.randrange(700), "over")
        expected = libraries.business_days(start, end, off)
        assert survival.business_days(start, end, frozenset(off)) == expected


def test_the_invented_data_sets_hold_what_makes_estimates_go_wrong() -> None:
    sets = data_sets()
    assert len(sets) == DATA_SETS
    assert any(all(cause is None for _, cause in waits) for waits in sets)
    assert any(all(cause is not None for _, cause in waits) for waits in sets)
    assert any(has_tie_of_end_and_cut(waits) for waits in sets)
    assert any(libraries.quantile(waits, 0.9) is None for waits in sets)


def has_tie_of_end_and_cut(waits: Sequence[Wait]) -> bool:
    ended = {days for days, cause in waits if cause}
    return any(cause is None and days in ended for days, cause in waits)
