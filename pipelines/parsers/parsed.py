"""What every parser hands over: a SQL relation over one part, and how many rows it must give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.contracts import Contract

RECORD, LINE, FULL = "_record", "_line", "_full"


@dataclass(frozen=True)
class Malformed:
    """A physical line, or a record, that is not data of the declared shape."""

    reason: str
    line: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class Parsed:
    """One part, ready to be selected from.

    `relation` is a table expression with `_record` (1-based place among all that was received),
    `_line` (physical line, null where `lines` finds it on demand) and every declared column.
    `full` hashes all that was received of a record, protected columns included.
    `records` is what the relation must give; `received` is counted independently of it.
    `again` is a condition that recognises the headings standing among the data.
    """

    relation: str
    full: str
    unknown: tuple[str, ...]
    records: int
    received: int
    malformed: tuple[Malformed, ...] = ()
    again: str = "false"
    lines: Callable[[Sequence[int]], dict[int, int]] | None = None


class Odd(Exception):
    """The fast reader cannot vouch for this part; the careful one must read it."""


def quoted(name: str) -> str:
    """`name` as a SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """`text` as a SQL string."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def hash_of(columns: Sequence[str]) -> str:
    """SQL for a hash over `columns`, in which a null and a blank are the same."""
    told = ", ".join(f"coalesce({column}, '')" for column in columns)
    return f"md5(concat_ws(chr(31), {told}))"


def needed(contract: Contract) -> tuple[str, ...]:
    """The columns that landing looks at: all, as of those that never land it notes a mark."""
    return tuple(column.name for column in contract.columns)


def lent(contract: Contract) -> tuple[tuple[str, str], ...]:
    """(table, column of this feed) for each sibling whose rows are withheld with ours."""
    links = ((t.name, t.config.meta.withhold_with) for t in contract.source.tables)
    return tuple(
        (name, link.their_column)
        for name, link in links
        if link and link.table == contract.table.name
    )
