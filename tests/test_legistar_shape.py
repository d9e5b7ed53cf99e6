"""Meetings in the shape of the service, and in that of an archive, are the same meetings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import legistar
from pipelines.parsers.legistar_names import PATHS, name_of
from pipelines.parsers.parsed import Parsed
from pipelines.readers.legistar_api import Record, Unsettled, cut, ordered
from tests import feeds

ZONE = ZoneInfo("America/Los_Angeles")
MEETING: dict[str, Any] = {
    "EventId": 7,
    "EventGuid": "G",
    "EventBodyName": "Oversight Board",
    "EventDate": "2026-03-03T00:00:00",
    "EventTime": "6:30 PM",
    "EventAgendaLastPublishedUTC": None,
    "EventLastModifiedUtc": "2026-03-01T10:20:30.45",
    "EventItems": [],
}
ITEM = {"EventItemId": 71, "EventItemEventId": 7, "EventItemTitle": "Report"}
CALL = {
    "RollCallId": 1,
    "RollCallPersonId": 31,
    "RollCallPersonName": " Ann  Example ",
    "RollCallValueName": "Away ",
    "RollCallEventItemId": 71,
}
VOTE = {"VoteId": 2, "VotePersonId": 31, "VoteValueName": "Yes", "VoteEventItemId": 71}
"""Records of the service, with the keys that matter here."""


def line(**more: Any) -> dict[str, Any]:
    lists = {"roll_calls": {"71": [CALL]}, "votes": {"71": [VOTE, {**VOTE, "VoteId": 3}]}}
    return {"event": MEETING, "items": [ITEM], **lists, "failed": {}, **more}


def contract(folder: Path, columns: tuple[str, ...], **meta: Any) -> Contract:
    named = [feeds.column(c) for c in columns]
    table = feeds.table(columns=named, reader="legistar", key=None, **meta)
    return feeds.contracts(folder, table)[0]


def parsed(
    folder: Path,
    documents: Any,
    columns: tuple[str, ...],
    records: str,
    announced: int | None = None,
    **inherit: str,
) -> Parsed:
    part = folder / "part"
    is_answer = isinstance(documents[0], str)
    text = documents[0] if is_answer else "".join(f"{json.dumps(d)}\n" for d in documents)
    part.write_text(text, encoding="utf-8")
    feed = contract(folder, columns, records=records, inherit=inherit)
    return legistar.parse(feed, part, "part", records, announced, folder)


def rows(found: Parsed, *columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        query = f"select {', '.join(columns)} from {found.relation} order by _record"
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("key", "kind", "name"),
    [
        ("EventId", "Event", "ID"),
        ("EventGuid", "Event", "GUID"),
        ("EventInSiteURL", "Event", "InSiteURL"),
        ("EventAgendaStatusId", "Event", "AgendaStatusID"),
        ("EventMinutesLastPublishedUTC", "Event", "MinutesLastPublished"),
        ("EventItemEventId", "EventItem", "EventID"),
        ("EventItemMatterFile", "EventItem", "MatterFile"),
        ("RollCallId", "RollCall", "RollCallID"),
        ("RollCallPersonId", "RollCall", "ID"),
        ("RollCallValueName", "RollCall", "Value"),
        ("VoteId", "Vote", "ID"),
        ("VotePersonName", "Vote", "PersonName"),
        ("VoteEventItemId", "Vote", "EventItemID"),
    ],
)
def test_keys_lose_the_name_of_their_object_and_the_zone(key: str, kind: str, name: str) -> None:
    assert kind in PATHS.values()
    assert name_of(key, kind) == name


@pytest.mark.parametrize(
    ("words", "hour"),
    [
        ("6:30 PM", "18:30:00-08:00"),
        (" 6:30pm ", "18:30:00-08:00"),
        ("6 p.m.", "18:00:00-08:00"),
        ("12:00 PM", "12:00:00-08:00"),
        ("12:05 a.m.", "00:05:00-08:00"),
        ("18:30", "18:30:00-08:00"),
        ("24:30", "00:00:00-08:00"),
        ("13:00 PM", "00:00:00-08:00"),
        ("0:30 AM", "00:00:00-08:00"),
        ("after the recess", "00:00:00-08:00"),
        (None, "00:00:00-08:00"),
        (1830, "00:00:00-08:00"),
    ],
)
def test_an_hour_in_words_becomes_local_time_and_any_other_word_midnight(
    words: Any, hour: str
) -> None:
    assert legistar.start("2026-03-03T00:00:00", words, ZONE) == f"2026-03-03T{hour}"


def test_the_offset_is_that_of_the_day_and_a_day_that_is_none_stays() -> None:
    assert legistar.start("2026-07-03T00:00:00", "1 PM", ZONE) == "2026-07-03T13:00:00-07:00"
    assert legistar.start("soon", "1 PM", ZONE) == "soon"
    assert legistar.start(None, "1 PM", ZONE) is None


def test_a_meeting_lands_with_its_stamps_in_utc_and_its_nulls_blank(tmp_path: Path) -> None:
    columns = ("id", "date", "time", "lastmodified", "agendalastpublished")
    found = parsed(tmp_path, [line()], columns, "")
    stamp = "2026-03-01T10:20:30.45Z"
    date = "2026-03-03T18:30:00-08:00"
    assert rows(found, *columns) == [("7", date, "6:30 PM", stamp, None)]
    assert (found.records, found.received, found.unknown) == (1, 1, ("guid", "bodyname"))


def test_roll_calls_and_votes_know_their_item_and_their_meeting(tmp_path: Path) -> None:
    above = {"event_id": "^^ID", "event_item_id": "^ID"}
    columns = ("id", "value", "fullname", "event_id", "event_item_id")
    found = parsed(tmp_path, [line()], columns, "Items.RollCall", **above)
    assert rows(found, *columns) == [("31", "Away ", "Ann  Example", "7", "71")]
    columns = ("id", "valuename", "event_id", "event_item_id")
    found = parsed(tmp_path, [line()], columns, "Items.Votes", **above)
    assert rows(found, *columns) == [("2", "Yes", "7", "71"), ("3", "Yes", "7", "71")]


@pytest.mark.parametrize("records", ["Items", "Items.RollCall", "Items.Votes"])
def test_a_part_in_which_nothing_was_called_or_listed_is_empty_and_not_refused(
    tmp_path: Path, records: str
) -> None:
    quiet = line(items=[], roll_calls={}, votes={})
    assert parsed(tmp_path, [quiet], ("id",), records).received == 0


@pytest.mark.parametrize(
    ("failed", "records", "reason"),
    [
        ({"items": 410}, "Items", legistar.NO_AGENDA),
        ({"items": 404}, "Items.RollCall", legistar.NO_AGENDA),
        ({"roll_calls.72": 410}, "Items.RollCall", legistar.NO_ANSWERS["RollCall"]),
        ({"votes.72": 404}, "Items.Votes", legistar.NO_ANSWERS["Vote"]),
    ],
)
def test_a_list_that_is_gone_is_one_bad_record_of_the_feed_that_lies_in_it(
    tmp_path: Path, failed: dict[str, int], records: str, reason: str
) -> None:
    gone = line(failed=failed)
    gone |= {"items": None, "roll_calls": {}, "votes": {}} if "items" in failed else {}
    found = parsed(tmp_path, [line(), gone], ("id",), records)
    assert [(bad.reason, bad.line) for bad in found.malformed] == [(reason, 2)]
    assert found.received == found.records + 1


@pytest.mark.parametrize("failed", [{"items": 410}, {"roll_calls.71": 410}, {"votes.71": 404}])
def test_a_list_that_is_gone_costs_no_other_feed_a_record(
    tmp_path: Path, failed: dict[str, int]
) -> None:
    found = parsed(tmp_path, [line(failed=failed)], ("id",), "")
    assert (found.received, found.malformed) == (1, ())


def test_fewer_meetings_than_were_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="1 meetings, not the 2"):
        parsed(tmp_path, [line()], ("id",), "", 2)


def test_a_path_that_legistar_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"Items\.RollCall"):
        parsed(tmp_path, [line()], ("id",), "Agenda")


@pytest.mark.parametrize(
    ("answer", "records", "inherit", "row"),
    [
        ([MEETING], "", {}, ("7", None)),
        ([ITEM], "Items", {"above": "^ID"}, ("71", "7")),
        ([CALL], "Items.RollCall", {"above": "^ID"}, ("31", "71")),
        ([VOTE], "Items.Votes", {"above": "^ID"}, ("2", "71")),
    ],
)
def test_an_answer_as_it_was_captured_reads_like_what_the_reader_writes(
    tmp_path: Path, answer: Any, records: str, inherit: dict[str, str], row: tuple[Any, ...]
) -> None:
    columns = ("id", "above") if inherit else ("id",)
    found = parsed(tmp_path, [json.dumps(answer, indent=2)], columns, records, **inherit)
    assert rows(found, *columns) == [row[: len(columns)]]
    assert found.received == len(answer)


def test_a_list_is_cut_into_its_objects_without_a_change_to_their_text() -> None:
    body = '\ufeff[ {"a": 1.50,\n "b": "x\\u00e9]"} ,\r\n{"a":[{}]} ]\n'.encode()
    assert [text for _, text in cut(body)] == ['{"a": 1.50,  "b": "x\\u00e9]"}', '{"a":[{}]}']
    assert cut(b" [ ] ") == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"{}", b"[1]", b'[{"a":1}', b'[{"a":1},]', b"[{}] []", b'[{"a":NaN}]', b"[{} {}]"],
)
def test_what_is_no_whole_list_of_objects_is_not_cut(body: bytes) -> None:
    with pytest.raises(ValueError):
        cut(body)


def a_list(numbers: list[int], cap: int) -> Any:
    def ask(top: int, skip: int) -> list[Record]:
        return [Record(n, {}, "{}") for n in numbers[skip : skip + min(top, cap)]]

    return ask


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("cap", [1, 2, 3, 1000])
def test_a_list_is_read_to_its_end_whatever_the_cap(size: int, cap: int) -> None:
    numbers = list(range(size))
    assert list(ordered(a_list(numbers, cap))) == numbers


def test_a_row_in_the_place_of_another_does_not_settle() -> None:
    with pytest.raises(Unsettled):
        ordered(a_list([1, 2, 2, 4], 1000))
