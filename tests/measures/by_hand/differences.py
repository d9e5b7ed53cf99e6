"""Every number in which two accounts of the measures differ, and every one that only one has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from math import isclose
from typing import Any

from tests.measures.by_hand.gate import Shown, Told

SAME = 1e-9
COLUMNS = {"state": "value_state", "first_day": "period_start"}


def published(rows: Iterable[Mapping[str, Any]]) -> Told:
    """The rows of the table of measures, in the form of the recomputation."""
    names = [field.name for field in fields(Shown)]
    key = ("jurisdiction", "metric", "period_kind", "period", "dimension", "dimension_value")
    return {
        tuple(row[name] for name in key): Shown(*(row[COLUMNS.get(n, n)] for n in names))
        for row in rows
    }  # type: ignore[misc]


def differences(ours: Told, theirs: Told, metrics: Iterable[str] | None = None) -> list[str]:
    """In words: what is missing here or there, and which fields of a number are not the same."""
    asked = None if metrics is None else set(metrics)
    found = []
    for key in sorted(ours.keys() | theirs.keys()):
        if asked is not None and key[1] not in asked:
            continue
        if key not in ours:
            found.append(f"{' '.join(key)}: not recomputed")
        elif key not in theirs:
            found.append(f"{' '.join(key)}: not published")
        else:
            found += [f"{' '.join(key)}: {text}" for text in _unlike(ours[key], theirs[key])]
    return found


def _unlike(ours: Shown, theirs: Shown) -> list[str]:
    told = []
    for field in fields(Shown):
        here, there = getattr(ours, field.name), getattr(theirs, field.name)
        if not _same(here, there):
            told.append(f"{field.name} {here} by hand, {there} published")
    return told


def _same(here: Any, there: Any) -> bool:
    if isinstance(here, int | float) and isinstance(there, int | float):
        return isclose(here, there, rel_tol=SAME, abs_tol=SAME)
    return bool(here == there)
