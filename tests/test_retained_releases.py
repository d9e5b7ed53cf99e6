"""Each release that is kept answers under its own number, guarded like the one shown."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipelines import retained, serve, shelf, shown_log, turns
from pipelines.failures import Misconfigured
from pipelines.rollback import go_back, gone_back_from
from pipelines.settings import Settings
from pipelines.turns import Turn
from tests import invented_marts as invented
from tests.test_serve import HOSTILE

ROWS = {1: 40, 2: 60, 3: 80}
LATER = invented.NIGHT + timedelta(days=3)
FORBIDDEN = re.compile("zeroblob|printf|randomblob|load_extension|^attach|fts3|^pragma")
HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options")


def at(settings: Settings, days: float) -> Settings:
    """The same installation some days after the first night."""
    return replace(settings, now=invented.NIGHT + timedelta(days=days))


def published(folder: Path, **changes: object) -> Settings:
    """Three nights, each with other complaints."""
    made = invented.settings(folder, **changes)
    for number, rows in ROWS.items():
        invented.publish(at(made, number - 1), invented.complaints(rows))
    return made


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return published(tmp_path_factory.mktemp("retained"))


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(settings, clock=lambda: LATER) as running,
        httpx.Client(base_url=running.address, timeout=10) as client,
    ):
        yield client


def test_the_tables_pages_and_questions_of_a_release_answer_under_its_number(
    site: httpx.Client,
) -> None:
    for number, rows in ROWS.items():
        base = f"/r{number:04d}"
        told = site.get(f"{base}/complaints.json?_size=1&_shape=objects").json()
        assert told["filtered_table_rows_count"] == rows
        for path in (
            *("", "/complaints", "/complaints?status=open&_facet=district", "/sources"),
            *("/complaints/larkhaven,LH-0001", "/how_many_were_sustained?jurisdiction=larkhaven"),
            "?sql=select+count(*)+from+complaints",
        ):
            page = site.get(base + path)
            assert page.status_code == 200, path
            assert f"As published in release {number} on" in page.text, path
            assert page.headers["x-release"] == f"{number:04d}"
            inside = re.findall(r"<main.*</main>", page.text, re.DOTALL)[0]
            assert "/oversight" not in inside, path


def test_an_older_page_names_its_day_and_leads_to_the_same_address_in_the_current_release(
    site: httpx.Client,
) -> None:
    page = site.get("/r0001/complaints?status=open&_sort=complaint_id").text
    assert "As published in release 1 on 2 November 2026" in page
    newer = 'Newer: <a href="/oversight/complaints?status=open&amp;_sort=complaint_id">'
    assert newer in page
    assert "Release 0001, published 2 November 2026" in page
    assert "/downloads/0001/csv/complaints.csv" in page
    assert "Late" not in page


def test_a_citation_of_the_current_release_is_there_before_it_is_needed(
    site: httpx.Client,
) -> None:
    for path in (
        "/oversight/complaints?status=open",
        "/oversight/complaints/larkhaven,LH-0001",
        "/oversight/how_many_were_sustained?jurisdiction=larkhaven",
        "/oversight?sql=select+1",
    ):
        page = site.get(path).text
        address = path.replace("/oversight", "/r0003", 1).replace("&", "&amp;")
        assert f'<a href="{address}" rel="nofollow">Permanent address of this page</a>' in page
        cited = site.get(path.replace("/oversight", "/r0003", 1))
        assert "No newer one has been published" in cited.text
        assert "Permanent address of this page" not in cited.text
    assert "As published in release" not in site.get("/oversight/complaints").text
    assert '<a href="/as-of">As published on a date</a>' in site.get("/").text


def test_every_release_is_guarded_as_the_current_one_is(site: httpx.Client) -> None:
    forbidden = [sql for sql in HOSTILE if FORBIDDEN.search(sql)]
    assert len(forbidden) == 7
    for base in ("/r0001", "/r0003"):
        for sql in HOSTILE:
            began = time.monotonic()
            answer = site.get(f"{base}.json", params={"sql": sql})
            assert time.monotonic() - began < 4, sql
            assert len(answer.content) < 30_000_000, sql
            assert answer.status_code in ((400, 403) if sql in forbidden else (200, 400, 403)), sql
        for header in HEADERS:
            assert header in site.get(base).headers
        assert site.post(base).status_code == 405
        assert site.get(f"{base}.db").status_code in (403, 404)


def test_paging_and_csv_of_a_release_are_whole(site: httpx.Client) -> None:
    seen: list[str] = []
    page = "/r0002/complaints.json?_sort_desc=status&_size=7&_shape=objects"
    while page:
        answer = site.get(page).json()
        seen += [row["complaint_id"] for row in answer["rows"]]
        page = answer["next_url"]
    assert len(seen) == len(set(seen)) == ROWS[2]
    whole = site.get("/r0002/complaints.csv")
    assert whole.headers["location"] == "/downloads/0002/csv/complaints.csv"
    text = site.get("/r0002/complaints.csv?status=open&_size=3").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == ROWS[2] / 2
    assert {row["district"] for row in rows} == {"'=1+1"}


def test_the_page_of_a_day_says_what_stood_on_it_or_why_nothing_did(site: httpx.Client) -> None:
    form = site.get("/as-of")
    assert form.status_code == 200
    assert "2026-11-03" in form.text
    for day, words in {
        "2026-11-01": "first release on record was shown from 2 November 2026",
        "2026-12-24": "has not come yet",
        "yesterday": "That is not a date",
    }.items():
        refused = site.get("/as-of", params={"date": day})
        assert refused.status_code == 404
        assert words in refused.text
    strange = site.get("/as-of?date=2026-11-03&table=<b>")
    assert strange.status_code == 404
    assert "has no table of that name" in strange.text
    assert "<b>" not in strange.text.split("</head>")[1]


def test_a_release_that_is_not_there_is_said_in_the_form_asked_for(site: httpx.Client) -> None:
    page = site.get("/r0077/complaints")
    assert page.status_code == 404
    assert "There is no release 77." in page.text
    assert "<main" in page.text
    assert site.get("/r0077/complaints.json").json()["error"] == "There is no release 77."
    assert site.get("/r0077/complaints.csv").text == "There is no release 77."
    assert site.get("/downloads/0077/csv/complaints.csv").status_code == 404


def test_a_pruned_release_is_named_as_gone_with_those_that_are_kept(tmp_path: Path) -> None:
    settings = published(tmp_path, keep_releases=2)
    assert shelf.numbers(settings) == [2, 3]
    assert shown_log.shown_on(settings, date(2026, 11, 2)) == 1
    with pytest.raises(Misconfigured, match=r"release 1, which is no longer kept.*kept: 2, 3"):
        shown_log.kept_on(settings, date(2026, 11, 2), LATER)
    with (
        serve.listening(settings, clock=lambda: LATER) as running,
        httpx.Client(base_url=running.address) as site,
    ):
        for path in ("/as-of?date=2026-11-02", "/r0001/complaints"):
            page = site.get(path)
            assert page.status_code == 404
            assert "no longer kept. Those that are" in page.text
            assert "2, 3" in page.text
        shutil.rmtree(shelf.folder(settings, 2))
        assert "Release 2 is no longer kept" in site.get("/r0002/complaints").text
        assert site.get("/downloads/0002/oversight.db").status_code == 404
        assert site.get("/oversight/complaints").status_code == 200


def test_an_earlier_release_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    settings = published(tmp_path)
    (shelf.folder(settings, 1) / "manifest.json").chmod(0o644)
    (shelf.folder(settings, 1) / "manifest.json").write_text("{")
    database = shelf.folder(settings, 2) / "oversight.db"
    database.chmod(0o644)
    database.write_bytes(database.read_bytes()[:-512])
    assert list(retained.opened(settings, 3, lambda: LATER).releases) == ["r0003"]
    with serve.listening(settings, clock=lambda: LATER) as running:
        assert httpx.get(f"{running.address}r0002/complaints").status_code == 404
        assert httpx.get(f"{running.address}oversight/complaints").status_code == 200


def test_releases_newer_than_the_one_shown_and_taken_back_ones_are_not_offered(
    tmp_path: Path,
) -> None:
    settings = published(tmp_path)
    assert go_back(at(settings, 3), to=1) == 1
    assert retained.offered(settings, 1) == [1]
    invented.publish(at(settings, 4), invented.complaints(100))
    assert retained.offered(settings, 4) == [1, 4]
    assert gone_back_from(settings) == [2, 3]
    assert go_back(at(settings, 5)) == 1
    assert gone_back_from(settings) == [2, 3, 4]
    assert go_back(at(settings, 6), to=3) == 3
    assert retained.offered(settings, 3) == [1, 3]
    told = [shown_log.shown_on(settings, date(2026, 11, 2 + day)) for day in range(7)]
    assert told == [1, 2, 3, 1, 4, 1, 3]


def test_each_move_of_the_link_is_a_line_and_only_added(settings: Settings) -> None:
    lines = turns.journal(settings).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"at": f"2026-11-0{1 + number}T09:15:00+00:00", "release": number} for number in ROWS
    ]


def test_a_moment_is_answered_to_the_second(settings: Settings) -> None:
    night = datetime(2026, 11, 3, 9, 15, tzinfo=UTC)
    assert shown_log.shown_on(settings, night - timedelta(seconds=1)) == 1
    assert shown_log.shown_on(settings, night) == 2


def test_without_a_journal_the_making_of_each_release_stands_in(tmp_path: Path) -> None:
    settings = published(tmp_path)
    turns.journal(settings).unlink()
    _link_made(settings, invented.NIGHT + timedelta(days=2))
    told = [shown_log.shown_on(settings, date(2026, 11, day)) for day in (1, 2, 3, 4, 9)]
    assert told == [None, 1, 2, 3, 3]
    go_back(at(settings, 5), to=2)
    told = [shown_log.shown_on(settings, date(2026, 11, day)) for day in (2, 3, 4, 6, 7, 9)]
    assert told == [1, 2, 3, 3, 2, 2]


def test_a_turn_that_a_crash_kept_out_of_the_journal_is_told_by_the_link(tmp_path: Path) -> None:
    settings = published(tmp_path)
    journal = turns.journal(settings)
    whole = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(whole[:2]) + whole[2][:20])
    _link_made(settings, invented.NIGHT + timedelta(days=2))
    assert shown_log.shown_on(settings, date(2026, 11, 4)) == 3
    invented.publish(at(settings, 3), invented.complaints(100))
    assert [turn.release for turn in turns.written(settings)] == [1, 2, 3, 4]


def test_where_the_clock_went_back_the_later_line_holds(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    settings.data.mkdir(parents=True)
    for release, days in ((4, 0), (5, 9), (6, 1)):
        turns.write(settings, Turn(invented.NIGHT + timedelta(days=days), release))
    known = [(turn.release, turn.at.day) for turn in shown_log.known_turns(settings)]
    assert known == [(4, 2), (6, 3)]
    assert shown_log.days_shown(settings) == {4: ["2026-11-02"], 6: ["2026-11-03 until now"]}


def _link_made(settings: Settings, moment: datetime) -> None:
    stamp = moment.timestamp()
    os.utime(settings.current, (stamp, stamp), follow_symlinks=False)
