"""The attack as a gate: the candidate alone, and subtracted from what the site shows now.

A family that was found safe is remembered by its sha256, so that a night without a new cut costs
nothing; the memory holds no number of any table.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.attack import grouped
from pipelines.attack.differenced import differenced
from pipelines.attack.located import attack
from pipelines.attack.published import Family, Published, read
from pipelines.attack.recounted import recounted
from pipelines.contracts import Contract
from pipelines.settings import Settings

METHOD = 1
"""Raised when the attack becomes sharper, so that what it found safe before is tried again."""

TELLS_NOTHING = frozenset({"other", "unknown", "declined", "not_collected", "multiple"})


def exposed_by_attack(settings: Settings, folder: Path, contracts: Sequence[Contract]) -> list[str]:
    """Why the folder would expose someone, in words without a value; empty when it is safe."""
    told = [
        *grouped.by_name(folder, _protected(contracts)),
        *grouped.by_words(folder, _words(settings)),
    ]
    published = read(folder)
    if published is None:
        return told
    before = _shown_now(settings)
    cuts = frozenset(family.cut for family in published.families)
    new = cuts - {family.cut for family in before.families}
    return [
        *told,
        *published.reasons,
        *_attacked(settings, published.families),
        *differenced(before, published),
        *recounted(folder, published, new),
    ]


def _attacked(settings: Settings, families: Iterable[Family]) -> list[str]:
    """Attack the families that were not found safe before, and remember those that are now."""
    file = settings.data / "protected" / "attacked.json"
    known, safe, told = _remembered(file), list[str](), list[str]()
    for family in families:
        reasons = [] if family.sha256 in known else attack(family).reasons
        told += reasons
        safe += [] if reasons else [family.sha256]
    if frozenset(safe) != known:
        _remember(file, safe)
    return told


def _remembered(file: Path) -> frozenset[str]:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return frozenset(held["safe"]) if held["method"] == METHOD else frozenset()
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _remember(file: Path, safe: Sequence[str]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"method": METHOD, "safe": sorted(safe)}), encoding="utf-8")
    fresh.replace(file)


def _shown_now(settings: Settings) -> Published:
    shown = read(settings.current.resolve()) if settings.current.exists() else None
    return shown or Published(())


def _protected(contracts: Iterable[Contract]) -> frozenset[str]:
    """The feeds' own names for the race, the sex and the age of people."""
    return frozenset(
        column
        for contract in contracts
        for who in contract.meta.people
        for column in who.attributes.values()
    )


def _words(settings: Settings) -> list[str]:
    """The agencies' own words for a race, a sex or an age, from the vocabulary."""
    file = settings.dbt_project / "seeds" / "demographics.csv"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            row["local_value"] for row in csv.DictReader(lines) if row["value"] not in TELLS_NOTHING
        ]
