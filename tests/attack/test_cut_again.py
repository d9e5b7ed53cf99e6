"""Tables that are safe each night are not safe together: why a cut is made once and then frozen."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path

import pytest

from pipelines.attack.audit import audit
from pipelines.disclosure.tables import Person, count_tables, published_rows
from tests.attack.invented import CUT, Row, release

THRESHOLD = 11


def somebody(chance: random.Random, number: int) -> Person:
    """An invented person of one complaint."""
    group = chance.choices(("black", "white", "hispanic", "asian"), (8, 5, 2, 1))[0]
    place = chance.choices(("1", "2", "3", "4", "5", "6"), (9, 7, 5, 3, 2, 1))[0]
    return Person(f"C-{number}", {"race": group}, {"district": place})


def cut(people: list[Person]) -> list[Row]:
    """The rows of one cut, protected as they are for the public."""
    names = {name: CUT[name] for name in ("jurisdiction", "cut", "role")}
    return [{**names, **asdict(row)} for row in published_rows(count_tables(people, THRESHOLD))]


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_made_again_each_night_gives_the_new_people_away(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    people = [somebody(chance, number) for number in range(400)]
    first = release(tmp_path / "first", cut(people))
    second = release(tmp_path / "second", cut([*people, *(somebody(chance, n) for n in range(3))]))
    assert audit(first).reasons == ()
    assert audit(second).reasons == ()
    assert "differences can be told to be small" in " ".join(audit(second, first).reasons)
    assert audit(first, first).reasons == ()
