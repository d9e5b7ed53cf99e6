"""Errors can be reported from every page, corrections are told, and a copy can be verified."""

from __future__ import annotations

import csv
import html
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import yaml

from pipelines import error_reports, manifest, serve, strict_yaml
from pipelines.checks import judge
from pipelines.checks.suites import Suite, load_suites
from pipelines.failures import DataRefused, Misconfigured
from pipelines.settings import PROJECT, Settings
from tests import invented_marts as invented
from tests.conftest import Installation

LOG = PROJECT / "dbt_project" / "seeds" / "correction_log.csv"
EMAIL = "data@oversight.example.org"
WORDS = {"report": {"email": EMAIL, "post": None, "answer_days": 5}}


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[httpx.Client]:
    with (
        serve.listening(released.settings) as running,
        httpx.Client(base_url=running.address, timeout=20) as client,
    ):
        yield client


def text_of(site: httpx.Client, path: str) -> str:
    answer = site.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def rows_of(settings: Settings, table: str) -> list[dict[str, str]]:
    with (settings.current / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_of_corrections_is_a_table_and_a_page(
    released: Installation, site: httpx.Client
) -> None:
    with LOG.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert rows_of(released.settings, "corrections") == written
    page = text_of(site, "/corrections")
    for row in written:
        assert row["what_was_wrong"] in page.replace("&#39;", "'")
        assert row["what_was_done"] in page.replace("&#39;", "'")


def test_corrections_of_an_invented_city_say_that_they_are_invented() -> None:
    with LOG.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["jurisdiction"] == "larkhaven"]
    assert rows
    for row in rows:
        assert row["what_was_wrong"].startswith("Invented example:")
        assert row["what_was_done"].startswith("Invented example:")


def test_the_page_says_what_to_send_what_not_to_send_and_what_happens_then(
    site: httpx.Client,
) -> None:
    page = text_of(site, "/corrections")
    for said in (
        *("number of the record", "release", "What is wrong", "Where that can be seen"),
        *("Do not send names", "within 10 working days", "What happens then"),
        *("A takedown removes a record from everything", "Send no copy of an order and no names"),
        *("Nothing has been taken down.", "Copies that others have made are out of our reach"),
    ):
        assert said.lower() in page.lower(), said
    shown = site.get("/corrections").text
    assert "<script" not in shown
    assert "style=" not in shown
    for anchor in ("report", "corrections", "takedown", "takedowns"):
        assert f'id="{anchor}"' in shown


def test_every_page_leads_to_the_report_and_a_record_takes_its_number_along(
    released: Installation, site: httpx.Client
) -> None:
    record = rows_of(released.settings, "complaints")[0]["complaint_id"]
    row = f"/oversight/complaints/larkhaven,{record}"
    number = f"/record/larkhaven~2Ecomplaints/{record}"
    pages = ("/", "/oversight", "/measures", "/changes", "/wrong-numbers", row, number, "/nowhere")
    for page in pages:
        shown = site.get(page).text
        assert 'href="/corrections"' in shown, page
        assert 'href="/corrections#report"' in shown, page
        assert 'href="/corrections#takedown"' in shown, page
    for page, table in ((row, "complaints"), (number, "larkhaven.complaints")):
        (link,) = _report_links(site.get(page).text)
        asked = parse_qs(urlsplit(link).query)
        assert asked["table"] == [table]
        assert record in asked["record"][0]
        assert asked["release"] == ["1"]
        said = text_of(site, link)
        assert f"{table}, record " in said
        assert f"{record}, release 1" in said
    assert _report_links(site.get("/wrong-numbers").text)
    assert _report_links(site.get("/oversight/complaints").text)


def _report_links(shown: str) -> list[str]:
    links = re.findall(r'href="(/corrections\?[^"]*)"', shown)
    return [link.replace("&amp;", "&") for link in links]


def test_with_an_address_the_link_is_a_letter_with_table_record_and_release_alone() -> None:
    link = error_reports.link(WORDS, "0012", "complaints", "larkhaven, LH-2019-0000001")
    address, _, query = link.partition("?")
    assert address == f"mailto:{EMAIL}"
    assert list(parse_qs(query)) == ["subject"]
    told = unquote(query.removeprefix("subject="))
    assert told == "Error in complaints, record larkhaven, LH-2019-0000001, release 12"


@pytest.mark.parametrize(
    ("table", "record", "told"),
    [
        ("complaints", "A\r\nBcc: x@example.org", "complaints, record A Bcc: x@example.org"),
        ("complaints", "A&body=hello", "complaints, record A&body=hello"),
        ("<b>", "A", "a page"),
        ("complaints", "A" * 500, "complaints, record " + "A" * 120),
    ],
)
def test_what_an_address_carries_cannot_add_to_the_letter(
    table: str, record: str, told: str
) -> None:
    query = error_reports.link(WORDS, 1, table, record).partition("?")[2]
    assert parse_qs(query, strict_parsing=True) == {"subject": [f"Error in {told}, release 1"]}


def test_the_page_repeats_no_more_of_an_address_than_a_table_and_a_record(
    site: httpx.Client,
) -> None:
    shown = site.get("/corrections", params={"table": "complaints", "record": "<i>x</i>"}).text
    assert "<i>x" not in shown
    assert "&lt;i&gt;x" in shown
    assert "You want to report on" not in text_of(site, "/corrections?table=a%20b&record=x")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"email": "nobody"}, "email is not an address"),
        ({"email": "a@example.org?cc=b@example.org"}, "email is not an address"),
        ({"phone": "1"}, "phone is not known"),
        ({"answer_days": 0}, "answer_days"),
        ({"post": ""}, "post is not a text"),
        ([EMAIL], "a list of"),
    ],
)
def test_ways_that_cannot_be_used_are_refused(given: object, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        error_reports.ways(given)


def test_the_settings_of_the_site_name_ways_that_can_be_used() -> None:
    document = strict_yaml.read(PROJECT / "datasette" / "site.yml")
    assert error_reports.ways(document.data["report"])["answer_days"] == 10


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("it_is_told_when_and_who_noticed", {"correction_id": "7"}),
    ("it_is_told_when_and_who_noticed", {"correction_date": None}),
    ("it_is_told_when_and_who_noticed", {"reported_by": "a clerk"}),
    ("it_is_told_when_and_who_noticed", {"first_release": 0}),
    ("it_is_told_what_was_wrong", {"table_name": "no_such_table"}),
    ("it_is_told_what_was_wrong", {"what_was_done": " "}),
    ("it_names_no_one", {"what_was_wrong": "Told by somebody@example.org."}),
    ("it_names_no_one", {"what_was_wrong": "Told by 202-555-0143."}),
]
RIGHT = {
    "correction_date": "2026-06-09",
    "jurisdiction": "larkhaven",
    "table_name": "complaints",
    "what_was_wrong": "A day was wrong.",
    "what_was_done": "It was mended.",
    "first_release": None,
    "reported_by": "public",
}


def test_a_wrong_line_in_the_log_stops_the_release(tmp_path: Path) -> None:
    rows = [{**RIGHT, "correction_id": f"C-{n:04d}", **bad} for n, (_, bad) in enumerate(WRONG, 1)]
    built = invented.candidate(invented.settings(tmp_path), {"corrections": rows})
    (suite,) = (s for s in _suites() if s.mart == "corrections")
    results = judge.judge(built.database, [suite])
    red = {one.name for one in results if not one.has_passed}
    assert red == {name for name, _ in WRONG}
    with pytest.raises(DataRefused, match="Table corrections"):
        judge.refuse_on_failure(results)
    with closing(sqlite3.connect(built.database)) as database:
        for name in red:
            found = database.execute(_query(name)).fetchall()
            assert len(found) == sum(one == name for one, _ in WRONG), name


def test_a_right_line_passes(tmp_path: Path) -> None:
    rows = [{**RIGHT, "correction_id": "C-0001"}]
    built = invented.candidate(invented.settings(tmp_path), {"corrections": rows})
    results = judge.judge(built.database, [s for s in _suites() if s.mart == "corrections"])
    assert [one.name for one in results if not one.has_passed] == []


def _suites() -> tuple[Suite, ...]:
    return load_suites(PROJECT / "expectations", invented.marts())


def _query(name: str) -> str:
    told = yaml.safe_load((PROJECT / "expectations" / "corrections.yml").read_text("utf-8"))
    (query,) = (one["kwargs"]["unexpected_rows_query"] for one in told if one["meta"]["id"] == name)
    return str(query).format(batch="corrections")


SIGNED = {
    "manifest.json": "application/json",
    "manifest.json.sig": "text/plain; charset=utf-8",
    "SHA256SUMS": "text/plain; charset=utf-8",
    "allowed_signers": "text/plain; charset=utf-8",
}


def test_what_a_copy_is_verified_with_is_served_by_its_own_name(site: httpx.Client) -> None:
    page = site.get("/oversight").text
    for name, kind in SIGNED.items():
        assert f'href="/downloads/0001/{name}"' in page
        answer = site.get(f"/downloads/0001/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert f'filename="{name}"' in answer.headers["content-disposition"]
    assert site.get("/downloads/0001/release-key").status_code == 404


def test_the_lines_on_the_page_accept_a_fetched_copy_and_no_other(
    site: httpx.Client, tmp_path: Path
) -> None:
    page = site.get("/oversight").text
    lines = html.unescape(re.findall(r'<pre class="lines">(.*?)</pre>', page, re.S)[0])
    sums = site.get("/downloads/0001/SHA256SUMS").text.splitlines()
    for name in (*SIGNED, *(line.split("  ", 1)[1] for line in sums)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(site.get(f"/downloads/0001/{name}").content)
    assert _runs(lines, tmp_path)
    (tmp_path / "csv" / "complaints.csv").open("a").write("x\n")
    assert not _runs(lines, tmp_path)
    (tmp_path / "csv" / "complaints.csv").write_bytes(
        site.get("/downloads/0001/csv/complaints.csv").content
    )
    assert _runs(lines, tmp_path)
    (tmp_path / "more.csv").write_text("x\n")
    assert not _runs(lines, tmp_path)


def _runs(lines: str, folder: Path) -> bool:
    done = subprocess.run(["sh", "-e", "-c", lines], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def test_the_lines_on_the_page_are_those_of_the_documentation(site: httpx.Client) -> None:
    page = site.get("/oversight").text
    lines = html.unescape(re.findall(r'<pre class="lines">(.*?)</pre>', page, re.S)[0])
    told = (PROJECT / "docs" / "verify.md").read_text(encoding="utf-8")
    documented = re.findall(r"```sh\n(.*?)```", told, re.S)[0]
    assert lines.replace("\\\n ", "").split() == documented.split()


def test_the_page_says_until_when_a_copy_is_to_be_believed(
    released: Installation, site: httpx.Client
) -> None:
    told = manifest.read(released.settings.current)
    assert told.expires_at
    until = datetime.fromisoformat(told.expires_at)
    day = f"{until.day} {until:%B %Y}"
    assert f"Believe a copy of it until {day} ; after that day" in text_of(site, "/oversight")
    late = until + timedelta(days=2)
    with serve.listening(released.settings, clock=lambda: late) as running:
        page = re.sub(r"<[^>]+>", "", httpx.get(f"{running.address}oversight").text)
    assert f"until {day}; that day has passed" in page


def test_hidden_numbers_are_told_as_hidden_and_explained(
    released: Installation, site: httpx.Client
) -> None:
    rows = rows_of(released.settings, "demographic_counts")
    assert any(row["value_state"] == "suppressed" for row in rows)
    for page in (
        "/oversight/demographic_counts?value_state=suppressed",
        "/oversight/who_complains",
    ):
        shown = site.get(page).text
        assert '<span class="hidden">hidden</span></td>' in shown
        assert "it is not the same as zero" in shown
        assert "group_share_code" in shown
    answer = site.get("/oversight/demographic_counts.json?value_state=suppressed&_shape=objects")
    assert {row["people_count"] for row in answer.json()["rows"]} == {None}
    assert "About hidden numbers" not in site.get("/oversight/measures").text


def test_a_key_too_long_to_read_is_a_short_link_to_the_same_row(site: httpx.Client) -> None:
    page = site.get("/oversight/demographic_counts?_size=1").text
    (address,) = re.findall(r'<a href="([^"]*)" aria-label="[^"]*">row&nbsp;1</a>', page)
    assert site.get(html.unescape(address)).status_code == 200
