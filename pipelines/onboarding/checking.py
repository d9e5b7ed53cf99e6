"""One request to each source: does it answer, and with the columns that its contract declares.

Nothing is downloaded, and no value is ever looked at: columns, a row count and a stamp.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import readers
from pipelines.contracts import Contract, column_name
from pipelines.failures import OversightError
from pipelines.locations import load_locations, locate
from pipelines.readers import Look
from pipelines.settings import Settings


@dataclass(frozen=True)
class Seen:
    """What came of asking one source; `answer` is in plain words.

    `missing` are declared columns that it does not have, `undeclared` those it has beyond them;
    both are names. `is_asked` is false for a feed that is gone, or that nobody reads here.
    """

    contract: Contract
    platform: str
    answer: str
    is_asked: bool
    is_well: bool
    is_answered: bool = False
    rows: int | None = None
    missing: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    stamp: str = ""


def checked(contracts: Sequence[Contract], settings: Settings) -> Iterator[Seen]:
    """Ask each source once, in turn."""
    overrides = load_locations(settings.locations)
    for contract in contracts:
        yield _checked(contract, overrides, settings)


def _checked(contract: Contract, overrides: dict[str, Any], settings: Settings) -> Seen:
    location = locate(contract, settings.data, overrides)
    gone = contract.meta.tombstone
    if gone or location.absent:
        told = f"gone since {gone.since}" if gone else "not read by this installation"
        return Seen(contract, location.reader, told, is_asked=False, is_well=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            look = readers.look(contract, location, Path(folder), settings)
    except OversightError as failure:
        return Seen(contract, location.reader, failure.what, is_asked=True, is_well=False)
    return _compared(contract, location.reader, look)


def _compared(contract: Contract, platform: str, look: Look) -> Seen:
    """Hold the columns that the source names against the contract; none named proves nothing."""
    there = [column_name(name) for name in look.columns if not name.startswith(":")]
    declared = {column.name for column in contract.columns}
    needed = {c.name for c in contract.columns if not c.config.meta.optional}
    needed -= set(contract.meta.inherit)
    missing = sorted(needed - set(there)) if there else []
    undeclared = [name for name in there if name and name not in declared]
    answer = "as declared" if there else "yes; it names no columns"
    return Seen(
        contract=contract,
        platform=platform,
        answer="otherwise" if missing or undeclared else answer,
        is_asked=True,
        is_answered=True,
        is_well=not missing and not undeclared,
        rows=look.rows,
        missing=tuple(missing),
        undeclared=tuple(dict.fromkeys(undeclared)),
        stamp=look.stamp,
    )
