"""The facts of the demo, read from its own files: one dict a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import holidays as calendar

from tests.measures.facts import cameras, complaints, grants, meetings, officers
from tests.measures.facts.words import AS_OF, Fact


@dataclass(frozen=True)
class Facts:
    """All that the measures are made of. `holidays` are those of the demo's state."""

    complaints: list[Fact]
    allegations: list[Fact]
    deadlines: list[Fact]
    reviews: list[Fact]
    audits: list[Fact]
    awards: list[Fact]
    actions: list[Fact]
    positions: list[Fact]
    denominators: list[Fact]
    roster: list[Fact]
    discipline: list[Fact]
    meetings: list[Fact]
    as_of: date
    holidays: frozenset[date]


def read(folder: Path) -> Facts:
    """The facts of the demo's files in a folder."""
    named, alleged = complaints.complaints_and_allegations(folder)
    awards, actions, positions = grants.awards_actions_and_positions(folder)
    return Facts(
        complaints=named,
        allegations=alleged,
        deadlines=complaints.deadlines(),
        reviews=cameras.reviews(folder),
        audits=cameras.audits(folder),
        awards=awards,
        actions=actions,
        positions=positions,
        denominators=grants.denominators(),
        roster=officers.roster(folder),
        discipline=officers.discipline(folder, named),
        meetings=meetings.meetings(folder, named),
        as_of=AS_OF,
        holidays=frozenset(calendar.country_holidays("US", subdiv="CA", years=range(2000, 2031))),
    )
