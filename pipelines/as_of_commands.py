"""The words of the command line about the past: a table or an answer as of a day or a release."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import typer
from rich.console import Console
from rich.table import Table

from pipelines import as_published, manifest, rollback, shelf, shown_log
from pipelines.as_published import Form
from pipelines.failures import Misconfigured
from pipelines.manifest import Manifest
from pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipelines.as_known import Valid

Known = Literal["then", "now"]
PIPED_WIDTH = 120


@dataclass(frozen=True)
class Asked:
    """What is asked for: a table or a question, never both."""

    table: str | None
    question: str | None
    parameters: tuple[str, ...]
    form: Form


told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def as_of(
    table: Annotated[str | None, typer.Argument(help="A public table.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="What stood at the end of this day."),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--release", help="The number of a release.")
    ] = None,
    known: Annotated[
        Known,
        typer.Option(help="then: as it was published; now: as it is now known to have been."),
    ] = "then",
    question: Annotated[
        str | None, typer.Option("--question", help="A ready-made question, by its name.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="name=value for the question (repeatable).")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="The form of the answer.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if not given.")
    ] = None,
    jurisdiction: Annotated[
        list[str] | None,
        typer.Option("--jurisdiction", "-j", help="With --known now: build only these."),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The data folder.")] = None,
) -> None:
    """A public table or an answer as of a day or a release; without either, what is kept."""
    changes: dict[str, Any] = {"data": data.resolve()} if data else {}
    if jurisdiction:
        changes["jurisdictions"] = tuple(sorted(set(jurisdiction)))
    settings = load_settings(**changes)
    asked = _asked(table, question, param or [], form)
    if table is None and question is None:
        _list(settings)
    elif known == "now":
        _as_known(settings, asked, _only_a_day(day, number), output)
    else:
        _as_published(settings, asked, _release(settings, day, number), output)


def _asked(table: str | None, question: str | None, param: list[str], form: Form) -> Asked:
    if table is not None and question is not None:
        raise _unclear("A table and a question were both asked for.", "Ask for one of them.")
    if param and question is None:
        raise _unclear("--param fills in a question.", "Name it with --question.")
    if question is not None and form == "parquet":
        raise _unclear("An answer is not kept as Parquet.", "Ask for csv or json.")
    return Asked(table, question, tuple(param), form)


def _only_a_day(day: datetime | None, number: int | None) -> date:
    if day is None or number is not None:
        raise _unclear("What is now known is asked for by day.", "Give --date and no --release.")
    return day.date()


def _release(settings: Settings, day: datetime | None, number: int | None) -> Manifest:
    """The release asked for; the one that the site shows when nothing says which."""
    if day is not None and number is not None:
        raise _unclear("A day and a release were both given.", "Give one of them.")
    if day is not None:
        number = shown_log.kept_on(settings, day.date(), settings.now)
    if number is None:
        number = shelf.shown_number(settings)
    if number is None:
        raise _unclear("There is no release yet.", "Run `oversight refresh`.")
    return as_published.kept(settings, number)


def _as_published(settings: Settings, asked: Asked, release: Manifest, output: Path | None) -> None:
    folder = shelf.folder(settings, release.number)
    if asked.question is None:
        file = as_published.file_of(settings, release, str(asked.table), asked.form)
        source = _pieces(file, asked)
    else:
        file = folder / "oversight.db"
        source = _answer(folder, [folder, settings.current], asked)
    days = ", ".join(shown_log.days_shown(settings).get(release.number, ["no day on record"]))
    _tell(f"Release {release.number}, published {release.created_at}, shown on {days}.")
    if release.number in rollback.gone_back_from(settings):
        _tell("People went back from this release after it was published.")
    _tell(
        f"{file.relative_to(folder)} sha256 {release.files[str(file.relative_to(folder))].sha256}"
    )
    _write(source, output)


def _as_known(settings: Settings, asked: Asked, day: date, output: Path | None) -> None:
    from pipelines.as_known import known_about

    with known_about(settings, day, asked.table, _tell) as known:
        folder = known.built.folder
        for feed in known.feeds:
            _tell(_source(feed))
        if asked.question is not None:
            _write(_answer(folder, [folder], asked), output)
            return
        names = {"csv": f"csv/{asked.table}.csv", "parquet": f"parquet/{asked.table}.parquet"}
        _write(_pieces(folder / names.get(asked.form, "oversight.db"), asked), output)


def _source(feed: Valid) -> str:
    name = feed.fetched.contract.name
    if feed.sequence is None:
        return f"{name}: nothing was known yet"
    return f"{name}: snapshot {feed.sequence}, {feed.accounting.loaded:,} records"


def _pieces(file: Path, asked: Asked) -> Iterator[bytes]:
    """The bytes of a file, or the rows of a table as JSON."""
    if asked.form == "json":
        yield from (text.encode() for text in as_published.rows_of(file, str(asked.table)))
        return
    with file.open("rb") as content:
        while chunk := content.read(as_published.CHUNK):
            yield chunk


def _answer(folder: Path, worded_in: list[Path], asked: Asked) -> Iterator[bytes]:
    question = as_published.question(worded_in, str(asked.question))
    values = as_published.parameters(question, asked.parameters)
    pieces = as_published.answer(folder / "oversight.db", question, values, asked.form)
    return (text.encode() for text in pieces)


def _write(pieces: Iterable[bytes], output: Path | None) -> None:
    """Write what is there to write; a failure of the first piece leaves no file behind."""
    waiting = iter(pieces)
    first = next(waiting, b"")
    with _target(output) as target:
        target.write(first)
        for piece in waiting:
            target.write(piece)
        target.flush()


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there whole or not at all."""
    if output is None:
        yield sys.stdout.buffer
        return
    fresh = output.with_name(f".{output.name}.new")
    try:
        with fresh.open("wb") as file:
            yield file
        os.replace(fresh, output)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _unclear(
            f"{output} cannot be written ({error.strerror or error}).", "Choose another file."
        ) from None


def _list(settings: Settings) -> None:
    shown, bad = shelf.shown_number(settings), rollback.gone_back_from(settings)
    days = shown_log.days_shown(settings)
    table = Table("Release", "Published", "Shown on", "Rows", "", box=None, pad_edge=False)
    for number in shelf.numbers(settings):
        release = manifest.read(shelf.folder(settings, number))
        remark = "current" if number == shown else "gone back from" if number in bad else ""
        shown_on = ", ".join(days.get(number, ["no day on record"]))
        table.add_row(
            str(number), release.created_at, shown_on, f"{release.totals['rows']:,}", remark
        )
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(table)


def _tell(text: str) -> None:
    told.print(text)


def _unclear(what: str, next_step: str) -> Misconfigured:
    return Misconfigured(what, place="as of", next_step=next_step)
