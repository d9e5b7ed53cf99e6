"""Nine real deliveries of one feed, night after night, held against counts made by hand.

Needs the files; prints counts, public words and never a row. Run with `make acceptance`.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import ingest, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import SnapshotHeld
from pipelines.history import rebuild, store
from pipelines.holds import ledger
from pipelines.holds.ledger import Hold
from pipelines.lock import refresh_lock
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT, Settings
from tests.acceptance import penalties_by_hand as by_hand
from tests.acceptance.penalties_by_hand import Step
from tests.conftest import settings_at

FILES = PROJECT.parent / "shared" / "data"
HISTORY = FILES / "nyc_ccrb" / "penalties_history"
FEED = "new_york.penalties"
PERSON, REASON = "A. Reader", "Compared with the file of the day before, by eye."
HEADLESS, NEW_NUMBERS, NEW_WORDS = "2022-12-08", "2023-03-09", "2026-02-06"
DATE = re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b|\b\d{4}-\d\d-\d\d([T ][\d:.+Z-]+)?")

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


@dataclass(frozen=True)
class Night:
    """What became of one delivery: its hold, how much the history knew meanwhile, its account."""

    day: str
    hold: Hold | None
    changes_while_held: int
    accounting: Accounting


@dataclass(frozen=True)
class Replay:
    settings: Settings
    contract: Contract
    nights: tuple[Night, ...]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the history of the feed."""
        with store.opened(self.settings, FEED) as connection:
            return connection.execute(sql).fetchall()


def penalties() -> Contract:
    found = load_contracts(PROJECT / "dbt_project", ["new_york"])
    return next(contract for contract in found if contract.name == FEED)


def on(file: Path, data: Path) -> Settings:
    """The installation in `data` on the morning on which the source holds this file, alone."""
    others = {
        c.name: {"absent": True} for c in load_contracts(PROJECT / "dbt_project", ["new_york"])
    }
    place = {"path": str(file), "reader": "csv", "as_of": file.stem}
    told = data.parent / f"{data.name}-{file.stem}.yml"
    told.write_text(yaml.safe_dump({"locations": {**others, FEED: place}}), encoding="utf-8")
    morning = datetime.fromisoformat(f"{file.stem}T09:00:00+00:00")
    return replace(settings_at(data), jurisdictions=("new_york",), locations=told, now=morning)


def night(settings: Settings, contract: Contract, day: str) -> Night:
    """Fetch and load; what is held is looked at and accepted, with a name and a reason."""
    with refresh_lock(settings.lock):
        warehouse.create(settings)
        try:
            fetched, accounting = ingest.load(ingest.fetch_snapshot(contract, settings), settings)
            if fetched.held is None:
                return Night(day, None, 0, accounting)
        except SnapshotHeld:
            assert not store.file_of(settings, FEED).exists()
        hold = ledger.find(settings, FEED)
        meanwhile = changes_since(settings, hold)
        decided = ledger.decide(settings, hold, "accepted", PERSON, REASON)
        accounting = ingest.load_held(contract, settings, decided)
    return Night(day, decided, meanwhile, accounting)


def changes_since(settings: Settings, hold: Hold) -> int:
    """Changes that the history tells although the snapshot that brought them is held."""
    if hold.last_good_id is None:
        return 0
    with store.opened(settings, FEED) as connection:
        found = connection.execute(
            "select count(*) from changes where sequence > (select max(sequence) "
            f"from observations where snapshot_id = '{hold.last_good_id}')"
        ).fetchall()
    return int(found[0][0])


@pytest.fixture(scope="module")
def counted() -> list[Step]:
    return by_hand.steps(HISTORY)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """All deliveries through the real line, in their order."""
    data = tmp_path_factory.mktemp("penalties") / "data"
    contract = penalties()
    files = sorted(HISTORY.glob("*.csv"))
    assert len(files) == 9
    nights = [night(on(file, data), contract, file.stem) for file in files]
    return Replay(on(files[-1], data), contract, tuple(nights))


def test_a_file_without_headings_waits_for_a_person(replay: Replay) -> None:
    first = replay.nights[0]
    assert first.day == HEADLESS
    assert first.hold is not None
    assert first.hold.kinds == ("header_lost",)
    assert first.hold.last_good_id is None
    assert (first.hold.state, first.hold.decided_by) == ("accepted", PERSON)


def test_headings_that_stand_among_the_rows_are_no_record(
    replay: Replay, counted: list[Step]
) -> None:
    loaded = replay.nights[0].accounting
    assert loaded.received == counted[0].rows + 1
    assert (loaded.loaded, loaded.quarantined) == (counted[0].rows, 1)


def test_new_numbers_for_all_officers_are_one_question_and_not_ten_thousand_deletions(
    replay: Replay, counted: list[Step]
) -> None:
    second = replay.nights[1]
    assert second.day == NEW_NUMBERS
    assert second.hold is not None
    print(f"\n{second.hold.id}: {second.hold.told}")
    assert "key_migrated" in second.hold.kinds
    assert second.changes_while_held == 0
    doubt = next(d for d in second.hold.doubts if d.kind == "key_migrated")
    assert doubt.evidence["columns"] == ["tax_id"]
    assert doubt.evidence["removed"] == counted[0].rows
    assert doubt.evidence["paired"] == counted[1].paired
    assert counted[1].total("removed") < counted[0].rows / 10


def test_words_that_gave_way_to_others_wait_for_a_person(
    replay: Replay, counted: list[Step]
) -> None:
    held = next(one for one in replay.nights if one.day == NEW_WORDS)
    words = next(step.words for step in counted if step.day == NEW_WORDS)
    assert held.hold is not None
    print(f"\n{held.hold.id}: {held.hold.told}")
    assert held.hold.kinds == ("recoded",)
    assert held.changes_while_held == 0
    told = held.hold.doubts[0].evidence["words"]
    assert {(w["from"].lower(), w["to"].lower()) for w in told} == {(a, b) for _, a, b in words}


def test_no_other_delivery_is_held(replay: Replay) -> None:
    held = {one.day for one in replay.nights if one.hold}
    assert held == {HEADLESS, NEW_NUMBERS, NEW_WORDS}


def test_every_change_of_every_kind_equals_the_count_by_hand(
    replay: Replay, counted: list[Step]
) -> None:
    rows = replay.ask(
        "select sequence, change_kind, column_name, count(*) from changes group by all"
    )
    told = [Counter({(k, c): n for s, k, c, n in rows if s == at}) for at in range(1, 10)]
    print(f"\n{'delivery':<12}{'':<8}" + "".join(f"{kind:>14}" for kind in by_hand.KINDS))
    for step, counts in zip(counted, told, strict=True):
        sums = Counter[str]()
        for (kind, _), number in counts.items():
            sums[kind] += number
        hand = "".join(f"{step.total(kind):>14,}" for kind in by_hand.KINDS)
        ours = "".join(f"{sums[kind]:>14,}" for kind in by_hand.KINDS)
        print(f"{step.day:<12}{'by hand':<8}{hand}\n{'':<12}{'history':<8}{ours}")
    for step, counts in zip(counted, told, strict=True):
        assert +counts == +step.counts, step.day


def test_the_observations_tell_the_same_numbers(replay: Replay, counted: list[Step]) -> None:
    kinds = ", ".join(by_hand.KINDS)
    told = replay.ask(f"select rows_count, {kinds} from observations order by sequence")
    assert told == [(step.rows, *map(step.total, by_hand.KINDS)) for step in counted]


def test_a_record_with_a_new_number_keeps_its_identity_where_that_is_sure(
    replay: Replay, counted: list[Step]
) -> None:
    both = replay.ask(
        "select count(*) from (select record_id from versions group by 1 "
        "having min(from_sequence) = 1 and max(from_sequence) > 1)"
    )
    assert both == [(counted[1].paired,)]
    moved = replay.ask(
        "select count(*), count(distinct record_id) from changes where change_kind = 'key_migrated'"
    )
    assert moved == [(counted[1].paired + 2 * counted[1].unpaired,) * 2]


def test_the_history_made_again_is_the_history_that_grew(replay: Replay) -> None:
    grown = rebuild.table_hashes(replay.settings, replay.contract)
    assert rebuild.rebuild(replay.settings, replay.contract) == 9
    again = rebuild.table_hashes(replay.settings, replay.contract)
    for table, told in grown.items():
        print(f"{table:<14}{told}")
    assert again == grown


def officers() -> set[str]:
    """Every officer's number in any of the files, the withdrawn ones of the first file too."""
    found: set[str] = set()
    for file in HISTORY.glob("*.csv"):
        found |= {number for _, number in by_hand.read(file)}
    return found


def test_record_ids_cannot_be_made_without_the_secret(replay: Replay) -> None:
    ids = {row[0] for row in replay.ask("select distinct record_id from versions")}
    assert len(ids) > 15_000
    guesses: set[str] = set()
    ways = product(("md5", "sha1", "sha256", "blake2b"), ("", "|", ",", ", ", "-", "\x1f", "\x1e"))
    keys = list(by_hand.read(HISTORY / "2026-07-01.csv"))
    for algorithm, between in ways:
        for start in ((), (FEED,)):
            for key in keys[:2_000]:
                told = between.join((*start, *key)).encode()
                guesses.add(hashlib.new(algorithm, told).hexdigest()[:16])
    assert len(guesses) > 100_000
    reproduced = len(ids & guesses)
    assert reproduced == 0
    mode = stat.S_IMODE((replay.settings.history / "key").stat().st_mode)
    assert mode == 0o600


def test_another_installation_gives_other_ids(replay: Replay, tmp_path: Path) -> None:
    other = on(HISTORY / "2023-03-09.csv", tmp_path / "data")
    night(other, replay.contract, "2023-03-09")
    with store.opened(other, FEED) as connection:
        theirs = {i for (i,) in connection.execute("select record_id from versions").fetchall()}
    ours = {row[0] for row in replay.ask("select distinct record_id from versions")}
    shared = len(ours & theirs)
    assert len(theirs) > 9_000
    assert shared == 0


@pytest.fixture(scope="module")
def site(replay: Replay) -> Iterator[sqlite3.Connection]:
    """The database of a release made of the whole history."""
    refresh = run("nightly_refresh", replay.settings)
    assert [failure.told() for failure in refresh.failures] == []
    file = replay.settings.current / "oversight.db"
    database = sqlite3.connect(f"file:{file.resolve()}?mode=ro&immutable=1", uri=True)
    yield database
    database.close()


def test_the_public_revisions_are_the_changes_by_hand(
    site: sqlite3.Connection, counted: list[Step]
) -> None:
    sql = "select change_kind, count(*) from revisions where source_table = ? group by 1"
    told = dict(site.execute(sql, (FEED,)).fetchall())
    hand = {kind: sum(step.total(kind) for step in counted) for kind in by_hand.KINDS}
    print(f"\n{'kind':<14}{'by hand':>9}{'public':>9}")
    for kind, number in hand.items():
        print(f"{kind:<14}{number:>9,}{told.get(kind, 0):>9,}")
    assert told == {kind: number for kind, number in hand.items() if number}


def test_each_delivery_has_its_counts_on_the_site(
    site: sqlite3.Connection, counted: list[Step]
) -> None:
    kinds = ", ".join(f"{kind}_count" for kind in by_hand.KINDS)
    told = site.execute(
        f"select rows_count, {kinds} from source_changes where source_table = ? "
        "order by snapshot_sequence",
        (FEED,),
    ).fetchall()
    assert told == [(step.rows, *map(step.total, by_hand.KINDS)) for step in counted]


def test_whoever_accepted_is_named_with_a_reason(site: sqlite3.Connection) -> None:
    told = site.execute(
        "select kinds, decision, decided_by, reason from holds where source_table = ? "
        "order by opened_at",
        (FEED,),
    ).fetchall()
    assert [kinds.split(", ")[0] for kinds, *_ in told] == [
        "header_lost",
        "key_migrated",
        "recoded",
    ]
    assert {tuple(rest) for _, *rest in told} == {("accepted", PERSON, REASON)}


def test_records_that_are_gone_are_listed_as_missing_or_withdrawn(
    site: sqlite3.Connection, replay: Replay
) -> None:
    (absent,) = replay.ask("select absent_count from observations order by sequence desc limit 1")
    told = site.execute(
        "select record_state, count(*) from missing_records where source_table = ? group by 1",
        (FEED,),
    ).fetchall()
    print(f"\n{dict(told)}")
    assert sum(number for _, number in told) == absent[0]
    assert dict(told) == {
        # Gone with the last but one delivery, or with the three before that.
        "missing": recently_removed(replay),
        "withdrawn": absent[0] - recently_removed(replay),
    }


def recently_removed(replay: Replay) -> int:
    """Records that are absent from fewer than three deliveries."""
    (found,) = replay.ask(
        "select count(*) from changes where change_kind = 'removed' and sequence > 7"
    )
    return int(found[0])


def test_no_officers_number_is_in_a_public_row(site: sqlite3.Connection) -> None:
    """Only numbers are compared: a message that shows one would be the leak itself.

    The short numbers of the first file are looked for where records are told of; elsewhere a year
    or a count may happen to be one.
    """
    known = {number for number in officers() if len(number) >= 4}
    assert len(known) > 5_000
    told = site.execute("select name from sqlite_master where type = 'table'").fetchall()
    tables = {name for (name,) in told if "_fts" not in name and not name.startswith("sqlite_")}
    assert tables > {"revisions", "missing_records", "source_changes", "holds"}
    for table in sorted(tables):
        about_records = table in ("revisions", "missing_records")
        wanted = known if about_records else {number for number in known if len(number) == 6}
        leaked = len(numbers_in(site, table) & wanted)
        assert leaked == 0, table


def numbers_in(site: sqlite3.Connection, table: str) -> set[str]:
    """Every number of four to six digits in the texts of a table, days and moments left out."""
    rows = site.execute(f'select * from "{table}"')
    texts = {DATE.sub(" ", cell) for row in rows for cell in row if isinstance(cell, str)}
    return {number for text in texts for number in re.findall(r"\b\d{4,6}\b", text)}


def test_the_officers_number_is_named_as_changed_without_a_value(site: sqlite3.Connection) -> None:
    shown = site.execute(
        "select count(*) from revisions where column_name = 'tax_id' "
        "and (old_value is not null or new_value is not null)"
    ).fetchall()
    assert shown == [(0,)]
