"""The evidence of a doubt in rows that a person can read: what was measured, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.holds.ledger import Doubt, Hold

HEADINGS = {
    "header_lost": "The line of headings is gone",
    "partition_missing": "A whole part is gone",
    "key_migrated": "The key seems to have moved",
    "mass_removal": "Unusually many records are gone",
    "recoded": "Words seem to have been replaced",
}
MEASURES = {
    "before": "records at the last good snapshot",
    "after": "records in this delivery",
    "expected": "columns that the contract declares",
    "found": "fields in the first line",
    "missing": "columns without their heading",
    "column": "column",
    "partition": "what is gone",
    "partition_before": "its records at the last good snapshot",
    "partition_after": "its records in this delivery",
    "key": "columns of the key",
    "columns": "columns whose values moved",
    "removed": "records gone",
    "added": "records new",
    "paired": "of these, one and the same but for the key",
    "unclear": "of these, alike in groups, so that none can be told from its equals",
    "removed_pct": "percent gone",
    "allowed_pct": "percent that may go, by the contract",
    "labels": "some that are gone",
}
SIZES = ("before", "after")


@dataclass(frozen=True)
class Line:
    """One measure in words, with its value."""

    measure: str
    value: str


def sizes(hold: Hold) -> list[Line]:
    """How many records the feed had and would have; empty when nobody could count."""
    for doubt in hold.doubts:
        told = {name: doubt.evidence[name] for name in SIZES if name in doubt.evidence}
        if told:
            return _lines(told)
    return []


def lines(doubt: Doubt) -> list[Line]:
    """What was measured for one doubt beyond the sizes; words replaced are one line each."""
    told = {name: value for name, value in doubt.evidence.items() if name not in (*SIZES, "words")}
    return _lines(told) + _renamed(doubt.evidence.get("words", ()))


def _lines(told: Mapping[str, Any]) -> list[Line]:
    return [
        Line(MEASURES.get(name, name.replace("_", " ")), _shown(value))
        for name, value in told.items()
        if value not in (None, "", [], ())
    ]


def _renamed(words: Sequence[Mapping[str, Any]]) -> list[Line]:
    return [Line(f"{word['from']} -> {word['to']}", f"{word['count']:,} records") for word in words]


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value))
    return str(value)
