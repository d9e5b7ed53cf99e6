"""Pages of awards as USAspending sends them; nested values land as JSON text."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import nested
from pipelines.parsers.parsed import Parsed


def parse(contract: Contract, path: Path, part: str, announced: int | None, work: Path) -> Parsed:
    """Read one page, or one captured answer; `announced` is the number of awards the reader saw.

    Raises `DataRefused` when there are others, no list of results, or a column is in none.
    """
    parsed = nested.parse(
        contract, path, part, ("json", "results"), work, counted_at="$.results[*]"
    )
    if announced is not None and announced != parsed.received:
        told = f"{part!r} has {parsed.received:,} awards, not {announced:,}."
        raise DataRefused(told, place=contract.name)
    return parsed
