"""Meetings of boards that publish no feed themselves, as City Scrapers gathers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import Contract
from pipelines.failures import OversightError
from pipelines.settings import Settings
from tests.wire.fetching import contract_for, rows, settings_for
from tests.wire.files import Files
from tests.wire.server import Wire, serving

COLUMNS = (
    "id",
    "title",
    "classification",
    "status",
    "start",
    "end",
    "all_day",
    "time_notes",
    "location_name",
    "location_address",
    "links",
    "source",
)
PATH = "/meetings/latest.json"
AGENDA = {"href": "https://example.org/agenda.pdf", "title": "Agenda"}


def meeting(start: str, slug: str = "police_oversight_board", **more: Any) -> dict[str, Any]:
    """A meeting as a spider writes it; its id holds its start."""
    minute = "".join(character for character in start[:16] if character.isdigit())
    settled = {
        "id": f"lar_oversight/{minute}/x/{slug}",
        "title": "Police Oversight Board",
        "description": "Regular meeting.",
        "classification": "Board",
        "status": "confirmed",
        "start": start,
        "end": None,
        "all_day": False,
        "time_notes": "",
        "location": {"name": "City Hall", "address": "1 Main St, Larkhaven, CA"},
        "links": [AGENDA],
        "source": "https://example.org/meetings",
    }
    return {**settled, **more}


MEETINGS = [
    meeting("2026-03-03T18:30:00"),
    meeting("2026-04-07T18:30:00", status="cancelled", title="CANCELLED: Police Oversight Board"),
    meeting("2026-05-05T18:30:00", status="tentative", links=[], end="2026-05-05T20:00:00"),
    meeting("2026-06-02T00:00:00", all_day=True, location={"name": "TBD", "address": ""}),
]


def array(meetings: list[dict[str, Any]]) -> bytes:
    return json.dumps(meetings, indent=1).encode()


def lines(meetings: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in meetings)


def row(one: dict[str, Any]) -> tuple[str, ...]:
    values = {
        **one,
        "all_day": json.dumps(one["all_day"]),
        "location_name": one["location"]["name"],
        "location_address": one["location"]["address"],
    }
    return tuple(values[name] or "" for name in COLUMNS if name != "links")


def told(found: list[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], list[Any]]:
    """Rows without their links, and the links as they read."""
    at = COLUMNS.index("links")
    return [(*r[:at], *r[at + 1 :]) for r in found], [json.loads(r[at]) for r in found]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


def feed(folder: Path, wire: Wire, columns: tuple[Any, ...] = COLUMNS, **meta: Any) -> Contract:
    unread = {
        "name": "description",
        "description": "Words of the spider.",
        "config": {"meta": {"class": "narrative", "optional": True}},
    }
    return contract_for(folder, "city_scrapers", wire.url(PATH), (*columns, unread), **meta)


@pytest.mark.parametrize("write", [array, lines])
def test_meetings_read_alike_from_an_array_and_from_lines(
    tmp_path: Path, settings: Settings, write: Any
) -> None:
    with serving(Files({PATH: write(MEETINGS)})) as wire:
        found, links = told(rows(feed(tmp_path, wire), settings))
    assert found == sorted(map(row, MEETINGS))
    assert links == [[AGENDA], [AGENDA], [], [AGENDA]]


def test_a_cancelled_meeting_stays_and_says_so(tmp_path: Path, settings: Settings) -> None:
    with serving(Files({PATH: array(MEETINGS)})) as wire:
        found = rows(feed(tmp_path, wire, ("id", "status")), settings)
    assert ("lar_oversight/202604071830/x/police_oversight_board", "cancelled") in found
    assert len(found) == 4


def test_a_meeting_moved_to_another_hour_comes_under_a_new_id_and_the_old_one_goes(
    tmp_path: Path, settings: Settings
) -> None:
    service = Files({PATH: array(MEETINGS)})
    with serving(service) as wire:
        contract = feed(tmp_path, wire, ("id", "start"))
        before = rows(contract, settings)
        service.contents[PATH] = array([meeting("2026-03-03T19:00:00"), *MEETINGS[1:]])
        after = rows(contract, settings)
    moved = "lar_oversight/20260303{}/x/police_oversight_board"
    assert set(before) - set(after) == {(moved.format("1830"), "2026-03-03T18:30:00")}
    assert set(after) - set(before) == {(moved.format("1900"), "2026-03-03T19:00:00")}


def test_two_spiders_may_publish_one_after_the_other(tmp_path: Path, settings: Settings) -> None:
    other = meeting("2026-03-03T18:30:00", slug="training_committee", classification="Committee")
    second = "/meetings/training.json"
    with serving(Files({PATH: array(MEETINGS), second: lines([other])})) as wire:
        places = [wire.url(PATH), wire.url(second)]
        contract = contract_for(tmp_path, "city_scrapers", places, ("id", "classification"))
        found = rows(contract, settings)
    assert [r[1] for r in found].count("Committee") == 1
    assert len(found) == 5


@pytest.mark.parametrize(
    "body",
    [b"", b"<!doctype html><title>Not here</title>", b'{"error": "gone"}', b'[{"id": "a"'],
)
def test_what_is_no_list_of_meetings_is_refused(
    tmp_path: Path, settings: Settings, body: bytes
) -> None:
    with serving(Files({PATH: body})) as wire, pytest.raises(OversightError):
        rows(feed(tmp_path, wire), settings)
