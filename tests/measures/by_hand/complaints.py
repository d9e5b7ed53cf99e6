"""The numbers of complaints and their outcomes, from complaints and allegations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.measures.by_hand.gate import OPEN, Fact, Told, cells, count, put, share

FEWEST_OF_A_MASS = 10
MERITS = ("sustained", "not_sustained", "unfounded", "exonerated")
CLOSED = ("investigated", "truncated", "alternative", "referred")
PERIODS = ("all", "calendar_year")
SERIES = (*PERIODS, "month")
GROUPS = ("category", "intake_channel")
Test = Callable[[Fact], bool]


def complaints(named: Sequence[Fact], alleged: Sequence[Fact]) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    _of_complaints(told, named)
    _of_allegations(told, alleged)
    _rates(told, alleged)
    _cases(told, named, alleged)
    return told


def is_open(fact: Fact) -> bool:
    """Neither decided nor closed otherwise."""
    return fact["status"] in OPEN


def cohort(facts: Sequence[Fact]) -> tuple[int, int]:
    """How many there are, and how many of them are no longer open."""
    return len(facts), sum(not is_open(fact) for fact in facts)


def cohort_alleged(facts: Sequence[Fact]) -> tuple[int, int]:
    """The same of allegations, of which void ones are no part."""
    return cohort([fact for fact in facts if fact["resolution_class"] != "void"])


def _of_complaints(told: Told, named: Sequence[Fact]) -> None:
    day = "received_date"
    for cell, some in _series(named, day):
        put(told, "complaints_received", cell, count(len(some), cohort(some)))
        if cell[3] == "all":
            put(told, "complaints_received_closed_only", cell, count(cohort(some)[1]))
    events = Counter(fact["incident_number"] for fact in named if fact["incident_number"])
    for cell, some in cells(named, day, PERIODS):
        rest = [f for f in some if events[f["incident_number"]] < FEWEST_OF_A_MASS]
        metric = "complaints_received_without_mass_incidents"
        put(told, metric, cell, count(len(rest), cohort(rest)))
    _by_class(told, named)
    for cell, some in cells([f for f in named if f["closed_date"]], "closed_date", SERIES):
        put(told, "complaints_closed", cell, count(len(some)))
    for cell, some in cells(named, day, ("all",), ("category",)):
        put(told, "complaints_open", cell, count(sum(map(is_open, some))))


def _series(facts: Sequence[Fact], day: str) -> Iterable[tuple[tuple[str, ...], list[Fact]]]:
    yield from cells(facts, day, PERIODS, (*GROUPS, "district"))
    yield from cells(facts, day, ("month",), ("category",))


def _by_class(told: Told, named: Sequence[Fact]) -> None:
    """How far a class is decided is told of the whole period: open ones are a class themselves."""
    found = dict(cells(named, "received_date", PERIODS, ("resolution_class",)))
    for cell, some in found.items():
        if cell[3] != "all":
            whole = found[*cell[:3], "all", "all"]
            put(told, "complaints_by_resolution_class", cell, count(len(some), cohort(whole)))


def _of_allegations(told: Told, alleged: Sequence[Fact]) -> None:
    day = "received_date"
    whole = dict(cells(alleged, day, PERIODS, ("category",)))
    for cell, some in whole.items():
        put(told, "allegations_received", cell, count(len(some), cohort_alleged(some)))
        if cell[3] == "all":
            put(told, "complaints_naive", cell, count(len(some)))
    investigated = [a for a in alleged if a["resolution_class"] == "investigated"]
    for cell, some in cells(investigated, day, PERIODS, ("finding",)):
        if cell[3] != "all":
            of = cohort_alleged(whole[*cell[:3], "all", "all"])
            put(told, "allegations_by_finding", cell, count(len(some), of))


def _rates(told: Told, alleged: Sequence[Fact]) -> None:
    closed = {
        "sustain_rate_closed": _is("finding", "sustained"),
        "merits_rate": _is("resolution_class", "investigated"),
        "truncation_rate": _is("resolution_class", "truncated"),
        "alternative_rate": _is("resolution_class", "alternative"),
    }
    sustained = _is("finding", "sustained")
    _rate(told, "sustain_rate_merits", alleged, sustained, _is("finding", *MERITS))
    for metric, is_part in closed.items():
        _rate(told, metric, alleged, is_part, _is("resolution_class", *CLOSED))
    _rate(
        told, "truncation_rate_without_directives", alleged,
        _is("resolution_class", "truncated"),
        lambda a: a["truncation_reason"] != "resource_directive"
        and a["resolution_class"] in CLOSED,
    )  # fmt: skip
    _rate(
        told, "no_outcome_share", alleged,
        lambda a: a["resolution_class"] is None,
        lambda a: a["resolution_class"] not in ("open", "void") and not is_open(a),
    )  # fmt: skip
    _naive_rates(told, alleged)


def _is(name: str, *words: str) -> Test:
    return lambda fact: fact[name] in words


def _rate(told: Told, metric: str, facts: Sequence[Fact], is_part: Test, is_whole: Test,
          *, groups: Sequence[str] = GROUPS, has_cohort: bool = True) -> None:  # fmt: skip
    """The cohort is that of the whole period and group, open allegations included."""
    for cell, some in cells(facts, "received_date", PERIODS, groups):
        whole = [fact for fact in some if is_whole(fact)]
        part = sum(is_part(fact) for fact in whole)
        of = cohort_alleged(some) if has_cohort else None
        put(told, metric, cell, share(part, len(whole), of))


def _naive_rates(told: Told, alleged: Sequence[Fact]) -> None:
    """Each stands only where what it gets wrong occurs."""
    sustained, merits = _is("finding", "sustained"), _is("finding", *MERITS)
    overturned: Test = lambda a: a["outcome_word"].startswith("sustained -")  # noqa: E731
    opened, truncated = _is("resolution_class", "open"), _is("resolution_class", "truncated")
    naive: dict[str, tuple[Test, Test, Test]] = {
        "sustain_rate_naive": (sustained, lambda a: True, lambda a: not merits(a)),
        "sustain_rate_open_not_sustained": (sustained, lambda a: merits(a) or opened(a), opened),
        "sustain_rate_truncated_not_sustained": (
            sustained, lambda a: merits(a) or truncated(a), truncated),
        "sustain_rate_overturned_sustained": (
            lambda a: sustained(a) or overturned(a), merits, overturned),
    }  # fmt: skip
    for metric, (is_part, is_whole, is_wrong) in naive.items():
        for cell, some in cells(alleged, "received_date", PERIODS):
            if any(map(is_wrong, some)):
                whole = [fact for fact in some if is_whole(fact)]
                put(told, metric, cell, share(sum(map(is_part, whole)), len(whole)))


def _cases(told: Told, named: Sequence[Fact], alleged: Sequence[Fact]) -> None:
    """One case for each officer of a complaint, and one for each allegation against nobody known.
    How far they are decided is told of their complaints."""
    complaints = {fact["complaint_id"]: fact for fact in named}
    cases: dict[object, Fact] = {}
    for place, fact in enumerate(alleged):
        is_known = fact["officer_key"] is not None
        name = (fact["complaint_id"], fact["officer_key"]) if is_known else place
        if fact["complaint_id"] in complaints:
            kind = "identified" if is_known else "unidentified"
            cases[name] = {**fact, "officer_identification": kind}
    kept = dict(cells(cases.values(), "received_date", PERIODS, ("officer_identification",)))
    for cell, some in cells(named, "received_date", PERIODS):
        put(told, "officer_cases_received", cell, count(len(kept.get(cell, ())), cohort(some)))
        for kind in ("identified", "unidentified"):
            part = (*cell[:3], "officer_identification", kind)
            shown = count(len(kept.get(part, ())), cohort(some))
            put(told, "officer_cases_received", part, shown)
        known = kept.get((*cell[:3], "officer_identification", "identified"), ())
        put(told, "officer_cases_identified_only", cell, count(len(known)))
    _rate(
        told, "identified_officer_share", alleged,
        lambda a: a["officer_key"] is not None, lambda a: True, has_cohort=False,
    )  # fmt: skip
