"""All rows, each once: what came is held against the service's own words, before and after.

A service that is written to while it is read, that forgets the order asked for or that stops
early gives rows twice or not at all, and each answer looks well. Its count, its stamp and the
keys tell: a row that goes while another comes moves neither the count nor the number of keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.failures import SourceFailed
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.parts import FetchedPart

PASSES = 2


@dataclass(frozen=True)
class State:
    """What a service says of a data set: its number of rows, and its stamp if it has one."""

    rows: int
    stamp: str = ""


Read = Callable[[Journal, Keys, int], list[FetchedPart]]


class Unsteady(Exception):
    """The source changed while it was being read, or does not keep to its own order."""


def reconciled(
    errand: Errand, plan: str, state: Callable[[], State], read: Read
) -> list[FetchedPart]:
    """What `read` brings, once its rows, its distinct keys and the states around it agree.

    `read` is given the journal, the keys and the count expected. If they do not agree,
    everything is read once more. Raises `SourceFailed` when they still differ.
    """
    why = ""
    for attempt in range(PASSES):
        before = state()
        journal = errand.journal(f"{plan} {before}")
        if attempt:
            journal.clear()
        try:
            with Keys(journal.folder / "keys.duckdb", errand.feed) as keys:
                parts = read(journal, keys, before.rows)
                distinct = keys.distinct()
            _check(parts, distinct, before, state())
            return [replace(part, stamp=before.stamp) for part in parts]
        except Unsteady as unsteady:
            why = str(unsteady)
            journal.clear()
    raise SourceFailed(f"{why}, {PASSES} times in a row.", place=errand.feed)


def _check(parts: list[FetchedPart], distinct: int, before: State, after: State) -> None:
    received = sum(part.records or 0 for part in parts)
    if not received == before.rows == after.rows:
        raise Unsteady(
            f"The service counted {before.rows:,} rows, sent {received:,}, "
            f"then counted {after.rows:,}"
        )
    if distinct != before.rows:
        raise Unsteady(
            f"The service counted {before.rows:,} rows and sent {distinct:,} different ones"
        )
    if before.stamp != after.stamp:
        raise Unsteady("The data set was changed while it was being read")
