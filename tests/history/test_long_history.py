"""A long history with known events: the log tells all of them, nothing else, and cheaply.

The short edition runs with every test; the long one, 730 nights of 15,000 rows, with `-m soak`.
"""

from __future__ import annotations

import gzip
import hashlib
import random
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipelines import snapshots, warehouse
from pipelines.history import as_of, rebuild
from pipelines.history.store import KINDS
from tests.history.deliveries import Night, Revision
from tests.history.feed import Feed, feed
from tests.history.keyless import Keyless
from tests.history.scoring import differences, scores, substantive, table
from tests.history.worlds import SPECIALS, World, schedule
from tests.history.writing import COLUMNS, KLASS, STAMP

SHORT, LONG = (25, 400), (730, 15_000)
BRIEF = 180
"""Nights of the long edition when the soaks are asked for in brief."""
EDITIONS = [
    pytest.param(SHORT, id="25 nights"),
    pytest.param(LONG, id="730 nights", marks=pytest.mark.soak),
]
WRITTEN_ANEW = ("rows", "columns", "dates", "capitals", "spaces", "decimals")
NO_KEY_NEEDED = [s for s in SPECIALS if s not in ("renumber", "races", "badges")]
LAST_NIGHTS = 4
LANDED = ", ".join(c for c in COLUMNS if c != STAMP and KLASS.get(c) in (None, "internal"))


@dataclass
class Played:
    """An installation after all nights of a world, and what it must know by now."""

    feed: Feed
    nights: list[Night] = field(default_factory=list)
    expected: list[Revision] = field(default_factory=list)
    held: dict[int, tuple[str, ...]] = field(default_factory=dict)
    absent: list[tuple[Any, Any]] = field(default_factory=list)
    landed: dict[int, Counter[Any]] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", params=EDITIONS)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, is_brief: bool
) -> Played:
    count, rows = request.param
    count = min(count, BRIEF) if is_brief else count
    world = World(rows)
    made = Played(feed(tmp_path_factory.mktemp("long")))
    remembered = set(random.Random(count).sample(range(2, count), 8))
    for night in world.nights(count):
        _play(made, night)
        if night.sequence in remembered:
            made.landed[night.sequence] = Counter(made.feed.raw(LANDED))
        if night.sequence > count - LAST_NIGHTS:
            made.absent.append((_absent(world, night.sequence), made.feed.absent()))
    return made


def _play(made: Played, night: Night) -> None:
    hold = made.feed.replay(night)
    if hold is not None:
        made.held[night.sequence] = hold.kinds
    made.expected += night.expected
    made.digests.append(hashlib.sha256(night.content).hexdigest())
    made.nights.append(_without_bytes(night))


def _without_bytes(night: Night) -> Night:
    return Night(**{**vars(night), "content": b"", "expected": ()})


def _absent(world: World, sequence: int) -> dict[str, tuple[str, int]]:
    """What is missing, and what has been away for three deliveries in a row."""
    return {
        record.raw[0]: ("withdrawn" if sequence - since >= 2 else "missing", since)
        for record in world.missing()
        if (since := record.out_since) is not None
    }


def test_every_change_of_every_kind_is_told_and_nothing_else(played: Played) -> None:
    found = played.feed.revisions()
    scored = scores(played.expected, found)
    print(f"\n{len(played.nights)} nights of {played.nights[0].rows:,} rows\n{table(scored)}")
    assert {one.kind for one in scored if one.happened} == set(KINDS)
    told = differences(played.expected, found)
    assert all((one.precision, one.recall) == (1, 1) for one in scored), told


def test_a_hold_fires_on_the_nights_that_need_one_and_on_no_other(played: Played) -> None:
    assert played.held == {night.sequence: night.holds for night in played.nights if night.holds}
    decided = played.feed.asked("select count(*) from observations where hold_id is not null")
    assert decided == [(len(played.held),)]


def test_a_record_keeps_its_id_through_corrections_absence_and_new_numbers(played: Played) -> None:
    whose = {night.sequence: night.whose for night in played.nights}
    found = played.feed.asked("select distinct sequence, record_label, record_id from changes")
    pairs = {(whose[sequence][label], record) for sequence, label, record in found}
    assert len(pairs) == len({who for who, _ in pairs}) == len({record for _, record in pairs})


def test_the_observations_count_what_was_there_and_what_changed(played: Played) -> None:
    counted = played.feed.asked(
        "select sequence, rows_count, absent_count, ever_count, changed_records from observations "
        "order by sequence"
    )
    changed = Counter(sequence for sequence, _ in {(r.sequence, r.label) for r in played.expected})
    assert counted == [
        (n.sequence, n.rows, n.absent, n.ever, changed[n.sequence]) for n in played.nights
    ]
    kinds = Counter((one.sequence, one.kind) for one in played.expected)
    for kind in KINDS:
        found = played.feed.asked(f"select sequence, {kind} from observations order by sequence")
        assert found == [(n.sequence, kinds[n.sequence, kind]) for n in played.nights], kind


def test_a_record_is_missing_at_first_and_withdrawn_after_three_deliveries(played: Played) -> None:
    states = set()
    for expected, found in played.absent:
        assert found == expected
        states |= {state for state, _ in found.values()}
    assert states == {"missing", "withdrawn"}


def test_any_past_night_can_be_put_together_from_the_history(played: Played) -> None:
    settings, contract = played.feed.settings, played.feed.contract
    for sequence, landed in played.landed.items():
        warehouse.create(settings)
        day = played.nights[sequence - 1].day
        with warehouse.connect(settings) as connection:
            assert as_of.raw_as_of(connection, settings, contract, day) == sequence
            raw = connection.execute(f"select {LANDED} from {contract.raw_table}").fetchall()
        assert Counter(raw) == landed, f"night {sequence}"


def test_old_deliveries_are_kept_packed_and_can_be_read(played: Played) -> None:
    kept = snapshots.accepted(played.feed.settings, played.feed.contract.name)
    assert [one.parts[0].sha256 for _, one in kept] == played.digests
    blobs = played.feed.settings.snapshots / "blobs"
    plain = [file.name for file in blobs.glob("*/*") if file.suffix != ".gz"]
    assert plain == [played.digests[-1]]
    for digest in played.digests[:-1:50]:
        with gzip.open(blobs / digest[:2] / f"{digest}.gz", "rb") as packed:
            assert hashlib.file_digest(packed, "sha256").hexdigest() == digest
    path = snapshots.part_path(played.feed.settings, kept[0][1].parts[0])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == played.digests[0]


def test_the_last_night_costs_little_more_than_the_second(played: Played) -> None:
    """Medians of five neighbouring nights each, CPU time of fetching, loading and comparing."""
    if len(played.nights) < BRIEF:
        pytest.skip("A short history says nothing of how cost grows.")
    costs, last = played.feed.costs, len(played.nights)
    early = statistics.median(costs[n] for n in range(2, 7))
    late = statistics.median(costs[n] for n in range(last - 4, last + 1))
    print(f"\nnight 2: {early:.3f} s CPU; night {last}: {late:.3f} s; ratio {late / early:.2f}")
    assert late <= 1.5 * early


def test_the_history_is_small_beside_the_files_it_is_made_of(played: Played) -> None:
    if len(played.nights) < LONG[0]:
        pytest.skip("An empty DuckDB file is larger than a short history.")
    share = played.feed.store_bytes / played.feed.raw_bytes
    print(f"\nhistory {played.feed.store_bytes:,} bytes, {share:.2%} of {played.feed.raw_bytes:,}")
    assert share <= 0.05


def test_the_history_made_anew_from_the_deliveries_is_the_same(played: Played) -> None:
    if len(played.nights) == LONG[0]:
        pytest.skip("As long as the nights themselves: benchmarks/long_history.py --rebuild.")
    settings, contract = played.feed.settings, played.feed.contract
    kept = rebuild.table_hashes(settings, contract)
    assert rebuild.rebuild(settings, contract) == len(played.nights)
    assert rebuild.table_hashes(settings, contract) == kept


SIZES = [
    pytest.param(SHORT[1], id="400 rows"),
    pytest.param(LONG[1], id="15,000 rows", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("without_key", [False, True], ids=["key", "no key"])
def test_a_whole_file_written_anew_is_no_substantive_change(
    tmp_path: Path, rows: int, without_key: bool
) -> None:
    here = feed(tmp_path, without_key)
    world = (Keyless if without_key else World)(rows)
    expected: list[Revision] = []
    for sequence, special in enumerate((None, *WRITTEN_ANEW), start=1):
        night = world.night(sequence, special, busy=False)
        assert here.replay(night) is None
        expected += night.expected
    found = here.revisions()
    assert substantive(found) == []
    assert Counter(one.kind for one in found) == {"reformatted": len(expected)}
    assert not {one.sequence for one in found} & {2, 3}
    assert Counter(found) == Counter(expected), differences(expected, found)


def _without_key(count: int, rows: int) -> Iterator[Night]:
    calendar = dict(zip(range(3, count), NO_KEY_NEEDED, strict=False))
    yield from Keyless(rows).nights(count, calendar)


def test_without_a_key_rows_are_followed_by_what_they_say(tmp_path: Path) -> None:
    here = Played(feed(tmp_path, keyless=True))
    for night in _without_key(len(NO_KEY_NEEDED) + 4, SHORT[1]):
        _play(here, night)
    found = here.feed.revisions()
    scored = scores(here.expected, found)
    print(f"\nwithout a key\n{table(scored)}")
    told = differences(here.expected, found)
    assert all((one.precision, one.recall) == (1, 1) for one in scored), told
    assert here.held == {night.sequence: night.holds for night in here.nights if night.holds}
    kept = rebuild.table_hashes(here.feed.settings, here.feed.contract)
    rebuild.rebuild(here.feed.settings, here.feed.contract)
    assert rebuild.table_hashes(here.feed.settings, here.feed.contract) == kept


def test_the_long_calendar_leaves_its_first_and_last_nights_calm() -> None:
    special = schedule(LONG[0])
    assert sorted(special.values()) == sorted(SPECIALS)
    assert min(special) > 6
    assert max(special) < LONG[0] - 4


def test_a_source_that_goes_back_to_earlier_bytes_is_followed_there(tmp_path: Path) -> None:
    here, world = feed(tmp_path), World(SHORT[1], seed=2)
    first, second = world.night(1), world.night(2, lost=world.present[:3])
    for sequence, night in enumerate((first, second, first, second), start=1):
        assert here.deliver(night.content, sequence) is None
    there, back, again = (
        Counter((one.label, one.column) for one in here.revisions() if one.sequence == sequence)
        for sequence in (2, 3, 4)
    )
    assert there == back == again == Counter((one.label, one.column) for one in second.expected)
    whole = Counter((r.sequence, r.kind) for r in here.revisions() if r.column is None)
    assert whole[2, "removed"] == whole[3, "restored"] == whole[4, "removed"] >= 3
    kept = rebuild.table_hashes(here.settings, here.contract)
    assert rebuild.rebuild(here.settings, here.contract) == 4
    assert rebuild.table_hashes(here.settings, here.contract) == kept
