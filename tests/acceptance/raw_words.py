"""What the words of a city mean, read from the crosswalk seeds with Python's own csv module.

Written apart from the models, to hold them against: the same seeds, other rules of reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from pipelines.settings import PROJECT

SEEDS = PROJECT / "dbt_project" / "seeds"
OPEN = ("open", "reopened", "tolled")
NEVER = date(9999, 12, 31)
FINDINGS = {
    "sustained": 1, "policy_or_training_failure": 3, "other_misconduct_noted": 4,
    "not_sustained": 6, "exonerated": 7, "unfounded": 8,
}  # fmt: skip
CLASSES = {"open": 2, "alternative": 5, "truncated": 9, "referred": 10, "void": 11}
GRAVITY = (
    "force", "sexual", "domestic_violence", "bias", "abuse_stop_search", "abuse_other",
    "untruthful", "offensive_language", "discourtesy", "neglect", "bwc_policy", "other",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Outcome:
    """How something ended, sorting by how strongly it speaks for a whole complaint."""

    rank: int
    resolution_class: str
    finding: str = ""
    truncation_reason: str = ""
    alternative_kind: str = ""
    void_reason: str = ""


STILL_OPEN = Outcome(2, "open")


@dataclass(frozen=True)
class Meaning:
    """What a word says: a status, an outcome, a category; any of them may be missing."""

    first: date
    last: date
    status: str
    outcome: Outcome | None
    category: str


def squeezed(text: str) -> str:
    """How two spellings of a word meet."""
    return " ".join(text.split()).lower()


@cache
def _known(city: str) -> dict[tuple[str, str], list[Meaning]]:
    known: dict[tuple[str, str], list[Meaning]] = {}
    for name in ("dispositions", "categories"):
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["jurisdiction"] == city:
                    place = (row.get("field") or "category", squeezed(row["local_value"]))
                    known.setdefault(place, []).append(_meaning(row))
    return {place: sorted(those, key=lambda m: m.first) for place, those in known.items()}


def _meaning(row: dict[str, str]) -> Meaning:
    group = row.get("resolution_class", "")
    finding = row.get("finding", "")
    rank = FINDINGS.get(finding) or CLASSES.get(group, 12)
    details = [row.get(name, "") for name in ("truncation_reason", "alternative_kind")]
    outcome = Outcome(rank, group, finding, *details, row.get("void_reason", ""))
    return Meaning(
        date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else NEVER,
        row.get("status", ""),
        outcome if group else None,
        row.get("category", ""),
    )


def meaning(city: str, field: str, text: str | None, day: date | None) -> Meaning | None:
    """What a word meant on a day; without a day, what it means now."""
    if not text or not text.strip():
        return None
    found = _known(city).get((field, squeezed(text)), [])
    if day is None:
        return found[-1] if found else None
    return next((m for m in reversed(found) if m.first <= day <= m.last), None)


def is_sealed(city: str, field: str, text: str | None) -> bool:
    """Whether a word, on whatever day, says expunged or sealed."""
    known = _known(city).get((field, squeezed(text or "")), [])
    return any(m.outcome and m.outcome.void_reason == "expunged_or_sealed" for m in known)


def gravest(categories: Iterable[str]) -> str:
    """The category that speaks for a complaint with allegations of several."""
    return min((c for c in categories if c), key=GRAVITY.index, default="")
