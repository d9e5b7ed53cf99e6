"""How long complaints take, from complaints, deadlines and holidays."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence, Set
from datetime import date, timedelta
from statistics import median

from tests.measures.by_hand.gate import OPEN, Fact, Told, Z, cells, count, estimate, put, share
from tests.measures.by_hand.survival import (
    Wait,
    business_days,
    incidence,
    quantile,
    quantile_ends,
)

PERIODS = ("all", "calendar_year")
HORIZONS = (365, 730)
TARGETS = (90, 180, 365)


def durations(
    complaints: Sequence[Fact], deadlines: Sequence[Fact], as_of: date, holidays: Set[date]
) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    real = [fact for fact in complaints if "void" not in (fact["status"], fact["resolution_class"])]
    received = [fact for fact in real if fact["received_date"]]
    waits = [wait for fact in received for wait in waited(fact, as_of)]
    _to_close(told, waits, holidays)
    _docket(told, [fact for fact in received if fact["status"] in OPEN], as_of)
    _within_targets(told, waits, as_of)
    _episodes(told, received, as_of)
    _without_clock(told, real, as_of)
    _deadlines(told, received, deadlines, as_of, holidays)
    return told


def waited(fact: Fact, as_of: date) -> list[Fact]:
    """The wait of a complaint: none when nobody tells its end, or when it ended before it began."""
    is_open = fact["status"] in OPEN
    end = as_of if is_open else fact["closed_date"]
    if end is None or end < fact["received_date"]:
        return []
    cause = "sustained" if fact["finding"] == "sustained" else "other_closure"
    return [{**fact, "end": end, "cause": None if is_open else cause}]


def _to_close(told: Told, waits: Sequence[Fact], holidays: Set[date]) -> None:
    for cell, some in cells(waits, "received_date", PERIODS):
        days = [((w["end"] - w["received_date"]).days, w["cause"]) for w in some]
        worked = [(business_days(w["received_date"], w["end"], holidays), w["cause"]) for w in some]
        cohort = (len(some), sum(cause is not None for _, cause in days))
        for metric, timed, part in (
            ("days_to_close_median", days, 0.5),
            ("days_to_close_p90", days, 0.9),
            ("business_days_to_close_median", worked, 0.5),
        ):
            ends = quantile_ends(timed, part)
            put(told, metric, cell, estimate(quantile(timed, part), len(some), cohort, ends))
        closed = [number for number, cause in days if cause]
        mean = sum(closed) / len(closed) if closed else None
        put(told, "days_to_close_mean_closed", cell, estimate(mean, len(closed), cohort))
        for until in HORIZONS:
            _sustained_within(told, cell, days, until, cohort)


def _sustained_within(
    told: Told, cell: tuple[str, str, str, str, str], days: Sequence[Wait], until: int,
    cohort: tuple[int, int],
) -> None:  # fmt: skip
    """Not told when no complaint has been watched for so long, unless all have ended before."""
    part, error = incidence(days, "sustained", until)
    longest = max(number for number, _ in days)
    is_reached = longest >= until or (longest, None) not in days
    ends = 100 * max(0.0, part - Z * error), 100 * min(1.0, part + Z * error)
    shown = estimate(100 * part if is_reached else None, len(days), cohort, ends)
    put(told, f"sustain_rate_received_{until}", cell, shown)


def _docket(told: Told, waiting: Sequence[Fact], as_of: date) -> None:
    for cell, some in cells(waiting, "received_date", ("all",)):
        ages = [(as_of - fact["received_date"]).days for fact in some]
        put(told, "open_docket_age_median", cell, estimate(median(ages), len(ages)))
        old = sum(age > 365 for age in ages)
        put(told, "open_docket_over_one_year_share", cell, share(old, len(ages)))


def _within_targets(told: Told, waits: Sequence[Fact], as_of: date) -> None:
    """Only complaints that have had the whole time take part."""
    for target in TARGETS:
        ripe = [
            {**wait, "target_days": target}
            for wait in waits
            if (as_of - wait["received_date"]).days >= target
        ]
        for cell, some in cells(ripe, "received_date", PERIODS, ("target_days",)):
            if cell[3] != "all":
                met = sum(w["cause"] is not None and _days(w) <= target for w in some)
                put(told, "closed_within_target_share", cell, share(met, len(some)))


def _days(wait: Fact) -> int:
    return int((wait["end"] - wait["received_date"]).days)


def _episodes(told: Told, received: Sequence[Fact], as_of: date) -> None:
    """The clock to the first closing, and that from the opening again. Where the day of the first
    closing has given way to that of the second, the first is not known."""
    first, again = [], []
    for fact in received:
        start, closed, reopened = (fact[f"{n}_date"] for n in ("received", "closed", "reopened"))
        is_open = fact["status"] in OPEN
        if reopened is None:
            first += [{**wait, "days": _days(wait)} for wait in waited(fact, as_of)]
            continue
        if closed and start <= closed < reopened:
            first.append({**fact, "days": (closed - start).days, "cause": "closed"})
        end = as_of if is_open else closed
        if end and end >= reopened:
            cause = None if is_open else "closed"
            again.append({**fact, "days": (end - reopened).days, "cause": cause})
    if any(fact["reopened_date"] for fact in received):
        _median(told, "days_to_first_close_median", first)
        _median(told, "days_to_close_again_median", again)


def _median(told: Told, metric: str, timed: Sequence[Fact]) -> None:
    for cell, some in cells(timed, "received_date", PERIODS):
        waits = [(fact["days"], fact["cause"]) for fact in some]
        cohort = (len(waits), sum(cause is not None for _, cause in waits))
        ends = quantile_ends(waits, 0.5)
        put(told, metric, cell, estimate(quantile(waits, 0.5), len(waits), cohort, ends))


def _without_clock(told: Told, real: Sequence[Fact], as_of: date) -> None:
    left_out = [
        {**fact, "left_out": why}
        for fact in real
        if (why := _why_left_out(fact, as_of)) is not None
    ]
    for cell, some in cells(left_out, "received_date", ("all",), ("left_out",)):
        put(told, "complaints_without_clock", cell, count(len(some)))


def _why_left_out(fact: Fact, as_of: date) -> str | None:
    if fact["received_date"] is None:
        return "no_day_of_receipt"
    if waited(fact, as_of):
        return None
    return "no_day_of_closing" if fact["closed_date"] is None else "closed_before_receipt"


def _deadlines(
    told: Told,
    received: Sequence[Fact],
    deadlines: Sequence[Fact],
    as_of: date,
    holidays: Set[date],
) -> None:
    judged = [
        {**fact, "deadline": rule["deadline"], "state": state}
        for fact in received
        for rule in deadlines
        if rule["jurisdiction"] == fact["jurisdiction"]
        and (state := deadline_state(fact, rule, as_of, holidays)) is not None
    ]
    for cell, some in cells(judged, "received_date", PERIODS, ("deadline",)):
        if cell[3] == "deadline":
            met = sum(one["state"] == "met" for one in some)
            ended = [one for one in some if one["state"] in ("met", "missed")]
            cohort = (len(some), len(ended))
            put(told, "deadline_met_share", cell, share(met, len(ended), cohort))


def deadline_state(fact: Fact, rule: Fact, as_of: date, holidays: Set[date]) -> str | None:
    """met, missed, or running; none for a case without the clock's start or end, for one that ended
    before its clock began, and for one that was somebody else's to finish."""
    start = fact["received_date"] if rule["start_event"] == "received" else fact["incident_date"]
    if fact["resolution_class"] == "referred":
        return None
    if start is None or not rule["valid_from"] <= start <= rule["valid_to"]:
        return None
    due = due_date(start, rule, holidays)
    if fact["status"] not in OPEN:
        end = fact["closed_date"]
        if end is None or end < start:
            return None
        return "met" if end <= due else "missed"
    if fact["status"] == "tolled" and rule["tolls"]:
        return "running"
    return "missed" if as_of > due else "running"


def due_date(start: date, rule: Fact, holidays: Set[date]) -> date:
    """The last day of a clock: so many days, business days or months after its first."""
    length = rule["length"]
    if rule["length_unit"] == "month":
        months = start.year * 12 + start.month - 1 + length
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(start.day, monthrange(year, month)[1]))
    if rule["day_basis"] == "calendar":
        return start + timedelta(days=length)
    due = start
    while length:
        due += timedelta(days=1)
        length -= due.weekday() < 5 and due not in holidays
    return due
