"""The numbers of public hearings: notice, attendance, cases, and how long minutes take."""

from __future__ import annotations

from collections.abc import Sequence
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
RULED = ("met", "missed", "late_edition")
LATE = ("missed", "late_edition")


def hearings(facts: Sequence[Fact]) -> Told:
    """All metrics of the family that need no look of our own, naive ones included."""
    told: Told = {}
    come = [fact for fact in facts if fact["has_come"] and fact["status"] != "rescheduled"]
    groups = list(cells(come, "day", PERIODS)) + [
        (cell, some) for cell, some in cells(come, "day", ("all",), ("body_name",))
        if cell[3] == "body_name"
    ]  # fmt: skip
    for cell, some in groups:
        _held(told, cell, some)
        if cell[3] == "all":
            _reasons(told, cell, some)
            _cases(told, cell, some)
            _minutes(told, cell, some)
            _notice(told, cell, some)
    return told


def _held(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    cancelled = sum(fact["status"] == "cancelled" for fact in some)
    put(told, "hearings_cancelled_share", cell, share(cancelled, len(some)))
    known = [fact["is_quorate"] for fact in some if fact["is_quorate"] is not None]
    if known:
        put(told, "quorum_met_share", cell, share(sum(known), len(known)))
    rolls = [fact for fact in some if fact["seats"] and fact["members"]]
    present = sum(fact["present"] for fact in rolls)
    for metric, whole in (("attendance_share_of_seats", "seats"),
                          ("attendance_share_of_members", "members")):  # fmt: skip
        if rolls:
            put(told, metric, cell, ratio(present, sum(fact[whole] for fact in rolls)))


def _reasons(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    reasons = [fact["cancellation_reason"] for fact in some if fact["cancellation_reason"]]
    for reason in set(reasons):
        part = (*cell[:3], "cancellation_reason", reason)
        put(told, "hearings_cancelled_share", part, share(reasons.count(reason), len(some)))


def _cases(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    cases = [case for fact in some for case in fact["cases"]]
    if not cases:
        return
    decided = [is_linked for action, is_linked in cases if action == "decided"]
    put(told, "cases_on_agenda", cell, count(len(cases)))
    put(told, "cases_decided", cell, count(len(decided)))
    heard = sum(action in ("heard", "decided") for action, _ in cases)
    put(told, "cases_heard", cell, count(heard))
    deferred = sum(action == "deferred" for action, _ in cases)
    put(told, "cases_deferred", cell, count(deferred))
    if decided:
        put(told, "decisions_linked_share", cell, share(sum(decided), len(decided)))


def _minutes(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    states = [fact["minutes_state"] for fact in some if fact["minutes_state"] in RULED]
    if states:
        late = sum(state in LATE for state in states)
        put(told, "minutes_late_share", cell, share(late, len(states)))
    met = [
        fact
        for fact in some
        if fact["status"] in ("held", "noticed", "scheduled") and fact["minutes_state"] != "unknown"
    ]
    out = [fact["minutes_days"] for fact in met if fact["minutes_days"] is not None]
    if out:
        put(told, "minutes_days_mean_published", cell, ratio(sum(out), len(out)))
    if met:
        waits = [
            (f["waited"], None) if f["minutes_days"] is None else (f["minutes_days"], "out")
            for f in met
        ]
        middle, ends = quantile(waits, 0.5), quantile_ends(waits, 0.5)
        shown = estimate(middle, len(met), (len(met), len(out)), ends)
        put(told, "minutes_days_median", cell, shown)


def _notice(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    by_publisher = (*cell[:3], "notice_basis", "publisher")
    timed = [fact for fact in some if fact["notice_hours"] is not None]
    ruled = [fact["notice_state"] for fact in timed if fact["notice_state"] in RULED]
    hours = [fact["notice_hours"] for fact in timed if fact["status"] != "cancelled"]
    if ruled:
        put(told, "notice_met_share", by_publisher, share(ruled.count("met"), len(ruled)))
    if hours:
        put(told, "notice_hours_median", by_publisher, estimate(median(hours), len(hours)))
