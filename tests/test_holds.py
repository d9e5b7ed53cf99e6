"""Holds: a delivery that looks wrong waits for a person, who decides once, with name and reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from pipelines import hold_commands, serve, snapshots, status, warehouse
from pipelines.contracts import Contract
from pipelines.demo.generate import generate
from pipelines.failures import LockHeld, Misconfigured, StorageFailed
from pipelines.history import store
from pipelines.holds import effects, evidence, ledger, lines, words
from pipelines.holds.ledger import Doubt, Hold
from pipelines.lock import refresh_lock
from pipelines.refresh import Refresh
from pipelines.settings import Settings
from tests import invented_marts as invented
from tests.conftest import NIGHT, TINY, settings_at

FEED = "larkhaven.complaints"
SIGNED = ("--by", "Ana Ruiz", "--reason", "The clerk's office confirmed it by telephone.")
GONE = Doubt(
    "mass_removal",
    "300 of 1,200 records are gone; up to 1 % is ordinary here.",
    {"before": 1200, "after": 900, "removed": 300, "removed_pct": 25.0, "allowed_pct": 1.0,
     "labels": ["LC-1", "LC-2"]},
)  # fmt: skip
MOVED = Doubt(
    "key_migrated",
    "1,100 of 1,200 records are gone and 1,150 are new, but 1,090 are equal but for the number.",
    {"before": 1200, "after": 1250, "key": ["complaint_id"], "columns": ["complaint_id"],
     "removed": 1100, "added": 1150, "paired": 1050, "unclear": 40},
)  # fmt: skip
RENAMED = Doubt(
    "recoded",
    "In column status 'Open' became 'OPEN-1' in all 410 records that had it.",
    {"column": "status", "words": [{"from": "Open", "to": "OPEN-1", "count": 1410}]},
)
EVERY = (
    Doubt("header_lost", "The file begins without headings.", {"expected": 9, "found": 9}),
    Doubt("partition_missing", "Nothing is left of 2023-05.",
          {"column": "received_date", "partition": "2023-05", "partition_before": 88,
           "partition_after": 0}),
    MOVED,
    GONE,
    RENAMED,
)  # fmt: skip

Run = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path / "data")


@pytest.fixture
def hold(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `oversight hold` as a person would; gives what it printed, or lets the failure out."""

    def command(*told: str) -> str:
        monkeypatch.setenv("OVERSIGHT_NOW", NIGHT)
        arguments = [*told, "--data", str(settings.data)]
        result = CliRunner().invoke(hold_commands.app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return command


def opened(settings: Settings, snapshot: str = "aa11", *doubts: Doubt, feed: str = FEED) -> Hold:
    return ledger.open_hold(settings, feed, snapshot, "good", doubts or (GONE,))


def later(settings: Settings, days: int = 1) -> Settings:
    return replace(settings, now=settings.now + timedelta(days=days))


def written(settings: Settings) -> Path:
    return settings.holds / "larkhaven" / "complaints.ndjson"


def test_the_same_delivery_opens_one_hold_however_often_it_comes(settings: Settings) -> None:
    first = opened(settings)
    before = written(settings).read_bytes()
    assert opened(later(settings)) == first
    assert written(settings).read_bytes() == before
    assert (first.id, first.state, first.doubts) == (f"{FEED}-1", "open", (GONE,))
    assert ledger.all_holds(settings) == [first]


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_a_decided_delivery_is_not_asked_about_again(settings: Settings, state: Any) -> None:
    decided = ledger.decide(settings, opened(settings), state, "Ana", "Checked.")
    assert opened(later(settings)) == decided
    assert decided.state == state


def test_a_later_doubtful_delivery_supersedes_the_one_that_waits(settings: Settings) -> None:
    first, other = opened(settings), opened(settings, "cc33", feed="larkhaven.hearings")
    second = opened(later(settings), "bb22", MOVED)
    superseded = ledger.of_snapshot(settings, FEED, "aa11")
    assert superseded == replace(first, state="superseded", decided_at=second.opened_at)
    assert (second.id, second.state) == (f"{FEED}-2", "open")
    assert ledger.open_of(settings, FEED) == second
    assert ledger.find(settings, "larkhaven.hearings") == other
    with pytest.raises(Misconfigured, match="A later delivery has taken its place"):
        ledger.decide(settings, first, "accepted", "Ana", "Too late.")


def test_a_superseded_delivery_that_comes_again_is_asked_about_again(settings: Settings) -> None:
    opened(settings)
    opened(settings, "bb22")
    again = opened(settings)
    assert (again.id, again.state) == (f"{FEED}-3", "open")
    assert ledger.of_snapshot(settings, FEED, "aa11") == again


def test_an_accepted_delivery_with_an_unseen_doubt_is_asked_about_again(
    settings: Settings,
) -> None:
    lost = EVERY[0]
    taken = ledger.decide(settings, opened(settings, "aa11", lost), "accepted", "Ana", "Ours.")
    assert taken.covers([lost])
    assert opened(settings, "aa11", lost) == taken
    again = opened(settings, "aa11", MOVED)
    assert (again.id, again.state, again.doubts) == (f"{FEED}-2", "open", (lost, MOVED))
    assert opened(settings, "aa11", lost) == again
    both = ledger.decide(settings, again, "accepted", "Ana", "New numbers too.")
    assert opened(settings, "aa11", MOVED) == both


def test_an_ordinary_delivery_ends_the_wait_and_its_own_hold_does_not(settings: Settings) -> None:
    waiting = opened(settings)
    ledger.overtaken(settings, FEED, "aa11")
    assert ledger.open_of(settings, FEED) == waiting
    ledger.overtaken(settings, FEED, "dd44")
    stamp = ledger.stamp(settings, FEED)
    ledger.overtaken(settings, FEED, "dd44")
    assert ledger.find(settings, waiting.id).state == "superseded"
    assert ledger.stamp(settings, FEED) == stamp


def test_a_decision_is_taken_once_and_kept_with_name_and_reason(settings: Settings) -> None:
    waiting = opened(settings)
    night = later(settings)
    taken = ledger.decide(night, waiting, "accepted", " Ana\n Ruiz ", "New\tnumbers.", True)
    assert (taken.decided_by, taken.reason, taken.as_changes) == ("Ana Ruiz", "New numbers.", True)
    assert taken.decided_at == night.now.isoformat(timespec="seconds")
    assert ledger.find(settings, waiting.id) == taken
    for stale in (waiting, taken):
        with pytest.raises(Misconfigured, match=r"Ana Ruiz accepted it .* a decision stands"):
            ledger.decide(night, stale, "rejected", "Ben", "No.")
    assert ledger.find(settings, waiting.id) == taken


@pytest.mark.parametrize(("by", "why"), [("", "Checked."), (" \n", "Checked."), ("Ana", " ")])
def test_without_a_name_or_a_reason_nothing_is_decided(
    settings: Settings, by: str, why: str
) -> None:
    waiting = opened(settings)
    with pytest.raises(Misconfigured, match="a decision is public"):
        ledger.decide(settings, waiting, "rejected", by, why)
    assert ledger.find(settings, waiting.id) == waiting


def test_a_line_that_a_crash_cut_short_is_survived(settings: Settings) -> None:
    first = opened(settings)
    file = written(settings)
    whole = file.read_bytes()
    opened(settings, "bb22")
    for length in range(len(whole), len(file.read_bytes())):
        cut = settings_at(settings.data.parent / f"cut-{length}")
        written(cut).parent.mkdir(parents=True)
        written(cut).write_bytes(file.read_bytes()[:length])
        seen = ledger.all_holds(cut)
        assert [one.id for one in seen] in ([first.id], [first.id, f"{FEED}-2"]), length
        assert opened(cut, "bb22").id == f"{FEED}-2", length
        assert ledger.find(cut, first.id).state == "superseded", length


def test_a_damaged_line_never_lends_its_number_to_another_hold(settings: Settings) -> None:
    opened(settings)
    ledger.decide(settings, opened(settings, "bb22"), "rejected", "Ana", "Cut off halfway.")
    file = written(settings)
    first, second, decision = file.read_text().splitlines(keepends=True)
    file.write_text(first + second[: len(second) // 2] + "\n" + decision)
    assert [one.id for one in ledger.all_holds(settings)] == [f"{FEED}-1"]
    assert opened(settings, "bb22").id == f"{FEED}-3"


def test_each_line_changes_the_stamp_of_its_own_feed(settings: Settings) -> None:
    stamps = [ledger.stamp(settings, FEED)]
    waiting = opened(settings)
    stamps.append(ledger.stamp(settings, FEED))
    ledger.decide(settings, waiting, "rejected", "Ana", "Half of it is missing.")
    stamps.append(ledger.stamp(settings, FEED))
    assert stamps[0] == ""
    assert len(set(stamps)) == 3
    assert ledger.stamp(settings, "larkhaven.hearings") == ""


def test_only_this_account_reads_the_ledger_and_a_full_disk_is_told(settings: Settings) -> None:
    opened(settings)
    assert settings.holds.stat().st_mode & 0o777 == 0o700
    written(settings).unlink()
    written(settings).mkdir()
    with pytest.raises(StorageFailed, match="ledger of holds could not be"):
        lines.read(settings, FEED)


def test_a_name_that_is_no_hold_names_those_that_wait(settings: Settings) -> None:
    opened(settings)
    for name in ("larkhaven.hearings", f"{FEED}-7", "../../etc/passwd"):
        with pytest.raises(Misconfigured, match=rf"Open: {FEED}-1"):
            ledger.find(settings, name)


def test_list_shows_those_that_wait_and_counts_the_rest(settings: Settings, hold: Run) -> None:
    assert hold("list") == "0 waiting for a decision.\n"
    ledger.decide(settings, opened(settings), "rejected", "Ana [Ruiz]", "No.")
    opened(settings, "bb22", MOVED, RENAMED)
    told = hold("list")
    assert f"{FEED}-2" in told
    assert "2026-11-02" in told
    assert f"{words.KINDS['key_migrated']} and {words.KINDS['recoded']}" in told
    assert f"{FEED}-1" not in told
    assert "1 waiting for a decision. 1 decided or superseded: `--all` lists them." in told
    assert f"`oversight hold show {FEED}-2`" in told
    assert "Ana [Ruiz]" in hold("list", "--all")


def test_show_puts_the_evidence_and_each_answer_before_a_person(
    settings: Settings, hold: Run
) -> None:
    opened(settings, "aa11", *EVERY)
    told = hold("show", FEED)
    for doubt in EVERY:
        assert f"{evidence.HEADINGS[doubt.kind]}: {doubt.told}" in told
    squeezed = " ".join(told.split())
    for measure in (
        "records at the last good snapshot 1,200",
        "columns whose values moved complaint_id",
        "of these, one and the same but for the key 1,050",
        "what is gone 2023-05",
        "some that are gone LC-1, LC-2",
        "Open -> OPEN-1 1,410 records",
        "percent gone 25",
    ):
        assert measure in squeezed, measure
    signed = f'{FEED}-1 --by "YOUR NAME" --reason "WHY"'
    for command in (f"accept {signed}", f"accept {signed} --as-changes", f"reject {signed}"):
        assert f"`oversight hold {command}`" in told
    assert effects.PUBLIC in told


def test_show_says_who_decided_and_offers_no_second_decision(settings: Settings, hold: Run) -> None:
    ledger.decide(settings, opened(settings), "accepted", "Ana Ruiz", "New [numbers].", True)
    told = hold("show", f"{FEED}-1")
    assert "Ana Ruiz accepted it at" in told
    assert "New [numbers]. (as changes)" in told
    assert "YOUR NAME" not in told


def test_the_effects_have_the_numbers_of_the_evidence(settings: Settings) -> None:
    moved = opened(settings, "aa11", MOVED)
    accepted = " ".join(effects.accepting(moved))
    assert "1,050 records keep their permanent id" in accepted
    assert "40 records are logged as key_migrated too but get new ids" in accepted
    assert "10 are removed and 60 added" in accepted
    assert "1,100 are removed and 1,150 are added" in " ".join(effects.accepting_as_changes(moved))
    both = " ".join(effects.accepting_as_changes(opened(settings, "ab12", MOVED, EVERY[0])))
    assert "in the order in which the contract declares them" in both
    gone = opened(settings, "bb22", GONE)
    assert "missing since" in " ".join(effects.accepting(gone))
    assert "The same as accept" in effects.accepting_as_changes(gone)[0]
    renamed = opened(settings, "cc33", RENAMED)
    assert "logged as recoded" in " ".join(effects.accepting(renamed))
    assert "value_changed" in " ".join(effects.accepting_as_changes(renamed))
    assert FEED in effects.rejecting(renamed)[0]


def test_evidence_that_nobody_foresaw_is_shown_as_it_is() -> None:
    doubt = Doubt("mass_removal", "Gone.", {"pages_short": 3, "note": "", "kinds": ["a", "b"]})
    assert [(one.measure, one.value) for one in evidence.lines(doubt)] == [
        ("pages short", "3"),
        ("kinds", "a, b"),
    ]


@pytest.fixture
def city(settings: Settings) -> Contract:
    """The demo's complaints, accepted once; the file then loses its last lines."""
    generate(settings.data / "demo", scale=TINY)
    contract = next(one for one in landed(settings).contracts if one.name == FEED)
    file = settings.data / "demo" / "complaints.csv"
    known = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(known[: len(known) * 4 // 5]), encoding="utf-8")
    return contract


def landed(settings: Settings) -> Refresh:
    """What a night does with the complaints, up to the word on how they stand."""
    refresh = Refresh(settings)
    status.started(settings)
    warehouse.create(settings)
    refresh.land(next(one for one in refresh.contracts if one.name == FEED))
    status.ended(settings, refresh)
    return refresh


def observed(settings: Settings) -> list[Any]:
    with store.opened(settings, FEED) as history:
        asked = "select sequence, hold_id from observations order by sequence"
        return history.execute(asked).fetchall()


def test_what_is_accepted_enters_the_history_at_once(
    settings: Settings, city: Contract, hold: Run
) -> None:
    assert landed(settings).held[FEED]
    assert observed(settings) == [(1, None)]
    told = hold("accept", FEED, *SIGNED)
    assert f"{FEED}-1: accepted by Ana Ruiz" in told
    assert "records loaded" in told
    assert "Next: `oversight refresh`" in told
    assert observed(settings) == [(1, None), (2, f"{FEED}-1")]
    assert "Ana Ruiz accepted it on 2 November 2026" in status.read(settings)["feeds"][FEED]["held"]
    assert landed(later(settings)).held == {}
    assert observed(settings) == [(1, None), (2, f"{FEED}-1")]


def test_what_is_rejected_stays_out_however_often_it_comes(
    settings: Settings, city: Contract, hold: Run
) -> None:
    landed(settings)
    assert "rejected by Ana Ruiz" in hold("reject", f"{FEED}-1", *SIGNED)
    for night in range(1, 3):
        assert landed(later(settings, night)).held[FEED]
    assert observed(settings) == [(1, None)]
    assert len(ledger.all_holds(settings)) == 1
    assert any("was rejected by Ana Ruiz" in line for line in status.lines(settings))
    with pytest.raises(Misconfigured, match="a decision stands"):
        hold("accept", f"{FEED}-1", *SIGNED)


def test_a_decision_stands_when_the_delivery_cannot_be_read_then(
    settings: Settings, city: Contract, hold: Run
) -> None:
    landed(settings)
    waiting = ledger.find(settings, FEED)
    snapshot = snapshots.find(settings, FEED, waiting.snapshot_id)
    assert snapshot is not None
    snapshots.part_path(settings, snapshot.parts[0]).unlink()
    with pytest.raises(StorageFailed):
        hold("accept", FEED, *SIGNED)
    assert ledger.find(settings, waiting.id).state == "accepted"
    assert observed(settings) == [(1, None)]
    landed(later(settings))
    assert observed(settings) == [(1, None), (2, waiting.id)]


def test_nobody_decides_while_a_refresh_runs(settings: Settings, hold: Run) -> None:
    waiting = opened(settings)
    with refresh_lock(settings.lock), pytest.raises(LockHeld):
        hold("reject", FEED, *SIGNED)
    assert ledger.find(settings, waiting.id) == waiting


def test_the_status_names_the_hold_and_what_to_run(settings: Settings, city: Contract) -> None:
    landed(settings)
    told = status.lines(settings)
    assert any(FEED in line and "records are gone" in line for line in told)
    assert told[-1].startswith(f"Hold {FEED}-1 (")
    assert told[-1].endswith(f"Next: `oversight hold show {FEED}-1`.")


def test_the_site_says_what_looks_wrong_since_when_and_who_must_act(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    invented.publish(settings)
    name = "larkhaven.hearings"
    waiting = opened(settings, "aa11", GONE, feed=name)
    feeds = {name: {"snapshot": "good", "held": words.on_site(waiting), "why": waiting.told}}
    settings.status.write_text(json.dumps({"feeds": feeds}))
    with serve.listening(settings, clock=lambda: invented.NIGHT) as running:
        home = httpx.get(running.address).text
        row = httpx.get(f"{running.address}oversight/sources/larkhaven~2Ehearings").text
        for page in (home, row):
            assert "since 2 November 2026 at the last good delivery" in page
            assert words.KINDS["mass_removal"] in page
            assert "A person must look at it and decide before it is shown." in page
        ledger.decide(settings, waiting, "rejected", "Ana <Ruiz>", "The file was cut off.")
        status.decided(settings, name)
        home = httpx.get(running.address).text
        assert "Ana &lt;Ruiz&gt; rejected it on 2 November 2026: The file was cut off." in home
