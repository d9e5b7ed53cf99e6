"""Each gate has a planted bad case: the right exit code, a message that names the place, and
yesterday's release byte-identical and still shown."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import manifest, shelf, status
from pipelines.checks import judge
from pipelines.failures import DEGRADED, LockHeld, Misconfigured
from pipelines.lock import refresh_lock
from pipelines.orchestration.run import run
from pipelines.refresh import Refresh
from tests.conftest import Installation


def refused(installation: Installation, code: int, *told: str) -> Refresh:
    """Run the night; it must end in `code`, say each of `told`, and leave yesterday's release."""
    before = manifest.verify(installation.settings.current)
    refresh = run("nightly_refresh", installation.settings)
    words = " ".join(failure.told() for failure in refresh.failures)
    words += " ".join(f"{name}: {why}" for name, why in refresh.held.items())
    assert refresh.exit_code == code, words
    for part in told:
        assert part in words, words
    after = manifest.verify(installation.settings.current)
    assert after == before
    assert shelf.numbers(installation.settings) == [before.number]
    assert json.loads(installation.settings.status.read_text())["refresh"]["exit_code"] == code
    return refresh


def edited(file: Path, old: str, new: str, count: int = 1) -> None:
    text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8", errors="surrogateescape")


def test_a_missing_column_is_refused_by_name(yesterday: Installation) -> None:
    edited(yesterday.feeds / "complaints.csv", "Complaint Id", "Case Reference")
    refused(yesterday, 3, "larkhaven.complaints", "complaint_id")


def test_an_html_page_instead_of_a_csv_holds_the_source_at_yesterday(
    yesterday: Installation,
) -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
    (yesterday.feeds / "allegations.csv").write_bytes(page)
    refresh = refused(yesterday, DEGRADED, "larkhaven.allegations", "page")
    assert list(refresh.held) == ["larkhaven.allegations"]
    assert status.read(yesterday.settings)["feeds"]["larkhaven.allegations"]["held"]


def test_a_source_that_never_answered_stops_the_first_refresh(yesterday: Installation) -> None:
    (yesterday.feeds / "cops_awards.json").unlink()
    receipts = yesterday.settings.snapshots / "receipts" / "larkhaven" / "cops_awards.ndjson"
    receipts.unlink()
    refused(yesterday, 4, "larkhaven.cops_awards")


def test_collapsed_rows_hold_the_source_at_yesterday_and_say_how_much_is_gone(
    yesterday: Installation,
) -> None:
    complaints = yesterday.feeds / "complaints.csv"
    lines = complaints.read_bytes().splitlines(keepends=True)
    complaints.write_bytes(b"".join(lines[: len(lines) // 2]))
    before = manifest.read(yesterday.settings.current).tables["complaints"]
    refresh = run("nightly_refresh", yesterday.settings)
    assert refresh.exit_code == DEGRADED, [failure.told() for failure in refresh.failures]
    assert " % smaller than the last accepted one" in refresh.held["larkhaven.complaints"]
    after = manifest.read(yesterday.settings.current)
    assert after.tables["complaints"] == before
    assert after.tables["holds"]["rows"] == 1
    assert status.read(yesterday.settings)["feeds"]["larkhaven.complaints"]["held"]


def test_an_unmapped_word_is_refused_and_named(yesterday: Installation) -> None:
    edited(yesterday.feeds / "allegations.csv", "Exonerated", "Absolved Entirely", count=-1)
    refused(yesterday, 3, "larkhaven.allegations", "allegation_outcome", "Absolved Entirely")


def test_a_broken_contract_is_refused_with_file_and_line(
    yesterday: Installation, project_copy: Callable[[], Path]
) -> None:
    project = project_copy()
    contract = "dbt_project/models/staging/larkhaven/_larkhaven__sources.yml"
    edited(project / contract, "class: public", "class: publick")
    before = manifest.verify(yesterday.settings.current)
    with pytest.raises(Misconfigured, match=r"_larkhaven__sources\.yml:\d+") as stopped:
        run("nightly_refresh", replace(yesterday.settings, project=project))
    assert stopped.value.exit_code == 78
    assert manifest.verify(yesterday.settings.current) == before


def test_a_failing_expectation_is_refused_with_its_reason(
    yesterday: Installation, project_copy: Callable[[], Path]
) -> None:
    project = project_copy()
    suite = project / "expectations" / "complaints.yml"
    suite.write_text(
        suite.read_text()
        + "\n- type: expect_table_row_count_to_be_between\n"
        + "  kwargs: {min_value: 100000000}\n"
        + "  severity: critical\n"
        + "  meta: {id: planted, why: A city of this size must have more complaints than this.}\n"
    )
    poisoned = replace(yesterday, settings=replace(yesterday.settings, project=project))
    refused(poisoned, 3, "complaints", "planted", "must have more complaints")


def test_a_skipped_expectation_is_refused(
    yesterday: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = judge._judged
    monkeypatch.setattr(
        judge,
        "_judged",
        lambda *given: list(judged(*given))[: None if given[2].mart != "sources" else -1],
    )
    refused(replace(yesterday, settings=replace(yesterday.settings, force=True)), 3, "ran")


def test_a_second_refresh_is_refused_at_once(yesterday: Installation) -> None:
    before = manifest.verify(yesterday.settings.current)
    with refresh_lock(yesterday.settings.lock), pytest.raises(LockHeld) as held:
        run("nightly_refresh", yesterday.settings)
    assert held.value.exit_code == 75
    assert manifest.verify(yesterday.settings.current) == before


def test_a_withheld_word_that_no_contract_names_is_withheld_all_the_same(
    yesterday: Installation, project_copy: Callable[[], Path]
) -> None:
    """Without the contract's `withhold`, the vocabulary still knows the word."""
    project = project_copy()
    contract = project / "dbt_project/models/staging/larkhaven/_larkhaven__sources.yml"
    lines = contract.read_text().splitlines(keepends=True)
    contract.write_text("".join(line for line in lines if "withhold" not in line))
    before = public_complaints(yesterday)
    changed = replace(yesterday, settings=replace(yesterday.settings, project=project))
    refresh = run("nightly_refresh", changed.settings)
    assert [failure.told() for failure in refresh.failures] == []
    assert sum(rows.withheld for rows in refresh.landed.values()) == 0
    assert public_complaints(changed) == before


def public_complaints(installation: Installation) -> set[str]:
    with (installation.settings.current / "csv" / "complaints.csv").open(newline="") as text:
        return {row["complaint_id"] for row in csv.DictReader(text)}
