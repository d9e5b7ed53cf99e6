"""The scan as a gate: no shape that tells of a person, and no value that must not be public.

It reads the finished files, and of the sources the bytes that were kept; of how the one became the
other it knows nothing. It says what was found and where, and never the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.public_columns import load_public_columns
from pipelines.scans import patterns, protected_values, published_bytes
from pipelines.scans.encodings import spelled_out
from pipelines.scans.protected_values import Known
from pipelines.scans.published_bytes import Block
from pipelines.scans.reviewed import PROTECTED_VALUE, load_reviewed
from pipelines.settings import Settings


def exposed_by_scan(settings: Settings, folder: Path, contracts: Sequence[Contract]) -> list[str]:
    """Why the folder would expose someone, in words without a value; empty when it is safe.

    Raises `Misconfigured` when the list of reviewed hits cannot be used.
    """
    reviewed = load_reviewed(settings.dbt_project)
    known = protected_values.gather(settings, contracts)
    shapes, values = list[str](), dict[tuple[int, str], str]()
    for block in published_bytes.blocks(folder):
        for text in filter(None, (block.text, spelled_out(block.text))):
            shapes += _shapes(block, text, reviewed)
            if (PROTECTED_VALUE, block.place) not in reviewed:
                found = known.found_in(text).items()
                values |= {(run, block.place): source for run, source in found}
    return [
        *dict.fromkeys(shapes),
        *_values(settings, contracts, known, values),
        *published_bytes.differing(folder),
    ]


def _shapes(block: Block, text: str, reviewed: frozenset[tuple[str, str]]) -> list[str]:
    return [
        f"{block.place} holds what looks like: {name.replace('_', ' ')}, {count} times."
        for name, count in patterns.found_in(text).items()
        if (name, block.place) not in reviewed
    ]


def _values(
    settings: Settings,
    contracts: Sequence[Contract],
    known: Known,
    found: Mapping[tuple[int, str], str],
) -> list[str]:
    """What of the values found neither a source states in public nor a policy lets be named there.

    A name that a policy makes public stands in the column of names and nowhere else.
    """
    runs = [run for run, _ in found]
    stated = protected_values.stated_publicly(settings, contracts, known, runs)
    named = protected_values.named_by_policy(settings, contracts, known, set(runs) - stated)
    of_names = {".".join(c) for c in load_public_columns(settings.dbt_project).needing("names")}
    told = {
        f"{place} holds a value of {source}, which is not public."
        for (run, place), source in found.items()
        if run not in stated and not (run in named and place in of_names)
    }
    return sorted(told)
