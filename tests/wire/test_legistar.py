"""Meetings from Legistar: lists that are cut and move, one broken event, tokens, odd times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines import readers
from pipelines.contracts import Contract, column_name
from pipelines.failures import Misconfigured, SourceFailed
from pipelines.settings import Settings
from tests.wire.examples import EXAMPLES
from tests.wire.fetching import contract_for, fetch, location_of, rows, settings_for
from tests.wire.legistar import Legistar, tenant_of
from tests.wire.legistar_objects import BODY, EVENT, ITEM, ROLL_CALL, VOTE, events_from_archive
from tests.wire.server import Wire, serving

EVENTS = ("id", "bodyname", "date", "lastmodified")
ITEMS = ("id", "event_id", "title", "agendanote")
INSIDE = {"records": "Items", "inherit": {"event_id": "^ID"}}
CLIENT = "/v1/larkhaven"
BOARD = "Police Oversight Board"


def event(number: int, **more: Any) -> dict[str, Any]:
    settled = {
        "EventId": number,
        "EventGuid": f"GUID-{number}",
        "EventLastModifiedUtc": "2026-03-01T10:20:30.45",
        "EventBodyId": 7,
        "EventBodyName": BOARD,
        "EventDate": "2026-03-03T00:00:00",
        "EventTime": "6:30 PM",
        "EventAgendaStatusName": "Final",
        "EventLocation": "City Hall",
    }
    given = {f"Event{name}": value for name, value in more.items()}
    return {**dict.fromkeys(EVENT), **settled, **given, "EventItems": []}


def item(number: int, of: int, **more: Any) -> dict[str, Any]:
    settled = {
        "EventItemId": number,
        "EventItemEventId": of,
        "EventItemLastModifiedUtc": "2026-03-01T10:20:30.123",
        "EventItemAgendaSequence": 1,
        "EventItemTitle": f"Item {number}",
        "EventItemRollCallFlag": 0,
    }
    given = {f"EventItem{name}": value for name, value in more.items()}
    return {**dict.fromkeys(ITEM), **settled, **given, "EventItemMatterAttachments": []}


def roll_call(number: int, of: int, person: int, word: str) -> dict[str, Any]:
    settled = {"Id": number, "PersonId": person, "PersonName": f"Member {person}", "Sort": number}
    settled |= {"ValueId": 16, "ValueName": word, "Result": 1, "EventItemId": of}
    stamp = {"RollCallLastModifiedUtc": "2026-03-04T01:02:03.4"}
    given = {f"RollCall{name}": value for name, value in settled.items()}
    return {**dict.fromkeys(ROLL_CALL), **given, **stamp}


def vote(number: int, of: int, person: int, word: str) -> dict[str, Any]:
    call = roll_call(number, of, person, word)
    return {"Vote" + name.removeprefix("RollCall"): value for name, value in call.items()}


def board(events: int = 3, **toggles: Any) -> Legistar:
    """Events 101, 102, …, each with one item (1101, 1102, …) that has a note."""
    numbers = range(101, 101 + events)
    items = {n: [item(1000 + n, n, AgendaNote=f"Note {n}")] for n in numbers}
    return Legistar("larkhaven", [event(n) for n in numbers], items, **toggles)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


def feed(folder: Path, wire: Wire, columns: tuple[str, ...] = EVENTS, **meta: Any) -> Contract:
    return contract_for(folder, "legistar", wire.url(CLIENT), columns, **meta)


def asked(wire: Wire, ending: str) -> list[dict[str, str]]:
    return [request.query for request in wire.asked if request.path.lower().endswith(ending)]


def row(number: int, date: str = "2026-03-03T18:30:00-08:00") -> tuple[str, ...]:
    return (str(number), BOARD, date, "2026-03-01T10:20:30.45Z")


@pytest.mark.behaviour(19)
def test_all_meetings_arrive_through_pages_of_a_thousand_that_end_without_a_word(
    tmp_path: Path, settings: Settings
) -> None:
    service = board(1007)
    service.items = {}
    with serving(service) as wire:
        found = rows(feed(tmp_path, wire), settings)
        pages = asked(wire, "/events")
    assert found == sorted(row(n) for n in range(101, 1108))
    assert len(pages) >= 2
    assert all("$orderby" in page for page in pages)


@pytest.mark.behaviour(19)
def test_a_page_shorter_than_asked_for_is_not_taken_for_the_last_one(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(8, cap=3)) as wire:
        assert rows(feed(tmp_path, wire), settings) == [row(n) for n in range(101, 109)]


@pytest.mark.behaviour(19)
def test_a_meeting_put_in_at_the_head_between_pages_repeats_and_loses_none(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(8, cap=3, late=[event(100)])) as wire:
        found = rows(feed(tmp_path, wire), settings)
    assert [r for r in found if r[0] != "100"] == [row(n) for n in range(101, 109)]
    assert len(found) == len(set(found))


@pytest.mark.behaviour(19)
def test_a_meeting_taken_out_at_the_head_between_pages_hides_no_other(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(8, cap=3, withdrawn={101})) as wire:
        found = rows(feed(tmp_path, wire), settings)
    assert [r for r in found if r[0] != "101"] == [row(n) for n in range(102, 109)]


@pytest.mark.behaviour(19)
def test_only_the_bodies_and_dates_of_the_contract_are_asked_for(
    tmp_path: Path, settings: Settings
) -> None:
    service = board(3)
    service.events += [
        event(201, BodyName="Mayor's Police Board"),
        event(202, BodyName="Zoning Board"),
        event(203, Date="2014-12-31T00:00:00"),
        event(204, Date="2015-01-01T00:00:00"),
    ]
    query = {"bodies": [BOARD, "Mayor's Police Board"], "since": "2015-01-01"}
    with serving(service) as wire:
        found = rows(feed(tmp_path, wire, ("id",), query=query), settings)
        assert all("$filter" in page for page in asked(wire, "/events"))
    assert found == [("101",), ("102",), ("103",), ("201",), ("204",)]


@pytest.mark.behaviour(20)
def test_items_and_their_notes_are_fetched_for_each_meeting(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(3)) as wire:
        found = rows(feed(tmp_path, wire, ITEMS, **INSIDE), settings)
    numbers = (101, 102, 103)
    assert found == [(f"1{n}", f"{n}", f"Item 1{n}", f"Note {n}") for n in numbers]


@pytest.mark.behaviour(20)
@pytest.mark.parametrize("status", [404, 410])
def test_a_meeting_whose_items_are_gone_is_noted_and_the_others_are_whole(
    tmp_path: Path, settings: Settings, status: int
) -> None:
    with serving(board(3, gone={102: status})) as wire:
        contract = feed(tmp_path, wire, ITEMS, **INSIDE)
        found = rows(contract, settings)
        parts = fetch(contract, settings)
    assert [r[:2] for r in found] == [("1101", "101"), ("1103", "103")]
    lines = [json.loads(line) for part in parts for line in part.path.open("rb")]
    failed = {line["event"]["EventId"]: line["failed"] for line in lines if line.get("failed")}
    assert failed == {102: {"items": status}}


@pytest.mark.behaviour(20)
def test_a_meeting_without_its_items_is_a_meeting_all_the_same(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(3, gone={102: 410})) as wire:
        assert rows(feed(tmp_path, wire), settings) == [row(n) for n in (101, 102, 103)]


@pytest.mark.behaviour(20)
def test_items_that_cannot_be_fetched_for_the_moment_refuse_the_whole_feed(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(3, gone={102: 500})) as wire:
        with pytest.raises(SourceFailed, match="500"):
            rows(feed(tmp_path, wire, ITEMS, **INSIDE), settings)
        assert len(asked(wire, "/events/102/eventitems")) == settings.patience.attempts


@pytest.mark.behaviour(20)
def test_a_client_whose_list_is_broken_fails_and_says_so(
    tmp_path: Path, settings: Settings
) -> None:
    with (
        serving(board(3, events_status=500)) as wire,
        pytest.raises(SourceFailed, match="500") as failure,
    ):
        rows(feed(tmp_path, wire), settings)
    assert "larkhaven.complaints" in failure.value.told()


@pytest.mark.behaviour(20)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_client_that_is_not_set_up_fails_whatever_shape_its_refusal_has(
    tmp_path: Path, settings: Settings, quoted: bool
) -> None:
    with serving(board(3, events_status=400, quoted_errors=quoted)) as wire:
        with pytest.raises(SourceFailed, match="400"):
            rows(feed(tmp_path, wire), settings)
        assert len(wire.asked) == 1


@pytest.mark.behaviour(20)
@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("9:05 AM", "2026-07-03T09:05:00-07:00"),
        ("12:00 AM", "2026-07-03T00:00:00-07:00"),
        ("12:30 PM", "2026-07-03T12:30:00-07:00"),
        (None, "2026-07-03T00:00:00-07:00"),
        ("", "2026-07-03T00:00:00-07:00"),
        ("See agenda", "2026-07-03T00:00:00-07:00"),
        ("25:99 PM", "2026-07-03T00:00:00-07:00"),
    ],
)
def test_the_start_is_local_and_an_hour_that_is_none_leaves_the_day(
    tmp_path: Path, settings: Settings, words: str | None, starts: str
) -> None:
    service = board(0)
    service.events = [event(1, Date="2026-07-03T00:00:00", Time=words)]
    columns = ("id", "date", {**_column("time"), "data_type": "text"})
    with serving(service) as wire:
        assert rows(feed(tmp_path, wire, columns), settings) == [("1", starts, words or "")]


def _column(name: str) -> dict[str, Any]:
    meta = {"class": "public", "optional": True}
    return {"name": name, "description": f"The {name}.", "config": {"meta": meta}}


@pytest.mark.behaviour(20)
def test_a_stamp_keeps_its_digits_and_a_null_is_blank(tmp_path: Path, settings: Settings) -> None:
    service = board(0)
    stamps = ("2026-03-01T10:20:30", "2026-03-01T10:20:30.1234567", None)
    service.events = [event(n, AgendaLastPublishedUTC=s) for n, s in enumerate(stamps, start=1)]
    with serving(service) as wire:
        contract = feed(tmp_path, wire, ("id", _column("agendalastpublished")))
        found = rows(contract, settings)
    blank = ("3", "")
    assert found == [("1", f"{stamps[0]}Z"), ("2", f"{stamps[1]}Z"), blank]


def test_roll_calls_are_asked_for_where_a_roll_was_called(
    tmp_path: Path, settings: Settings
) -> None:
    service = board(2)
    service.items[101] = [item(1101, 101, RollCallFlag=1), item(1201, 101)]
    service.roll_calls = {
        1101: [roll_call(1, 1101, 31, "Present"), roll_call(2, 1101, 32, "Parental ")]
    }
    columns = ("id", "event_id", "event_item_id", "fullname", "value", "sort")
    meta = {"key": None, "query": {"roll_calls": True}, "records": "Items.RollCall"}
    meta["inherit"] = {"event_id": "^^ID", "event_item_id": "^ID"}
    with serving(service) as wire:
        found = rows(feed(tmp_path, wire, columns, **meta), settings)
        paths = {r.path.lower() for r in wire.asked if r.path.lower().endswith("rollcalls")}
        assert paths == {f"{CLIENT}/eventitems/1101/rollcalls"}
        assert asked(wire, "votes") == []
    assert found == [
        ("31", "101", "1101", "Member 31", "Present", "1"),
        ("32", "101", "1101", "Member 32", "Parental ", "2"),
    ]


def test_votes_are_found_where_the_flag_of_a_roll_call_is_zero(
    tmp_path: Path, settings: Settings
) -> None:
    service = board(2)
    service.votes = {1101: [vote(1, 1101, 31, "In Favor"), vote(2, 1101, 32, "Opposed")]}
    columns = ("id", "event_id", "event_item_id", "personid", "valuename", "result")
    meta = {"query": {"votes": True}, "records": "Items.Votes"}
    meta["inherit"] = {"event_id": "^^ID", "event_item_id": "^ID"}
    with serving(service) as wire:
        found = rows(feed(tmp_path, wire, columns, **meta), settings)
        assert asked(wire, "rollcalls") == []
    assert found == [
        ("1", "101", "1101", "31", "In Favor", "1"),
        ("2", "101", "1101", "32", "Opposed", "1"),
    ]


SECRET = "s3cret-of-the-clerk"


@pytest.mark.behaviour(21)
@pytest.mark.parametrize("status", [401, 403])
def test_a_client_that_wants_a_token_is_refused_in_words_that_help(
    tmp_path: Path, settings: Settings, status: int
) -> None:
    service = board(3, token=SECRET, token_status=status)
    with serving(service) as wire:
        with pytest.raises(SourceFailed, match=str(status)) as failure:
            rows(feed(tmp_path, wire), settings)
        assert len(wire.asked) == 1
    assert "token" in failure.value.told().lower()


@pytest.mark.behaviour(21)
def test_a_token_that_is_not_set_is_named_before_anything_is_asked(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(board(3, token=SECRET)) as wire:
        with pytest.raises(Misconfigured, match="OVERSIGHT_TOKEN_CLERK"):
            rows(feed(tmp_path, wire, token="clerk"), settings)
        assert wire.asked == []


@pytest.mark.behaviour(21)
def test_a_wrong_token_is_refused_and_never_shown(tmp_path: Path, settings: Settings) -> None:
    wrong = replace(settings, tokens={"clerk": "not-the-right-one"})
    with (
        serving(board(3, token=SECRET)) as wire,
        pytest.raises(SourceFailed, match="403") as failure,
    ):
        rows(feed(tmp_path, wire, token="clerk"), wrong)
    assert "not-the-right-one" not in failure.value.told()
    assert not _files_with(tmp_path, "not-the-right-one")


@pytest.mark.behaviour(21)
def test_the_token_opens_every_path_and_is_kept_nowhere(tmp_path: Path, settings: Settings) -> None:
    known = replace(settings, tokens={"clerk": SECRET})
    told: list[str] = []
    with serving(board(3, token=SECRET)) as wire:
        contract = feed(tmp_path, wire, ITEMS, token="clerk", **INSIDE)
        assert len(rows(contract, known)) == 3
        parts = fetch(contract, known, progress=told.append)
        assert {request.query.get("token") for request in wire.asked} == {SECRET}
    assert not any(SECRET in f"{part.url} {part.name} {part.headers}" for part in parts)
    assert not any(SECRET in line for line in told)
    assert not _files_with(tmp_path, SECRET)


def _files_with(folder: Path, words: str) -> list[str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return [file.name for file in files if words.encode() in file.read_bytes()]


def test_a_changed_meeting_arrives_with_the_next_fetch(tmp_path: Path, settings: Settings) -> None:
    service = board(3)
    with serving(service) as wire:
        contract = feed(tmp_path, wire)
        first = rows(contract, settings)
        service.events[0] = event(101, LastModifiedUtc="2026-03-02T00:00:00.5")
        assert rows(contract, settings) == [(*first[0][:3], "2026-03-02T00:00:00.5Z"), *first[1:]]


# What the service itself refuses and gives.


@pytest.fixture
def plain() -> Iterator[Wire]:
    service = board(8, cap=3)
    service.bodies = [{**dict.fromkeys(BODY), "BodyId": 7, "BodyName": BOARD}]
    service.votes = {1101: [vote(1, 1101, 31, "In Favor")]}
    with serving(service) as wire:
        yield wire


def get(wire: Wire, path: str, **query: str) -> httpx.Response:
    params = {name.replace("S_", "$"): value for name, value in query.items()}
    url = wire.url(CLIENT + path)
    return httpx.get(url, params=params, headers={"accept": "application/json"})


@pytest.mark.parametrize(
    "filter_",
    [
        "EventDate ge '2026-01-01'",
        "EventDate ge 2026-01-01",
        "EventDate >= datetime'2026-01-01'",
        "EventDate ge datetime'01/02/2026'",
        "EventDate ge datetime'2026-13-01'",
        "EventDate ge datetime'2026-01-01T00:00:00Z'",
        "EventBodyName eq Police",
        'EventBodyName eq "Police"',
        "EventBodyName eq 'Mayor's Board'",
        "EventBodyId eq '7'",
        "BodyName eq 'Police'",
        "eventdate ge datetime'2026-01-01'",
        "EventBodyId eq 7 and",
        "(EventBodyId eq 7",
        "EventBodyId eq 7 EventBodyId eq 8",
        "EventBodyId in (7, 8)",
        "substringof(EventBodyName,'Police')",
        "",
    ],
)
def test_a_filter_that_is_not_the_language_is_refused(plain: Wire, filter_: str) -> None:
    answer = get(plain, "/events", S_filter=filter_, S_orderby="EventId")
    assert answer.status_code == 400
    assert answer.json()["Message"].startswith("The query specified in the URI is not valid.")


@pytest.mark.parametrize(
    ("filter_", "numbers"),
    [
        ("EventId gt 103", [104, 105, 106]),
        ("EventId le 102 and EventBodyId eq 7", [101, 102]),
        ("EventId eq 101 or EventId eq 108 and EventBodyId eq 8", [101]),
        ("(EventId eq 101 or EventId eq 108) and EventBodyId ne 8", [101, 108]),
        ("EventDate ge datetime'2026-03-03' and EventId gt 107", [108]),
        ("EventDate lt datetime'2026-03-03T00:00:00'", []),
        ("EventBodyName eq 'Police Oversight Board' and EventId lt 102", [101]),
        ("EventBodyName eq 'Nobody''s Board'", []),
        ("substringof('Oversight',EventBodyName) and EventId lt 102", [101]),
        ("EventLastModifiedUtc ge datetime'2026-03-01T10:20:30.45' and EventId lt 102", [101]),
    ],
)
def test_a_filter_finds_what_it_says(plain: Wire, filter_: str, numbers: list[int]) -> None:
    answer = get(plain, "/events", S_filter=filter_, S_orderby="EventId asc")
    assert [found["EventId"] for found in answer.json()] == numbers


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/events", {"S_top": "many"}),
        ("/events", {"S_skip": "-1"}),
        ("/events", {"S_orderby": "Id"}),
        ("/events", {"S_orderby": "EventId upwards"}),
        ("/events", {"S_count": "true"}),
        ("/events", {"limit": "5"}),
        ("/events", {"S_select": "Name"}),
        ("/events/101/eventitems", {"AgendaNote": "yes"}),
        ("/events/101/eventitems", {"Notes": "1"}),
        ("/events/first/eventitems", {}),
        ("/eventitems/1101/votes", {"S_orderby": "EventId"}),
    ],
)
def test_a_parameter_that_the_service_does_not_know_is_refused(
    plain: Wire, path: str, query: dict[str, str]
) -> None:
    assert get(plain, path, **query).status_code == 400


def test_a_list_is_cut_without_a_word_and_never_holds_items(plain: Wire) -> None:
    answer = get(plain, "/events", S_orderby="EventId desc", S_top="1000", S_skip="1")
    assert [(e["EventId"], e["EventItems"]) for e in answer.json()] == [
        (107, []),
        (106, []),
        (105, []),
    ]
    assert not {"link", "x-total-count"} & set(answer.headers)


def test_notes_are_null_unless_they_are_asked_for(plain: Wire) -> None:
    bare = get(plain, "/events/101/eventitems").json()
    full = get(plain, "/Events/101/EventItems", AgendaNote="1", MinutesNote="1").json()
    assert [one["EventItemAgendaNote"] for one in (*bare, *full)] == [None, "Note 101"]
    inside = get(plain, "/events/101", EventItems="1", AgendaNote="1").json()
    assert inside["EventItems"] == full


def test_the_service_speaks_xml_to_those_who_do_not_ask_for_json(plain: Wire) -> None:
    answer = httpx.get(plain.url(f"{CLIENT}/bodies"), headers={"accept": "*/*"})
    assert answer.headers["content-type"].startswith("application/xml")
    assert get(plain, "/bodies").json()[0]["BodyName"] == BOARD


def test_what_is_not_there_is_not_found(plain: Wire) -> None:
    paths = ("/events/999", "/events/999/eventitems", "/eventitems/9/votes", "/gatherings")
    assert [get(plain, path).status_code for path in paths] == [404] * 4
    assert get(plain, "/eventitems/1102/votes").json() == []
    assert httpx.post(plain.url(f"{CLIENT}/events")).status_code == 405


ARCHIVED = {
    "ID": 5,
    "GUID": "G",
    "BodyID": 7,
    "BodyName": BOARD,
    "Date": "2026-07-03T13:05:00-04:00",
    "AgendaFile": "",
    "InSiteURL": "https://example.org",
    "Items": [
        {
            "ID": 6,
            "GUID": "I",
            "Title": "",
            "AgendaSequence": 0,
            "RollCallFlag": 1,
            "RollCall": [
                {"ID": 9, "Slug": "x", "FullName": "X", "ValueID": 1, "Value": "Here", "Sort": 2}
            ],
            "LastModified": "2026-07-01T00:00:00.12Z",
        }
    ],
    "AgendaLastPublished": "0001-01-01T00:00:00Z",
    "LastModified": "2026-07-01T00:00:00Z",
}


def test_an_archive_goes_back_into_the_shape_of_the_service() -> None:
    found = events_from_archive([json.dumps(ARCHIVED)])
    (meeting,), (entry,), (call,) = found.events, found.items[5], found.roll_calls[6]
    assert set(meeting) == {*EVENT, "EventItems"}
    assert set(entry) == {*ITEM, "EventItemMatterAttachments"}
    assert set(call) == set(ROLL_CALL)
    assert (meeting["EventDate"], meeting["EventTime"]) == ("2026-07-03T00:00:00", "1:05 PM")
    assert meeting["EventAgendaLastPublishedUTC"] == "0001-01-01T00:00:00"
    assert (meeting["EventAgendaFile"], meeting["EventItems"]) == (None, [])
    assert (entry["EventItemAgendaSequence"], entry["EventItemTitle"]) == (0, None)
    assert entry["EventItemLastModifiedUtc"] == "2026-07-01T00:00:00.12"
    assert (call["RollCallPersonId"], call["RollCallPersonName"]) == (9, "X")
    assert (call["RollCallValueName"], call["RollCallEventItemId"]) == ("Here", 6)


def test_captured_answers_are_sorted_out_by_their_keys() -> None:
    captures = [[event(1)], [item(2, 1)], [vote(3, 2, 4, "Yes")], [roll_call(5, 2, 4, "Here")]]
    service = tenant_of("larkhaven", captures)
    assert [e["EventId"] for e in service.events] == [1]
    assert list(service.items) == [1]
    assert (list(service.votes), list(service.roll_calls)) == ([2], [2])
    assert set(service.votes[2][0]) == set(VOTE)


@pytest.mark.parametrize("records", ["", "Items", "Items.RollCall"])
def test_a_look_is_one_request_whatever_the_feed(tmp_path: Path, records: str) -> None:
    example = EXAMPLES["legistar"]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        settings = example.settings(tmp_path)
        location = location_of(contract, settings).model_copy(update={"records": records})
        seen = readers.look(contract, location, settings.work, settings)
        assert len(wire.asked) == 1
    assert ("bodyname" in [column_name(c) for c in seen.columns]) == (records == "")
