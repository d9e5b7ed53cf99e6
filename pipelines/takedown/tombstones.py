"""Tombstones: by what a record that was taken down is known again when a source sends it anew.

A tombstone is an HMAC-SHA256 of the feed, the columns that name the record and their values,
made with a key that only this installation has. Nobody without the key can tell whose it is, and
nobody with the key can turn it back; only a record that is held against it can be recognised.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelines import keys
from pipelines.contracts import Contract
from pipelines.failures import StorageFailed
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings
from pipelines.takedown import register

KEY, BLOCK = "takedown-key", 64
BETWEEN = "\x1f"


@dataclass(frozen=True)
class Tombstone:
    """The mark of a record: `columns` are those of `source_table` that name it."""

    source_table: str
    columns: tuple[str, ...]
    mark: str


def made(
    settings: Settings, source_table: str, columns: Sequence[str], values: Sequence[str]
) -> Tombstone:
    """The tombstone of the record that `values` name; the key is made on the first day."""
    told = _prefix(source_table, columns) + BETWEEN.join(value.strip(" ") for value in values)
    mark = hmac.new(_key(settings), told.encode(), hashlib.sha256).hexdigest()
    return Tombstone(source_table, tuple(columns), mark)


def key_id(settings: Settings) -> str:
    """Names the key without telling it."""
    return _id_of(_key(settings))


def condition(
    settings: Settings, contract: Contract, more: Collection[Tombstone] = ()
) -> str | None:
    """SQL that is true of the records of a feed that must stay out; none where none must.

    A record stays out with its own tombstone, and with that of the record it is withheld with.
    `more` are tombstones that do not stand yet, and may never.

    Raises `StorageFailed` without the key that the tombstones were made with.
    """
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for stone in {*all_tombstones(settings), *more}:
        for ours in _columns(contract, stone):
            groups.setdefault((stone.source_table, stone.columns, ours), set()).add(stone.mark)
    told = [
        f"{_sql(settings, _prefix(source, theirs), ours)} in "
        f"({', '.join(map(literal, sorted(marks)))})"
        for (source, theirs, ours), marks in sorted(groups.items())
    ]
    return f"({' or '.join(told)})" if told else None


def all_tombstones(settings: Settings) -> list[Tombstone]:
    """All tombstones. Raises `StorageFailed` without the key they were made with."""
    told = register.tombstones(settings)
    if told and {stone["key_id"] for stone in told} != {_id_of(_key(settings))}:
        raise StorageFailed(
            "The tombstones were made with another key, so nobody can tell what must stay out.",
            place=KEY,
            next_step="Put the key back from the backup, then run it again.",
        )
    return [Tombstone(s["source_table"], tuple(s["columns"]), s["mark"]) for s in told]


def _columns(contract: Contract, stone: Tombstone) -> list[tuple[str, ...]]:
    """The columns of a feed that name the record of a tombstone, if any do."""
    found = []
    if stone.source_table == contract.name:
        found.append(stone.columns)
    link = contract.meta.withhold_with
    parent = f"{contract.jurisdiction}.{link.table}" if link else None
    if link and stone.source_table == parent and stone.columns == (link.their_column,):
        found.append((link.column,))
    return found


def _prefix(source_table: str, columns: Sequence[str]) -> str:
    return f"{source_table}|{','.join(columns)}|"


def _sql(settings: Settings, prefix: str, columns: Sequence[str]) -> str:
    """The same HMAC in SQL: the hash of the outer key with the hash of the inner key and text."""
    key = _key(settings).ljust(BLOCK, b"\0")
    inner, outer = (bytes(one ^ pad for one in key).hex() for pad in (0x36, 0x5C))
    values = ", ".join(f"coalesce(trim({quoted(name)}), '')" for name in columns)
    text = f"{literal(prefix)} || concat_ws(chr(31), {values})"
    within = f"sha256(unhex('{inner}') || encode({text}))"
    return f"sha256(unhex('{outer}') || unhex({within}))"


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"takedown key|" + key).hexdigest()[:8]


def _key(settings: Settings) -> bytes:
    return keys.secret(settings, KEY)
