"""The objects of the Legistar Web API: their keys, and the way back from an archive to them.

Keys of events, items, votes and bodies are those of captured answers. Those of a roll call come
from the service's help page and from the structures of public clients: RollCallId, RollCallGuid,
RollCallLastModifiedUtc, RollCallRowVersion, RollCallPersonId, RollCallPersonName, RollCallValueId,
RollCallValueName, RollCallSort, RollCallResult, RollCallEventItemId.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NEVER = "0001-01-01T00:00:00Z"


def _keys(prefix: str, **kinds: str) -> dict[str, str]:
    """Property names in the order of the API, each with the kind of its values."""
    return {prefix + name: kind for kind, names in kinds.items() for name in names.split()}


EVENT = _keys(
    "Event",
    number="Id BodyId AgendaStatusId MinutesStatusId",
    moment="LastModifiedUtc Date AgendaLastPublishedUTC MinutesLastPublishedUTC",
    text="Guid RowVersion BodyName Time VideoStatus AgendaStatusName MinutesStatusName Location "
    "AgendaFile MinutesFile Comment VideoPath Media InSiteURL",
)
ITEM = _keys(
    "EventItem",
    number="Id EventId AgendaSequence MinutesSequence Video VideoIndex ActionId PassedFlag "
    "RollCallFlag FlagExtra Consent MoverId SeconderId MatterId",
    moment="LastModifiedUtc",
    text="Guid RowVersion AgendaNumber Version AgendaNote MinutesNote ActionName ActionText "
    "PassedFlagName Title Tally AccelaRecordId Mover Seconder MatterGuid MatterFile MatterName "
    "MatterType MatterStatus",
)
VOTE = _keys(
    "Vote",
    number="Id PersonId ValueId Sort Result EventItemId",
    moment="LastModifiedUtc",
    text="Guid RowVersion PersonName ValueName",
)
ROLL_CALL = {"RollCall" + name.removeprefix("Vote"): kind for name, kind in VOTE.items()}
BODY = _keys(
    "Body",
    number="Id TypeId MeetFlag ActiveFlag Sort ContactNameId UsedControlFlag NumberOfMembers "
    "UsedActingFlag UsedTargetFlag UsedSponsorFlag",
    moment="LastModifiedUtc",
    text="Guid RowVersion Name TypeName Description ContactFullName ContactPhone ContactEmail",
)


@dataclass
class Archived:
    """What an archive holds, in the shape of the service."""

    events: list[dict[str, Any]] = field(default_factory=list)
    items: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    roll_calls: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def events_from_archive(lines: Iterable[bytes | str]) -> Archived:
    """Turn an archive with one meeting a line back into what the service must have said.

    The archive names properties without their prefix, has items and roll calls inside, states the
    start as one local moment with its offset, marks UTC with a Z, and leaves blank, null and zero
    values out. The way back is not unique, and is chosen so: what is left out or blank is null;
    a zero that stands there is zero; a moment of the year 1 (a null when the archive was written)
    is sent as that moment, because a blank would not come back as it. The archive's roll call
    holds the member's number, name and word, and neither its own number (here: a running one) nor
    its stamp (here: that of its item); its `Slug` is no property of the service.
    """
    found = Archived()
    running = 0
    for line in lines:
        archived = json.loads(line)
        event = archived["ID"]
        found.events.append(_event(archived))
        found.items[event] = [_item(item, event) for item in archived.get("Items") or ()]
        for item in archived.get("Items") or ():
            calls = item.get("RollCall") or ()
            if calls:
                found.roll_calls[item["ID"]] = [
                    _roll_call(call, item, running + n) for n, call in enumerate(calls, start=1)
                ]
                running += len(calls)
    return found


def _event(archived: Mapping[str, Any]) -> dict[str, Any]:
    start = datetime.fromisoformat(archived["Date"])
    event = _unfolded(archived, "Event", EVENT)
    event["EventDate"] = start.strftime("%Y-%m-%dT00:00:00")
    event["EventTime"] = start.strftime("%I:%M %p").lstrip("0")
    return {**event, "EventItems": []}


def _item(archived: Mapping[str, Any], event: int) -> dict[str, Any]:
    item = _unfolded(archived, "EventItem", ITEM)
    return {**item, "EventItemEventId": event, "EventItemMatterAttachments": []}


def _roll_call(archived: Mapping[str, Any], item: Mapping[str, Any], number: int) -> dict[str, Any]:
    person = {"PersonID": archived["ID"], "PersonName": archived["FullName"]}
    word = {"ValueID": archived.get("ValueID"), "ValueName": archived.get("Value")}
    inside = {"ID": number, "LastModified": item["LastModified"], **person, **word}
    inside |= {"Sort": archived.get("Sort"), "Result": archived.get("Result") or 0}
    return {**_unfolded(inside, "RollCall", ROLL_CALL), "RollCallEventItemId": item["ID"]}


def _unfolded(archived: Mapping[str, Any], prefix: str, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Every property of the API, with the archive's value or null."""
    by_name = {name.lower(): value for name, value in archived.items()}
    unfolded: dict[str, Any] = {}
    for name, kind in kinds.items():
        value = by_name.get(name.removeprefix(prefix).lower().removesuffix("utc"))
        naive = kind == "moment" and isinstance(value, str)
        unfolded[name] = (value.removesuffix("Z") if naive else value) or _zero(value)
    unfolded[f"{prefix}RowVersion"] = "AAAAAAAAAAA="
    return unfolded


def _zero(value: Any) -> Any:
    return 0 if value == 0 and not isinstance(value, str) else None
