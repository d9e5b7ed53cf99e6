"""A source that was taken away, or that an installation does not read, stays listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines import ingest, snapshots
from pipelines.contracts import Contract
from tests.feeds import HEADER, many, place, table

TOMBSTONE = {"since": "2026-05-01", "why": "The publisher removed the data set."}


def with_tombstone(folder: Path) -> Contract:
    return place(folder / "later", table(tombstone=TOMBSTONE)).contract


def test_what_was_taken_away_keeps_its_last_good_snapshot(tmp_path: Path) -> None:
    here = place(tmp_path)
    file = here.put(HEADER + many(3))
    here.load()
    file.unlink()
    contract = with_tombstone(tmp_path)
    fetched = ingest.fetch_snapshot(contract, here.settings)
    assert (fetched.held, fetched.absent) == (None, False)
    assert ingest.load_raw(contract, fetched.snapshot, here.settings).loaded == 3


def test_what_was_taken_away_before_it_was_ever_read_is_an_empty_table(tmp_path: Path) -> None:
    here = place(tmp_path, table(tombstone=TOMBSTONE))
    fetched = ingest.fetch_snapshot(here.contract, here.settings)
    assert fetched.absent
    assert here.load().received == 0
    assert here.rows("select * from raw_larkhaven.complaints") == []
    assert snapshots.latest(here.settings, here.contract) is None


def test_a_feed_that_the_installation_does_not_read_is_an_empty_table(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(3))
    here.load()
    locations = tmp_path / "locations.yml"
    locations.write_text("locations: {larkhaven.complaints: {absent: true}}", encoding="utf-8")
    settings = replace(here.settings, locations=locations)
    fetched = ingest.fetch_snapshot(here.contract, settings)
    assert fetched.absent
    assert ingest.load_raw(here.contract, fetched.snapshot, settings).received == 0
    assert here.load().loaded == 3
