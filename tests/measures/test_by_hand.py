"""Every published measure is the one that plain Python makes of the same files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Installation
from tests.measures.by_hand.differences import differences, published
from tests.measures.by_hand.gate import Told
from tests.measures.chain import LAST, Chain, opened, run, table
from tests.measures.facts import Facts
from tests.measures.facts.complaints import OUTCOME

MOST_TOLD = 20


@pytest.fixture(scope="module")
def judged(chain: Chain) -> list[dict[str, Any]]:
    with opened(chain) as database:
        run(database, chain, chain.order())
        return table(database, chain, *LAST)


def told(found: Sequence[str]) -> str:
    return "\n".join([f"{len(found)} difference(s)", *found[:MOST_TOLD]])


def test_no_measure_differs_from_the_one_made_by_hand(
    judged: list[dict[str, Any]], by_hand: Told
) -> None:
    found = differences(by_hand, published(judged))
    assert not found, told(found)


def test_the_public_table_holds_the_numbers_that_were_compared(
    released: Installation, judged: list[dict[str, Any]]
) -> None:
    import duckdb

    compared = published(row for row in judged if not row["is_naive"])
    with duckdb.connect(str(released.settings.warehouse), read_only=True) as warehouse:
        found = warehouse.execute("select * from marts.measures")
        names = [column[0] for column in found.description]
        shown = published(dict(zip(names, row, strict=True)) for row in found.fetchall())
    assert not differences(compared, shown)


@pytest.mark.parametrize("name", ["complaints", "allegations"])
def test_the_facts_read_by_hand_are_those_of_the_public_tables(
    chain: Chain, read_by_hand: Facts, name: str
) -> None:
    columns = ("complaint_id", "received_date", "category", "status", *OUTCOME)
    with opened(chain) as database:
        theirs = Counter(tuple(row[c] for c in columns) for row in table(database, chain, name))
    ours = Counter(tuple(fact[c] for c in columns) for fact in getattr(read_by_hand, name))
    assert sum((ours - theirs).values()) + sum((theirs - ours).values()) == 0


def test_a_number_that_only_one_side_has_is_a_difference(by_hand: Told) -> None:
    key = sorted(by_hand)[0]
    fewer = {other: shown for other, shown in by_hand.items() if other != key}
    assert differences(by_hand, fewer) == [f"{' '.join(key)}: not published"]
    assert differences(fewer, by_hand) == [f"{' '.join(key)}: not recomputed"]


def test_a_billionth_is_a_difference_and_less_is_not(by_hand: Told) -> None:
    key, shown = next((k, s) for k, s in sorted(by_hand.items()) if s.value)
    assert shown.value is not None
    for factor, expected in ((1 + 1e-8, 1), (1 + 1e-10, 0)):
        changed = by_hand | {key: replace(shown, value=shown.value * factor)}
        assert len(differences(changed, by_hand)) == expected
