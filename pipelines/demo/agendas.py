"""What is on the agenda of a demo meeting: who answered, what came up, and what became of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from pipelines.demo.words import FAMILY_NAMES, GIVEN_NAMES

Document = dict[str, Any]

BOARD = "Larkhaven Police Oversight Board"
POLICY_COMMITTEE = "Oversight Board Policy Committee"
COUNCIL_COMMITTEE = "City Council Committee on Public Safety"
BODIES = (BOARD, POLICY_COMMITTEE, COUNCIL_COMMITTEE)

# Seats on the roll; the last seat of the board has stood empty all the time.
SEATS = {BOARD: 9, POLICY_COMMITTEE: 5, COUNCIL_COMMITTEE: 7}
QUORUMS = {BOARD: 5, POLICY_COMMITTEE: 3, COUNCIL_COMMITTEE: 4}
VACANT_SEATS = {BOARD: 1}

HELD = "Final"
NO_QUORUM = "No Quorum"
ATTENDANCE = ["Present"] * 16 + ["Absent", "Absent", "Excused", "Parental "]
AWAY = ["Absent", "Excused"]
MATTER_STATES = ("Adopted", "Filed", "In Committee")
CASE_REVIEW = "Case Review"
CASE_ACTIONS = ["Finding Adopted"] * 5 + ["Finding Modified", "Discussed", "Discussed",
                "Continued", "Laid Over", None]  # fmt: skip
DECIDED = ("Finding Adopted", "Finding Modified")
MATTERS = (
    ("Oversight", "Report on body-worn camera compliance", "Filed"),
    ("Resolution", "Recommendation on stop and search policy", "Adopted"),
    ("Grant", "Acceptance of a COPS hiring grant", "Laid Over"),
    ("Public Comment", "Public comment, two minutes a speaker", "Heard"),
    ("Discipline", "Discipline letters of the chief, received", "Received"),
)
NUMBER_NOT_IN_THE_FILE = "LH-2009-0000000"


@dataclass(frozen=True)
class Cases:
    """Numbers of closed complaints in order of closing, from which the board takes its cases."""

    closed: Sequence[date]
    numbers: Sequence[str]

    def before(self, day: date, chance: Random) -> str | None:
        """One of the complaints closed last before a day; rarely no number, or a mistyped one."""
        last = bisect_right(self.closed, day)
        drawn = chance.random()
        if drawn < 0.05 or last == 0:
            return None
        if drawn < 0.1:
            return NUMBER_NOT_IN_THE_FILE
        return self.numbers[last - 1 - chance.randrange(min(last, 25))]


def roll_call(body: str, status: str, chance: Random) -> list[Document]:
    """Attendance of the seats of a body, a vacant one included."""
    seats = SEATS[body]
    words = [chance.choice(ATTENDANCE) for _ in range(seats)]
    if status == NO_QUORUM:
        for seat in range(QUORUMS[body] - 1, seats):
            words[seat] = chance.choice(AWAY)
    for seat in range(seats - VACANT_SEATS.get(body, 0), seats):
        words[seat] = "Vacant"
    return [seat_row(seat, word) for seat, word in enumerate(words)]


def seat_row(seat: int, word: str) -> Document:
    """One seat in one roll call."""
    given, family = GIVEN_NAMES[seat], FAMILY_NAMES[seat + 5]
    return {
        "ID": 501 + seat,
        "Slug": f"{given}-{family}".lower(),
        "FullName": f"{given} {family}",
        "ValueID": 13,
        "Value": word,
        "Sort": seat + 1,
    }


def items(
    event_id: int, body: str, status: str, day: date, cases: Cases, chance: Random
) -> list[Document]:
    """The roll call, the board's cases and the other matters. Only a meeting held does anything."""
    is_held, is_met = status == HELD, status in (HELD, NO_QUORUM)
    listed = [item(event_id, 0, "Roll Call", None)]
    listed[0] |= {"RollCallFlag": int(is_met)}
    listed[0]["RollCall"] = roll_call(body, status, chance) if is_met else []
    for _ in range(chance.randint(1, 4) if body == BOARD else 0):
        made = item(event_id, len(listed), "Review of a closed complaint", CASE_REVIEW)
        action = chance.choice(CASE_ACTIONS) if is_held else None
        made |= acted(action, action in DECIDED, chance)
        listed.append({**made, "ComplaintNumber": cases.before(day, chance)})
    for _ in range(chance.randint(2, 6)):
        kind, title, usual = chance.choice(MATTERS)
        is_voted = is_held and chance.random() < 0.5
        made = item(event_id, len(listed), f"{title}, item {len(listed)}", kind)
        made |= acted(usual if is_voted else None, is_voted, chance)
        listed.append({**made, "MatterStatus": chance.choice(MATTER_STATES)})
    return listed


def item(event_id: int, place: int, title: str, kind: str | None) -> Document:
    """An item on which nothing was done, as yet."""
    return {
        "ID": event_id * 100 + place,
        "Title": title,
        "AgendaSequence": place + 1,
        "AgendaNumber": f"{place + 1}.",
        "ActionName": None,
        "PassedFlag": None,
        "RollCallFlag": 0,
        "MatterFile": f"LHM {event_id}-{place}" if kind else None,
        "MatterType": kind,
        "MatterStatus": None,
        "ComplaintNumber": None,
        "RollCall": [],
    }


def acted(action: str | None, is_voted: bool, chance: Random) -> Document:
    """What was done with an item, and whether a motion on it passed."""
    return {"ActionName": action, "PassedFlag": chance.choice([1, 1, 1, 0]) if is_voted else None}
