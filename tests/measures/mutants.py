"""Faults planted in the SQL of the measures, one at a time: each must change a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tests.measures.by_hand.differences import differences, published
from tests.measures.by_hand.gate import Told
from tests.measures.chain import LAST, Chain, rows_of, run
from tests.measures.faults import FAULTS


@dataclass(frozen=True)
class Mutant:
    """One fault: what it is, the model, a piece of its compiled SQL and what stands in its place.

    Every occurrence of the piece is replaced, as by a fault in a macro.
    """

    fault: str
    model: str
    was: str
    becomes: str

    def text(self, chain: Chain) -> str:
        """The spoiled SQL. A piece that is not there is an error of the list, not of the model."""
        sound = chain.models[self.model].text or ""
        if self.was not in sound:
            raise LookupError(f"{self.model}: the piece to be spoiled is not in it: {self.was!r}")
        return sound.replace(self.was, self.becomes)


def changed_numbers(
    database: duckdb.DuckDBPyConnection, chain: Chain, mutant: Mutant, sound: Told
) -> list[str]:
    """What differs from the numbers made by hand among those that a spoiled model changes; the
    database is left as it was."""
    numbers = chain.models[LAST[0]].relation
    database.execute("begin")
    try:
        database.execute(f"create temp table before as from {numbers}")
        run(database, chain, chain.below(mutant.model), {mutant.model: mutant.text(chain)})
        spoiled = published(rows_of(database, f"from {numbers} except from before"))
        gone = published(rows_of(database, f"from before except from {numbers}"))
        touched = {key: sound[key] for key in spoiled.keys() | gone.keys() if key in sound}
        return differences(touched, spoiled)
    finally:
        database.execute("rollback")


def mutants() -> Iterator[Mutant]:
    """All of them, family by family."""
    for model, faults in FAULTS.items():
        for fault, was, becomes in faults:
            yield Mutant(fault, model, was, becomes)
