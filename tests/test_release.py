"""Releases: numbered, immutable, whole or not there, and never lost to a failure."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipelines import manifest, release, shelf
from pipelines.checks.judge import CheckResult
from pipelines.failures import DataRefused, Misconfigured, StorageFailed
from pipelines.rollback import go_back
from pipelines.settings import Settings
from tests import invented_marts as invented


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return invented.settings(tmp_path)


def damage(folder: Path, name: str = "oversight.db") -> None:
    file = folder / name
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_release_is_numbered_described_and_read_only(settings: Settings) -> None:
    released = invented.publish(settings)
    assert (released.number, released.folder.name, released.is_new) == (1, "0001", True)
    assert settings.current.resolve() == released.folder.resolve()
    assert settings.current.readlink() == Path("releases/0001")
    told = manifest.verify(released.folder)
    assert told.previous is None
    assert told.created_at == "2026-11-02T09:15:00+00:00"
    assert told.tables["complaints"]["rows"] == 120
    assert told.inputs["larkhaven.complaints"]["snapshot"] == "s1"
    assert told.checks["ran"] == 1
    files = [file for file in released.folder.rglob("*") if file.is_file()]
    assert told.totals["files"] == len(files) - 2  # itself and its signature
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}


def test_identical_content_is_no_new_release_whenever_it_was_fetched(settings: Settings) -> None:
    invented.publish(settings)
    before = (settings.releases / "0001" / "manifest.json").read_bytes()
    again = invented.publish(settings, fetched_at="2026-11-03T04:15:00Z")
    assert (again.number, again.is_new) == (1, False)
    assert shelf.numbers(settings) == [1]
    assert (settings.releases / "0001" / "manifest.json").read_bytes() == before
    remembered = json.loads((settings.data / "inputs.json").read_text())
    assert remembered["inputs"]["larkhaven.complaints"]["fetched_at"] == "2026-11-03T04:15:00Z"


def test_an_unchanged_night_is_recognised_by_its_inputs(settings: Settings) -> None:
    invented.publish(settings)
    same = release.fingerprint({"snapshot": 0}, release.code_version(settings))
    assert release.is_current(settings, same)
    assert not release.is_current(settings, release.fingerprint({"snapshot": 0}, "other code"))
    damage(settings.releases / "0001")
    assert not release.is_current(settings, same)


def test_other_content_is_the_next_release(settings: Settings) -> None:
    invented.publish(settings)
    second = invented.publish(settings, invented.complaints(50))
    assert (second.number, second.is_new) == (2, True)
    told = shelf.current(settings)
    assert told is not None
    assert (told.number, told.previous) == (2, 1)


def test_a_failed_critical_check_leaves_the_shown_release_untouched(settings: Settings) -> None:
    invented.publish(settings)
    before = {f: f.read_bytes() for f in (settings.releases / "0001").rglob("*") if f.is_file()}
    failed = [CheckResult("complaints", "has_rows", "critical", False, "Nothing would be shown.")]
    with pytest.raises(DataRefused, match="has_rows"):
        invented.publish(settings, invented.complaints(0), checks=failed)
    assert shelf.numbers(settings) == [1]
    assert {f: f.read_bytes() for f in before} == before


def test_rollback_shows_the_release_before_and_the_next_number_still_rises(
    settings: Settings,
) -> None:
    for count in (30, 60, 90):
        invented.publish(settings, invented.complaints(count))
    assert go_back(settings) == 2
    assert shelf.shown_number(settings) == 2
    assert go_back(settings, to=1) == 1
    fresh = invented.publish(settings, invented.complaints(120))
    assert (fresh.number, fresh.is_new) == (4, True)


def test_a_refresh_does_not_bring_back_what_people_went_back_from(settings: Settings) -> None:
    for count in (30, 60):
        invented.publish(settings, invented.complaints(count))
    assert go_back(settings) == 1
    with pytest.raises(DataRefused, match="release 2, which was rolled back"):
        invented.publish(settings, invented.complaints(60))
    assert shelf.shown_number(settings) == 1
    assert go_back(settings, to=2) == 2
    assert not invented.publish(settings, invented.complaints(60)).is_new


def test_a_release_that_a_crash_kept_from_being_shown_is_shown_and_not_made_twice(
    settings: Settings,
) -> None:
    for count in (30, 60):
        invented.publish(settings, invented.complaints(count))
    shelf.flip(settings, 1)
    again = invented.publish(settings, invented.complaints(60))
    assert (again.number, again.is_new) == (2, True)
    assert shelf.numbers(settings) == [1, 2]


@pytest.mark.parametrize("how", ["changed", "missing", "added"])
def test_rollback_refuses_a_damaged_release_and_stays_where_it_is(
    settings: Settings, how: str
) -> None:
    for count in (30, 60):
        invented.publish(settings, invented.complaints(count))
    folder = settings.releases / "0001"
    if how == "changed":
        damage(folder)
    elif how == "missing":
        (folder / "csv" / "complaints.csv").unlink()
    else:
        (folder / "extra.txt").write_text("not ours")
    with pytest.raises(StorageFailed, match="not what was released"):
        go_back(settings)
    assert shelf.shown_number(settings) == 2


def test_rollback_without_an_earlier_release_says_which_are_kept(settings: Settings) -> None:
    invented.publish(settings)
    with pytest.raises(Misconfigured, match="releases kept: 1"):
        go_back(settings)


def test_a_damaged_release_is_replaced_even_when_nothing_changed(settings: Settings) -> None:
    invented.publish(settings)
    damage(settings.releases / "0001")
    again = invented.publish(settings)
    assert (again.number, again.is_new) == (2, True)


def test_old_releases_are_pruned_and_the_shown_one_never(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path, keep_releases=2)
    for count in (20, 40, 60):
        invented.publish(settings, invented.complaints(count))
    assert shelf.numbers(settings) == [2, 3]
    go_back(settings, to=2)
    for number in (8, 9):
        shutil.copytree(settings.releases / "0003", settings.releases / f"{number:04d}")
    assert shelf.prune(settings) == [3]
    assert shelf.numbers(settings) == [2, 8, 9]


def test_what_an_interrupted_release_left_is_swept(settings: Settings) -> None:
    invented.publish(settings)
    (settings.releases / ".incoming-0002" / "csv").mkdir(parents=True)
    (settings.releases / ".outgoing-0001").mkdir()
    (settings.data / ".current-1").symlink_to("releases/0009")
    shelf.sweep(settings)
    assert [f.name for f in settings.releases.iterdir()] == ["0001"]
    assert not list(settings.data.glob(".current-*"))
    assert manifest.verify(settings.current.resolve()).number == 1


def test_too_little_room_is_said_before_anything_is_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented.publish(settings)
    usage = shutil.disk_usage(settings.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageFailed, match="MiB are free"):
        invented.publish(settings, invented.complaints(10))
    assert shelf.numbers(settings) == [1]


def test_the_code_version_changes_with_the_code(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    project = tmp_path / "project"
    for part in ("pipelines", "expectations", "datasette"):
        shutil.copytree(settings.project / part, project / part)
    copied = invented.settings(tmp_path, project=project)
    before = release.code_version(copied)
    (project / "expectations" / "hearings.yml").write_text("[]")
    assert release.code_version(copied) != before
    assert len(before) == 12
