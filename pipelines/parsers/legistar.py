"""Meetings of Legistar, put in the shape of a plain archive and walked for records.

A part is either what the reader wrote, one line for each meeting with all that hangs on it, or
one answer of the service as it was captured: a bare list of meetings, items, roll calls or votes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import nested
from pipelines.parsers.legistar_names import (
    ITEM,
    MEETING,
    NESTED,
    PATHS,
    ROLL_CALL,
    VOTE,
    is_stamp,
    name_of,
)
from pipelines.parsers.parsed import Malformed, Parsed

COUNTED = {
    MEETING: "$",
    ITEM: "$.items[*]",
    ROLL_CALL: "$.roll_calls.*[*]",
    VOTE: "$.votes.*[*]",
}
NO_AGENDA = "the service no longer has the agenda of this meeting"
NO_ANSWERS = {
    ROLL_CALL: "the service no longer has the roll call of this item",
    VOTE: "the service no longer has the votes on this item",
}
LISTS = {ROLL_CALL: "roll_calls", VOTE: "votes"}
STEPS = {ROLL_CALL: "RollCall", VOTE: "Votes"}
HOUR = re.compile(r"^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))? ?([ap])\.? ?m\.?$", re.IGNORECASE)
HOUR_OF_24 = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")


def parse(
    contract: Contract, path: Path, part: str, records: str, announced: int | None, work: Path
) -> Parsed:
    """Read one part; `records` is the path to the feed's own records, "" for the meetings.

    `announced` is the number of meetings that the reader wrote. A list that the service no
    longer had is one malformed record of the feed whose records would lie in it. Raises
    `DataRefused` when the meetings are not that many, or the path is none that Legistar has.
    """
    if records not in PATHS:
        known = ", ".join(filter(None, PATHS))
        raise DataRefused(f"records is none of {known}.", place=contract.name)
    dress = _Dress(PATHS[records], ZoneInfo(contract.source.config.meta.time_zone))
    is_answer = _first(path) == b"["
    parsed = nested.parse(
        contract,
        path,
        part,
        ("json" if is_answer else "ndjson", records),
        work,
        dress=dress,
        counted_at="$[*]" if is_answer else COUNTED[dress.kind],
    )
    if announced is not None and announced != dress.meetings:
        told = f"{part!r} has {dress.meetings:,} meetings, not the {announced:,} that were written."
        raise DataRefused(told, place=contract.name)
    gone = tuple(dress.gone)
    return replace(
        parsed, received=parsed.received + len(gone), malformed=(*parsed.malformed, *gone)
    )


@dataclass
class _Dress:
    """Turns what the service wrote into the shape of an archive, for records of one kind."""

    kind: str
    zone: ZoneInfo
    meetings: int = 0
    gone: list[Malformed] = field(default_factory=list)

    def __call__(self, document: Any) -> Any:
        if isinstance(document, list):
            return self._answer(document)
        self.meetings += 1
        if not isinstance(document, Mapping) or not isinstance(document.get("event"), Mapping):
            return document
        self._note_gone(document.get("failed"))
        meeting = dressed(document["event"], MEETING, self.zone)
        if self.kind == MEETING:
            return meeting
        items = document.get("items") or []
        return {**meeting, "Items": [*(self._item(item, document) for item in items), *self._end()]}

    def _item(self, item: Any, document: Mapping[str, Any]) -> Any:
        if not isinstance(item, Mapping):
            return item
        made = dressed(item, ITEM, self.zone)
        if self.kind == ITEM:
            return made
        lists = document.get(LISTS[self.kind]) or {}
        rows = lists.get(str(item.get("EventItemId"))) or []
        return {**made, STEPS[self.kind]: [dressed(row, self.kind, self.zone) for row in rows]}

    def _end(self) -> Sequence[Any]:
        """An item without answers, so that a part in which no roll was called has the path."""
        return () if self.kind == ITEM else ({STEPS[self.kind]: []},)

    def _note_gone(self, failed: Any) -> None:
        if self.kind == MEETING or not isinstance(failed, Mapping):
            return
        reasons = [NO_AGENDA for name in failed if name == "items"]
        if self.kind in LISTS:
            mine = f"{LISTS[self.kind]}."
            reasons += [NO_ANSWERS[self.kind] for name in failed if name.startswith(mine)]
        self.gone += [Malformed(reason, self.meetings) for reason in reasons]

    def _answer(self, rows: list[Any]) -> Any:
        """A captured list, hung on parents that know no more than their number."""
        made = [dressed(row, self.kind, self.zone) for row in rows]
        if self.kind == MEETING:
            return made
        above = "EventID" if self.kind == ITEM else "EventItemID"
        hung = [(row.get(above) if isinstance(row, Mapping) else None, row) for row in made]
        if self.kind == ITEM:
            return [{"ID": number, "Items": [row]} for number, row in hung]
        step = STEPS[self.kind]
        return [{"ID": None, "Items": [{"ID": number, step: [row]}]} for number, row in hung]


def dressed(record: Any, kind: str, zone: ZoneInfo) -> Any:
    """One object under the names of an archive; what is no object stays as it is.

    Stamps get the zone that they are in. The date of a meeting gets its hour and its offset.
    """
    if not isinstance(record, Mapping):
        return record
    made = {}
    for key, value in record.items():
        if key in NESTED:
            continue
        name = name_of(key, kind)
        made[name] = _with_zone(value) if is_stamp(key) else value
    if kind == MEETING and "EventDate" in record:
        made["Date"] = start(record["EventDate"], record.get("EventTime"), zone)
    if isinstance(made.get("FullName"), str):
        made["FullName"] = made["FullName"].strip()
    return made


def start(day: Any, hour: Any, zone: ZoneInfo) -> Any:
    """The moment that a day and an hour in words make, in the zone of the client.

    Midnight stands for an hour that cannot be read; a day that cannot be read stays as it is.
    """
    try:
        begun = datetime.fromisoformat(day)
    except (TypeError, ValueError):
        return day
    read = clock(hour)
    begun = begun if read is None else datetime.combine(begun.date(), read)
    return begun.replace(tzinfo=zone, microsecond=0).isoformat()


def clock(words: Any) -> time | None:
    """`1:00 PM`, `1 p.m.` or `13:00`; null for anything else."""
    text = " ".join(words.split()) if isinstance(words, str) else ""
    half, whole = HOUR.match(text), HOUR_OF_24.match(text)
    found = half or whole
    if found is None:
        return None
    hour, minute, second = (int(digits or 0) for digits in found.groups()[:3])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.group(4).lower() == "p" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def _with_zone(stamp: Any) -> Any:
    if not isinstance(stamp, str) or not stamp.strip() or stamp.endswith(("Z", "z")):
        return stamp
    return f"{stamp}Z"


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
