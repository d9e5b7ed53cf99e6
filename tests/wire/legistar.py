"""A Legistar Web API tenant: meetings, their items, votes and roll calls.

Lists are cut silently at `cap` rows and tell neither a count nor a next page. A request that the
service would not understand is refused with its own words.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.sax.saxutils import escape

from tests.wire import odata
from tests.wire.legistar_objects import BODY, EVENT, ROLL_CALL, VOTE
from tests.wire.odata import InvalidQuery
from tests.wire.server import Reply, Request

LIST_OPTIONS = frozenset({"$filter", "$orderby", "$top", "$skip", "$select"})
ITEM_FLAGS = frozenset({"AgendaNote", "MinutesNote", "Attachments"})
EVENT_FLAGS = frozenset({"EventItems", "AgendaNote", "MinutesNote", "EventItemAttachments"})
NOTES = ("AgendaNote", "MinutesNote")
NOT_VALID = "The query specified in the URI is not valid. "


class Refused(Exception):
    """The service answers with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Legistar:
    """One client (tenant) of the service; events and items as the API itself writes them.

    `items` are by event number, `votes` and `roll_calls` by item number. Toggles, off by default:
    `late` events appear at the head, and `withdrawn` ones go, once `moves_after` lists were asked;
    `gone` events answer 410 for their items (or what the mapping says), `events_status` is what
    /events answers instead of rows, `token` makes this a client that answers only those who know
    it, `quoted_errors` writes refusals as a bare quoted string.
    """

    client: str
    events: list[dict[str, Any]] = field(default_factory=list)
    items: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    votes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    roll_calls: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    cap: int = 1000
    late: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    moves_after: int = 1
    gone: dict[int, int] = field(default_factory=dict)
    events_status: int | None = None
    token: str | None = None
    token_status: int = 403
    quoted_errors: bool = False
    lists: int = 0

    def answer(self, request: Request) -> Reply | None:
        """The reply to a path below /v1/CLIENT/, else None."""
        steps = request.path.strip("/").split("/")
        if steps[:1] != ["v1"] or len(steps) < 3:
            return None
        try:
            self._admit(request, steps[1])
            return _told(request, 200, self._found([step.lower() for step in steps[2:]], request))
        except InvalidQuery as error:
            return self._refusal(request, 400, NOT_VALID + str(error))
        except Refused as refused:
            return self._refusal(request, refused.status, refused.message)

    def _admit(self, request: Request, client: str) -> None:
        if request.method != "GET":
            raise Refused(405, "The requested resource does not support that method.")
        if client.lower() != self.client.lower():
            raise Refused(500, "LegistarConnectionString setting is not set up in InSite.")
        if self.token is not None and request.query.get("token") != self.token:
            raise Refused(self.token_status, "Token is required to access this client.")
        if request.repeated:
            raise InvalidQuery(f"Query parameter '{request.repeated[0]}' is specified twice.")

    def _found(self, steps: Sequence[str], request: Request) -> Any:
        match steps:
            case ["events"]:
                return self._list_events(request)
            case ["bodies"]:
                return _listed(self.bodies, request, BODY, self.cap)
            case ["events", number]:
                return self._event(_number(number), request)
            case ["events", number, "eventitems"]:
                return self._items_of(_number(number), request, ITEM_FLAGS)
            case ["eventitems", number, "votes"]:
                return _listed(self._of_item(self.votes, number), request, VOTE, self.cap)
            case ["eventitems", number, "rollcalls"]:
                return _listed(self._of_item(self.roll_calls, number), request, ROLL_CALL, self.cap)
        raise Refused(404, "No HTTP resource was found that matches the request URI.")

    def _list_events(self, request: Request) -> list[dict[str, Any]]:
        if self.events_status is not None:
            raise Refused(self.events_status, "An error has occurred.")
        rows = _listed(self._public(), request, EVENT, self.cap)
        self.lists += 1
        return [{**row, "EventItems": []} for row in rows]

    def _public(self) -> list[dict[str, Any]]:
        """The events of this moment."""
        if self.lists < self.moves_after:
            return self.events
        kept = [event for event in self.events if event["EventId"] not in self.withdrawn]
        return [*self.late, *kept]

    def _event(self, number: int, request: Request) -> dict[str, Any]:
        flags = _flags(request, EVENT_FLAGS)
        event = next((e for e in self._public() if e["EventId"] == number), None)
        if event is None:
            raise Refused(404, "There is no such event.")
        wanted = {**flags, "Attachments": flags["EventItemAttachments"]}
        rows = self._shown(number, wanted) if flags["EventItems"] else []
        return {**event, "EventItems": rows}

    def _items_of(
        self, number: int, request: Request, known: frozenset[str]
    ) -> list[dict[str, Any]]:
        return self._shown(number, _flags(request, known))

    def _shown(self, number: int, wanted: Mapping[str, bool]) -> list[dict[str, Any]]:
        """The items of an event, with only those long texts and files that were asked for."""
        if number in self.gone:
            raise Refused(self.gone[number], "The event is no longer available.")
        if number not in {event["EventId"] for event in self._public()}:
            raise Refused(404, "There is no such event.")
        hidden: dict[str, Any] = {f"EventItem{note}": None for note in NOTES if not wanted[note]}
        if not wanted["Attachments"]:
            hidden["EventItemMatterAttachments"] = []
        return [{**item, **hidden} for item in self.items.get(number, [])]

    def _of_item(self, by_item: Mapping[int, list[dict[str, Any]]], text: str) -> list[Any]:
        number = _number(text)
        if number not in self._known and number not in by_item:
            raise Refused(404, "There is no such item.")
        return by_item.get(number, [])

    @cached_property
    def _known(self) -> frozenset[int]:
        return frozenset(item["EventItemId"] for items in self.items.values() for item in items)

    def _refusal(self, request: Request, status: int, message: str) -> Reply:
        document = message if self.quoted_errors else {"Message": message}
        return _told(request, status, document)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d+", text):
        raise Refused(400, f"The value '{text}' is not valid for a number of the path.")
    return int(text)


def _flags(request: Request, known: frozenset[str]) -> dict[str, bool]:
    """The switches of a request; each is 0 or 1."""
    unknown = set(request.query) - known - {"token"}
    if unknown:
        raise InvalidQuery(f"The parameter '{min(unknown)}' is not known here.")
    wrong = [name for name in known if request.query.get(name, "0") not in ("0", "1")]
    if wrong:
        raise InvalidQuery(f"The parameter '{wrong[0]}' must be 0 or 1.")
    return {name: request.query.get(name) == "1" for name in known}


def _listed(
    rows: Sequence[dict[str, Any]], request: Request, kinds: Mapping[str, str], cap: int
) -> list[dict[str, Any]]:
    """One page of a list: in a new order every time unless one is asked for, cut at `cap`."""
    query = request.query
    unknown = set(query) - LIST_OPTIONS - {"token"}
    if unknown:
        raise InvalidQuery(f"The query parameter '{min(unknown)}' is not supported.")
    if "$filter" in query:
        test = odata.condition(query["$filter"], kinds)
        rows = [row for row in rows if test(row)]
    if "$orderby" in query:
        found = odata.ordered(rows, query["$orderby"], kinds)
    else:
        found = random.sample(list(rows), len(rows))
    start = _whole(query, "$skip", 0)
    page = found[start : start + min(cap, _whole(query, "$top", cap))]
    return [_selected(row, query.get("$select"), kinds) for row in page]


def _whole(query: Mapping[str, str], name: str, absent: int) -> int:
    text = query.get(name, str(absent))
    if not re.fullmatch(r"\d+", text):
        raise InvalidQuery(f"Incorrect format for {name} argument '{text}'.")
    return int(text)


def _selected(
    row: Mapping[str, Any], names: str | None, kinds: Mapping[str, str]
) -> dict[str, Any]:
    if names is None:
        return dict(row)
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in kinds:
            raise InvalidQuery(f"Could not find a property named '{name}' on the type.")
    return {name: row[name] for name in wanted if name in row}


def _told(request: Request, status: int, document: Any) -> Reply:
    """JSON for those who say that they take it, else XML."""
    if "json" in request.headers.get("accept", ""):
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return Reply(status, body, {"Content-Type": "application/json; charset=utf-8"}, zipped=True)
    body = f"<Answer>{_xml(document)}</Answer>".encode()
    return Reply(status, body, {"Content-Type": "application/xml; charset=utf-8"})


def _xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(part)}</{name}>" for name, part in value.items())
    if isinstance(value, list):
        return "".join(f"<Row>{_xml(part)}</Row>" for part in value)
    return "" if value is None else escape(str(value))


def tenant_of(client: str, captures: Iterable[list[dict[str, Any]]], **toggles: Any) -> Legistar:
    """A client that serves captured answers of the real service, sorted out by their keys."""
    tenant = Legistar(client, **toggles)
    for rows in captures:
        for row in rows:
            if "EventId" in row:
                tenant.events.append(row)
            elif "EventItemId" in row:
                tenant.items.setdefault(row["EventItemEventId"], []).append(row)
            elif "VoteId" in row:
                tenant.votes.setdefault(row["VoteEventItemId"], []).append(row)
            elif "RollCallId" in row:
                tenant.roll_calls.setdefault(row["RollCallEventItemId"], []).append(row)
            elif "BodyId" in row:
                tenant.bodies.append(row)
            else:
                raise ValueError("a capture of a kind that is not served")
    return tenant
