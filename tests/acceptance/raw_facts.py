"""The complaints and allegations of a city in the shared words, worked out in plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tests.acceptance.raw_cities import Alleged, City, Told
from tests.acceptance.raw_words import OPEN, STILL_OPEN, Outcome, gravest, is_sealed, meaning

Stated = tuple[str | None, Outcome | None]


@dataclass(frozen=True)
class Fact:
    """A complaint or an allegation as its public table must have it."""

    complaint: str
    received: date | None
    closed: date | None
    status: str
    category: str
    outcome: Outcome | None
    channel: str | None = None
    district: str | None = None
    officer: str | None = None
    outcome_word: str | None = None


def facts(city: City) -> tuple[list[Fact], list[Fact]]:
    """The public complaints of a city and their allegations; nothing of what is sealed."""
    hidden = _hidden(city)
    complaints = {n: told for n, told in city.complaints.items() if n not in hidden}
    stated = {n: _stated(city.name, told) for n, told in complaints.items()}
    alleged: dict[str, list[Fact]] = defaultdict(list)
    spoken = set()
    for one in city.allegations:
        sealed = is_sealed(city.name, "allegation_outcome", one.outcome)
        if one.complaint not in hidden and not sealed:
            parent, ends = complaints.get(one.complaint), stated.get(one.complaint, (None, None))
            alleged[one.complaint].append(_allegation(city.name, one, parent, ends))
            if one.outcome:
                spoken.add(one.complaint)
    whole = [
        _complaint(city.name, n, told, stated[n], alleged.get(n, []), n in spoken)
        for n, told in complaints.items()
    ]
    return whole, [fact for those in alleged.values() for fact in those]


def _hidden(city: City) -> set[str]:
    """Complaints that any of their words calls sealed, and those all of whose allegations are."""
    hidden = set(city.sealed)
    for number, told in city.complaints.items():
        words = (("complaint_status", told.status), ("complaint_outcome", told.outcome))
        if any(is_sealed(city.name, kind, text) for kind, text in words):
            hidden.add(number)
    of: dict[str, list[bool]] = defaultdict(list)
    for one in city.allegations:
        of[one.complaint].append(is_sealed(city.name, "allegation_outcome", one.outcome))
    return hidden | {number for number, sealed in of.items() if all(sealed)}


def _stated(city: str, told: Told) -> Stated:
    """The status and the outcome that the sources give of the complaint itself."""
    status = meaning(city, "complaint_status", told.status, told.received)
    outcome = meaning(city, "complaint_outcome", told.outcome, told.received)
    word = (status and status.status) or ("closed" if told.closed else None)
    return (
        word or (outcome and outcome.status) or None,
        (outcome and outcome.outcome) or (status and status.outcome) or None,
    )


def _allegation(city: str, one: Alleged, parent: Told | None, stated: Stated) -> Fact:
    received = parent.received if parent else None
    category = meaning(city, "category", one.category, received)
    own = meaning(city, "allegation_outcome", one.outcome, received)
    status, of_whole = stated
    outcome = own.outcome if own else None
    is_silent = parent is not None and status is None and of_whole is None
    if not one.outcome and (status in OPEN or is_silent):
        outcome = STILL_OPEN
    word = (own and own.status) or status or ("open" if outcome == STILL_OPEN else "")
    subject = category.category if category else ""
    return Fact(
        one.complaint, received, None, word, subject, outcome, parent.channel if parent else None,
        officer=one.officer, outcome_word=one.outcome,
    )  # fmt: skip


def _complaint(
    city: str, number: str, told: Told, stated: Stated, alleged: list[Fact], is_spoken: bool
) -> Fact:
    """What its allegations say together, unless they say nothing."""
    status, outcome = stated
    if status is None:
        is_waiting = any(fact.status in OPEN for fact in alleged)
        status = "closed" if alleged and not is_waiting else "open"
    together = min((fact.outcome for fact in alleged if fact.outcome), default=None)
    known = together if is_spoken else (outcome or together)
    if status in OPEN and not (known and known < STILL_OPEN):
        known = STILL_OPEN
    own = meaning(city, "category", told.category, told.received)
    category = own.category if own else gravest(fact.category for fact in alleged)
    return Fact(
        number, told.received, told.closed, status, category, known, told.channel, told.district
    )
