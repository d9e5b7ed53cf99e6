"""The public meetings of the demo, one JSON document a line, agenda items and roll calls inside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Set
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import duckdb

from pipelines.demo import canaries
from pipelines.demo.agendas import BOARD, BODIES, CASE_REVIEW, DECIDED, HELD, Cases, Document, items
from pipelines.demo.answers import FeedAnswer
from pipelines.demo.planted_complaints import WITHHELD_NUMBERS, planted_id
from pipelines.demo.words import AS_OF, FIRST_DAY

HEARINGS_AT_SCALE_ONE = 300
SEALED_CASE = planted_id(WITHHELD_NUMBERS[0])
NO_DATE = "0001-01-01T00:00:00Z"
STATUSES = [HELD] * 17 + ["Cancelled", "Deferred", "No Quorum"]
CANCEL_REASONS = ("Lack of quorum expected", "No business", "Wildfire smoke",
                  "Board suspended by ordinance", None)  # fmt: skip


def closed_cases(connection: duckdb.DuckDBPyConnection) -> Cases:
    """The complaints that were ever closed, in order, from the plan of all deliveries."""
    rows = connection.execute(
        "select closed, complaint_id from plan where closed is not null order by closed, number"
    ).fetchall()
    return Cases([closed for closed, _ in rows], [number for _, number in rows])


def sealed_numbers(connection: duckdb.DuckDBPyConnection, complaints: str) -> frozenset[str]:
    """Numbers that the complaint file of this delivery seals; their items are withheld."""
    sealed = f"select trim(\"Complaint Id\") from ({complaints}) where fate = 'withheld'"
    return frozenset(number for (number,) in connection.execute(sealed).fetchall())


def utc_offset_hours(day: date, hour: int = 12) -> int:
    """Hours from UTC on the invented city's clock: -7 in summer, -8 in winter (US rules)."""
    march, november = date(day.year, 3, 8), date(day.year, 11, 1)
    begins = march + timedelta(days=(6 - march.weekday()) % 7)
    ends = november + timedelta(days=(6 - november.weekday()) % 7)
    after_change = (day > begins or (day == begins and hour >= 2)) and (
        day < ends or (day == ends and hour < 2)
    )
    return -7 if after_change else -8


def event(event_id: int, body: str, start: datetime, cases: Cases, chance: Random) -> Document:
    """One meeting with its agenda, in the shape of a Legistar event without the Event prefix."""
    offset = utc_offset_hours(start.date(), start.hour)
    is_past = start.date() <= date.fromisoformat(AS_OF)
    status = chance.choice(STATUSES) if is_past else chance.choice(["Draft", "Noticed"])
    has_minutes = is_past and status == HELD and chance.random() < 0.9
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
        "CancelReason": chance.choice(CANCEL_REASONS) if status == "Cancelled" else None,
        "Comment": "An invented meeting.",
        "Items": items(event_id, body, status, start.date(), cases, chance),
    }


def drawn_events(scale: float, cases: Cases, chance: Random) -> Iterator[Document]:
    """Meetings on weekday evenings through all the years, and six announced after the as-of day."""
    count = max(12, round(HEARINGS_AT_SCALE_ONE * scale**0.5))
    first, last = date.fromisoformat(FIRST_DAY), date.fromisoformat(AS_OF)
    days = [first + timedelta(days=(last - first).days * n // count) for n in range(count)]
    days += [last + timedelta(days=9 * step) for step in range(1, 7)]
    for place, day in enumerate(days):
        weekday = day + timedelta(days=(2 - day.weekday()) % 7)
        start = datetime.combine(weekday, time(chance.choice([9, 14, 18]), 30))
        yield event(1000 + place, BODIES[place % 3], start, cases, chance)


def bare(event_id: int | None, stamp: str, chance: Random, location: str = "Online") -> Document:
    """A planted meeting without an agenda."""
    start = datetime.fromisoformat(stamp).replace(tzinfo=None)
    made = event(event_id or 0, BOARD, start, Cases((), ()), chance)
    changes: Document = {"ID": event_id, "Date": stamp, "Location": location, "Items": []}
    changes |= canaries.cells("hearings", str(event_id or canaries.BLANK))
    return {**made, **changes, "AgendaStatusName": HELD, "CancelReason": None}


def dst_sessions(chance: Random) -> list[Document]:
    """P39: two meetings at one local clock time an hour apart, and one in the hour after a gap."""
    stamps = ("2023-11-05T01:30:00-07:00", "2023-11-05T01:30:00-08:00", "2023-03-12T03:00:00-07:00")
    return [bare(900_001 + place, stamp, chance) for place, stamp in enumerate(stamps)]


def refused(chance: Random) -> list[Document]:
    """A meeting without an id, and two versions of a meeting under one id."""
    stamp = "2023-11-01T18:30:00-07:00"
    versions = [bare(900_020, stamp, chance, place) for place in ("Online", "City Hall, Room 2")]
    return [
        bare(None, stamp, chance),
        {**versions[0]},
        {**versions[0], **canaries.cells("hearings", "moved")},
    ]


def write_hearings(
    path: Path, scale: float, seed: int, cases: Cases, sealed: Set[str]
) -> tuple[dict[str, FeedAnswer], Counter[str]]:
    """Write the meetings and return what must become of the three tables read from them.

    An item on a complaint whose number is in `sealed` is withheld with the complaint.
    """
    chance = Random(seed)  # noqa: S311
    good = [*drawn_events(scale, cases, chance), *dst_sessions(chance)]
    case_items(good)[0]["ComplaintNumber"] = SEALED_CASE
    first_roll_call(good)[0].update(canaries.cells("hearings", "roll call"))
    bad = refused(chance)
    again = good[4]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for document in (*good, again, *bad):
            file.write(json.dumps(document) + "\n")
    agenda = [item for document in good for item in document["Items"]]
    answers = {
        "hearings": FeedAnswer(len(good) + 1 + len(bad), len(good), len(bad), 1),
        "hearing_items": items_answer(agenda, again["Items"], sealed),
        "roll_calls": nested_answer(*(sum(len(i["RollCall"]) for i in part)
                                      for part in (agenda, again["Items"]))),
    }  # fmt: skip
    return answers, traps(good, sealed)


def traps(good: list[Document], sealed: Set[str]) -> Counter[str]:
    """What the measures of meetings must find: calls off, cases, and decisions on them."""
    counts = Counter(document["AgendaStatusName"] for document in good)
    cases = [item for item in case_items(good) if item["ComplaintNumber"] not in sealed]
    return Counter(
        {
            "P39_hearings_on_clock_change_days": 3,
            "hearings_cancelled": counts["Cancelled"],
            "hearings_without_quorum": counts["No Quorum"],
            "cases_on_agenda": len(cases),
            "cases_decided": sum(item["ActionName"] in DECIDED for item in cases),
        }
    )


def case_items(good: list[Document]) -> list[Document]:
    """The reviews of complaints on all agendas."""
    items = (item for document in good for item in document["Items"])
    return [item for item in items if item["MatterType"] == CASE_REVIEW]


def first_roll_call(good: list[Document]) -> list[Document]:
    """The seats of the first roll call on any agenda."""
    items = (item for document in good for item in document["Items"])
    return next(item["RollCall"] for item in items if item["RollCall"])


def items_answer(agenda: list[Document], again: list[Document], sealed: Set[str]) -> FeedAnswer:
    """Items on sealed complaints are withheld, wherever they stand."""
    withheld = [sum(i["ComplaintNumber"] in sealed for i in part) for part in (agenda, again)]
    plain = nested_answer(len(agenda) - withheld[0], len(again) - withheld[1])
    received = plain.received + sum(withheld)
    return FeedAnswer(received, plain.loaded, 0, plain.dropped_identical, sum(withheld))


def nested_answer(loaded: int, repeated: int) -> FeedAnswer:
    """Records that all load, but for those of a document that stands in the file twice."""
    return FeedAnswer(loaded + repeated, loaded, dropped_identical=repeated)
