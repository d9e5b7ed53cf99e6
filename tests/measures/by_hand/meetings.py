"""The numbers of hearings, from each hearing with its notice, roll call, cases and minutes.

Of a first delivery only what the publisher states is known: we saw none of its agendas come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median

from tests.measures.by_hand.gate import (
    Cell,
    Fact,
    Told,
    cells,
    count,
    estimate,
    put,
    ratio,
    share,
)
from tests.measures.by_hand.survival import quantile, quantile_ends

PERIODS = ("all", "calendar_year")
NOT_HELD = ("cancelled", "rescheduled", "no_quorum")


def meetings(found: Sequence[Fact], as_of: date) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    come = [fact for fact in found if fact["hearing_date"] <= as_of]
    _notice(told, [f for f in come if f["status"] not in ("cancelled", "rescheduled")])
    on_calendar = [fact for fact in come if fact["status"] != "rescheduled"]
    for cell, some in _by_body(on_calendar):
        _quorum(told, cell, some)
        _attendance(told, cell, some)
        cancelled = sum(fact["status"] == "cancelled" for fact in some)
        put(told, "hearings_cancelled_share", cell, share(cancelled, len(some)))
    _reasons(told, on_calendar)
    for cell, some in cells(on_calendar, "hearing_date", PERIODS):
        _cases(told, cell, some)
    held = [fact for fact in come if fact["status"] not in NOT_HELD]
    for cell, some in cells(held, "hearing_date", PERIODS):
        _minutes(told, cell, some, as_of)
    return told


def _by_body(facts: Sequence[Fact]) -> list[tuple[Cell, list[Fact]]]:
    return [
        *cells(facts, "hearing_date", ("all",), ("body_name",)),
        *cells(facts, "hearing_date", ("calendar_year",)),
    ]


def _notice(told: Told, facts: Sequence[Fact]) -> None:
    """Hours to the tenth. The last edition tells the least notice; one after the start tells
    nothing."""
    timed = [
        {**fact, "notice_basis": "publisher", "hours": round(_hours(fact), 1)}
        for fact in facts
        if fact["agenda"] and fact["agenda"] < fact["starts"]
    ]
    for cell, some in cells(timed, "hearing_date", PERIODS, ("notice_basis",)):
        if cell[3] == "notice_basis":
            hours = [fact["hours"] for fact in some]
            put(told, "notice_hours_median", cell, estimate(median(hours), len(hours)))
            met = sum(fact["hours"] >= fact["notice_rule"] for fact in some)
            put(told, "notice_met_share", cell, share(met, len(some)))


def _hours(fact: Fact) -> float:
    return float((fact["starts"] - fact["agenda"]).total_seconds() / 3600)


def _present(fact: Fact) -> int:
    return sum(answer == "present" for answer in fact["calls"].values())


def _quorum(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    judged = [f for f in some if f["quorum"] and (f["calls"] or f["status"] == "no_quorum")]
    met = sum(f["status"] != "no_quorum" and _present(f) >= f["quorum"] for f in judged)
    if judged:
        put(told, "quorum_met_share", cell, share(met, len(judged)))


def _attendance(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    called = [fact for fact in some if fact["calls"] and fact["seats"]]
    present = sum(map(_present, called))
    if called:
        seats, members = (sum(f["seats"] for f in called), sum(len(f["calls"]) for f in called))
        put(told, "attendance_share_of_seats", cell, ratio(present, seats))
        put(told, "attendance_share_of_members", cell, ratio(present, members))


def _reasons(told: Told, on_calendar: Sequence[Fact]) -> None:
    whole = dict(cells(on_calendar, "hearing_date", PERIODS))
    groups = ("cancellation_reason",)
    for cell, some in cells(on_calendar, "hearing_date", PERIODS, groups, unknown=None):
        if cell[3] != "all":
            out_of = len(whole[*cell[:3], "all", "all"])
            put(told, "hearings_cancelled_share", cell, share(len(some), out_of))


def _cases(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    cases = [case for fact in some for case in fact["cases"]]
    decided = [case for case in cases if case["outcome"] == "decided"]
    heard = sum(case["outcome"] == "heard" for case in cases)
    deferred = sum(case["outcome"] == "deferred" for case in cases)
    put(told, "cases_on_agenda", cell, count(len(cases)))
    put(told, "cases_heard", cell, count(heard + len(decided)))
    put(told, "cases_decided", cell, count(len(decided)))
    put(told, "cases_deferred", cell, count(deferred))
    linked = sum(case["is_linked"] for case in decided)
    if decided:
        put(told, "decisions_linked_share", cell, share(linked, len(decided)))


def _minutes(told: Told, cell: Cell, some: Sequence[Fact], as_of: date) -> None:
    """Minutes from before their hearing tell nothing."""
    waits, late, judged = [], 0, 0
    for fact in some:
        is_out = fact["minutes_date"] is not None
        days = ((fact["minutes_date"] or as_of) - fact["hearing_date"]).days
        if days >= 0:
            waits.append((days, "out" if is_out else None))
            is_late = days > fact["minutes_rule"]
            late += is_late
            judged += is_out or is_late
    out = [days for days, cause in waits if cause]
    ends, cohort = quantile_ends(waits, 0.5), (len(waits), len(out))
    shown = estimate(quantile(waits, 0.5), len(waits), cohort, ends)
    put(told, "minutes_days_median", cell, shown)
    put(told, "minutes_days_mean_published", cell, ratio(sum(out), len(out)))
    put(told, "minutes_late_share", cell, share(late, judged))
