"""An interrupted fetch goes on where it stopped, and never with what it should not trust."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.failures import SourceFailed
from pipelines.readers.journal import LONGEST_PAUSE, Journal
from pipelines.readers.keys import Keys
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings
from tests.conftest import settings_at

PLACE = "https://example.org/resource/abcd-1234.json"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def journal(settings: Settings, plan: str = "plan") -> Journal:
    return Journal(settings, "larkhaven.complaints", PLACE, plan)


def written(target: Path) -> FetchedPart:
    target.write_bytes(b"[1]")
    return FetchedPart(target.name, target, PLACE, {"etag": "1"}, records=1)


def never(_: Path) -> FetchedPart:
    raise AssertionError("the page was fetched again")


def test_a_finished_page_is_not_fetched_again(settings: Settings) -> None:
    first = journal(settings).page("page-1", written)
    assert journal(settings).page("page-1", never) == first


@pytest.mark.parametrize("harm", ["other plan", "too old", "changed bytes", "gone", "cleared"])
def test_a_page_that_cannot_be_trusted_is_fetched_again(settings: Settings, harm: str) -> None:
    before = journal(settings)
    page = before.page("page-1", written).path
    later = settings.now + LONGEST_PAUSE + timedelta(seconds=1)
    after = journal(
        replace(settings, now=later) if harm == "too old" else settings,
        "another" if harm == "other plan" else "plan",
    )
    if harm == "changed bytes":
        page.write_bytes(b"[2]")
    if harm == "gone":
        page.unlink()
    if harm == "cleared":
        after.clear()
    with pytest.raises(AssertionError, match="fetched again"):
        after.page("page-1", never)


def test_a_line_that_a_crash_cut_short_costs_its_page_only(settings: Settings) -> None:
    first = journal(settings)
    first.page("page-1", written)
    second = first.page("page-2", written)
    notes = second.path.parent / "pages.ndjson"
    notes.write_text(notes.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    resumed = journal(settings)
    assert resumed.page("page-1", never).records == 1
    assert resumed.page("page-2", written) == second
    assert journal(settings).page("page-2", never) == second


def test_keys_are_counted_once_however_often_a_page_is_noted(tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_text(json.dumps([{":id": "a"}, {":id": "b"}, {":id": "a"}]), encoding="utf-8")
    nested = tmp_path / "nested.json"
    nested.write_text(json.dumps({"features": [{"attributes": {"OID": 1}}]}), encoding="utf-8")
    with Keys(tmp_path / "keys.duckdb", "x.y") as keys:
        for _ in range(2):
            assert keys.add("one", page, "array", '$.":id"') == 3
            assert keys.add("two", nested, "$.features[*]", "$.attributes.OID") == 1
        assert (keys.noted("one"), keys.noted("two"), keys.distinct()) == (3, 1, 3)
    (tmp_path / "keys.duckdb").write_bytes(b"not a database")
    page.write_text('[{":id": "a"}, {', encoding="utf-8")
    with (
        Keys(tmp_path / "keys.duckdb", "x.y") as keys,
        pytest.raises(SourceFailed, match="not whole JSON"),
    ):
        keys.add("one", page, "array", '$.":id"')
