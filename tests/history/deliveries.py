"""What a delivery holds, and what the revision log must say of a record that was in two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from tests.history.facts import FIRST_NIGHT
from tests.history.writing import COLUMNS, PUBLIC, WORDS, fold


class Revision(NamedTuple):
    """One row of the revision log; the values are as they stood in the files."""

    sequence: int
    label: str
    column: str | None
    kind: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Night:
    """One delivery: its bytes, what the log must say of it, and the holds that must fire.

    `whose` tells which record each label in `expected` is; `absent` and `ever` count records.
    """

    sequence: int
    special: str | None
    content: bytes
    expected: tuple[Revision, ...]
    whose: dict[str, int]
    holds: tuple[str, ...]
    rows: int
    absent: int
    ever: int

    @property
    def day(self) -> date:
        return FIRST_NIGHT + timedelta(days=self.sequence - 1)


@dataclass
class Record:
    """A record as it is (`facts`), and as it was last delivered (`told`, written as `raw`)."""

    who: int
    number: str
    facts: list[str]
    is_sloppy: bool = False
    out_since: int | None = None
    told: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    line: str = ""


def befell(record: Record, before: tuple[str, ...]) -> str | None:
    """What befell the record as a whole since it was written as `before`."""
    if not before:
        return "added"
    if record.out_since is not None:
        return "restored"
    return "key_migrated" if before[0] != record.number else None


def change(
    column: str, was: str, now: str, before: tuple[str, ...], raw: tuple[str, ...]
) -> tuple[str, str | None, str | None] | None:
    """Kind, old and new value of one field, or none when the log must not mention it."""
    if column not in PUBLIC:
        return ("value_changed", None, None) if was != now else None
    place = COLUMNS.index(column)
    old, new = before[place], raw[place]
    if old == new:
        return None
    if was != now:
        kind = "filled" if not was else "blanked" if not now else "value_changed"
    else:
        kind = "recoded" if column in WORDS and fold(old) != fold(new) else "reformatted"
    return kind, old or None, new or None
