"""Pages of a service: flat records in a document of the service's own shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import nested
from pipelines.parsers.nested import Dress
from pipelines.parsers.parsed import Parsed


def parse(
    contract: Contract,
    path: Path,
    part: str,
    announced: int | None,
    work: Path,
    *,
    dress: Dress,
    counted_at: str,
) -> Parsed:
    """Read one page: `dress` gives the list of its records, which lie at `counted_at`.

    Raises `DataRefused` when it is not JSON, lacks a column, or has another number of records
    than was announced when it was received.
    """
    parsed = nested.parse(
        contract, path, part, ("json", ""), work, dress=dress, counted_at=counted_at
    )
    if announced is not None and announced != parsed.received:
        raise DataRefused(
            f"{part!r} has {parsed.received:,} records; {announced:,} were received.",
            place=contract.name,
        )
    return parsed


def records(contract: Contract, part: str, document: Any, *steps: str) -> list[Any]:
    """The list at `steps` of a page. Raises `DataRefused` when there is none."""
    value = document
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, list):
        told = f"{part!r} has no list of records at {'.'.join(steps)!r}."
        raise DataRefused(told, place=contract.name)
    return value


def without(record: Any, names: frozenset[str]) -> Any:
    """The record without what the service put there for itself."""
    if not isinstance(record, dict):
        return record
    return {key: value for key, value in record.items() if key not in names}
