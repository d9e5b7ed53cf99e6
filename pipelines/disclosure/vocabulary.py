"""The words for race and sex, and the bands of age, that all jurisdictions' counts share.

A local word without a row in the seed counts as unknown: whoever wrote it is still counted, and
only how many such words there are is ever told.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelines.failures import Misconfigured

UNKNOWN = "unknown"
RACES = (
    "black", "white", "hispanic", "asian", "native_american", "pacific_islander",
    "middle_eastern", "multiple", "other", UNKNOWN, "declined", "not_collected",
)  # fmt: skip
SEXES = ("female", "male", "nonbinary", UNKNOWN, "declined")
WORDS = {"race": RACES, "sex": SEXES}
BANDS = (
    (25, "under_25"), (35, "25_34"), (45, "35_44"), (55, "45_54"), (65, "55_64"),
    (116, "65_and_over"),
)  # fmt: skip
OF_AGE = 18
SEED = Path("seeds") / "demographics.csv"
HEADINGS = ["jurisdiction", "attribute", "local_value", "value", "source_note"]
Minors = Literal["as_unknown", "merged"]


@dataclass
class Vocabulary:
    """One jurisdiction's words; remembers which it met that have no row, and tells their number."""

    words: Mapping[tuple[str, str], str]
    strange: set[tuple[str, str]] = field(default_factory=set)

    def value(self, attribute: str, written: str | None) -> str:
        """The shared word for what somebody wrote; `unknown` for a blank or a strange word."""
        word = _spelt(written or "")
        found = self.words.get((attribute, word))
        if found is None and word:
            self.strange.add((attribute, word))
        return found or UNKNOWN

    def possible(self, attribute: str) -> tuple[str, ...]:
        """Every value that the jurisdiction's words can give, so that none is told by a row."""
        given = {value for (of, _), value in self.words.items() if of == attribute} | {UNKNOWN}
        return tuple(word for word in WORDS[attribute] if word in given)


def load_vocabulary(dbt_project: Path, jurisdiction: str) -> Vocabulary:
    """The rows of the seed for one jurisdiction. Raises `Misconfigured` with each wrong line."""
    words: dict[tuple[str, str], str] = {}
    wrong: list[str] = []
    with (dbt_project / SEED).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != HEADINGS:
            raise Misconfigured(f"The headings must be {', '.join(HEADINGS)}.", place=str(SEED))
        for row in reader:
            key = (row["attribute"], _spelt(row["local_value"]))
            if row["value"] not in WORDS.get(row["attribute"], ()):
                wrong.append(f"line {reader.line_num}: no such attribute or value")
            elif row["jurisdiction"] == jurisdiction:
                if key in words:
                    wrong.append(f"line {reader.line_num}: the word stands twice")
                words[key] = row["value"]
    if wrong:
        raise Misconfigured(f"{'; '.join(wrong)}.", place=str(SEED))
    return Vocabulary(words)


def age_band(written: str | None, minors: Minors) -> str:
    """The band of an age in years; `unknown` for none that a person can have.

    Minors are told apart nowhere: they count as unknown, or together with all under 25.
    """
    text = (written or "").strip().removesuffix(".0")
    if not text.isdecimal() or not 0 < int(text) < BANDS[-1][0]:
        return UNKNOWN
    if int(text) < OF_AGE and minors == "as_unknown":
        return UNKNOWN
    return next(band for below, band in BANDS if int(text) < below)


def age_bands() -> tuple[str, ...]:
    """Every band that an age can fall in."""
    return (*(band for _, band in BANDS), UNKNOWN)


def _spelt(word: str) -> str:
    """As words are compared: capitals and repeated spaces do not matter."""
    return " ".join(word.casefold().split())
