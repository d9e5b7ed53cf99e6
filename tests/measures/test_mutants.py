"""A fault in the SQL of the measures is found: nine and a half of ten, at least.

The numbers made by hand know nothing of the SQL; a spoiled model that still gives them all would
show that nobody looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from tests.measures.by_hand.differences import differences, published
from tests.measures.by_hand.gate import Told
from tests.measures.by_hand.recomputed import recomputed
from tests.measures.chain import LAST, Chain, opened, run, table
from tests.measures.facts import Facts
from tests.measures.facts.complaints import OUTCOME
from tests.measures.mutants import changed_numbers, mutants

FEWEST_MUTANTS = 40
CAUGHT_SHARE = 0.95
# The tiny demo has no void allegation. Those of complaints whose number ends so are made void.
VOIDED = "7"
VOID = dict.fromkeys(OUTCOME) | {"resolution_class": "void", "void_reason": "duplicate"}


@pytest.fixture(scope="module")
def sound(read_by_hand: Facts) -> Told:
    """What the models must say of the demo when some of its allegations are void."""
    voided = [
        fact | VOID | {"status": "void"} if fact["complaint_id"].endswith(VOIDED) else fact
        for fact in read_by_hand.allegations
    ]
    return recomputed(replace(read_by_hand, allegations=voided))


@pytest.fixture(scope="module")
def database(chain: Chain) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(chain) as opened_database:
        values = ", ".join(f"{name} = {_text(word)}" for name, word in VOID.items())
        for name in ("allegations", "int_allegations__harmonised"):
            opened_database.execute(
                f"update {chain.models[name].relation} set status = 'void', {values} "
                f"where complaint_id like '%{VOIDED}'"
            )
        run(opened_database, chain, chain.order())
        yield opened_database


def _text(word: str | None) -> str:
    return "null" if word is None else f"'{word}'"


def test_the_sound_models_give_the_numbers_made_by_hand(
    database: duckdb.DuckDBPyConnection, chain: Chain, sound: Told
) -> None:
    found = differences(sound, published(table(database, chain, *LAST)))
    assert not found, "\n".join(found[:20])


def test_nearly_every_planted_fault_is_found(
    database: duckdb.DuckDBPyConnection,
    chain: Chain,
    sound: Told,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, caught, planted = [], 0, list(mutants())
    without_fault = set(differences(sound, published(table(database, chain, *LAST))))
    for mutant in planted:
        changed = set(changed_numbers(database, chain, mutant, sound)) - without_fault
        caught += bool(changed)
        verdict = "found" if changed else "LIVES"
        lines.append(f"{verdict:<6}{len(changed):>6}  {mutant.model:<36}{mutant.fault}")
    lines.append(f"{caught} of {len(planted)} planted faults are found")
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert len(planted) >= FEWEST_MUTANTS
    assert caught >= CAUGHT_SHARE * len(planted), "\n".join(lines)


def test_a_spoiled_model_leaves_the_next_one_a_sound_database(
    database: duckdb.DuckDBPyConnection, chain: Chain, sound: Told
) -> None:
    assert changed_numbers(database, chain, next(mutants()), sound)
    assert not differences(sound, published(table(database, chain, *LAST)))
