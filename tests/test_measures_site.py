"""The pages of measures: a number with what belongs to it, or the reason why it is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from pipelines import manifest, series_chart, serve, shelf
from pipelines.about import name_of
from pipelines.measure_pages import interval_told, value_told
from pipelines.settings import Settings
from tests import invented_marts as invented
from tests.invented_measures import RECEIVED

PAGES = (
    "/measures",
    "/measures?metric=complaints_received",
    "/measures?metric=sustain_rate_merits&jurisdiction=larkhaven",
    "/compare",
    "/compare?metric=complaints_received",
    "/wrong-numbers",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = invented.settings(tmp_path_factory.mktemp("measures"))
    invented.publish(settings)
    return settings


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(settings, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=10) as client,
    ):
        yield client


def text_of(site: httpx.Client, path: str) -> str:
    answer = site.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_each_page_has_its_sources_and_needs_no_script(site: httpx.Client) -> None:
    for page in PAGES:
        text = site.get(page).text
        assert "Allegations are not findings" in text, page
        assert "City of Larkhaven" in text, page
        assert "<script" not in text, page
        assert "style=" not in text, page
        assert len(text) < 100_000, page


def test_a_measure_comes_with_all_that_belongs_to_it(site: httpx.Client) -> None:
    text = text_of(site, PAGES[2])
    for said in (
        *("What it says", "What it does not say", "Counts", "Unit", "Records", "Period by"),
        *("95 percent, Wilson", "9 of 45", "20.0%", "10.0 to 40.0%", "nine in ten or more"),
        *("CSV of this measure", "It holds every record that its publisher releases."),
    ):
        assert said in text, said


def test_a_percentage_of_a_handful_is_not_shown_and_says_why(site: httpx.Client) -> None:
    text = text_of(site, PAGES[2])
    assert "not shown: Out of fewer than 10 cases." in text
    assert "1 of 2" in text
    assert "50.0%" not in text


def test_a_number_that_the_records_cannot_give_is_not_shown(site: httpx.Client) -> None:
    text = text_of(site, "/measures?metric=complaints_received&jurisdiction=new_york")
    assert "not shown: The source holds only closed only records" in text


def test_a_line_is_cut_where_the_definition_changes_unless_asked(site: httpx.Client) -> None:
    address = "/measures?metric=complaints_received&jurisdiction=larkhaven"
    cut, joined = (site.get(address + more).text for more in ("", "&joined=yes"))
    segments = [page.count('<line class="series') for page in (cut, joined)]
    assert segments == [len(RECEIVED) - 2, len(RECEIVED) - 1]
    assert "Two categories are new." in cut
    assert "A public emergency." in cut
    assert cut.count('class="cut"') == 1
    assert cut.count('class="context"') == 1


def test_a_year_with_a_change_in_it_stands_alone() -> None:
    rows = [
        {
            **dict.fromkeys(("lower", "upper")),
            "period": str(year),
            "period_start": f"{year}-01-01",
            "value": 1.0,
            "maturity": "mature",
        }
        for year in range(2019, 2024)
    ]
    change = {"break_date": "2021-10-01", "kind": "definition", "why": "New."}
    chart = series_chart.draw(rows, [change])
    assert chart is not None
    joined = [(left.period, right.period) for left, right in chart.lines]
    assert joined == [("2019", "2020"), ("2022", "2023")]


def test_places_that_count_alike_stand_side_by_side_and_others_are_refused(
    site: httpx.Client,
) -> None:
    places = ("larkhaven", "detroit", "philadelphia", "new_orleans", "new_york")
    chosen = "".join(f"&jurisdiction={place}" for place in places)
    text = text_of(site, f"/compare?metric=complaints_received{chosen}")
    allowed, refused = text.split("Refused, and why")
    assert "Detroit, Larkhaven and Philadelphia: similar" in allowed
    assert "1,220" in allowed
    assert "New Orleans (there)" not in allowed
    assert refused.count("(here)") == 7
    assert "civilians_and_department" in refused


def test_periods_before_the_practices_agreed_are_left_out(site: httpx.Client) -> None:
    two = "&jurisdiction=larkhaven&jurisdiction=detroit"
    text = text_of(site, f"/compare?metric=complaints_received{two}")
    assert "Detroit and Larkhaven: the same definition" in text
    assert "agree since 1 January 2020" in text
    assert " 2020 620 31 " in text
    assert " 2019 " not in text


def test_a_pair_that_may_not_be_compared_shows_no_number(site: httpx.Client) -> None:
    two = "&jurisdiction=larkhaven&jurisdiction=new_york"
    text = text_of(site, f"/compare?metric=complaints_received{two}")
    assert "Refused." in text
    assert not [count for count in RECEIVED.values() if f" {count} " in text.split("Sources")[0]]


def test_a_wrong_number_stands_beside_the_right_one_with_the_reason(site: httpx.Client) -> None:
    text = text_of(site, "/wrong-numbers")
    assert "7.5%" in text
    assert "15.0%" in text
    assert "Open cases are counted as if they had been decided." in text


def test_unknown_measures_are_not_found(site: httpx.Client) -> None:
    for path in ("/measures?metric=nope", "/compare?metric=sustain_rate_naive"):
        assert site.get(path).status_code == 404


def test_the_statement_of_completeness_goes_with_every_file(
    site: httpx.Client, settings: Settings
) -> None:
    assert settings.current is not None
    files = manifest.read(settings.current).files
    tables = manifest.read(settings.current).tables
    assert {name_of(table) for table in tables} <= set(files)
    for path in (
        "/downloads/0001/csv/complaints.csv",
        "/downloads/0001/parquet/complaints.parquet",
        "/oversight/complaints.csv?status=open",
        "/r0001/complaints.json",
    ):
        link = site.get(path).headers["link"]
        assert '</downloads/0001/csv/complaints.about.txt>; rel="describedby"' in link, path
    told = site.get("/downloads/0001/csv/complaints.about.txt").text
    assert "larkhaven.complaints (City of Larkhaven" in told
    assert "It holds every record that its publisher releases." in " ".join(told.split())
    assert "does not exist" in told


def test_the_files_themselves_hold_nothing_but_rows(site: httpx.Client) -> None:
    first = site.get("/downloads/0001/csv/complaints.csv").text.splitlines()[0]
    assert first.startswith("jurisdiction,")


def test_numbers_are_written_as_people_read_them() -> None:
    assert value_told(1234567.0, "amount", "US dollars") == "$1,234,567"
    assert value_told(-30851.29, "amount", "US dollars") == "-$30,851"
    assert value_told(12.345, "share", "percent") == "12.3%"
    assert value_told(1219.0, "count", "complaint") == "1,219"
    assert value_told(211.0, "estimate", "days") == "211 days"
    assert value_told(2.25, "ratio", "cases an officer") == "2.2 cases an officer"
    assert value_told(None, "share", "percent") == "not shown"
    assert interval_told({"lower": 1.0, "upper": 2.0}, "share") == "1.0 to 2.0%"
    assert interval_told({"lower": None, "upper": None}, "share") == ""


def test_a_release_is_whole_with_the_statements_in_it(settings: Settings) -> None:
    number = shelf.shown_number(settings)
    assert number is not None
    manifest.verify(shelf.folder(settings, number))


def test_a_chart_of_one_number_is_not_drawn() -> None:
    assert series_chart.draw([], []) is None
