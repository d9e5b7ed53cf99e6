"""The numbers of body-worn cameras, from the lines of reviews, their requests and the audits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from datetime import date

from tests.measures.by_hand.gate import (
    OPEN,
    Fact,
    Told,
    cells,
    count,
    estimate,
    put,
    ratio,
    share,
)
from tests.measures.by_hand.survival import business_days, quantile, quantile_ends

RECORDED = ("recorded", "partly_recorded")
REQUIRED = (*RECORDED, "not_recorded", "not_retained")
KINDS = ("failed_to_activate", "late_activation", "early_deactivation", "no_notification",
         "obstructed", "muted", "miscategorised", "not_worn", "not_uploaded")  # fmt: skip
HANDED_OVER = ("fulfilled", "partial", "false_negative")
PERIODS = ("all", "calendar_year")


def cameras(
    reviews: Sequence[Fact],
    audits: Sequence[Fact],
    complaints: Sequence[Fact],
    as_of: date,
    holidays: Set[date],
) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    _relevance(told, reviews, complaints)
    _rated(told, reviews)
    _requests(told, reviews, as_of, holidays)
    _audits(told, audits)
    return told


def _relevance(told: Told, reviews: Sequence[Fact], complaints: Sequence[Fact]) -> None:
    of: dict[str, list[Fact]] = {}
    for line in reviews:
        if line["complaint_id"] is not None and line["bwc_sampling"] == "complaint_driven":
            of.setdefault(line["complaint_id"], []).append(line)
    sought = []
    for number, lines in of.items():
        known = [line for line in lines if line["footage"] not in (None, "unknown")]
        days = [line["reviewed_date"] for line in known if line["reviewed_date"]]
        if known:
            sought.append({
                "jurisdiction": lines[0]["jurisdiction"],
                "complaint_id": number,
                "first": min(days, default=None),
                "has_footage": any(line["footage"] in RECORDED for line in known),
            })  # fmt: skip
    for cell, some in cells(sought, "first", PERIODS):
        with_footage = sum(one["has_footage"] for one in some)
        put(told, "bwc_relevance_share", cell, share(with_footage, len(some)))
    _merits(told, sought, complaints)


def _merits(told: Told, sought: Sequence[Fact], complaints: Sequence[Fact]) -> None:
    resolved = {c["complaint_id"]: c for c in complaints if c["status"] not in OPEN}
    rated = [
        {
            **resolved[one["complaint_id"]],
            "bwc_footage": "with_footage" if one["has_footage"] else "without_footage",
        }
        for one in sought
        if one["complaint_id"] in resolved
    ]
    for cell, some in cells(rated, "received_date", ("all",), ("bwc_footage",)):
        if cell[3] == "bwc_footage":
            merits = sum(one["resolution_class"] == "investigated" for one in some)
            put(told, "bwc_merits_rate", cell, share(merits, len(some)))


def _rated(told: Told, reviews: Sequence[Fact]) -> None:
    """Only lines that say how they were chosen take part, and one way is never added to another."""
    required = [line for line in reviews if line["footage"] in REQUIRED]
    rated = [
        line
        for line in reviews
        if line["footage"] in REQUIRED
        or (line["footage"] in (None, "unknown") and line["violations"])
    ]
    _shares(told, "bwc_footage_share", required, lambda line: line["footage"] in RECORDED)
    _shares(told, "bwc_any_violation_share", rated, lambda line: bool(line["violations"]))
    for kind in KINDS:
        _shares(told, f"bwc_{kind}_share", rated, lambda line, k=kind: k in line["violations"])
    unsampled = [line for line in rated if line["bwc_sampling"] is None]
    for cell, some in cells(unsampled, "reviewed_date", ("all",)):
        put(told, "bwc_lines_without_sampling", cell, count(len(some)))


def _shares(
    told: Told, metric: str, lines: Sequence[Fact], is_part: Callable[[Fact], bool]
) -> None:
    for cell, some in cells(lines, "reviewed_date", PERIODS, ("bwc_sampling",), unknown=None):
        if cell[3] == "bwc_sampling":
            put(told, metric, cell, share(sum(map(is_part, some)), len(some)))


def _requests(told: Told, reviews: Iterable[Fact], as_of: date, holidays: Set[date]) -> None:
    asked = [line for line in reviews if line["request_outcome"] or line["requested_date"]]
    answered = [line for line in asked if line["request_outcome"] not in (None, "open")]
    _waits(told, asked, as_of, holidays)
    waiting = [line for line in asked if _is_open(line)]
    for cell, some in cells(asked, "requested_date", ("all",)):
        still = [line for line in some if _is_open(line)]
        put(told, "bwc_requests_open", cell, count(len(still)))
    for cell, some in cells(waiting, "requested_date", ("all",)):
        dated = [line["requested_date"] for line in some if line["requested_date"]]
        old = sum((as_of - day).days > 90 for day in dated)
        put(told, "bwc_requests_over_90_days_share", cell, share(old, len(dated)))
    for metric, outcome in (
        ("bwc_request_fulfilled_share", "fulfilled"),
        ("bwc_false_negative_share", "false_negative"),
    ):
        cohorts = dict(cells(asked, "requested_date", PERIODS))
        for cell, some in cells(answered, "requested_date", PERIODS):
            part = sum(line["request_outcome"] == outcome for line in some)
            cohort = (len(cohorts[cell]), len(some))
            put(told, metric, cell, share(part, len(some), cohort))


def _is_open(line: Fact) -> bool:
    if line["request_outcome"] is None:
        return line["fulfilled_date"] is None
    return bool(line["request_outcome"] == "open")


def _waits(told: Told, asked: Sequence[Fact], as_of: date, holidays: Set[date]) -> None:
    timed = []
    for line in asked:
        is_open = _is_open(line)
        end = as_of if is_open else line["fulfilled_date"]
        is_over = line["request_outcome"] in HANDED_OVER
        start = line["requested_date"]
        if start and end and end >= start and (is_open or is_over):
            timed.append({**line, "end": end, "cause": None if is_open else "over"})
    for cell, some in cells(timed, "requested_date", PERIODS):
        ended = [one for one in some if one["cause"]]
        cohort = (len(some), len(ended))
        for metric, days in (
            ("bwc_request_turnaround_median", _calendar),
            ("bwc_request_turnaround_business_median", lambda a, b: business_days(a, b, holidays)),
        ):
            waits = [(days(one["requested_date"], one["end"]), one["cause"]) for one in some]
            ends = quantile_ends(waits, 0.5)
            put(told, metric, cell, estimate(quantile(waits, 0.5), len(some), cohort, ends))
        total = sum(_calendar(one["requested_date"], one["end"]) for one in ended)
        if ended:
            put(told, "bwc_request_turnaround_mean_answered", cell, ratio(total, len(ended)))


def _calendar(start: date, end: date) -> int:
    return (end - start).days


def _audits(told: Told, audits: Sequence[Fact]) -> None:
    """What is due in a month yet to come was not left undone."""
    due = [one for one in audits if one["due"] and one["audit_month"]]
    for cell, some in cells(due, "audit_month", PERIODS, ("audit_sample",)):
        reported = [one for one in some if one["done"] is not None]
        done = sum(min(one["done"], one["due"]) for one in reported)
        put(told, "bwc_audits_done_share", cell, share(done, sum(o["due"] for o in reported)))
        silent = len(some) - len(reported)
        put(told, "bwc_audits_not_reported_share", cell, share(silent, len(some)))
