"""The public meetings of the demo, one JSON document a line, agenda items and roll calls inside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo.answers import FeedAnswer
from pipelines.demo.words import AS_OF, FAMILY_NAMES, FIRST_DAY, GIVEN_NAMES

HEARINGS_AT_SCALE_ONE = 300
NO_DATE = "0001-01-01T00:00:00Z"

BODIES = ("Larkhaven Police Oversight Board", "Oversight Board Policy Committee",
          "City Council Committee on Public Safety")  # fmt: skip
STATUSES = ["Final"] * 17 + ["Cancelled", "Deferred", "No Quorum"]
MATTER_STATES = ("Adopted", "Filed", "In Committee")
ATTENDANCE = ["Present"] * 15 + ["Absent", "Absent", "Excused", "Parental ", "Vacant"]
MATTERS = (
    ("Case Review", "Review of closed complaint investigations", "Approved"),
    ("Oversight", "Report on body-worn camera compliance", "Filed"),
    ("Resolution", "Recommendation on stop and search policy", "Adopted"),
    ("Grant", "Acceptance of a COPS hiring grant", "Laid Over"),
    ("Public Comment", "Public comment, two minutes a speaker", "Heard"),
    ("Discipline", "Discipline letters of the chief, received", "Received"),
)

Document = dict[str, Any]


def utc_offset_hours(day: date, hour: int = 12) -> int:
    """Hours from UTC on the invented city's clock: -7 in summer, -8 in winter (US rules)."""
    march, november = date(day.year, 3, 8), date(day.year, 11, 1)
    begins = march + timedelta(days=(6 - march.weekday()) % 7)
    ends = november + timedelta(days=(6 - november.weekday()) % 7)
    after_change = (day > begins or (day == begins and hour >= 2)) and (
        day < ends or (day == ends and hour < 2)
    )
    return -7 if after_change else -8


def roll_call(chance: Random) -> list[Document]:
    """Attendance of the nine seats, a vacant one included."""
    seats = []
    for seat in range(9):
        given, family = GIVEN_NAMES[seat], FAMILY_NAMES[seat + 5]
        seats.append(
            {
                "ID": 501 + seat,
                "Slug": f"{given}-{family}".lower(),
                "FullName": f"{given} {family}",
                "ValueID": 13,
                "Value": chance.choice(ATTENDANCE),
                "Sort": seat + 1,
            }
        )
    return seats


def items(event_id: int, chance: Random) -> list[Document]:
    """The roll call and the matters on one agenda."""
    listed = []
    for place in range(1 + chance.randint(3, 8)):
        kind, title, action = chance.choice(MATTERS)
        is_roll, is_voted = place == 0, place > 0 and chance.random() < 0.5
        item = {
            "ID": event_id * 100 + place,
            "Title": "Roll Call" if is_roll else f"{title}, item {place}",
            "AgendaSequence": place + 1,
            "AgendaNumber": f"{place + 1}.",
            "ActionName": action if is_voted else None,
            "PassedFlag": chance.choice([1, 1, 1, 0]) if is_voted else None,
            "RollCallFlag": int(is_roll),
            "MatterFile": None if is_roll else f"LHM {event_id}-{place}",
            "MatterType": None if is_roll else kind,
            "MatterStatus": None if is_roll else chance.choice(MATTER_STATES),
        }
        listed.append({**item, "RollCall": roll_call(chance) if is_roll else []})
    return listed


def event(event_id: int, body: str, start: datetime, chance: Random) -> Document:
    """One meeting with its agenda, in the shape of a Legistar event without the Event prefix."""
    offset = utc_offset_hours(start.date(), start.hour)
    is_past = start.date() <= date.fromisoformat(AS_OF)
    status = chance.choice(STATUSES) if is_past else chance.choice(["Draft", "Noticed"])
    has_minutes = is_past and status == "Final" and chance.random() < 0.9
    posted = start - timedelta(hours=offset) - timedelta(hours=chance.choice([20, 60, 80, 96, 170]))
    minutes = start + timedelta(days=chance.randint(3, 75), hours=-offset, seconds=17)
    return {
        "ID": event_id,
        "BodyName": body,
        "Date": f"{start.isoformat()}{offset:+03d}:00",
        "Location": chance.choice(["City Hall, Room 2", "Harbor Library, Large Hall", "Online"]),
        "AgendaStatusName": status,
        "MinutesStatusName": "Final" if has_minutes else "Draft",
        "InSiteURL": f"https://larkhaven.example/meetings/{event_id}",
        "AgendaLastPublished": f"{posted.isoformat()}.37Z",
        "MinutesLastPublished": f"{minutes.isoformat()}.5Z" if has_minutes else NO_DATE,
        "Comment": "An invented meeting.",
        "Items": items(event_id, chance),
    }


def drawn_events(scale: float, chance: Random) -> Iterator[Document]:
    """Meetings on weekday evenings through all the years, and six announced after the as-of day."""
    count = max(12, round(HEARINGS_AT_SCALE_ONE * scale**0.5))
    first, last = date.fromisoformat(FIRST_DAY), date.fromisoformat(AS_OF)
    days = [first + timedelta(days=(last - first).days * n // count) for n in range(count)]
    days += [last + timedelta(days=9 * step) for step in range(1, 7)]
    for place, day in enumerate(days):
        weekday = day + timedelta(days=(2 - day.weekday()) % 7)
        start = datetime.combine(weekday, time(chance.choice([9, 14, 18]), 30))
        yield event(1000 + place, BODIES[place % 3], start, chance)


def bare(event_id: int | None, stamp: str, chance: Random, location: str = "Online") -> Document:
    """A planted meeting without an agenda."""
    start = datetime.fromisoformat(stamp).replace(tzinfo=None)
    made = event(event_id or 0, BODIES[0], start, chance)
    changes: Document = {"ID": event_id, "Date": stamp, "Location": location, "Items": []}
    return {**made, **changes, "AgendaStatusName": "Final"}


def dst_sessions(chance: Random) -> list[Document]:
    """P39: two meetings at one local clock time an hour apart, and one in the hour after a gap."""
    stamps = ("2023-11-05T01:30:00-07:00", "2023-11-05T01:30:00-08:00", "2023-03-12T03:00:00-07:00")
    return [bare(900_001 + place, stamp, chance) for place, stamp in enumerate(stamps)]


def refused(chance: Random) -> list[Document]:
    """A meeting without an id, and two versions of a meeting under one id."""
    stamp = "2023-11-01T18:30:00-07:00"
    versions = [bare(900_020, stamp, chance, place) for place in ("Online", "City Hall, Room 2")]
    return [bare(None, stamp, chance), {**versions[0]}, {**versions[0], "Location": "Moved"}]


def write_hearings(
    path: Path, scale: float, seed: int
) -> tuple[dict[str, FeedAnswer], Counter[str]]:
    """Write the meetings and return what must become of the three tables read from them."""
    chance = Random(seed)  # noqa: S311
    good = [*drawn_events(scale, chance), *dst_sessions(chance)]
    bad = refused(chance)
    again = good[4]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for document in (*good, again, *bad):
            file.write(json.dumps(document) + "\n")
    agenda = [item for document in good for item in document["Items"]]
    answers = {
        "hearings": FeedAnswer(len(good) + 1 + len(bad), len(good), len(bad), 1),
        "hearing_items": nested_answer(len(agenda), len(again["Items"])),
        "roll_calls": nested_answer(*(sum(len(i["RollCall"]) for i in part)
                                      for part in (agenda, again["Items"]))),
    }  # fmt: skip
    counts = Counter(document["AgendaStatusName"] for document in good)
    traps = {"P39_hearings_on_clock_change_days": 3, "hearings_cancelled": counts["Cancelled"]}
    return answers, Counter(traps)


def nested_answer(loaded: int, repeated: int) -> FeedAnswer:
    """Records that all load, but for those of a document that stands in the file twice."""
    return FeedAnswer(loaded + repeated, loaded, dropped_identical=repeated)
