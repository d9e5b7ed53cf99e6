"""What is said about hearings is what can be shown: by our own looks, or by others' word."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.demo.agendas import BOARD, NUMBER_NOT_IN_THE_FILE
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from pipelines.settings import Settings
from tests.conftest import TINY, Installation, settings_at
from tests.measures.by_hand.differences import differences, published
from tests.measures.by_hand.hearings import hearings
from tests.measures.facts.hearings import of_the_demo

LATER = """\
locations:
  larkhaven.hearings: {path: demo/hearings.ndjson, as_of: 2026-11-30}
"""
NIGHTS = ("2026-11-02", "2026-11-05", "2026-11-06", "2026-11-12")


def opened(settings: Settings) -> sqlite3.Connection:
    file = settings.current / "oversight.db"
    return sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    with closing(opened(released.settings)) as connection:
        yield connection


def rows(site: sqlite3.Connection, sql: str, *values: Any) -> list[dict[str, Any]]:
    found = site.execute(sql, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def value(site: sqlite3.Connection, metric: str) -> Any:
    sql = (
        "select value from measures where metric = ? and period = 'all' and dimension = 'all'"
        " and jurisdiction = 'larkhaven'"
    )
    return site.execute(sql, [metric]).fetchone()[0]


def test_the_numbers_of_hearings_are_those_of_a_recount(
    released: Installation, site: sqlite3.Connection
) -> None:
    told = hearings(of_the_demo(released.feeds))
    naive = {name for (name,) in site.execute("select naive_metric from wrong_numbers")}
    shown = {key: number for key, number in told.items() if key[1] not in naive}
    metrics = {key[1] for key in told}
    measures = [
        {**row, "period_start": row["period_start"] and date.fromisoformat(row["period_start"])}
        for row in rows(site, "select * from measures")
        if row["metric"] in metrics
    ]
    assert len(shown) > 100
    assert differences(shown, published(measures)) == []


def test_what_the_generator_knows_is_what_the_measures_say(
    released: Installation, site: sqlite3.Connection
) -> None:
    traps = released.answers["traps"]
    day = "where date(starts_at) <= as_of_date"
    cancelled, no_quorum = site.execute(
        "select sum(hearing_status = 'cancelled'), sum(hearing_status = 'no_quorum')"
        f" from hearing_compliance {day}"
    ).fetchone()
    assert (cancelled, no_quorum) == (traps["hearings_cancelled"], traps["hearings_without_quorum"])
    assert value(site, "cases_decided") == traps["cases_decided"] > 0
    listed = site.execute("select sum(cases_on_agenda_count) from hearing_compliance").fetchone()
    assert listed[0] == traps["cases_on_agenda"]


def test_a_vacant_seat_counts_against_the_attendance(site: sqlite3.Connection) -> None:
    board = rows(
        site,
        "select distinct seats_count, vacancies_count, members_count from hearing_compliance"
        " where body_name = ? and members_count is not null",
        BOARD,
    )
    assert board == [{"seats_count": 9, "vacancies_count": 1, "members_count": 8}]
    pair = rows(
        site,
        "select naive_value, right_value from wrong_numbers where period = 'all'"
        " and naive_metric = 'attendance_share_of_members' and dimension_value = ?",
        BOARD,
    )[0]
    assert pair["naive_value"] * 8 == pytest.approx(pair["right_value"] * 9)


def test_a_case_on_a_sealed_complaint_is_on_no_agenda(
    released: Installation, site: sqlite3.Connection
) -> None:
    numbers = {n for (n,) in site.execute("select complaint_id from hearing_items") if n}
    known = {n for (n,) in site.execute("select complaint_id from complaints")}
    mistyped = numbers - known
    assert NUMBER_NOT_IN_THE_FILE in mistyped
    withheld = released.answers["feeds"]["hearing_items"]["withheld"]
    lines = (released.feeds / "hearings.ndjson").read_text(encoding="utf-8").splitlines()
    listed = [i["ComplaintNumber"] for line in lines for i in json.loads(line)["Items"]]
    assert withheld > 0
    assert len([n for n in listed if n and n not in numbers]) == withheld


def test_an_hour_that_the_clock_shows_twice_is_told_apart(site: sqlite3.Connection) -> None:
    """P39: the offset that the source states decides, and the local reading stays beside it."""
    shown = rows(
        site,
        "select starts_at, starts_at_utc, notice_hours from hearing_compliance"
        " where hearing_id in ('900001', '900002') order by hearing_id",
    )
    assert len({row["starts_at"] for row in shown}) == 1
    first, second = (datetime.fromisoformat(row["starts_at_utc"]) for row in shown)
    assert second - first == timedelta(hours=1)
    same = "select count(*) from hearing_compliance join hearings using (hearing_id)"
    differ = f"{same} where hearings.notice_hours <> hearing_compliance.notice_hours"
    assert site.execute(differ).fetchone()[0] == 0


def test_a_first_delivery_is_no_sight_of_our_own(site: sqlite3.Connection) -> None:
    bases = site.execute("select distinct notice_basis from hearing_compliance").fetchall()
    assert set(bases) <= {("publisher",), (None,)}
    assert site.execute(
        "select count(*) from hearing_compliance where notice_state = 'missed'"
    ).fetchone() == (0,)


def meeting(number: int, agenda: str | None, start: str = "2026-11-08T18:00:00-08:00") -> str:
    """A line of the file of meetings: a meeting of the board, with or without an agenda."""
    return json.dumps(
        {
            "ID": number,
            "BodyName": BOARD,
            "Date": start,
            "Location": "Online",
            "AgendaStatusName": "Noticed",
            "MinutesStatusName": "Draft",
            "InSiteURL": f"https://larkhaven.example/meetings/{number}",
            "AgendaLastPublished": agenda or "0001-01-01T00:00:00Z",
            "MinutesLastPublished": "0001-01-01T00:00:00Z",
            "CancelReason": None,
            "Comment": "An invented meeting.",
            "Items": [],
        }
    )


def watched(data: Path, nights: dict[str, list[str]]) -> Settings:
    """The demo with other meetings on each of some nights, refreshed each time."""
    generate(data / "demo", scale=TINY)
    file = data / "demo" / "hearings.ndjson"
    before = file.read_text(encoding="utf-8")
    places = data / "places.yml"
    places.write_text(LATER, encoding="utf-8")
    for night, lines in nights.items():
        now = datetime.fromisoformat(f"{night}T04:15:00+00:00")
        file.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
        settings = replace(settings_at(data), now=now, locations=places)
        assert [failure.told() for failure in run("nightly_refresh", settings).failures] == []
    return settings


def test_only_our_own_looks_show_that_an_agenda_was_late(tmp_path: Path) -> None:
    start = [meeting(700_001, None), meeting(700_002, None)]
    early, moved = "2026-11-04T20:00:00.1Z", "2026-11-05T22:00:00.1Z"
    settings = watched(
        tmp_path,
        {
            NIGHTS[0]: start,
            NIGHTS[1]: [meeting(700_001, early), start[1]],
            NIGHTS[2]: [meeting(700_001, moved), start[1]],
            NIGHTS[3]: [meeting(700_001, moved), meeting(700_002, "2026-11-07T20:00:00.1Z")],
        },
    )
    with closing(opened(settings)) as site:
        first, second = rows(
            site,
            "select notice_basis, notice_state, notice_hours, notice_at_most_hours,"
            " is_agenda_changed_after"
            " from hearing_compliance where hearing_id in ('700001', '700002') order by hearing_id",
        )
    assert first["notice_basis"] == second["notice_basis"] == "own_sight"
    assert (first["notice_hours"], first["notice_at_most_hours"]) == (93.8, 165.8)
    assert (first["notice_state"], second["notice_state"]) == ("met", "missed")
    assert first["is_agenda_changed_after"] == 1
    assert (second["notice_hours"], second["notice_at_most_hours"]) == (30.0, 69.8)
    assert second["is_agenda_changed_after"] is None
