"""What a release changed is told from its tables, kept for good, and leads to each change."""

from __future__ import annotations

import html
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines import changes, changes_kept, changes_months, manifest, serve, shelf
from pipelines.changes_told import headline, revisions_url, sentence
from pipelines.rollback import go_back
from pipelines.settings import Settings
from tests import invented_changes as history
from tests import invented_marts as invented
from tests.invented_changes import COMPLAINTS, HEARINGS, delivery, hold, night, revision

FIRST = delivery(COMPLAINTS, 1, "2026-10-30 04:15:00", rows=1000)
SECOND = delivery(COMPLAINTS, 2, "2026-10-31 04:15:00", 1002, added=2, reformatted=3)
THIRD = delivery(
    *(COMPLAINTS, 3, "2026-11-01 04:15:00", 1058),
    added=60,
    removed=4,
    value_changed=2,
    blanked=1,
)
CHANGED = [
    *(revision(COMPLAINTS, 2, "added", f"LH-2{n}") for n in range(2)),
    *(revision(COMPLAINTS, 2, "reformatted", f"LH-r{n}", column_name="district") for n in range(3)),
    *(revision(COMPLAINTS, 3, "added", f"LH-3{n:02d}") for n in range(60)),
    *(revision(COMPLAINTS, 3, "removed", f"LH-gone-{n}") for n in range(4)),
    revision(
        *(COMPLAINTS, 3, "value_changed", "LH-7"),
        column_name="finding",
        old_value="sustained",
        new_value="<b>not</b>",
    ),
    revision(COMPLAINTS, 3, "value_changed", "LH-8", column_name="race"),
    revision(
        *(COMPLAINTS, 3, "blanked", "LH-9"),
        column_name="closed_date",
        old_value="2026-01-05",
    ),
]
BASELINE = delivery(HEARINGS, 1, "2026-10-30 04:15:00", rows=40)
COUNTED_ONLY = delivery(HEARINGS, 2, "2026-11-01 04:15:00", rows=41, added=1)
HELD = hold(HEARINGS, 1, "2026-10-31 04:15:00")
DECIDED = {
    **HELD,
    "decision": "rejected",
    "decided_at": "2026-11-01 09:00:00",
    "decided_by": "R. <Ruiz>",
    "reason": "The file was cut off.",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return invented.settings(tmp_path)


def told(settings: Settings, number: int) -> dict[str, Any]:
    folder = shelf.folder(settings, number)
    read: dict[str, Any] = json.loads((folder / "CHANGES.json").read_text(encoding="utf-8"))
    return read


def of(changed: dict[str, Any], source: str) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in changed["sources"] if s["source_table"] == source)
    return found


def two_releases(settings: Settings) -> None:
    history.publish(settings, night(30, 10), deliveries=[FIRST, BASELINE])
    history.publish(
        settings,
        night(2),
        deliveries=[FIRST, SECOND, THIRD, BASELINE, COUNTED_ONLY],
        revisions=CHANGED,
        missing=[
            *(history.absent(COMPLAINTS, f"LH-gone-{n}", "missing", "2026-11-01") for n in (0, 1)),
            history.absent(COMPLAINTS, "LH-gone-2", "withdrawn", "2026-09-01"),
            history.absent(COMPLAINTS, "LH-gone-3", "withheld"),
        ],
        holds=[DECIDED],
        complaints=8,
    )


# The file.


def test_in_the_first_release_everything_is_new_and_it_says_so(settings: Settings) -> None:
    history.publish(settings, night(30, 10), deliveries=[FIRST, SECOND], revisions=CHANGED[:5])
    first = told(settings, 1)
    assert first["previous"] is None
    assert headline(first).startswith("The first release: everything in it is new, ")
    assert first["totals"]["substantive"] == 0
    complaints = of(first, COMPLAINTS)
    assert (complaints["state"], complaints["from_sequence"]) == ("new", 0)
    assert (complaints["substantive_count"], complaints["listed_count"]) == (2, 5)
    assert [s["sequence"] for s in complaints["snapshots"]] == [1, 2]


def test_a_release_counts_the_snapshots_between_itself_and_the_one_before(
    settings: Settings,
) -> None:
    two_releases(settings)
    second = told(settings, 2)
    complaints = of(second, COMPLAINTS)
    assert (complaints["from_sequence"], complaints["to_sequence"]) == (1, 3)
    assert {k: n for k, n in complaints["counts"].items() if n} == {
        "added": 62,
        "removed": 4,
        "value_changed": 2,
        "blanked": 1,
        "reformatted": 3,
    }
    assert complaints["substantive_count"] == 69
    assert (complaints["rows_before"], complaints["rows_after"]) == (1000, 1058)
    assert complaints["snapshots"][0]["accepted_at"] == "2026-10-31T04:15:00Z"
    assert complaints["listed_count"] == 72
    assert second["revisions"] == {"table": "revisions", "key": "revision_id", "total": 72}
    table = next(one for one in second["tables"] if one["table"] == "complaints")
    assert (table["rows_before"], table["rows_after"]) == (5, 8)
    assert headline(second) == (
        "70 changes in 2 of 12 sources: 63 records added, 4 records removed, 2 values changed "
        "and 1 value emptied."
    )


def test_the_manifest_knows_the_file_and_the_sequence_of_each_source(settings: Settings) -> None:
    two_releases(settings)
    shown = manifest.verify(shelf.folder(settings, 2))
    assert "CHANGES.json" in shown.files
    assert shown.inputs[COMPLAINTS]["sequence"] == 3
    assert shown.inputs["larkhaven.allegations"]["sequence"] is None


def test_the_same_content_is_no_new_release_and_changes_nothing(settings: Settings) -> None:
    for day in (1, 2):
        history.publish(settings, night(day), deliveries=[FIRST])
    assert shelf.numbers(settings) == [1]
    assert [f.name for f in (settings.data / "changes").iterdir()] == ["0001.json"]


def test_nothing_delivered_is_said_too(settings: Settings) -> None:
    history.publish(settings, night(1), deliveries=[FIRST])
    history.publish(settings, night(2), deliveries=[FIRST], complaints=9)
    assert headline(told(settings, 2)).startswith("No source delivered a new file;")


def test_the_history_that_a_new_source_brings_is_no_change(settings: Settings) -> None:
    history.publish(settings, night(1), deliveries=[FIRST], without=[HEARINGS])
    history.publish(settings, night(2), deliveries=[FIRST, BASELINE, COUNTED_ONLY])
    second = told(settings, 2)
    assert of(second, HEARINGS)["state"] == "new"
    assert second["totals"]["substantive"] == 0
    assert headline(second).endswith("; 1 source is newly read.")
    history.publish(settings, night(3), deliveries=[FIRST], without=[HEARINGS])
    assert of(told(settings, 3), HEARINGS)["state"] == "left"


def test_a_release_from_before_sequences_is_found_by_its_snapshot(settings: Settings) -> None:
    history.publish(settings, night(1), deliveries=[FIRST, SECOND])
    folder = shelf.folder(settings, 1)
    known = json.loads((folder / "manifest.json").read_text())
    for one in known["inputs"].values():
        del one["sequence"]
    (folder / "manifest.json").chmod(0o644)
    (folder / "manifest.json").write_text(json.dumps(known))
    history.publish(settings, night(2), deliveries=[FIRST, SECOND, THIRD], revisions=CHANGED)
    assert of(told(settings, 2), COMPLAINTS)["from_sequence"] == 2


def test_a_log_that_begins_anew_is_no_change(settings: Settings) -> None:
    history.publish(settings, night(1), deliveries=[FIRST, SECOND, THIRD])
    other = delivery(COMPLAINTS, 1, "2026-11-02 04:15:00", snapshot_id="other")
    history.publish(settings, night(2), deliveries=[other])
    assert of(told(settings, 2), COMPLAINTS)["state"] == "begun"
    assert "1 source is logged from here on" in headline(told(settings, 2))


def test_a_hold_is_told_when_it_opens_and_when_it_ends(settings: Settings) -> None:
    history.publish(settings, night(30, 10), deliveries=[FIRST])
    history.publish(settings, night(31, 10), deliveries=[FIRST], holds=[HELD])
    history.publish(settings, night(1), deliveries=[FIRST, SECOND], holds=[HELD])
    history.publish(settings, night(2), deliveries=[FIRST, SECOND], holds=[DECIDED])
    assert [h["decision"] for n in (2, 3, 4) for h in told(settings, n)["holds"]] == [
        *("open", "rejected")
    ]
    assert told(settings, 3)["open_holds"] == [HELD["hold_id"]]
    ended = told(settings, 4)
    assert ended["holds"][0]["decided_at"] == "2026-11-01T09:00:00Z"
    assert ended["open_holds"] == []


# The copy that stays.


def test_the_copy_outlives_the_release(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path, keep_releases=1)
    two_releases(settings)
    assert shelf.numbers(settings) == [2]
    known = changes_kept.read(settings.data, shown=2)
    assert [one["number"] for one in known] == [2, 1]
    assert changes_kept.read(settings.data, shown=1) == known[1:]


@pytest.mark.parametrize("how", ["missing", "cut short", "of another time"])
def test_a_copy_is_made_again_from_a_release_that_is_kept(settings: Settings, how: str) -> None:
    two_releases(settings)
    copy = settings.data / "changes" / "0002.json"
    whole = copy.read_bytes()
    if how == "missing":
        copy.unlink()
    else:
        copy.write_bytes(whole[:50] if how == "cut short" else b'{"format": 1}')
    changes_kept.keep(settings)
    assert copy.read_bytes() == whole == (settings.releases / "0002/CHANGES.json").read_bytes()


def test_a_damaged_release_does_not_spoil_the_copy(settings: Settings) -> None:
    two_releases(settings)
    copy = settings.data / "changes" / "0002.json"
    whole = copy.read_bytes()
    file = settings.releases / "0002" / "CHANGES.json"
    file.chmod(0o644)
    file.write_text("{}")
    changes_kept.keep(settings)
    assert copy.read_bytes() == whole


def test_a_release_that_people_went_back_from_stays_on_record_as_such(settings: Settings) -> None:
    two_releases(settings)
    go_back(settings)
    history.publish(settings, night(3), deliveries=[FIRST, SECOND, BASELINE])
    third, second, first = changes_kept.read(settings.data, shown=3)
    assert (third["number"], third["previous"]) == (3, 1)
    assert (second["taken_back"], second["taken_back_to"]) == (3, 1)
    assert first["taken_back"] is third["taken_back"] is None


# The words.


def test_numbers_have_units_and_the_largest_comes_first() -> None:
    counts = {"removed": 1, "added": 1200, "filled": 2, "reformatted": 9000}
    assert sentence(counts) == "1,200 records added, 2 values filled in and 1 record removed"
    assert sentence({}) == ""
    assert sentence({"recoded": 1}, changes.UNCOUNTED) == "1 value renamed"


# The pages.


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = invented.settings(tmp_path_factory.mktemp("changes"))
    two_releases(made)
    return made


@pytest.fixture(scope="module")
def site(shown: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(shown, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=20) as client,
    ):
        yield client


PAGES = ("/changes", "/changes/0001", "/changes/0002", "/changes/2026-10", "/changes/2026-11")


def words(site: httpx.Client, page: str) -> str:
    answer = site.get(page)
    assert answer.status_code == 200, page
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def links(site: httpx.Client, page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'href="(/[^"]*)"', site.get(page).text)]


def test_pages_need_no_script_name_their_sources_and_offer_feeds(site: httpx.Client) -> None:
    for page in PAGES:
        text = site.get(page).text
        assert "<script" not in text, page
        assert 'type="application/atom+xml"' in text, page
        assert "Larkhaven does not exist" in text, page
        assert "City of Larkhaven" in text, page
        assert len(text) < 100_000, page
        tables, regions = text.count("<table"), text.count('class="scroll" role="region"')
        assert tables == regions, page


def test_every_link_of_every_page_leads_somewhere(site: httpx.Client) -> None:
    found = {link for page in (*PAGES, "/") for link in links(site, page)}
    for link in sorted(found):
        if not link.startswith(("/record/", "/as-of")):
            assert site.get(link.partition("#")[0]).status_code in (200, 302), link


def test_the_front_page_and_every_navigation_lead_to_the_changes(site: httpx.Client) -> None:
    assert "/changes/0002" in links(site, "/")
    assert "70 changes in 2 of 12 sources" in words(site, "/")
    for page in ("/oversight", "/changes/0001"):
        assert "/changes" in links(site, page)


def test_releases_stand_newest_first_with_a_sentence_and_their_holds(site: httpx.Client) -> None:
    told = words(site, "/changes")
    assert told.index("70 changes in 2 of 12 sources") < told.index("The first release")
    assert "Hold ended Larkhaven: hearings: unusually many records are gone." in told
    assert "Rejected by R. <Ruiz>: The file was cut off." in told
    assert "October 2026" in told


def test_each_count_of_a_release_leads_to_exactly_as_many_rows(site: httpx.Client) -> None:
    page = site.get("/changes/0002").text
    rows = re.findall(r'<td class="n"><a href="([^"]+)" aria-label="[^"]+">([\d,]+)</a>', page)
    numbers = [int(count.replace(",", "")) for _, count in rows]
    assert numbers == sorted(numbers, reverse=True) == [62, 4, 2, 1, 1]
    for link, count in rows:
        path, _, query = html.unescape(link).partition("?")
        found = site.get(f"{path}.json?{query}&_shape=objects").json()
        if path == "/oversight/revisions":
            assert found["filtered_table_rows_count"] == int(count), link
        else:
            assert sum(row["added_count"] for row in found["rows"]) == int(count), link


def test_what_only_looks_different_stands_apart(site: httpx.Client) -> None:
    told = words(site, "/changes/0002")
    assert "Not counted as change: 3 values written differently." in told
    assert (
        "values written differently"
        not in told.partition("By source and kind")[2].partition("Not counted as change")[0]
    )


def test_fifty_changes_are_listed_the_losses_first_each_with_its_record(
    site: httpx.Client,
) -> None:
    page = site.get("/changes/0002").text
    listed = page.partition('id="changes"')[2].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row"><a href="/record/([0-9a-f]{16})">', listed)
    assert len(rows) == 50
    assert "The first 50 of 70 changes" in page
    kinds = ["LH-gone-0", "LH-9", "LH-7", "LH-30"]
    places = [listed.index(kind) for kind in kinds]
    assert places == sorted(places)
    assert "<bdi>&lt;b&gt;not&lt;/b&gt;</bdi>" in listed
    assert "the values are not public" in listed


def test_a_record_that_is_withheld_now_is_not_listed(site: httpx.Client) -> None:
    assert "LH-gone-2" in site.get("/changes/0002").text
    assert "LH-gone-3" not in site.get("/changes/0002").text


def test_a_source_of_which_only_numbers_are_public_says_so(site: httpx.Client) -> None:
    assert "Only the numbers are published." in words(site, "/changes/0002")
    assert revisions_url(HEARINGS, 1, 2, "added", is_listed=False) in links(site, "/changes/0002")


def test_the_changes_are_there_as_json_for_good(site: httpx.Client, shown: Settings) -> None:
    assert site.get("/changes/0002.json").json() == told(shown, 2)
    assert site.get("/downloads/0002/CHANGES.json").json() == told(shown, 2)
    assert site.get("/changes/2").headers["location"] == "/changes/0002"


@pytest.mark.parametrize("page", ["0003", "0", "2025-01", "2026-13", "x", "0002.xml", "9" * 12])
def test_what_is_not_on_record_is_not_there(site: httpx.Client, page: str) -> None:
    assert site.get(f"/changes/{page}").status_code == 404


def test_a_month_is_told_in_plain_words(site: httpx.Client) -> None:
    october, november = words(site, "/changes/2026-10"), words(site, "/changes/2026-11")
    assert "In October 2026, 2 sources delivered 3 new files: 2 records added." in october
    assert "the first of them the baseline that later ones are compared with" in october
    assert "Its first file, the baseline that later ones are compared with." in october
    assert "held on 31 October 2026" in october
    assert "Rejected by R. <Ruiz>: The file was cut off. Ended on 1 November 2026." in october
    assert "November 2026, so far" in november
    assert "This report goes to 2 November 2026" in november
    assert "61 records added, 4 records removed, 2 values changed and 1 value emptied." in november
    assert "No new file came from Larkhaven: allegations" in november
    assert "1 record withdrawn by the source" in november
    assert "the longest since 1 September 2026" in november
    assert "1 record withheld" in november
    assert "What this log cannot tell" in november


def test_each_number_of_a_month_leads_to_exactly_as_many_rows(site: httpx.Client) -> None:
    page = site.get("/changes/2026-11").text
    rows = re.findall(r'href="(/oversight/revisions[^"]+)" aria-label="[^"]+">([\d,]+)<', page)
    assert [int(count) for _, count in rows] == [60, 4, 2, 1]
    for link, count in rows:
        path, _, query = html.unescape(link).partition("?")
        found = site.get(f"{path}.json?{query}").json()
        assert found["filtered_table_rows_count"] == int(count), link


def test_the_sums_of_the_months_are_the_sums_of_the_table(shown: Settings) -> None:
    file = shown.releases / "0002" / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        known = changes_months.months(database)
        reports = [changes_months.report(database, month) for month in known]
        for kind in changes.KINDS:
            (whole,) = database.execute(f"select sum({kind}_count) from source_changes").fetchone()
            assert sum(report.counts[kind] for report in reports) == whole
    assert known == ["2026-11", "2026-10"]


def test_a_december_ends_with_its_year(settings: Settings) -> None:
    last = delivery(COMPLAINTS, 2, "2026-12-31 23:59:59", added=1)
    late = delivery(COMPLAINTS, 3, "2027-01-01 00:00:00", added=5)
    history.publish(settings, night(30, 10), deliveries=[FIRST, last, late])
    file = settings.releases / "0001" / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        assert changes_months.report(database, "2026-12").counts["added"] == 1


def test_many_releases_are_paged(shown: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(shown.data, data, symlinks=True)
    for number in range(3, 130):
        made = {**told(shown, 2), "number": number, "previous": number - 1}
        (data / "changes" / f"{number:04d}.json").write_text(json.dumps(made))
        (data / "changes" / "0070.json").write_text("cut sho")
    (data / "releases" / "0002").rename(data / "releases" / "0129")
    many = invented.settings(tmp_path)
    file = many.releases / "0129" / "manifest.json"
    file.chmod(0o644)
    file.write_text(json.dumps({**json.loads(file.read_text()), "number": 129}))
    invented.signed_again(file.parent)
    shelf.flip(many, 129)
    seen: list[str] = []
    with serve.listening(many) as running, httpx.Client(base_url=running.address) as site:
        page = "/changes"
        while page:
            text = site.get(page).text
            seen += re.findall(r'<dt><a href="/changes/(\d{4})"', text)
            older = re.search(r'<a href="(/changes\?before=\d+)">', text)
            page = older[1] if older else ""
    assert seen == [f"{n:04d}" for n in range(129, 0, -1) if n != 70]


def test_a_release_from_before_there_was_a_history_still_has_pages(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    history.publish(settings, night(1), deliveries=[FIRST])
    shutil.rmtree(settings.data / "changes")
    folder = shelf.folder(settings, 1)
    known = json.loads((folder / "manifest.json").read_text())
    known["tables"] = {n: t for n, t in known["tables"].items() if n not in history.HISTORY}
    (folder / "manifest.json").chmod(0o644)
    (folder / "manifest.json").write_text(json.dumps(known))
    words_file = folder / "metadata.json"
    spoken = json.loads(words_file.read_text())
    tables = spoken["databases"]["oversight"]["tables"]
    for name in history.HISTORY:
        del tables[name]
    words_file.chmod(0o644)
    words_file.write_text(json.dumps(spoken))
    known["files"]["metadata.json"] = vars(manifest.record(words_file))
    (folder / "manifest.json").write_text(json.dumps(known))
    invented.signed_again(folder)
    with serve.listening(settings) as running, httpx.Client(base_url=running.address) as site:
        assert "No release has recorded its changes yet" in site.get("/changes").text
        assert site.get("/changes/0001").status_code == 404
        assert site.get("/feed.atom").status_code == 200
        assert site.get(f"/feeds/{COMPLAINTS}.atom").status_code == 404
        assert site.get("/").status_code == 200
