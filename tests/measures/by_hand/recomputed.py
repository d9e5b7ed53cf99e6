"""All families together."""

from __future__ import annotations

from tests.measures.by_hand.cameras import cameras
from tests.measures.by_hand.complaints import complaints
from tests.measures.by_hand.discipline import discipline
from tests.measures.by_hand.durations import durations
from tests.measures.by_hand.gate import Told
from tests.measures.by_hand.grants import grants
from tests.measures.by_hand.meetings import meetings
from tests.measures.by_hand.officers import officers
from tests.measures.facts import Facts


def recomputed(facts: Facts) -> Told:
    """Every measure of every family, the naive ones included."""
    families = (
        complaints(facts.complaints, facts.allegations),
        durations(facts.complaints, facts.deadlines, facts.as_of, facts.holidays),
        discipline(facts.discipline),
        officers(facts.allegations, facts.roster, facts.as_of),
        cameras(facts.reviews, facts.audits, facts.complaints, facts.as_of, facts.holidays),
        meetings(facts.meetings, facts.as_of),
        grants(facts.awards, facts.actions, facts.positions, facts.denominators),
    )
    told: Told = {}
    for family in families:
        assert told.keys().isdisjoint(family), "a measure belongs to two families"
        told |= family
    return told
