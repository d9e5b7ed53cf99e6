"""The whole line, through the graph that Dagster runs at night."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import manifest, shelf, status
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from pipelines.rollback import go_back
from tests.conftest import TINY, Installation, settings_at

ACCOUNTS = ("loaded", "quarantined", "dropped_identical")


def test_every_row_of_every_feed_is_accounted_for_as_planted(released: Installation) -> None:
    shown = shelf.current(released.settings)
    assert shown is not None
    known = released.answers["feeds"]
    assert set(known) == {name.split(".")[1] for name in shown.inputs}
    for name, answer in known.items():
        told = shown.inputs[f"larkhaven.{name}"]
        assert {count: told[count] for count in ACCOUNTS} == {c: answer[c] for c in ACCOUNTS}, name
        assert told["received"] == sum(told[count] for count in ACCOUNTS), name
        assert told["received"] == answer["received"] - answer["withheld"], name
        assert (told["withheld"] == "none") == (answer["withheld"] == 0), name


def test_all_declared_checks_ran_and_the_release_is_whole(released: Installation) -> None:
    shown = manifest.verify(released.settings.current)
    assert shown.checks["ran"] >= 50
    assert all(c["has_passed"] for c in shown.checks["results"] if c["severity"] == "critical")
    assert shown.number == 1


def test_what_may_hold_personal_data_is_for_the_refresh_account_alone(
    released: Installation,
) -> None:
    for private in (released.settings.snapshots, released.settings.work):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    public = released.settings.current / "oversight.db"
    assert stat.S_IMODE(public.stat().st_mode) == 0o444


def test_an_unchanged_night_builds_nothing_and_releases_nothing(yesterday: Installation) -> None:
    refresh = run("nightly_refresh", yesterday.settings)
    assert refresh.exit_code == 0
    assert refresh.unchanged
    assert refresh.landed == {}
    assert shelf.numbers(yesterday.settings) == [1]
    assert status.read(yesterday.settings)["refresh"]["state"] == "unchanged"


def test_a_forced_rebuild_of_the_same_inputs_is_not_a_new_release(yesterday: Installation) -> None:
    refresh = run("nightly_refresh", replace(yesterday.settings, force=True))
    assert refresh.exit_code == 0
    assert refresh.released is not None
    assert not refresh.released.is_new
    assert shelf.numbers(yesterday.settings) == [1]


MOMENTS = ("source_changes", "demographic_cuts")
"""The tables that say when something was first seen, or counted, here."""


def test_the_same_inputs_on_another_date_give_the_same_table_hashes(
    released: Installation, tmp_path: Path
) -> None:
    later = settings_at(
        tmp_path / "later",
        now=released.settings.now.replace(year=2031),
        key_folder=released.settings.keys,
    )
    generate(later.data / "demo", scale=TINY)
    assert run("nightly_refresh", later).exit_code == 0
    first, second = shelf.current(released.settings), shelf.current(later)
    assert first is not None
    assert second is not None
    assert first.created_at != second.created_at
    hashes = [
        {name: table["csv_sha256"] for name, table in shown.tables.items() if name not in MOMENTS}
        for shown in (first, second)
    ]
    assert hashes[0] == hashes[1]


def test_a_changed_source_makes_the_next_release_and_a_rollback_lasts(
    yesterday: Installation,
) -> None:
    complaints = yesterday.feeds / "complaints.csv"
    lines = complaints.read_bytes().splitlines(keepends=True)
    complaints.write_bytes(b"".join(lines[:-3]))
    refresh = run("nightly_refresh", yesterday.settings)
    assert [failure.told() for failure in refresh.failures] == []
    assert shelf.numbers(yesterday.settings) == [1, 2]
    assert go_back(yesterday.settings) == 1
    assert yesterday.settings.current.resolve().name == "0001"
    again = run("nightly_refresh", yesterday.settings)
    assert again.exit_code == 3
    assert "release 2, which was rolled back" in again.failures[0].told()
    assert yesterday.settings.current.resolve().name == "0001"
    assert go_back(yesterday.settings, to=2) == 2


@pytest.mark.parametrize("job", ["ingest", "build", "check"])
def test_a_part_of_the_line_runs_by_itself_and_releases_nothing(
    yesterday: Installation, job: str
) -> None:
    refresh = run(job, replace(yesterday.settings, force=True, offline=job != "ingest"))
    assert [failure.told() for failure in refresh.failures] == []
    assert set(refresh.landed) == {contract.name for contract in refresh.contracts}
    assert bool(refresh.checks) == (job == "check")
    assert (refresh.candidate is not None) == (job != "ingest")
    assert refresh.released is None
