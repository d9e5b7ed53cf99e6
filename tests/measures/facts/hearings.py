"""Public hearings, read from documents in the shape of a council's meeting system."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.measures.facts.words import AS_OF, CITY, Fact, once, records
from tests.test_demo import HERE, recount, withheld_numbers, word

Document = dict[str, Any]
SEEDS = HERE / "dbt_project" / "seeds"
CALLED_OFF = ("cancelled", "rescheduled")


@dataclass(frozen=True)
class Place:
    """Where hearings are held, and how its documents are read."""

    jurisdiction: str
    state: str
    zone: ZoneInfo
    as_of: date
    status: Callable[[Document], str]
    complaints: Set[str] = frozenset()
    sealed: Set[str] = frozenset()


def of_the_demo(folder: Path) -> list[Fact]:
    """One fact a hearing of the demo."""
    place = Place(
        CITY,
        "CA",
        ZoneInfo("America/Los_Angeles"),
        AS_OF,
        lambda event: event["AgendaStatusName"],
        {row["Complaint Id"].strip() for row in recount(folder, "complaints")[1]},
        withheld_numbers(folder),
    )
    return hearings(documents(folder / "hearings.ndjson"), place)


def documents(file: Path) -> list[Document]:
    """The documents of a file, one a line, those that load."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        return once((json.loads(line) for line in lines), lambda event: event["ID"])


def hearings(found: Iterable[Document], place: Place) -> list[Fact]:
    """One fact a hearing."""
    words = {
        (field, word(local)): ours
        for who, field, local, ours, _ in records(SEEDS / "hearing_words.csv")
        if who == place.jurisdiction
    }
    return [_hearing(event, place, words) for event in found]


def _hearing(event: Document, place: Place, words: dict[tuple[str, str], str]) -> Fact:
    start = datetime.fromisoformat(event["Date"])
    day, status = start.date(), words["hearing_status", word(place.status(event))]
    hours, due = _rule(place, day)
    seats, quorum = _body(place, event["BodyName"], day)
    members, present = _first_roll(event, words)
    agenda, minutes = (_stamp(event[f"{name}LastPublished"]) for name in ("Agenda", "Minutes"))
    notice = _hours(start - agenda) if agenda and agenda <= start else None
    out = (minutes.astimezone(place.zone).date() - day).days if minutes else None
    waited = (place.as_of - day).days
    reason = words.get(("cancellation_reason", word(event.get("CancelReason") or "")))
    return {
        "jurisdiction": place.jurisdiction,
        "body_name": event["BodyName"],
        "day": day,
        "has_come": waited >= 0,
        "status": status,
        "cancellation_reason": (reason or "not_stated") if status == "cancelled" else None,
        "notice_hours": notice,
        "notice_state": _notice(status, waited, hours, notice),
        "seats": seats,
        "members": members,
        "present": present,
        "is_quorate": _quorate(status, present, quorum),
        "minutes_days": out if out is not None and out >= 0 else None,
        "minutes_state": _minutes(status, waited, due, out),
        "waited": waited,
        "cases": _cases(event, place, words),
    }


def _stamp(text: str) -> datetime | None:
    """The year 1 stands for never."""
    if text.startswith("0001"):
        return None
    return datetime.fromisoformat(text).astimezone(UTC)


def _hours(apart: Any) -> float:
    hours = Decimal(str(apart.total_seconds())) / 3600
    return float(hours.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _rule(place: Place, day: date) -> tuple[float | None, int | None]:
    head, *rows = records(SEEDS / "notice_rules.csv")
    rules = [dict(zip(head, row, strict=True)) for row in rows]
    held = [rule for rule in rules if _holds(rule, day)]
    own = [rule for rule in held if rule["jurisdiction"] == place.jurisdiction]
    of_state = [r for r in held if not r["jurisdiction"] and r["state"] == place.state]
    for rule in own or of_state:
        hours, days = rule["notice_hours"], rule["minutes_days"]
        return float(hours) if hours else None, int(days) if days else None
    return None, None


def _body(place: Place, name: str, day: date) -> tuple[int | None, int | None]:
    head, *rows = records(SEEDS / "bodies.csv")
    for body in (dict(zip(head, row, strict=True)) for row in rows):
        is_this = body["body_name"].lower() == name.lower()
        if body["jurisdiction"] == place.jurisdiction and is_this and _holds(body, day):
            return int(body["seats"]), int(body["quorum"])
    return None, None


def _holds(fact: dict[str, str], day: date) -> bool:
    return (fact["valid_from"] or "0001-01-01") <= day.isoformat() <= (fact["valid_to"] or "9999")


def _first_roll(
    event: Document, words: dict[tuple[str, str], str]
) -> tuple[int | None, int | None]:
    """Members called and present at the first item with a roll call, each counted once."""
    items = sorted(
        event.get("Items") or [],
        key=lambda i: (not i["AgendaSequence"], i["AgendaSequence"] or 0, str(i["ID"])),
    )
    for item in items:
        seats = item.get("RollCall") or []
        if seats:
            told = [(s["ID"], words.get(("attendance", word(s.get("Value") or "")))) for s in seats]
            members = {who for who, answer in told if answer != "vacant"}
            return len(members), len({who for who, answer in told if answer == "present"})
    return None, None


def _notice(status: str, waited: int, rule: float | None, hours: float | None) -> str:
    if status in CALLED_OFF:
        return "not_applicable"
    if waited < 0:
        return "pending"
    if rule is None:
        return "no_rule"
    return "unknown" if hours is None else "met" if hours >= rule else "late_edition"


def _quorate(status: str, present: int | None, quorum: int | None) -> bool | None:
    if quorum is None:
        return None
    if status == "no_quorum":
        return False
    return None if present is None else present >= quorum


def _minutes(status: str, waited: int, due: int | None, out: int | None) -> str:
    if status in (*CALLED_OFF, "no_quorum"):
        return "not_applicable"
    if waited < 0:
        return "pending"
    if out is not None and out < 0:
        return "unknown"
    if due is None:
        return "no_rule"
    if out is None:
        return "pending" if waited <= due else "missed"
    return "met" if out <= due else "late_edition"


def _cases(
    event: Document, place: Place, words: dict[tuple[str, str], str]
) -> Sequence[tuple[str | None, bool]]:
    """What became of each case, and whether its number is that of a published complaint."""
    return [
        (
            words.get(("case_action", word(item["ActionName"] or ""))),
            item["ComplaintNumber"] in place.complaints,
        )
        for item in event.get("Items") or []
        if item.get("MatterType") == "Case Review" and item["ComplaintNumber"] not in place.sealed
    ]
