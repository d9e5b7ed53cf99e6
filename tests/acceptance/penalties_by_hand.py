"""What changed from file to file in the city's penalties, counted without this project.

Standard library only, and nothing of the pipeline: the rules of the revision log are written here
a second time, from their definitions. Reads the files of a folder in the order of the days in
their names and prints counts, never a row:

    python tests/acceptance/penalties_by_hand.py ../shared/data/nyc_ccrb/penalties_history

The definitions. A record is known by its complaint and its tax id. Two values are equal when they
name the same day, or differ in spaces or capitals only; a blank is no value. A value written
differently but equal is `reformatted`. When the city gave all officers new numbers, records that
are equal in all but that number are `key_migrated`: one on each side are the same record; as many
on each side as on the other are the same records, but nobody can say which is which, so that each
side is counted; where the numbers differ, nothing is paired. A new word for an old one (20 records
or more, nobody keeps the old word, nobody had the new one) is `recoded`.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

COLUMNS = (
    "complaint_id",
    "tax_id",
    "ccrb_substantiated_officer_disposition",
    "board_discipline_recommendation",
    "non_apu_nypd_penalty_report_date",
    "officer_is_apu",
    "apu_ccrb_trial_recommended_penalty",
    "apu_trial_commissioner_recommended_penalty",
    "apu_plea_agreed_penalty",
    "apu_case_status",
    "apu_closing_date",
    "nypd_officer_penalty",
)
KEY = (0, 1)
OFFICER = 1
DATES = {4, 10}
FORMATS = ("%Y-%m-%d", "%m/%d/%Y")
NEW_NUMBERS = "2023-03-09"
RECODED_AT = 20
WHOLE = ("added", "removed", "restored", "key_migrated")
KINDS = (*WHOLE, "value_changed", "blanked", "filled", "recoded", "reformatted")

Key = tuple[str, ...]
Record = tuple[str, ...]
Records = dict[Key, Record]
Value = str | None


@dataclass
class Step:
    """From one file to the next: how often each kind of change befell each column.

    The column is null for a change of the whole record. `paired` counts the records with a new
    number that are known one by one, `unpaired` those of which only the group is known.
    """

    day: str
    rows: int
    counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    words: set[tuple[str, str, str]] = field(default_factory=set)
    paired: int = 0
    unpaired: int = 0

    def total(self, kind: str) -> int:
        """How often a kind of change occurred, in whatever column."""
        return sum(count for (name, _), count in self.counts.items() if name == kind)


def steps(folder: Path) -> list[Step]:
    """The first file, of which nothing is counted, and a step for each that followed."""
    files = sorted(folder.glob("*.csv"))
    before = read(files[0])
    seen = set(before)
    told = [Step(files[0].stem, len(before))]
    for file in files[1:]:
        after = read(file)
        told.append(compared(Step(file.stem, len(after)), before, after, seen))
        before = after
        seen |= after.keys()
    return told


def read(file: Path) -> Records:
    """The records by key. A file without a heading is read by position: its first column is the
    day of the extract, and its heading stands last, as if it had been sorted among the rows."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = [row for row in csv.reader(text) if row]
    cut = len(rows[0]) - len(COLUMNS)
    bare = [tuple(row[cut:]) for row in rows if row[cut] != "Complaint Id"]
    records = {tuple(row[place].strip() for place in KEY): row for row in bare}
    if len(records) != len(bare):
        raise ValueError(f"{file.name}: a complaint and officer stand in it twice.")
    return records


@cache
def canonical(place: int, text: str) -> Value:
    """What a cell says, however it is written; none for a blank."""
    words = " ".join(text.split()).casefold()
    for form in FORMATS if place in DATES else ():
        try:
            return datetime.strptime(words, form).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return words or None


def compared(step: Step, before: Records, after: Records, seen: set[Key]) -> Step:
    """Count what befell the records, then what befell the fields of those on both sides."""
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    restored = new & seen
    new -= restored
    if step.day == NEW_NUMBERS:
        gone, new = renumbered(step, before, after, gone, new)
    for kind, keys in (("removed", gone), ("added", new), ("restored", restored)):
        step.counts[kind, None] += len(keys)
    same = [(before[key], after[key]) for key in before.keys() & after.keys()]
    for place, column in enumerate(COLUMNS):
        count_column(step, column, place, same, (before.values(), after.values()))
    return step


def renumbered(
    step: Step, before: Records, after: Records, gone: set[Key], new: set[Key]
) -> tuple[set[Key], set[Key]]:
    """Match records that are equal in all but the officer's number; return what is left over."""
    left, right = grouped(before, gone), grouped(after, new)
    matched: set[Key] = set()
    for likeness in left.keys() & right.keys():
        size = len(left[likeness])
        if size == len(right[likeness]):
            matched |= left[likeness] | right[likeness]
            step.paired += size == 1
            step.unpaired += size if size > 1 else 0
    step.counts["key_migrated", None] = step.paired + 2 * step.unpaired
    return gone - matched, new - matched


def grouped(records: Records, keys: set[Key]) -> dict[tuple[Value, ...], set[Key]]:
    """Keys whose records say the same in every column but the officer's number."""
    groups: dict[tuple[Value, ...], set[Key]] = defaultdict(set)
    for key in keys:
        values = enumerate(records[key])
        groups[tuple(canonical(p, text) for p, text in values if p != OFFICER)].add(key)
    return groups


def count_column(
    step: Step,
    column: str,
    place: int,
    same: Iterable[tuple[Record, Record]],
    files: tuple[Iterable[Record], Iterable[Record]],
) -> None:
    """Count the kinds of change in one column of the records on both sides."""
    changes: Counter[tuple[str, str]] = Counter()
    for old, new in same:
        was, is_now = canonical(place, old[place]), canonical(place, new[place])
        if was and is_now and was != is_now:
            changes[was, is_now] += 1
        elif was != is_now:
            step.counts["filled" if is_now else "blanked", column] += 1
        elif old[place] != new[place]:
            step.counts["reformatted", column] += 1
    known, used = ({canonical(place, row[place]) for row in rows} for rows in files)
    for (was, is_now), count in changes.items():
        is_new_word = count >= RECODED_AT and was not in used and is_now not in known
        step.counts["recoded" if is_new_word else "value_changed", column] += count
        if is_new_word:
            step.words.add((column, was, is_now))


def table(told: list[Step]) -> str:
    """One line a step, one column a kind; then what else there is to know of the new numbers."""
    lines = [f"{'file':<12}{'rows':>8}" + "".join(f"{kind:>14}" for kind in KINDS)]
    for step in told:
        cells = "".join(f"{step.total(kind):>14,}" for kind in KINDS)
        lines.append(f"{step.day:<12}{step.rows:>8,}{cells}")
        if step.paired:
            lines.append(f"{'':<12}new numbers: {step.paired:,} records known one by one,")
            lines[-1] += f" {step.unpaired:,} only in groups (counted on both sides)"
        lines += [f"{'':<12}{column}: {a!r} is now {b!r}" for column, a, b in sorted(step.words)]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(steps(Path(sys.argv[1]))))
