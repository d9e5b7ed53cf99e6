"""Legistar: all meetings of a client, each with its agenda and what was called and voted.

The service counts nothing and names no next page, and its list shifts while it is read. So the
list is read to its end, and again until two readings have the same meetings in them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from pipelines.contract_queries import QueryValue
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured, SourceFailed
from pipelines.parsers.legistar_names import MEETING, PATHS, names_of
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.legistar_api import Api, Parameters, Record, Unsettled, ordered
from pipelines.readers.legistar_meeting import Wanted, line
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.shared import Shared

READINGS = 6
PART_MEETINGS = 200
SAMPLED = 20
TELL_EVERY = 20


def fetch(errand: Errand) -> list[FetchedPart]:
    """Every meeting in order of its number, 200 to a part.

    The service has no stamp that moves when an agenda does, so all is read each time, but once
    for all feeds of one tenant. Raises `SourceFailed` when the list does not settle, is empty,
    or the service refuses; a single agenda, roll call or vote that is gone is noted instead.
    """
    question, wanted = _question(errand), _wanted(errand)
    plan = json.dumps([question, wanted.roll_calls, wanted.votes])
    shared = Shared(errand, plan)
    parts = shared.taken()
    if parts is None:
        journal = errand.journal(plan)
        with errand.transport() as transport:
            api = Api(errand, transport)
            parts = _parts(api, journal, _calendar(api, journal, question), wanted)
        shared.offer(parts)
    return parts


def look(errand: Errand) -> Look:
    """The columns of the latest meeting, named as the parser names them.

    Agendas, roll calls and votes lie further requests down; of their feeds a look tells only
    that the calendar answers.
    """
    with errand.transport() as transport:
        meeting = _latest(Api(errand, transport), 1)[0]
    stamp = str(meeting.values.get("EventLastModifiedUtc") or "")
    is_calendar = PATHS[errand.location.records] == MEETING
    return Look(names_of(meeting.values, MEETING) if is_calendar else (), stamp=stamp)


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The latest meetings, at most 20 of them, because each costs several requests."""
    target = errand.folder / "sample.ndjson"
    with errand.transport() as transport:
        api = Api(errand, transport)
        return [_written(api, target, _latest(api, min(rows, SAMPLED)), _wanted(errand))]


def _calendar(api: Api, journal: Journal, question: str) -> list[Record]:
    """The meetings on the list, once two readings in a row agree on which these are."""
    before: dict[int, Record] | None = None
    for reading in range(1, READINGS + 1):
        try:
            meetings = ordered(partial(_page, api, journal, question, f"list-{reading}"))
        except Unsettled:
            before = None
            continue
        api.errand.progress(f"{api.errand.feed}: {len(meetings):,} meetings on the list")
        if before is not None and meetings.keys() == before.keys():
            break
        before = meetings
    else:
        told = f"The list of meetings did not add up in {READINGS} readings."
        raise SourceFailed(told, place=api.errand.feed)
    if not meetings:
        raise SourceFailed(
            "The service lists no meeting.",
            place=api.errand.feed,
            next_step="Compare bodies and since, in the query of the contract, with the calendar.",
        )
    return [meetings[number] for number in sorted(meetings)]


def _page(
    api: Api, journal: Journal, question: str, name: str, top: int, skip: int
) -> list[Record]:
    asked: Parameters = {"$orderby": "EventId", "$top": top, "$skip": skip}
    asked = {**asked, "$filter": question} if question else asked

    def download(target: Path) -> FetchedPart:
        api.save("/events", asked, target)
        rows = len(api.records(target, "EventId"))
        return FetchedPart(target.name, target, public_url(api.errand.place), records=rows)

    part = journal.page(f"{name}-{skip:07d}-{top}.json", download)
    return api.records(part.path, "EventId")


def _parts(
    api: Api, journal: Journal, meetings: Sequence[Record], wanted: Wanted
) -> list[FetchedPart]:
    """The meetings with all that hangs on them; parts made from this very list are kept."""
    listed = hashlib.sha256("\n".join(m.text for m in meetings).encode()).hexdigest()[:12]
    parts = []
    for number, start in enumerate(range(0, len(meetings), PART_MEETINGS), start=1):
        some = meetings[start : start + PART_MEETINGS]
        done = (start, len(meetings))

        def write(
            target: Path, some: Sequence[Record] = some, done: tuple[int, int] = done
        ) -> FetchedPart:
            return _written(api, target, some, wanted, done)

        part = journal.page(f"meetings-{listed}-{number:05d}.ndjson", write)
        parts.append(replace(part, name=f"meetings-{number:05d}.ndjson"))
    return parts


def _written(
    api: Api,
    target: Path,
    meetings: Sequence[Record],
    wanted: Wanted,
    done: tuple[int, int] | None = None,
) -> FetchedPart:
    before, total = done or (0, len(meetings))
    with target.open("wb") as file:
        for number, meeting in enumerate(meetings, start=before + 1):
            file.write(line(api, meeting, wanted))
            if number % TELL_EVERY == 0 or number == total:
                api.errand.progress(f"{api.errand.feed}: {number:,} of {total:,} meetings")
    return FetchedPart(target.name, target, public_url(api.errand.place), records=len(meetings))


def _latest(api: Api, rows: int) -> list[Record]:
    """The last meetings that are over, because coming ones have no agenda yet."""
    over = f"EventDate lt datetime'{api.errand.settings.now.date().isoformat()}'"
    question = _question(api.errand)
    asked: Parameters = {
        "$orderby": "EventDate desc",
        "$top": rows,
        "$filter": f"{question} and {over}" if question else over,
    }
    body = api.errand.folder / "latest.json"
    api.save("/events", asked, body)
    found = api.records(body, "EventId")
    if not found:
        raise SourceFailed("The service lists no meeting.", place=api.errand.feed)
    return found[:rows]


def _question(errand: Errand) -> str:
    """The `$filter` for the bodies and the first day that the contract names; "" for all."""
    bodies, since = errand.location.query.get("bodies"), errand.location.query.get("since")
    listed = (bodies,) if isinstance(bodies, str) else bodies if isinstance(bodies, tuple) else ()
    names = [body.replace("'", "''") for body in listed]
    either = " or ".join(f"EventBodyName eq '{name}'" for name in names)
    told = [f"({either})"] if either else []
    if since:
        told.append(f"EventDate ge datetime'{_day(errand, since)}'")
    return " and ".join(told)


def _day(errand: Errand, since: QueryValue) -> str:
    try:
        return date.fromisoformat(str(since)).isoformat()
    except ValueError:
        told = "since, in the query of the contract, is not a date like 2015-01-31."
        raise Misconfigured(told, place=errand.feed) from None


def _wanted(errand: Errand) -> Wanted:
    """What this feed needs, and its siblings at the same place, so that one fetch does for all."""
    asked = [errand.location.query, *_siblings(errand.contract)]
    return Wanted(
        roll_calls=any(query.get("roll_calls") is True for query in asked),
        votes=any(query.get("votes") is True for query in asked),
    )


def _siblings(contract: Contract) -> list[Mapping[str, QueryValue]]:
    def same(query: Mapping[str, QueryValue]) -> tuple[QueryValue | None, ...]:
        return query.get("bodies"), query.get("since")

    metas = [table.config.meta for table in contract.source.tables]
    return [
        meta.query
        for meta in metas
        if (meta.reader, meta.location) == (contract.meta.reader, contract.meta.location)
        and same(meta.query) == same(contract.meta.query)
    ]
