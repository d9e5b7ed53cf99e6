"""Every public record has an address that stays, a timeline in plain words, and a state."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from hashlib import md5
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.utils import tilde_encode

from pipelines import (
    manifest,
    record_history,
    record_log,
    record_pages,
    record_rows,
    record_words,
    serve,
)
from pipelines.settings import Settings
from pipelines.shown import Shown, open_release
from tests import invented_marts as invented

LH = "larkhaven.complaints"
ALLEGED = "larkhaven.allegations"
REVIEWS = "larkhaven.bwc_reviews"
CHANGED, MISSING, WITHDRAWN, SEALED, BACK, AWKWARD, BUSY = (f"{n:016x}" for n in range(1, 8))
FIRST, SECOND, THIRD = (f"{n:016x}" for n in range(11, 14))
NUMBER = "LH/9, <b>x</b> 50%+~?.é"
NEVER = "f" * 16

Change = tuple[str, str, str | None, int, str, str | None, str | None, str | None]
CHANGES: list[Change] = [
    (LH, CHANGED, "LH-0001", 2, "value_changed", "finding", "Pending", "Sustained"),
    (LH, CHANGED, "LH-0001", 2, "filled", "closed_on", None, "2026-02-01"),
    (LH, CHANGED, "LH-0001", 3, "reformatted", "received_on", "1/2/2026", "2026-01-02"),
    (LH, CHANGED, "LH-0001", 4, "value_changed", "complainant_race", None, None),
    (LH, CHANGED, "LH-0001", 5, "blanked", "finding", "Sustained", None),
    (LH, CHANGED, "LH-0001", 6, "key_migrated", None, None, None),
    (LH, MISSING, "LH-0900", 6, "removed", None, None, None),
    (LH, WITHDRAWN, "LH-0901", 4, "removed", None, None, None),
    (LH, SEALED, "LH-0902", 3, "value_changed", "finding", "Pending", "Secret"),
    (LH, BACK, "LH-0003", 2, "removed", None, None, None),
    (LH, BACK, "LH-0003", 4, "restored", None, None, None),
    (LH, AWKWARD, NUMBER, 2, "added", None, None, None),
    (LH, AWKWARD, NUMBER, 3, "value_changed", "note", "<i>a</i>", "b & c"),
    (ALLEGED, FIRST, "LH-0001", 2, "value_changed", "outcome", "Open", "Proven"),
    (ALLEGED, SECOND, "LH-0002", 2, "added", None, None, None),
    (ALLEGED, THIRD, "LH-0002", 2, "removed", None, None, None),
    (REVIEWS, f"{21:016x}", "R-77", 2, "recoded", "footage", "Y", "Yes"),
    *(
        (LH, BUSY, "LH-0005", 7 + n, "value_changed", "status", f"was {n}", f"is {n}")
        for n in range(60)
    ),
]
ABSENT = [
    (MISSING, LH, "LH-0900", "missing", "2026-06-03", "2026-05-03", 1),
    (WITHDRAWN, LH, "LH-0901", "withdrawn", "2026-04-03", "2026-03-03", 3),
    (SEALED, LH, None, "withheld", None, None, None),
    (THIRD, ALLEGED, "LH-0002", "missing", "2026-02-03", "2026-01-03", 2),
]
NOTE = "A row of this source has no number of its own, so a corrected row is removed and added."


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = invented.settings(tmp_path_factory.mktemp("records"))
    invented.publish(made)
    with_history(made.releases / "0001")
    return made


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(settings, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=10) as client,
    ):
        yield client


@pytest.fixture
def shown(settings: Settings) -> Shown:
    return open_release(settings.releases / "0001", settings.status, clock=lambda: invented.NIGHT)


@pytest.fixture
def database(settings: Settings) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        with closing(sqlite3.connect(settings.releases / "0001" / "oversight.db")) as released:
            released.backup(opened)
        opened.row_factory = sqlite3.Row
        yield opened


def with_history(folder: Path) -> None:
    """Put an invented history into a release, and its new checksum into the manifest."""
    _altered(folder, _write)


def without_history(folder: Path) -> None:
    """Make a release as they were before there was a history."""
    _altered(folder, lambda _: None)


def _altered(folder: Path, write: Callable[[sqlite3.Connection], None]) -> None:
    file = folder / "oversight.db"
    file.chmod(0o644)
    with closing(sqlite3.connect(file)) as database:
        for table in record_log.TABLES:
            database.execute(f"drop table if exists {table}")
        write(database)
        database.commit()
    told = json.loads((folder / manifest.NAME).read_text())
    fresh = manifest.record(file)
    told["files"]["oversight.db"] = {"bytes": fresh.bytes, "sha256": fresh.sha256}
    manifest.write_json(folder / manifest.NAME, told)
    invented.signed_again(folder)


def _write(database: sqlite3.Connection) -> None:
    database.execute(
        "create table revisions (revision_id text primary key, jurisdiction, source_table, feed, "
        "record_id, record_label, change_kind, is_substantive integer, column_name, old_value, "
        "new_value, first_seen_at, snapshot_sequence integer, snapshot_id, previous_snapshot_id)"
    )
    database.execute("create index r1 on revisions (record_id)")
    database.execute("create index r2 on revisions (source_table, record_label)")
    database.execute(
        "create table missing_records (record_id text primary key, jurisdiction, source_table, "
        "feed, record_label, record_state, missing_since_date, last_seen_date, "
        "snapshots_absent_count integer, last_values)"
    )
    database.execute("create index m1 on missing_records (source_table, record_label)")
    database.execute(
        "create table source_changes (source_table, snapshot_sequence integer, first_seen_at, "
        "as_of_date, changed_records_count integer, primary key (source_table, snapshot_sequence))"
    )
    for number, (source, record, label, sequence, kind, *field) in enumerate(CHANGES):
        is_real = kind not in ("recoded", "key_migrated", "reformatted")
        row = [f"{number:016x}", "larkhaven", source, source.split(".")[1], record, label, kind]
        row += [is_real, *field, seen(sequence), sequence, snapshot(sequence)]
        _insert(database, "revisions", [*row, snapshot(sequence - 1)])
    for record, source, label, state, since, until, count in ABSENT:
        values = {"complaint_id": label, "finding": "Pending & <open>", "district": None}
        row = [record, "larkhaven", source, source.split(".")[1], label, state, since, until, count]
        _insert(database, "missing_records", [*row, json.dumps(values) if label else None])
    feeds = [row["source_table"] for row in invented.ROWS["sources"]]
    for source in feeds:
        for sequence in range(1, 67):
            changed = int(source in (LH, ALLEGED, REVIEWS))
            row = [source, sequence, seen(sequence), seen(sequence - 1)[:10], changed]
            _insert(database, "source_changes", row)
    database.execute(
        "update source_changes set changed_records_count = 4 where source_table = ?",
        ["larkhaven.hearings"],
    )


def _insert(database: sqlite3.Connection, table: str, row: list[Any]) -> None:
    database.execute(f"insert into {table} values ({', '.join('?' for _ in row)})", row)


def seen(sequence: int) -> str:
    return f"{date(2026, 1, 2) + timedelta(days=sequence)} 04:15:00"


def snapshot(sequence: int) -> str:
    return f"{sequence:02}" * 8


class _Shape(HTMLParser):
    """Headings in their order, addresses, and whether every list holds only items."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.inside: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "li" and self.inside[-1] not in ("ol", "ul"):
            self.faults.append("a stray li")
        if self.inside and self.inside[-1] in ("ol", "ul") and tag != "li":
            self.faults.append(f"{tag} in a list")
        self.links += [told["href"] or ""] if "href" in told else []
        self.ids += [told["id"] or ""] if "id" in told else []
        if tag not in ("meta", "link", "br", "input"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside.pop() != tag:
            self.faults.append(f"{tag} closes another")


def shape(page: str) -> _Shape:
    read = _Shape()
    read.feed(page)
    return read


def text_of(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def number_address(source: str, number: str) -> str:
    return f"/record/{source}/{tilde_encode(number)}"


PAGES = [
    f"/record/{CHANGED}",
    f"/record/{MISSING}",
    f"/record/{WITHDRAWN}",
    f"/record/{BACK}",
    f"/record/{AWKWARD}",
    f"/record/{BUSY}",
    f"/record/{FIRST}",
    f"/record/{LH}/LH-0001",
    f"/record/{ALLEGED}/LH-0002",
    f"/record/{LH}/LH-0100",
    f"/record/{SEALED}",
    f"/record/{NEVER}",
    "/oversight/complaints/larkhaven,LH-0001",
    "/oversight/complaints/larkhaven,LH-0100",
    "/oversight/bwc_reviews/larkhaven,R1",
    "/oversight/hearings/larkhaven,H1",
    "/oversight/cops_awards/larkhaven,A1",
]


def test_a_record_tells_what_happened_to_it_newest_first(site: httpx.Client) -> None:
    text = text_of(site.get(f"/record/{CHANGED}").text)
    told = [
        "Complaint LH-0001",
        "Current: it is in the latest delivery, of 9 March 2026.",
        "8 January 2026",
        "The number that the agency uses changed; the record is the same.",
        "7 January 2026",
        "Finding was emptied; it was “Sustained”.",
        "Complainant race changed; the values are not public.",
        "Only the way of writing changed",
        "Closed on was filled in: “2026-02-01”.",
        "Finding changed from “Pending” to “Sustained”.",
    ]
    places = [text.find(sentence) for sentence in told]
    assert -1 not in places, told[places.index(-1)]
    assert places == sorted(places)
    assert f"id {snapshot(6)} , after {snapshot(5)}" in text
    assert "Its data are as of 6 January 2026" in text


def test_what_is_only_written_differently_is_folded_away(site: httpx.Client) -> None:
    page = site.get(f"/record/{CHANGED}").text
    folded = re.findall(r"<details>.*?</details>", page, re.DOTALL)
    assert len(folded) == 1
    assert "Received on: only the way of writing changed, from “1/2/2026”" in folded[0]


def test_a_missing_record_says_since_when_and_what_it_last_said(site: httpx.Client) -> None:
    page = site.get(f"/record/{MISSING}").text
    text = text_of(page)
    assert "Missing since 3 June 2026 . It was in the deliveries until 3 May 2026." in text
    assert "After three deliveries in a row without it we say that the source withdrew it." in text
    assert "Last known values" in text
    assert "as the agency last published them" in text
    assert "<dt>Finding</dt><dd>Pending &amp; &lt;open&gt;</dd>" in page
    assert '<dt>District</dt><dd><span class="quiet">empty</span></dd>' in page
    gone = text_of(site.get(f"/record/{WITHDRAWN}").text)
    assert "Withdrawn by the source: missing since 3 April 2026 ." in gone
    assert "3 deliveries in a row came without it." in gone


def test_a_record_that_came_back_is_current(site: httpx.Client) -> None:
    text = text_of(site.get(f"/record/{BACK}").text)
    assert text.index("Came back: it had been missing.") < text.index("no longer has it")
    assert "Current:" in text


def test_of_a_withheld_record_nothing_is_said_but_that(site: httpx.Client) -> None:
    page = site.get(f"/record/{SEALED}")
    assert page.status_code == 200
    assert text_of(page.text).split(">", 1)[1].strip() == (
        f"A withheld record {record_words.WITHHELD}"
    )
    assert site.get(f"/record/{SEALED}.json").json() == {
        "ok": True,
        "release": "0001",
        "record_id": SEALED,
        "record_state": "withheld",
        "told": record_words.WITHHELD,
    }


def test_a_withheld_record_is_not_found_by_its_number(site: httpx.Client) -> None:
    hidden = site.get(f"/record/{LH}/LH-0902")
    never = site.get(f"/record/{LH}/LH-none")
    assert (hidden.status_code, hidden.text) == (404, never.text)
    for page in PAGES:
        assert "Secret" not in site.get(page).text, page


def test_unknown_and_never_public_get_the_same_answer(site: httpx.Client) -> None:
    asked = [
        f"/record/{NEVER}",
        "/record/nonsense",
        "/record/0000",
        f"/record/{CHANGED.upper()}0",
        f"/record/{LH}/LH-9999",
        "/record/nowhere.complaints/LH-0001",
        "/record/larkhaven.complaints/%00%ff",
        f"/record/{LH}/'%20or%201=1",
    ]
    answers = {site.get(address).text for address in asked}
    assert {site.get(address).status_code for address in asked} == {404}
    assert len(answers) == 1
    assert record_words.UNKNOWN in answers.pop()
    for address in asked:
        answer = site.get(f"{address}.json")
        assert (answer.status_code, answer.json()["error"]) == (404, record_words.UNKNOWN)


def test_a_number_leads_to_its_record_however_it_is_written(site: httpx.Client) -> None:
    from urllib.parse import quote

    for number in (tilde_encode(NUMBER), quote(NUMBER, safe="")):
        page = site.get(f"/record/{LH}/{number}")
        assert page.status_code == 200, number
        assert "Note changed from “&lt;i&gt;a&lt;/i&gt;” to “b &amp; c”." in page.text
        assert AWKWARD in page.text
    assert site.get(f"/record/{tilde_encode(LH)}/LH-0001").status_code == 200
    assert record_words.in_address(NUMBER) == tilde_encode(NUMBER)


def test_a_record_that_never_changed_has_a_page_too(site: httpx.Client) -> None:
    text = text_of(site.get(f"/record/{LH}/LH-0100").text)
    assert "Complaint LH-0100" in text
    assert "Current: it is in the latest delivery" in text
    assert "No change has been recorded since the first snapshot on 3 January 2026." in text
    assert "/oversight/complaints/larkhaven,LH-0100" in site.get(f"/record/{LH}/LH-0100").text
    award = text_of(site.get("/record/larkhaven.cops_awards/A1").text)
    assert "No change has been recorded" in award
    counted = text_of(site.get("/record/larkhaven.hearings/H1").text)
    assert record_words.COUNTED_ONLY in counted
    assert "No change" not in counted


def test_a_complaint_is_shown_with_its_allegations(site: httpx.Client) -> None:
    page = site.get(f"/record/{CHANGED}").text
    assert "Other records with this number" in page
    related = page.partition('id="related"')[2]
    assert "Larkhaven: allegations" in related
    assert "Outcome changed from “Open” to “Proven”." in related
    assert f'href="/record/{FIRST}"' in related
    alleged = site.get(f"/record/{FIRST}").text
    assert "Allegation under number LH-0001" in alleged
    assert f'href="/record/{CHANGED}"' in alleged.partition('id="related"')[2]
    assert (
        "/oversight/allegations?jurisdiction=larkhaven&amp;complaint_id__exact=LH-0001" in alleged
    )


def test_a_number_of_several_records_lists_them_all(site: httpx.Client) -> None:
    page = site.get(f"/record/{ALLEGED}/LH-0002").text
    assert "2 records of this source bear this number." in text_of(page)
    for record in (SECOND, THIRD):
        assert f'<a href="/record/{record}">{record}</a>' in page
    assert "<h3>Last known values</h3>" in page


def test_the_json_says_the_same_as_the_page(site: httpx.Client) -> None:
    told = site.get(f"/record/{CHANGED}.json").json()
    assert told["address"] == f"/record/{CHANGED}"
    assert told["record_label"] == "LH-0001"
    (record,) = told["records"]
    assert record["record_state"] == "current"
    assert record["events"][0]["change_kind"] == "key_migrated"
    assert len(record["events"]) == 6
    page = site.get(f"/record/{CHANGED}").text
    for event in record["events"]:
        assert event["told"].replace("'", "&#39;") in page
    assert [one["record_id"] for one in told["related"]] == [FIRST]
    assert {
        "table": "complaints",
        "address": "/oversight/complaints/larkhaven,LH-0001",
        "rows": 1,
    } in told["rows"]
    gone = site.get(f"/record/{MISSING}.json").json()["records"][0]
    assert gone["last_values"]["finding"] == "Pending & <open>"
    assert gone["missing_since_date"] == "2026-06-03"
    by_number = site.get(f"{number_address(LH, NUMBER)}.json").json()
    assert by_number["records"][0]["record_id"] == AWKWARD


def test_the_row_of_a_table_tells_its_last_ten_changes(site: httpx.Client) -> None:
    changed = site.get("/oversight/complaints/larkhaven,LH-0001").text
    assert "History of this complaint" in changed
    assert "Finding changed from “Pending” to “Sustained”." in changed
    assert "Outcome changed from “Open” to “Proven”." in changed
    assert f'href="/record/{CHANGED}"' in changed
    quiet = text_of(site.get("/oversight/complaints/larkhaven,LH-0100").text)
    assert "No change has been recorded since the first snapshot on 3 January 2026." in quiet
    busy = site.get("/oversight/complaints/larkhaven,LH-0005").text
    assert busy.count("Status changed") == 10
    assert "“is 59”" in busy
    assert "Earlier changes are not listed here." in busy


def test_a_row_whose_number_is_not_in_its_table_is_not_called_unchanged(
    site: httpx.Client,
) -> None:
    text = text_of(site.get("/oversight/bwc_reviews/larkhaven,R1").text)
    assert record_words.HIDDEN_NUMBER in text
    assert "No change has been recorded" not in text


def test_a_row_with_an_id_of_ours_is_found_by_the_number_it_is_made_of(
    database: sqlite3.Connection, shown: Shown
) -> None:
    for table, parts in (("bwc_reviews", ()), ("allegations", ("LH-0007",))):
        source, number = f"larkhaven.{table}", "N-1"
        _insert(database, "revisions", [*_change(source, number)])
        told = "|".join(("larkhaven", source, *parts, number))
        column = record_rows.IDS[table]
        row = {
            "jurisdiction": "larkhaven",
            "source_table": source,
            "complaint_id": "LH-0007",
            column: md5(told.encode()).hexdigest()[:16],
        }
        found = record_history.of_row(database, shown, table, row)
        assert found is not None
        assert [one.loud for one in found.deliveries] == [("Note changed from “a” to “b”.",)]
        assert found.address == f"/record/{number.encode().hex():0>16}"


def test_a_review_is_called_unchanged_when_every_number_was_tried(
    database: sqlite3.Connection, shown: Shown
) -> None:
    made = md5(f"larkhaven|{REVIEWS}|R-77".encode()).hexdigest()[:16]
    database.execute("update bwc_reviews set bwc_review_id = ? where bwc_review_id = 'R1'", [made])
    row = {"jurisdiction": "larkhaven", "source_table": REVIEWS, "bwc_review_id": "R2"}
    found = record_history.of_row(database, shown, "bwc_reviews", row)
    assert found is not None
    assert found.remark == "No change has been recorded since the first snapshot on 3 January 2026."
    shown.words["databases"]["oversight"]["tables"]["bwc_reviews"]["sources"] = [REVIEWS]
    page = record_pages.by_number(database, shown, REVIEWS, "R-77")
    assert page is not None
    assert [row.address for row in page.rows] == [f"/oversight/bwc_reviews/larkhaven,{made}"]


def _change(source: str, number: str) -> list[Any]:
    record = f"{number.encode().hex():0>16}"
    row = [f"{source}-{number}", "larkhaven", source, source.split(".")[1], record, number]
    row += ["value_changed", 1, "note", "a", "b", seen(2), 2, snapshot(2), snapshot(1)]
    return row


def test_other_tables_have_no_history_at_their_foot(site: httpx.Client) -> None:
    for page in ("sources/larkhaven~2Ecomplaints", "complaint_trends"):
        assert "History of" not in site.get(f"/oversight/{page}").text


def test_a_busy_record_stays_a_small_page_and_links_to_the_rest(site: httpx.Client) -> None:
    page = site.get(f"/record/{BUSY}").text
    assert len(page) < 100_000
    assert page.count("Status changed") == record_pages.DELIVERIES_SHOWN
    assert f"/oversight/revisions?record_id={BUSY}" in page
    assert len(site.get(f"/record/{BUSY}.json").json()["records"][0]["events"]) == 60


def test_a_page_is_cited_with_address_release_and_how_to_find_it_again(
    site: httpx.Client,
) -> None:
    page = site.get(f"/record/{CHANGED}").text
    text = text_of(page)
    assert f"Larkhaven: complaints, Complaint LH-0001, record {CHANGED}. Release 1 of" in text
    assert f"{site.base_url}record/{CHANGED}" in text
    assert f"/r0001/revisions?source_table={LH}&amp;record_id={CHANGED}" in page


def test_every_page_is_well_formed_and_needs_no_script(site: httpx.Client) -> None:
    for address in PAGES:
        answer = site.get(address)
        found = shape(answer.text)
        assert found.faults == [], address
        assert found.headings[0] == 1, address
        steps = [b - a for a, b in zip(found.headings, found.headings[1:], strict=False)]
        assert all(step <= 1 for step in steps), address
        assert len(found.ids) == len(set(found.ids)), address
        assert "<script" not in answer.text, address
        assert "style=" not in answer.text, address
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_every_link_of_a_record_leads_somewhere(site: httpx.Client) -> None:
    for address in PAGES[:10]:
        for link in set(shape(site.get(address).text).links):
            inside = link.startswith("/") and not link.startswith(("/downloads", "/static"))
            if inside:
                assert site.get(link).status_code == 200, (address, link)


def test_every_question_goes_through_an_index(database: sqlite3.Connection) -> None:
    asked: list[str] = []
    database.set_trace_callback(asked.append)
    record_log.events_of_record(database, CHANGED)
    record_log.events_of_number(database, LH, "LH-0001")
    record_log.absences_of_number(database, LH, "LH-0900")
    record_log.first_day(database, LH)
    record_log.is_counted_only(database, LH)
    database.set_trace_callback(None)
    assert len(asked) > 5
    for query in asked:
        for step in database.execute(f"explain query plan {query}").fetchall():
            assert "SCAN" not in step["detail"], query


def test_a_release_without_a_history_has_pages_by_number(tmp_path: Path) -> None:
    old = invented.settings(tmp_path)
    invented.publish(old)
    without_history(old.releases / "0001")
    shown = open_release(old.releases / "0001", old.status, clock=lambda: invented.NIGHT)
    with closing(sqlite3.connect(shown.folder / "oversight.db")) as database:
        assert record_pages.by_id(database, shown, CHANGED) is None
        page = record_pages.by_number(database, shown, LH, "LH-0001")
    assert page is not None
    assert (page.records[0].standing, page.records[0].remark) == ("Current.", None)


def test_a_row_of_an_old_release_tells_what_that_release_knew(tmp_path: Path) -> None:
    both = invented.settings(tmp_path)
    invented.publish(both, invented.complaints(40))
    invented.publish(both, invented.complaints(80))
    with_history(both.releases / "0002")
    without_history(both.releases / "0001")
    row = "complaints/larkhaven,LH-0001"
    with serve.listening(both, clock=lambda: invented.NIGHT) as running:
        for database in ("oversight", "r0002"):
            page = httpx.get(f"{running.address}{database}/{row}")
            assert "Finding changed from" in page.text, database
            assert f"/{database}/source_changes/" in page.text
        old = httpx.get(f"{running.address}r0001/{row}")
        assert old.status_code == 200
        assert "History of" not in old.text


def test_a_change_names_the_release_that_first_had_it(tmp_path: Path) -> None:
    made = invented.settings(tmp_path)
    invented.publish(made)
    with_history(made.releases / "0001")
    file = made.data / "changes" / "0001.json"
    told = json.loads(file.read_text())
    for source in told["sources"]:
        source["to_sequence"] = 4
    file.write_text(json.dumps(told))
    with serve.listening(made, clock=lambda: invented.NIGHT) as running:
        page = httpx.get(f"{running.address}record/{CHANGED}").text
    related = page.partition('id="related"')[0]
    assert related.count('<a href="/changes/0001">release 1</a>') == 3


def test_what_a_source_cannot_tell_stands_on_its_records(
    database: sqlite3.Connection, shown: Shown
) -> None:
    from dataclasses import replace

    rows = tuple({**row, "revisions_note": NOTE} for row in shown.rows)
    page = record_pages.by_id(database, replace(shown, rows=rows), FIRST)
    assert isinstance(page, record_pages.Page)
    assert page.source.cannot_tell == NOTE


def test_a_day_is_not_told_twice() -> None:
    told = record_words.standing("missing", "2026-10-31", "2026-10-31", 1)
    assert told.startswith("Missing since 31 October 2026. One delivery came without it. After")


@pytest.mark.parametrize(
    ("kind", "column", "old", "new", "told"),
    [
        ("added", None, None, None, "Added: it was not in the deliveries before."),
        ("removed", None, None, None, "Removed: this delivery no longer has it."),
        ("value_changed", "x", "a" * 500, "b", f"X changed from “{'a' * 299}…” to “b”."),
        (
            "recoded",
            "case_type",
            "SUB",
            "Substantiated",
            "Case type: the agency now writes “Substantiated” for “SUB”, throughout its file.",
        ),
        ("reformatted", "name", None, None, "Name: only the way of writing changed."),
    ],
)
def test_each_kind_of_change_has_its_words(
    kind: str, column: str | None, old: str | None, new: str | None, told: str
) -> None:
    assert record_words.happened(kind, column, old, new) == told
