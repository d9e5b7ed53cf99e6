"""One meeting with all that hangs on it, as one line: agenda, roll calls, votes.

Lists of meetings leave the agenda empty, and leave notes out unless they are asked for, so each
meeting is a request of its own, and so is each roll call and each vote. A roll call is asked for
where the flag of the item says that a roll was called. No field of an item says whether there
are votes on it, and some clients vote where the flag is zero, so votes are asked for at every
item: a contract that wants them should name a day to begin with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.failures import SourceFailed
from pipelines.readers.legistar_api import Api, Record
from pipelines.readers.transport import Answered

GONE = frozenset({404, 410})
ROLL = "EventItemRollCallFlag"


@dataclass(frozen=True)
class Wanted:
    """What of a meeting is asked for besides its agenda."""

    roll_calls: bool
    votes: bool


def line(api: Api, meeting: Record, wanted: Wanted) -> bytes:
    """The meeting and its lists, each as received, in one line of JSON.

    A list that is gone for good is null, or not there, and its status stands under `failed`.
    Raises `SourceFailed` when the service gives no answer, or one about something else.
    """
    failed: dict[str, int] = {}
    items = _listed(api, lambda: api.agenda(meeting.number), "EventItemEventId", meeting.number)
    if isinstance(items, int):
        failed["items"] = items
    agenda = [] if isinstance(items, int) else items
    called = [item.number for item in agenda if wanted.roll_calls and item.values.get(ROLL)]
    voted = [item.number for item in agenda if wanted.votes]
    told = {
        "event": meeting.text,
        "items": "null" if isinstance(items, int) else _array(items),
        "roll_calls": _by_item(api, called, ("rollcalls", "RollCall", "roll_calls"), failed),
        "votes": _by_item(api, voted, ("votes", "Vote", "votes"), failed),
        "failed": json.dumps(failed),
    }
    return f"{_object(told)}\n".encode()


def _by_item(
    api: Api, items: Sequence[int], names: tuple[str, str, str], failed: dict[str, int]
) -> str:
    """The list that hangs on each of the items, as a JSON object by the item's number."""
    resource, prefix, word = names
    found: dict[str, str] = {}
    for number in items:
        read = partial(api.listed, f"/eventitems/{number}/{resource}", f"{prefix}Id")
        rows = _listed(api, read, f"{prefix}EventItemId", number)
        if isinstance(rows, int):
            failed[f"{word}.{number}"] = rows
        else:
            found[str(number)] = _array(rows)
    return _object(found)


def _listed(
    api: Api, read: Callable[[], list[Record]], above: str, number: int
) -> list[Record] | int:
    """What `read` brings, or the status by which the service says that it is gone.

    Raises `SourceFailed` when a row says that it belongs elsewhere.
    """
    try:
        rows = read()
    except Answered as refusal:
        if refusal.status in GONE:
            return refusal.status
        raise
    if any(row.values.get(above) not in (None, number) for row in rows):
        told = "The service answered with the list of another meeting or item."
        raise SourceFailed(told, place=api.errand.feed)
    return rows


def _array(rows: Iterable[Record]) -> str:
    return f"[{','.join(row.text for row in rows)}]"


def _object(texts: Mapping[str, str]) -> str:
    """A JSON object whose values are JSON already."""
    return "{" + ",".join(f"{json.dumps(key)}:{text}" for key, text in texts.items()) + "}"
