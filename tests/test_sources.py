"""What the site says of a source beyond its rows: never checked, taken away, not read here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines import ingest, pipeline_tables, serve
from pipelines.contracts import Contract, check_contracts, source_files
from pipelines.settings import PROJECT
from tests import feeds
from tests import invented_marts as invented

UNCHECKED = "Not yet checked against the live service"
GONE = "Taken away by its publisher on 31 January 2026; the last good copy is shown"
UNREAD = "Not read by this installation"
TOLD = (UNCHECKED, "Taken away by its publisher", UNREAD)
COUNCILS = ("boston", "chicago", "detroit", "new_york", "oakland", "philadelphia", "seattle")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The invented site with one source of each standing; the fourth has nothing to be told."""
    standings: Sequence[dict[str, Any]] = (
        {"is_online": True},
        {
            "is_online": True,
            "tombstone_date": "2026-01-31",
            "tombstone_why": "The page answers that it was removed.",
            "stale_after_date": "2026-02-03",
        },
        {"is_online": True, "verified_date": "2026-10-01", "is_absent": True},
        {"is_online": True, "verified_date": "2026-10-01"},
        {"is_online": False},
    )
    pairs = zip(invented.ROWS["sources"], standings, strict=True)
    settings = invented.settings(tmp_path_factory.mktemp("standing"))
    invented.publish(settings, {"sources": [{**row, **standing} for row, standing in pairs]})
    with (
        serve.listening(settings, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address) as client,
    ):
        yield client


def page_of(site: httpx.Client, feed: str) -> str:
    return site.get(f"/oversight/sources/larkhaven~2E{feed}").text.partition("<dl")[0]


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ("complaints", UNCHECKED),
        ("allegations", GONE),
        ("bwc_reviews", UNREAD),
        ("hearings", None),
        ("cops_awards", None),
    ],
)
def test_a_source_says_how_it_stands_and_nothing_that_is_not_so(
    site: httpx.Client, feed: str, words: str | None
) -> None:
    page = page_of(site, feed)
    assert [one for one in TOLD if one in page] == [
        one for one in TOLD if words and words.startswith(one)
    ]
    assert words is None or words in page


def test_every_page_that_names_a_source_says_how_it_stands(site: httpx.Client) -> None:
    for path in ("/", "/oversight/complaints"):
        page = site.get(path).text
        assert [one for one in (UNCHECKED, GONE, UNREAD) if page.count(one) != 1] == [], path


def test_what_is_gone_or_not_read_is_never_called_late(site: httpx.Client) -> None:
    page = site.get("/").text
    assert "Every source is as current as its publisher promises." in page
    assert "1 was taken away by its publisher." in page
    assert "1 is listed but not read by this installation." in page


def feed_row(place: feeds.Place, contract: Contract) -> dict[str, Any]:
    """The feed as the models are told of it."""
    fetched = ingest.fetch_snapshot(contract, place.settings)
    account = ingest.load_raw(contract, fetched.snapshot, place.settings)
    tables = [contract], [account], [fetched]
    pipeline_tables.write_pipeline_tables(place.settings, *tables, [])
    (row,) = place.rows("select * from pipeline.feeds")
    names = place.rows("select column_name from (describe pipeline.feeds)")
    return dict(zip((name for (name,) in names), row, strict=True))


def test_the_models_are_told_what_the_contract_says_of_a_source(tmp_path: Path) -> None:
    update = {"mode": "snapshot", "why": "The publisher replaces the whole file."}
    place = feeds.place(tmp_path, feeds.table(verified="2026-10-01", update=update))
    place.put(f"{feeds.HEADER}{feeds.many(3)}")
    told = feed_row(place, place.contract)
    assert str(told["verified_on"]) == "2026-10-01"
    assert (told["update_mode"], told["update_why"]) == tuple(update.values())
    assert (told["tombstone_since"], told["tombstone_why"]) == (None, None)
    assert (told["is_online"], told["is_absent"], told["received"]) == (False, False, 3)


def test_a_source_that_is_gone_or_not_read_is_listed_without_rows(tmp_path: Path) -> None:
    tombstone = {"since": "2026-01-31", "why": "The page answers that it was removed."}
    table = feeds.table(location="https://example.org/a.csv", tombstone=tombstone)
    gone = feeds.place(tmp_path / "gone", table)
    told = feed_row(gone, gone.contract)
    assert (str(told["tombstone_since"]), told["tombstone_why"]) == tuple(tombstone.values())
    assert (told["is_online"], told["verified_on"]) == (True, None)
    assert (told["is_absent"], told["received"]) == (True, 0)
    file = tmp_path / "locations.yml"
    file.write_text("locations: {larkhaven.complaints: {absent: true}}\n", encoding="utf-8")
    unread = feeds.place(tmp_path / "unread", feeds.table()).at(locations=file)
    told = feed_row(unread, unread.contract)
    assert (told["is_absent"], told["received"], told["tombstone_since"]) == (True, 0, None)


def test_asking_for_less_than_the_contract_does_is_said_with_what_is_left_out(
    tmp_path: Path,
) -> None:
    query = {"program_numbers": ["16.710"], "award_type_codes": ["02"]}
    table = feeds.table(
        reader="usaspending", query=query, coverage_exclusions=["Loans are not in it."]
    )
    place = feeds.place(tmp_path, table)
    file = tmp_path / "locations.yml"
    words = "{path: a.csv, reader: csv, query: {states: [WA, OR]}}"
    file.write_text(f"locations: {{larkhaven.complaints: {words}}}\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text(f"{feeds.HEADER}{feeds.many(2)}", encoding="utf-8")
    told = feed_row(place.at(locations=file), place.contract)
    assert told["coverage_exclusions"] == "Loans are not in it. Here only asked for: states WA, OR."


def test_every_council_on_one_system_is_read_by_the_same_columns() -> None:
    """Privacy decided for one council holds for all; only what may be missing can differ."""
    contracts = check_contracts(source_files(PROJECT / "dbt_project"))[0]
    for table in ("events", "event_items", "roll_calls"):
        read = {c.jurisdiction: c for c in contracts if c.table.name == table}
        shapes = {
            tuple(sorted((c.name, c.klass, c.data_type) for c in read[f"{city}_council"].columns))
            for city in COUNCILS
        }
        assert len(shapes) == 1, table


def test_a_council_differs_from_another_by_its_name_alone() -> None:
    staging = PROJECT / "dbt_project/models/staging"
    for city in COUNCILS:
        for table in ("hearings", "hearing_items", "roll_calls"):
            model = staging / f"{city}_council" / f"stg_{city}_council__{table}.sql"
            assert model.read_text("utf-8") == f"{{{{ legistar_{table}('{city}_council') }}}}\n"
