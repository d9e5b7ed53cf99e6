"""The words of a source that somebody must translate, as rows of the crosswalk seeds to fill.

Only words of short code lists are taken, only those that several rows use, and never one that
may name a person. Everything rarer is named by the build, which has to read it anyway.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.onboarding import personal
from pipelines.onboarding.profiles import Profile
from pipelines.onboarding.questions import MARK
from pipelines.onboarding.samples import TABLE, Sample
from pipelines.parsers.parsed import quoted

LEAST_ROWS = 5
"""Rows that must use a word before it is written anywhere."""
MOST_WORDS = 150
"""A column with more words than this is no code list."""
SEEDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "complaints": {
        "category_local": ("categories", ""),
        "status_local": ("dispositions", "complaint_status"),
        "outcome_local": ("dispositions", "complaint_outcome"),
    },
    "allegations": {
        "category_local": ("categories", ""),
        "outcome_local": ("dispositions", "allegation_outcome"),
    },
    "bwc_reviews": {
        "footage_local": ("bwc_words", "footage"),
        "violations_local": ("bwc_words", "violation"),
        "sampling_local": ("bwc_words", "sampling"),
        "request_outcome_local": ("bwc_words", "request_outcome"),
    },
    "bwc_audits": {"audit_sample_local": ("bwc_words", "audit_sample")},
    "hearings": {"status_local": ("hearing_words", "hearing_status")},
    "roll_calls": {"attendance_local": ("hearing_words", "attendance")},
}
"""For each feed, the columns that are translated: the seed, and the field in it."""


@dataclass(frozen=True)
class Words:
    """New rows of one seed for one field, and how many further words were too rare to write."""

    seed: str
    field: str
    words: tuple[str, ...]
    rarer: int


def words_to_fill(
    sample: Sample, feed: str, mapped: Mapping[str, Profile], seeds: Path, jurisdiction: str
) -> tuple[Words, ...]:
    """The words of the mapped code columns that the seeds do not know yet."""
    found = []
    for name, (seed, field) in SEEDS.get(feed, {}).items():
        profile = mapped.get(name)
        if profile and profile.distinct <= MOST_WORDS and not profile.guess.is_personal:
            known = _known(seeds / f"{seed}.csv", jurisdiction, field)
            found.append(_words(sample, profile.name, seed, field, known))
    return tuple(found)


def appended(seeds: Path, found: Sequence[Words], jurisdiction: str) -> dict[Path, str]:
    """The text of each seed with the new rows at its end; what stood there stands as it did."""
    texts: dict[Path, str] = {}
    for words in found:
        file = seeds / f"{words.seed}.csv"
        before = texts.get(file) or file.read_text(encoding="utf-8")
        rows = _rows(before, words, jurisdiction)
        if rows:
            texts[file] = before if before.endswith("\n") else f"{before}\n"
            texts[file] += rows
    return texts


def _words(sample: Sample, column: str, seed: str, field: str, known: set[str]) -> Words:
    """One row a word, in its most usual spelling; a list of violations is parted first."""
    value = f"unnest(string_split({quoted(column)}, '|'))" if field == "violation" else None
    parted = f"(select {value or quoted(column)} as value from {TABLE})"
    word = "regexp_replace(trim(value), '\\s+', ' ', 'g')"
    rows = sample.connection.execute(
        f"select arg_max(word, n), sum(n)::bigint, bool_or({personal.unfit('word')}) "
        f"from (select {word} as word, count(*) as n from {parted} group by 1) "
        "where word <> '' group by lower(word) order by 2 desc, 1"
    ).fetchall()
    new = [(word, n, is_unfit) for word, n, is_unfit in rows if _key(word) not in known]
    kept = [word for word, n, is_unfit in new if n >= LEAST_ROWS and not is_unfit]
    return Words(seed, field, tuple(kept), len(new) - len(kept))


def _known(file: Path, jurisdiction: str, field: str) -> set[str]:
    with file.open(encoding="utf-8", newline="") as text:
        return {
            _key(row["local_value"])
            for row in csv.DictReader(text)
            if row["jurisdiction"] in (jurisdiction, "*") and row.get("field", "") == field
        }


def _rows(before: str, words: Words, jurisdiction: str) -> str:
    text = io.StringIO(newline="")
    names = next(csv.reader([before.split("\n", 1)[0]]))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    for word in words.words:
        told = {"jurisdiction": jurisdiction, "field": words.field, "local_value": word}
        told["source_note"] = f"{MARK}what it means."
        writer.writerow({name: told.get(name, "") for name in names})
    return text.getvalue()


def _key(word: str) -> str:
    return " ".join(word.lower().split())
