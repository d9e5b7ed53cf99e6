"""What people have yet to say about a source, found where they must say it.

A draft leaves `To be said: …` where only a person knows the answer: in a description, in a
comment, in the note of a vocabulary row. As long as such words stand in the files of a
jurisdiction, it is not built.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import strict_yaml
from pipelines.contracts import Contract, check_contracts
from pipelines.failures import Misconfigured
from pipelines.onboarding.interface import feeds, interface
from pipelines.strict_yaml import Document, Place

MARK = "To be said: "
COUNTED = ("incident_number", "hired_year")
COMMENT = re.compile(rf"(?:--|#)\s*{MARK}(.+?)\s*$")
MAPPED = re.compile(r"""\(\s*'"?(\w+)"?'[^{}]*\}\}\s+as\s+(\w+)""")


@dataclass(frozen=True)
class Question:
    """One thing that a person must say, at one line of one file."""

    file: Path
    line: int
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.subject}: {self.text}"


def open_questions(dbt_project: Path, jurisdictions: Sequence[str]) -> list[Question]:
    """All that is yet to be said about these jurisdictions, in the order of the files."""
    found: list[Question] = []
    for jurisdiction in jurisdictions:
        folder = dbt_project / "models" / "staging" / jurisdiction
        for file in sorted(folder.glob("*.yml")) + sorted(folder.glob("*.sql")):
            found += _in_file(file)
        found += given_out(dbt_project, jurisdiction)
        for seed in sorted((dbt_project / "seeds").glob("*.csv")):
            found += _in_seed(seed, jurisdiction)
    return found


def given_out(dbt_project: Path, jurisdiction: str) -> Iterator[Question]:
    """Columns that were described but not made public, and that a model gives to public tables.

    What stands for a person (`…_key`) or an event in order to be counted may be, and so may a year
    that is told in bands: it is never published.
    """
    folder = dbt_project / "models" / "staging" / jurisdiction
    contracts, _ = check_contracts(folder.glob("_*__sources.yml"))
    public = {given.name for feed in feeds(dbt_project) for given in interface(dbt_project, feed)}
    public -= {name for name in public if name.endswith("_key") or name in COUNTED}
    for file in sorted(folder.glob("stg_*.sql")):
        lines = file.read_text(encoding="utf-8").splitlines()
        for contract in _read_in(contracts, "\n".join(lines)):
            said = (c for c in contract.columns if not c.description.startswith(MARK))
            private = {column.name for column in said if column.klass == "internal"}
            for number, line in enumerate(lines, start=1):
                used = MAPPED.search(line)
                if used and used[1] in private and used[2] in public:
                    told = f"may it be public? The model gives it out as {used[2]}"
                    yield Question(file, number, f"{contract.name}.{used[1]}", f"{told}.")


def waiting(dbt_project: Path) -> dict[str, int]:
    """How many things are yet to be said about each jurisdiction, for those with any."""
    folders = sorted((dbt_project / "models" / "staging").iterdir())
    counts = {f.name: len(open_questions(dbt_project, [f.name])) for f in folders if f.is_dir()}
    return {name: count for name, count in counts.items() if count}


def check_answered(dbt_project: Path, jurisdictions: Sequence[str]) -> None:
    """Raise `Misconfigured`, naming every question, while any is open."""
    found = open_questions(dbt_project, jurisdictions)
    if found:
        told = "\n".join(f"  {question}" for question in found)
        raise Misconfigured(
            f"A person must say {len(found)} thing(s) first:\n{told}\n",
            next_step="Answer in the files named, in place of the words "
            f"{MARK.strip()!r}; then run `oversight contracts check`.",
        )


def _read_in(contracts: Sequence[Contract], sql: str) -> Iterator[Contract]:
    for contract in contracts:
        if f"source('{contract.jurisdiction}', '{contract.table.name}')" in sql:
            yield contract


def _in_file(file: Path) -> list[Question]:
    if MARK not in file.read_text(encoding="utf-8"):
        return []
    found = [*_comments(file)]
    if file.suffix == ".yml":
        document = strict_yaml.read(file)
        found += _values(document, document.data, ())
    return sorted(found, key=lambda question: question.line)


def _comments(file: Path) -> Iterator[Question]:
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        found = COMMENT.search(line)
        if found:
            yield Question(file, number, _about(lines, number), found[1])


def _about(lines: Sequence[str], number: int) -> str:
    """What a comment stands beside or above: a column of SQL, or a named thing and key of YAML."""
    below = lines[number] if number < len(lines) else ""
    column = re.search(r"\bas ([a-z_]+),?$", below)
    if column:
        return column[1]
    key = re.match(r"\s*(?:- )?([a-z_]+):", lines[number - 1])
    above = (re.match(r"\s*- name: (\S+)", line) for line in reversed(lines[:number]))
    name = next((found[1] for found in above if found), "here")
    return f"{name} ({key[1]})" if key else name


def _values(document: Document, value: Any, place: Place) -> Iterator[Question]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _values(document, below, (*place, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _values(document, below, (*place, number))
    elif isinstance(value, str) and value.startswith(MARK):
        told = value.removeprefix(MARK)
        yield Question(document.file, document.line(place), _subject(document, place), told)


def _subject(document: Document, place: Place) -> str:
    """The names on the way down to a value, and its key when it is no description."""
    names, value = [], document.data
    for step in place:
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            names.append(value["name"])
        value = value[step]
    last = [str(step) for step in place if isinstance(step, str)][-1:]
    return ".".join(names) + (f" ({last[0]})" if last != ["description"] else "")


def _in_seed(file: Path, jurisdiction: str) -> Iterator[Question]:
    if MARK not in file.read_text(encoding="utf-8"):
        return
    with file.open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text)
        for row in rows:
            note = row.get("source_note") or ""
            if row.get("jurisdiction") == jurisdiction and note.startswith(MARK):
                word = f"{row.get('field') or 'category'} {row['local_value']!r}"
                yield Question(file, rows.line_num, word, note.removeprefix(MARK))
