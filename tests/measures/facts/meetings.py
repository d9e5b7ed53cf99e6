"""The hearings of the demo with their notice, roll call, cases and minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.measures.facts.words import CITY, Fact, Words, once, seed
from tests.test_demo import withheld_numbers, word

CLOCK = ZoneInfo("America/Los_Angeles")
CASE = "case review"


def meetings(folder: Path, complaints: Sequence[Fact]) -> list[Fact]:
    """One fact a hearing with its first roll call and its cases. Items on complaints that the city
    sealed do not count."""
    lines = (folder / "hearings.ndjson").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    sealed = withheld_numbers(folder)
    items = once(
        (
            {**item, "event": event["ID"]}
            for event in events
            for item in event["Items"]
            if item["ComplaintNumber"] not in sealed
        ),
        lambda item: item["ID"],
    )
    words, bodies = Words(), {word(row["body_name"]): row for row in seed("bodies")}
    known = {fact["complaint_id"] for fact in complaints}
    rule = next(iter(seed("notice_rules")))
    return [
        _hearing(event, [i for i in items if i["event"] == event["ID"]], words, known)
        | _of_body(bodies.get(word(event["BodyName"] or "")))
        | {"notice_rule": int(rule["notice_hours"]), "minutes_rule": int(rule["minutes_days"])}
        for event in once(events, lambda event: event["ID"])
    ]


def _hearing(
    event: Mapping[str, Any], items: Sequence[Mapping[str, Any]], words: Words, known: set[str]
) -> Fact:
    starts = datetime.fromisoformat(event["Date"])
    ordered = sorted(items, key=lambda item: (item["AgendaSequence"], str(item["ID"])))
    status = words.meaning("hearing_status", event["AgendaStatusName"] or "").get("canonical")
    minutes = stamp(event["MinutesLastPublished"])
    reason = words.meaning("cancellation_reason", event["CancelReason"] or "").get("canonical")
    return {
        "jurisdiction": CITY,
        "hearing_date": starts.date(),
        "starts": starts,
        "status": status,
        "cancellation_reason": (reason or "not_stated") if status == "cancelled" else None,
        "body_name": event["BodyName"],
        "agenda": stamp(event["AgendaLastPublished"]),
        "minutes_date": minutes and minutes.astimezone(CLOCK).date(),
        "calls": _first_call(ordered, words),
        "cases": [_case(item, words, known) for item in ordered if _is_case(item)],
    }


def stamp(text: str | None) -> datetime | None:
    """A moment in UTC; a publisher without one writes the first year."""
    if not text:
        return None
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.year > 1900 else None


def _first_call(items: Sequence[Mapping[str, Any]], words: Words) -> dict[object, str | None]:
    """How each member answered at the first roll call; nothing without one."""
    for item in items:
        if item["RollCall"]:
            return {
                call["ID"]: words.meaning("attendance", call["Value"] or "").get("canonical")
                for call in item["RollCall"]
                if word(call["Value"] or "") != "vacant"
            }
    return {}


def _is_case(item: Mapping[str, Any]) -> bool:
    return word(item["MatterType"] or "") == CASE


def _case(item: Mapping[str, Any], words: Words, known: set[str]) -> Fact:
    return {
        "outcome": words.meaning("case_action", item["ActionName"] or "").get("canonical"),
        "is_linked": (item["ComplaintNumber"] or "").strip() in known,
    }


def _of_body(row: Mapping[str, str] | None) -> dict[str, int | None]:
    return {name: int(row[name]) if row else None for name in ("seats", "quorum")}
