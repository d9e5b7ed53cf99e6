"""A delivery that looks wrong as a whole waits for a person; an ordinary one never does."""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipelines import snapshots
from pipelines.holds import ledger
from tests.history.deliveries import Night
from tests.history.feed import Feed, feed
from tests.history.scoring import differences
from tests.history.worlds import World
from tests.history.writing import COLUMNS, FACTS

ROWS, MANY_ROWS = 400, 2_500
DISTRICT = FACTS.index("district")
KINDS = ("header_lost", "partition_missing", "key_migrated", "mass_removal", "recoded")
BY_KIND = pytest.mark.parametrize("kind", KINDS)


@dataclass
class Planted:
    """A feed after two good nights, and a third delivery in which something is wrong.

    `kinds` counts the changes once it is accepted, `as_changes` once it is accepted as real
    change; `calm` is the world as it was before.
    """

    feed: Feed
    calm: World
    world: World
    night: Night
    content: bytes
    evidence: Mapping[str, Any]
    kinds: Mapping[str, int]
    as_changes: Mapping[str, int]
    good: Counter[Any] = field(default_factory=Counter)

    def deliver(self, sequence: int = 3) -> ledger.Hold:
        hold = self.feed.deliver(self.content, sequence)
        assert hold is not None
        return hold

    def told(self) -> dict[str, int]:
        return dict(Counter(one.kind for one in self.feed.revisions(since=3)))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Feed, World]]:
    """Feeds after two good nights, by their size; the larger one has a small district."""
    made = {}
    for rows in (ROWS, MANY_ROWS):
        here, world = feed(tmp_path_factory.mktemp("started")), World(rows)
        if rows == MANY_ROWS:
            _rename_district(world, 22)
        for sequence in (1, 2):
            assert here.replay(world.night(sequence)) is None
        made[rows] = here, world
    return made


@pytest.fixture
def planted(started: dict[int, tuple[Feed, World]], tmp_path: Path, kind: str) -> Planted:
    """A copy of a good feed, and the wrong delivery of that kind."""
    here, calm = started[MANY_ROWS if kind == "partition_missing" else ROWS]
    data = tmp_path / "data"
    shutil.copytree(here.settings.data, data)
    copied = Feed(here.place.at(data=data))
    world = copy.deepcopy(calm)
    night, evidence, kinds, as_changes = PLANTS[kind](world)
    content = night.content.split(b"\n", 1)[1] if kind == "header_lost" else night.content
    good = Counter(copied.raw())
    told = (evidence, kinds, as_changes)
    return Planted(copied, copy.deepcopy(calm), world, night, content, *told, good)


Plant = tuple[Night, Mapping[str, Any], Mapping[str, int], Mapping[str, int]]


def _without_headings(world: World) -> Plant:
    night = world.night(3)
    kinds = Counter(one.kind for one in night.expected)
    return night, {"expected": len(COLUMNS), "found": len(COLUMNS)}, kinds, kinds


def _without_a_district(world: World) -> Plant:
    before, gone = len(world.present), _in_district(world, "Airport")
    night = world.night(3, busy=False, lost=gone)
    number = len(gone)
    evidence = {"column": "district", "partition_before": number, "partition_after": 0}
    evidence |= {"before": before, "after": before - number}
    return night, evidence, {"removed": number}, {"removed": number}


def _with_new_numbers(world: World) -> Plant:
    number, night = len(world.present), world.night(3, "renumber", busy=False)
    evidence = {"key": ["complaint_id"], "removed": number, "added": number, "paired": number}
    as_changes = {"removed": number, "added": number}
    return night, evidence, {"key_migrated": number}, as_changes


def _with_fewer_records(world: World) -> Plant:
    before, number = len(world.present), 21
    night = world.night(3, busy=False, lost=world.present[:number])
    removed_pct = round(100 * number / before, 1)
    evidence = {"removed": number, "removed_pct": removed_pct, "allowed_pct": 1}
    evidence |= {"labels": sorted(one.label for one in night.expected)[:5]}
    return night, evidence, {"removed": number}, {"removed": number}


def _with_a_renamed_word(world: World) -> Plant:
    night = world.night(3, "recode status", busy=False)
    number = len(night.expected)
    return night, {"column": "status"}, {"recoded": number}, {"value_changed": number}


PLANTS = {
    "header_lost": _without_headings,
    "partition_missing": _without_a_district,
    "key_migrated": _with_new_numbers,
    "mass_removal": _with_fewer_records,
    "recoded": _with_a_renamed_word,
}


def _rename_district(world: World, number: int) -> list[int]:
    """So many records, and no others, are of the district called Airport."""
    chosen = world.present[:number]
    for who in chosen:
        world.records[who].facts[DISTRICT] = "Airport"
    return chosen


def _in_district(world: World, name: str) -> list[int]:
    return [who for who in world.present if world.records[who].facts[DISTRICT] == name]


@BY_KIND
def test_a_hold_fires_with_the_evidence_and_yesterday_stays(planted: Planted, kind: str) -> None:
    here = planted.feed
    last = snapshots.latest(here.settings, here.contract)
    hold = planted.deliver()
    assert (hold.kinds, hold.state) == ((kind,), "open")
    assert last is not None
    assert hold.last_good_id == last.id
    assert dict(hold.doubts[0].evidence).items() >= planted.evidence.items()
    assert here.loaded is not None
    assert here.loaded.held
    assert here.loaded.held.startswith(hold.told)
    assert snapshots.latest(here.settings, here.contract) == last
    assert Counter(here.raw()) == planted.good
    assert here.asked("select max(sequence) from observations") == [(2,)]


@BY_KIND
def test_the_same_delivery_again_is_the_same_hold(planted: Planted) -> None:
    hold = planted.deliver(3)
    assert planted.deliver(4) == hold
    assert planted.deliver(5) == hold
    assert ledger.all_holds(planted.feed.settings) == [hold]
    assert Counter(planted.feed.raw()) == planted.good


@BY_KIND
def test_what_is_rejected_stays_out_until_a_good_delivery_comes(
    planted: Planted, kind: str
) -> None:
    here, hold = planted.feed, planted.deliver(3)
    here.reject(hold)
    again = planted.deliver(4)
    assert (again.id, again.state) == (hold.id, "rejected")
    assert Counter(here.raw()) == planted.good
    night = planted.calm.night(3)
    assert here.deliver(night.content, 5) is None
    assert Counter(here.revisions(since=3)) == Counter(night.expected)
    assert [one.state for one in ledger.all_holds(here.settings)] == ["rejected"]


@BY_KIND
def test_a_good_delivery_takes_the_place_of_one_that_waits(planted: Planted) -> None:
    here = planted.feed
    planted.deliver(3)
    night = planted.calm.night(3)
    assert here.deliver(night.content, 4) is None
    assert Counter(here.revisions(since=3)) == Counter(night.expected)
    assert [one.state for one in ledger.all_holds(here.settings)] == ["superseded"]


@BY_KIND
def test_what_is_accepted_goes_through_for_what_it_is(planted: Planted) -> None:
    here, hold = planted.feed, planted.deliver()
    here.accept(hold)
    found = here.revisions(since=3)
    assert planted.told() == planted.kinds
    assert Counter(found) == Counter(planted.night.expected), differences(
        planted.night.expected, found
    )
    assert len(here.raw()) == planted.night.rows
    last = here.asked("select sequence, hold_id from observations order by sequence desc limit 1")
    assert last == [(3, hold.id)]
    tomorrow = planted.world.night(4)
    assert here.deliver(tomorrow.content, 4) is None
    assert Counter(here.revisions(since=4)) == Counter(tomorrow.expected)


@BY_KIND
def test_what_is_accepted_as_real_change_is_told_as_that(planted: Planted) -> None:
    here = planted.feed
    here.accept(planted.deliver(), as_changes=True)
    assert planted.told() == planted.as_changes
    assert len(here.raw()) == planted.night.rows
    tomorrow = planted.world.night(4, busy=False)
    assert here.deliver(tomorrow.content, 4) is None
    assert here.revisions(since=4) == []


def test_equal_records_under_new_numbers_are_not_matched_by_guessing(tmp_path: Path) -> None:
    here, world = feed(tmp_path), World(ROWS)
    one, other = (world.records[who] for who in (1, 2))
    other.facts = list(one.facts)
    assert here.replay(world.night(1)) is None
    old = {one.number, other.number}
    night = world.night(2, "renumber", busy=False)
    hold = here.replay(night)
    assert hold is not None
    assert hold.doubts[0].evidence["paired"] == ROWS - 2
    assert hold.doubts[0].evidence["unclear"] == 2
    labels = Counter(revision.label for revision in here.revisions())
    assert labels == Counter({*old, *(revision.label for revision in night.expected)})
    ids = here.asked("select count(distinct record_id) from changes")
    assert ids == [(ROWS + 2,)]


@pytest.mark.parametrize(
    ("rows", "gone", "fires"),
    [(400, 5, False), (400, 6, True), (2500, 25, False), (2500, 26, True)],
)
def test_one_in_a_hundred_may_go_and_more_than_five(
    tmp_path: Path, rows: int, gone: int, fires: bool
) -> None:
    here, world = feed(tmp_path), World(rows)
    here.replay(world.night(1))
    night = world.night(2, busy=False, lost=world.present[:gone])
    hold = here.deliver(night.content, 2)
    assert (hold is not None) == fires
    if not fires:
        assert Counter(here.revisions()) == Counter(night.expected)


@pytest.mark.parametrize(
    ("number", "left", "kind"), [(19, 0, None), (20, 0, "recoded"), (60, 1, None)]
)
def test_a_word_counts_as_renamed_when_twenty_had_it_and_none_keeps_it(
    tmp_path: Path, number: int, left: int, kind: str | None
) -> None:
    here, world = feed(tmp_path), World(ROWS)
    chosen = _rename_district(world, number + left)
    here.replay(world.night(1))
    for who in chosen[left:]:
        world.records[who].facts[DISTRICT] = "Airfield"
    night = world.night(2, "rows", busy=False)
    hold = here.deliver(night.content, 2)
    assert (hold.kinds if hold else None) == ((kind,) if kind else None)
    if kind is None:
        assert [one.kind for one in here.revisions()] == ["value_changed"] * number


@pytest.mark.parametrize("column", ["complainant_race", "investigator_badge"])
def test_words_that_are_not_public_say_only_that_they_changed(tmp_path: Path, column: str) -> None:
    """Nobody could be shown the evidence, and the log is the same whatever is decided."""
    here, world = feed(tmp_path), World(ROWS)
    place = FACTS.index(column)
    for who in world.present:
        world.records[who].facts[place] = "111"
    here.replay(world.night(1))
    for who in world.present:
        world.records[who].facts[place] = "222"
    assert here.deliver(world.night(2, "rows", busy=False).content, 2) is None
    told = {(one.column, one.kind, one.old, one.new) for one in here.revisions()}
    assert told == {(column, "value_changed", None, None)}
    assert len(here.revisions()) == ROWS


def test_a_file_of_several_that_does_not_come_is_missed(tmp_path: Path) -> None:
    here, world = feed(tmp_path, location=["complaints*.csv"]), World(ROWS)
    whole = world.night(1).content.splitlines(keepends=True)
    more = here.settings.data / "complaints-archive.csv"
    more.write_bytes(b"".join([whole[0], *whole[-3:]]))
    assert here.deliver(b"".join(whole[:-3]), 1) is None
    more.unlink()
    hold = here.deliver(b"".join(whole[:-3]), 2)
    assert hold is not None
    assert hold.kinds == ("partition_missing",)
    assert hold.doubts[0].evidence["partition"] == "complaints-archive.csv"
    here.accept(hold)
    assert [one.kind for one in here.revisions()] == ["removed"] * 3


NIGHTS = [pytest.param(10, id="10 nights"), pytest.param(30, id="30", marks=pytest.mark.soak)]


@pytest.mark.parametrize("nights", NIGHTS)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_ordinary_nights_are_quiet(tmp_path: Path, nights: int, seed: int) -> None:
    here, world = feed(tmp_path), World(ROWS, seed)
    harmless = {4: "rows", 5: "columns", 7: "spaces", 8: "columns"}
    for night in world.nights(nights, harmless):
        assert here.replay(night) is None, f"night {night.sequence}"
    assert ledger.all_holds(here.settings) == []
