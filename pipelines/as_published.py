"""What a release that is kept says: its files as they were published, its questions anew."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines import harmless_csv, manifest, shelf
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.manifest import Manifest
from pipelines.settings import Settings

Form = Literal["csv", "parquet", "json"]
CHUNK = 1 << 20
NAMED = re.compile(r"(?<![:\w]):(\w+)")
TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Question:
    """A ready-made question: its SQL, and the names that the SQL leaves open."""

    name: str
    sql: str
    open_names: tuple[str, ...]


def kept(settings: Settings, number: int) -> Manifest:
    """The manifest of a release that is kept. Raises `Misconfigured` naming those that are."""
    numbers = shelf.numbers(settings)
    if number not in numbers:
        raise Misconfigured(
            f"Release {number} is not kept here.",
            place="as of",
            next_step=f"Choose one of the releases kept: {_listed(numbers)}.",
        )
    return manifest.read(shelf.folder(settings, number))


def file_of(settings: Settings, release: Manifest, table: str, form: Form) -> Path:
    """The file of a table as it was published, read and held against its checksum.

    JSON was never a file of a release: it is read from the SQLite file. Raises `Misconfigured`
    for a table that the release does not have, `StorageFailed` for a file that has changed.
    """
    if table not in release.tables:
        raise Misconfigured(
            f"Release {release.number} has no table {table!r}.",
            place="as of",
            next_step=f"Choose one of its tables: {_listed(release.tables)}.",
        )
    names = {"csv": f"csv/{table}.csv", "parquet": f"parquet/{table}.parquet"}
    name = names.get(form, "oversight.db")
    folder = shelf.folder(settings, release.number)
    file = folder / name
    if not file.is_file() or manifest.record(file) != release.files.get(name):
        raise StorageFailed(
            f"{name} is not what was released.",
            place=f"release {folder.name}",
            next_step="Choose another release, or restore the folder from a backup.",
        )
    return file


def question(folders: Sequence[Path], name: str) -> Question:
    """The question as the first of these releases words it.

    Raises `Misconfigured` naming the questions there are.
    """
    known: dict[str, Any] = {}
    for folder in folders:
        told = _words(folder)
        known = {**told, **known}
        if name in told:
            return Question(name, told[name]["sql"], _open_names(told[name]))
    raise Misconfigured(
        f"There is no ready-made question {name!r}.",
        place="as of",
        next_step=f"Choose one of these: {_listed(known)}.",
    )


def parameters(asked: Question, given: Sequence[str]) -> dict[str, str]:
    """The values of the names that a question leaves open, from `name=value`; the rest are empty.

    Raises `Misconfigured` for anything else.
    """
    values = dict.fromkeys(asked.open_names, "")
    for one in given:
        name, is_pair, value = one.partition("=")
        if not is_pair or name not in values:
            raise Misconfigured(
                f"{one!r} fills in nothing that {asked.name!r} leaves open.",
                place="as of",
                next_step=f"Write name=value; the names are: {_listed(values)}.",
            )
        values[name] = value
    return values


def answer(database: Path, asked: Question, values: Mapping[str, str], form: Form) -> Iterator[str]:
    """The answer in pieces of text, out of a database that is only read.

    Raises `Misconfigured` when that database lacks what the question looks at.
    """
    with reading(database) as rows:
        try:
            cursor = rows.execute(asked.sql, values)
        except sqlite3.OperationalError as error:
            raise Misconfigured(
                f"{asked.name!r} cannot be asked of this release ({error}).",
                place="as of",
                next_step="Choose a later release, or another question.",
            ) from None
        yield from _printed(cursor, form)


def rows_of(database: Path, table: str) -> Iterator[str]:
    """All rows of a table as JSON, in pieces of text."""
    with reading(database) as rows:
        yield from _printed(rows.execute(f'select * from "{table}"'), "json")


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can change nothing: the file is opened as one that never changes."""
    address = f"file:{database}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        yield connection


def _printed(cursor: sqlite3.Cursor, form: Form) -> Iterator[str]:
    names = [column[0] for column in cursor.description]
    if form == "csv":
        yield harmless_csv.lines([names])
        yield from (harmless_csv.lines([row]) for row in cursor)
        return
    before = "[\n"
    for row in cursor:
        yield before + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _words(folder: Path) -> dict[str, Any]:
    try:
        words = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        return dict(words["databases"]["oversight"]["queries"])
    except (OSError, ValueError, LookupError):
        return {}


def _open_names(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The names as the site finds them: those declared, then those of the SQL outside texts."""
    found = NAMED.findall(TEXT.sub("''", told["sql"]))
    return tuple(dict.fromkeys([*told.get("params", ()), *found]))


def _listed(names: Any) -> str:
    return ", ".join(map(str, names)) or "there are none"
