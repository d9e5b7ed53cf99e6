"""Later deliveries of the demo bring the changes that their answers promise, and no others.

The recount compares the files with Python's own csv module, and knows neither what happened nor
how the product tells changes.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelines import ingest, warehouse
from pipelines.contracts import Contract, load_contracts
from pipelines.demo.answers import DemoAnswers, read_answers
from pipelines.demo.generate import generate
from pipelines.history import store
from pipelines.holds import ledger
from pipelines.settings import Settings
from tests.conftest import settings_at
from tests.test_demo import CSV_FILES, hashes, recount, us

SCALE = 0.1
LAST = 6
KEYS = {"complaints": "Complaint Id", "bwc_reviews": "Review Line Id"}
DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")

Row = dict[str, str]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The first delivery and six later ones, each in a folder of its own."""
    made = [tmp_path_factory.mktemp(f"delivery-{number}") for number in range(1, LAST + 1)]
    for number, folder in enumerate(made, start=1):
        generate(folder, scale=SCALE, delivery=number)
    return made


@pytest.fixture(scope="module")
def answers(folders: list[Path]) -> DemoAnswers:
    return read_answers(folders[-1])


def by_key(folder: Path, name: str) -> dict[str, Row]:
    return {row[KEYS[name]]: row for row in recount(folder, name)[1]}


def said(text: str) -> str:
    """What a cell says, however it is written."""
    if DAY.fullmatch(text.strip()):
        return str(us(text.strip()))
    return " ".join(text.split()).casefold()


def kinds_of(pairs: Iterable[tuple[Row, Row]], known: list[Row], used: list[Row]) -> Counter[str]:
    """How the fields of records differ from what they last were, by kind."""
    counts: Counter[str] = Counter()
    words: Counter[tuple[str, str, str]] = Counter()
    for before, after in pairs:
        for heading, old in before.items():
            was, now = said(old), said(after[heading])
            if was and now and was != now:
                words[heading, was, now] += 1
            elif was != now:
                counts["filled" if now else "blanked"] += 1
            elif old != after[heading]:
                counts["reformatted"] += 1
    for (heading, was, now), number in words.items():
        old_is_left = was in {said(row[heading]) for row in used}
        new_was_there = now in {said(row[heading]) for row in known}
        renamed = number >= 20 and not old_is_left and not new_was_there
        counts["recoded" if renamed else "value_changed"] += number
    return counts


def changes_of_keyed(folders: list[Path], name: str) -> list[Counter[str]]:
    """The changes of each delivery after the first, by kind."""
    before = by_key(folders[0], name)
    ever, told = dict(before), []
    for folder in folders[1:]:
        after = by_key(folder, name)
        pairs = [(ever[key], row) for key, row in after.items() if key in ever]
        counts = kinds_of(pairs, list(before.values()), list(after.values()))
        counts["added"] = len(after.keys() - ever.keys())
        counts["removed"] = len(before.keys() - after.keys())
        counts["restored"] = len((after.keys() & ever.keys()) - before.keys())
        told.append(counts)
        ever |= after
        before = after
    return told


def changes_of_rows(folders: list[Path], name: str) -> list[Counter[str]]:
    """Without a key only whole rows can be compared."""
    rows = [Counter(tuple(row.values()) for row in recount(f, name)[1]) for f in folders]
    steps = itertools.pairwise(rows)
    return [Counter(added=(b - a).total(), removed=(a - b).total()) for a, b in steps]


@pytest.mark.parametrize("name", CSV_FILES)
def test_a_recount_finds_the_promised_changes_and_no_others(
    folders: list[Path], answers: DemoAnswers, name: str
) -> None:
    found = (changes_of_keyed if name in KEYS else changes_of_rows)(folders, name)
    for number, counts in enumerate(found, start=2):
        told = {kind: count for kind, count in counts.items() if count}
        assert told == answers.deliveries[str(number)][name], (number, name)


def test_every_kind_of_change_is_there(answers: DemoAnswers) -> None:
    kinds = {
        kind for told in answers.deliveries.values() for feed in told.values() for kind in feed
    }
    assert kinds == {"added", "removed", "restored", "value_changed", "blanked", "filled",
                     "recoded", "reformatted"}  # fmt: skip


def test_an_ordinary_delivery_takes_less_than_one_record_in_a_hundred(
    folders: list[Path], answers: DemoAnswers
) -> None:
    for number, told in answers.deliveries.items():
        for name, kinds in told.items():
            before = recount(folders[int(number) - 2], name)[0].loaded
            assert 0 < kinds["removed"] < before / 100, (number, name)


def test_a_word_is_renamed_in_the_fourth_delivery_only(answers: DemoAnswers) -> None:
    renamed = {
        (number, name): kinds["recoded"]
        for number, told in answers.deliveries.items()
        for name, kinds in told.items()
        if "recoded" in kinds
    }
    assert list(renamed) == [("4", "complaints")]
    assert renamed["4", "complaints"] >= 20


@pytest.mark.parametrize("name", list(KEYS))
def test_some_records_stay_away_for_three_deliveries_and_more(
    folders: list[Path], name: str
) -> None:
    first, second, *others = [by_key(folder, name).keys() for folder in folders]
    missing = first - second
    back = missing & others[0]
    assert back
    gone = missing - back
    assert gone
    assert not any(gone & later for later in others)


def test_each_delivery_is_in_another_order(folders: list[Path]) -> None:
    for name in CSV_FILES:
        orders = [[*map(str, recount(folder, name)[1][:50])] for folder in folders]
        assert all(a != b for a, b in itertools.pairwise(orders)), name


def test_what_was_planted_to_be_found_is_still_there(folders: list[Path]) -> None:
    first, last = read_answers(folders[0]), read_answers(folders[-1])
    planted = [name for name in first.traps if name.startswith(("P18", "P16", "P10"))]
    assert len(planted) > 5
    assert {name: last.traps[name] for name in planted} == {
        name: first.traps[name] for name in planted
    }


@pytest.mark.parametrize("name", CSV_FILES)
def test_a_recount_of_a_later_file_agrees_with_its_answers(
    folders: list[Path], answers: DemoAnswers, name: str
) -> None:
    assert recount(folders[-1], name)[0] == answers.feeds[name]


def test_the_same_delivery_is_written_with_the_same_bytes(
    folders: list[Path], tmp_path: Path
) -> None:
    generate(tmp_path, scale=SCALE, delivery=1)
    generate(tmp_path, scale=SCALE, delivery=3)
    assert hashes(tmp_path) == hashes(folders[2])


def test_what_earlier_deliveries_told_does_not_depend_on_the_last(
    folders: list[Path], answers: DemoAnswers
) -> None:
    third = read_answers(folders[2])
    assert third.delivery == 3
    assert third.deliveries == {number: answers.deliveries[number] for number in ("2", "3")}


def test_there_is_no_delivery_before_the_first(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="number 1"):
        generate(tmp_path, scale=SCALE, delivery=0)


def delivered(folder: Path, settings: Settings, feeds: list[Contract]) -> list[str]:
    """Take one delivery into the history; what is held is accepted. The names of held feeds."""
    shutil.copytree(folder, settings.data / "demo", dirs_exist_ok=True)
    warehouse.create(settings)
    held = []
    for feed in feeds:
        fetched, _ = ingest.load(ingest.fetch_snapshot(feed, settings), settings)
        if fetched.held:
            hold = ledger.find(settings, feed.name)
            assert hold.kinds == ("recoded",)
            held.append(feed.table.name)
            decided = ledger.decide(settings, hold, "accepted", "A. Reader", "A new word.")
            ingest.load_held(feed, settings, decided)
    return held


def test_the_history_tells_what_the_answers_promise(
    folders: list[Path], answers: DemoAnswers, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path / "data")
    feeds = [
        contract
        for contract in load_contracts(settings.dbt_project, ["larkhaven"])
        if contract.table.name in CSV_FILES
    ]
    held = [delivered(folder, settings, feeds) for folder in folders]
    assert held == [["complaints"] if number == 4 else [] for number in range(1, LAST + 1)]
    for feed in feeds:
        with store.opened(settings, feed.name) as connection:
            rows = connection.execute(
                "select sequence, change_kind, count(*) from changes group by all"
            ).fetchall()
        for number, promised in answers.deliveries.items():
            told = {kind: count for at, kind, count in rows if at == int(number)}
            assert told == promised[feed.table.name], (feed.name, number)
