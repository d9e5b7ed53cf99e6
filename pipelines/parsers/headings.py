"""Headings held against the contract: renamed, missing or doubled columns stop a feed here.

DuckDB ignores the names in a file once columns are declared to it, so two columns swapped
upstream would swap silently; matching by name is done by us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.contracts import Contract, column_name
from pipelines.failures import DataRefused
from pipelines.parsers.parsed import literal, quoted


@dataclass(frozen=True)
class Headings:
    """The headings of a part in file order: as written, as column names, and those unknown."""

    written: tuple[str, ...]
    names: tuple[str, ...]
    unknown: tuple[str, ...]

    def position(self, column: str) -> int | None:
        return self.names.index(column) if column in self.names else None


def matched(contract: Contract, written: Sequence[str], part: str) -> Headings:
    """Match headings with the contract's columns by name, in whatever order they stand.

    Raises `DataRefused` for a doubled heading and for missing columns, naming both sides.
    """
    names = tuple(column_name(heading) for heading in written)
    doubled = sorted(name for name, n in Counter(names).items() if n > 1 and name)
    if doubled:
        raise DataRefused(
            f"{part!r} has the column {', '.join(map(repr, doubled))} more than once.",
            place=contract.name,
        )
    missing = [name for name in obligatory(contract) if name not in names]
    if missing:
        raise missing_columns(contract, missing, names, part)
    declared = {column.name for column in contract.columns}
    return Headings(tuple(written), names, tuple(n for n in names if n and n not in declared))


def obligatory(contract: Contract) -> list[str]:
    """Columns without which a part is refused: all but the optional ones.

    A column that decides whether a row is withheld is never optional: without it nobody
    could tell which records were expunged.
    """
    meta = contract.meta
    deciding = {w.column for w in (meta.withhold, meta.withhold_with) if w} | set(meta.key or ())
    inherited = set(meta.inherit)
    return [
        c.name
        for c in contract.columns
        if c.name not in inherited and (c.name in deciding or not c.config.meta.optional)
    ]


def missing_columns(
    contract: Contract, missing: Sequence[str], found: Sequence[str], part: str
) -> DataRefused:
    """The refusal for columns that are not there, with all that is."""
    there = ", ".join(name or "(blank)" for name in found[:60]) or "nothing"
    return DataRefused(
        f"{part!r} lacks the column {', '.join(map(repr, missing))}. Found: {there}.",
        place=contract.name,
        next_step="If the publisher renamed a column, change the contract; "
        "if the file is wrong, ask the publisher. Then run `oversight refresh` again.",
    )


def again(found: Headings) -> str:
    """A condition for a record that repeats the headings, as glued-together exports have.

    In a file without headings, a record most of whose cells are the names of their columns.
    """
    if not found.written:
        return _names_in_place(found.names)
    named = [
        (n, w)
        for n, w in zip(found.names, found.written, strict=False)
        if n and w and w.isprintable()
    ]
    if not named:
        return "false"
    return " and ".join(f"{quoted(name)} = {literal(written)}" for name, written in named)


def _names_in_place(names: Sequence[str]) -> str:
    alike = [
        f"coalesce(trim(regexp_replace(lower({quoted(name)}), '[^a-z0-9]+', '_', 'g'), '_') "
        f"= {literal(name)}, false)::int"
        for name in names
        if name
    ]
    return f"({' + '.join(alike)}) * 2 > {len(names)}" if alike else "false"
