"""Records planted by hand among the drawn ones: the traps, each with its known fate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import duckdb

from pipelines.demo.draws import literal

LOADED, WITHHELD = "loaded", "withheld"
QUARANTINED, IDENTICAL = "quarantined", "dropped_identical"


@dataclass(frozen=True)
class Planted:
    """One record under its headings (a heading left out is blank) and what must become of it."""

    cells: dict[str, str]
    fate: str = LOADED

    def but(self, fate: str = LOADED, **changes: str) -> Planted:
        """The same record with some cells changed; `_` in a name stands for a space."""
        named = {name.replace("_", " "): value for name, value in changes.items()}
        return replace(self, cells={**self.cells, **named}, fate=fate)


def plant(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    headings: tuple[str, ...],
    records: Iterable[Planted],
) -> None:
    """Create `table` with the planted records as text, in the order given, with their fates."""
    columns = ", ".join(f'"{heading}" varchar' for heading in headings)
    connection.execute(f"create table {table} ({columns}, fate varchar)")
    values = ", ".join(
        "(" + ", ".join(literal(c) for c in (*map(r.cells.get, headings), r.fate)) + ")"
        for r in records
    )
    connection.execute(f"insert into {table} values {values}")
