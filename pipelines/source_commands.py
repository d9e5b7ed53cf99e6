"""The words of the command line about sources: find one, begin one, ask whether they answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.failures import DEGRADED, Misconfigured
from pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipelines.onboarding.brief import Brief
    from pipelines.onboarding.catalogue import Row
    from pipelines.onboarding.checking import Seen
    from pipelines.onboarding.draft import Draft

app = typer.Typer(help="The sources of the feeds, and those known elsewhere.", no_args_is_help=True)
console = Console(highlight=False)
PIPED_WIDTH = 180

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Catalogue = Annotated[
    str | None, typer.Option("--catalogue", help="Path or address of the table of known sources.")
]


@app.command()
def check(
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--jurisdiction", "-j", help="Only these (repeatable).")
    ] = None,
    locations: Annotated[
        Path | None, typer.Option("--locations", help="A file that points feeds at other places.")
    ] = None,
    data: Data = None,
) -> None:
    """Ask each source once whether it answers as its contract declares; nothing is downloaded."""
    from pipelines.contracts import load_contracts
    from pipelines.onboarding.checking import checked

    settings = _settings(data, locations)
    contracts = load_contracts(settings.dbt_project, jurisdiction)
    asked = [c for c in contracts if jurisdiction or not c.source.config.meta.invented]
    with console.status("asking the sources"):
        seen = list(checked(asked, settings))
    _show(_checked_table(seen))
    for one in seen:
        for remark in _remarks(one):
            console.print(f"{one.contract.name}: {remark}", soft_wrap=True, markup=False)
    wrong = sum(not one.is_well for one in seen)
    told = "all as declared" if not wrong else f"{wrong} not as declared or without an answer"
    console.print(f"{sum(one.is_asked for one in seen)} of {len(seen)} feeds asked, {told}.")
    raise typer.Exit(DEGRADED if wrong else 0)


@app.command()
def find(
    word: Annotated[str, typer.Argument(help="A city, state, agency, platform or kind of table.")],
    catalogue: Catalogue = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch the table first, into the data folder.")
    ] = False,
    data: Data = None,
) -> None:
    """Search the table of sources that OpenPoliceData keeps."""
    from pipelines.contracts import check_contracts, source_files
    from pipelines.onboarding import catalogue as known

    settings = _settings(data)
    if download:
        console.print(
            f"The table is kept at {known.download(settings, catalogue or known.ADDRESS)}."
        )
    rows = known.found(known.rows(settings, None if download else catalogue), word)
    contracts, _ = check_contracts(source_files(settings.dbt_project))
    here = {row: known.contracted(row, contracts, settings.data) for row in rows}
    _show(_found_table(here))
    console.print(f"{len(rows)} found. `oversight new-source --from-catalogue ID` begins one.")


def new_source(
    place: Annotated[str | None, typer.Argument(help="An address, or a sample file.")] = None,
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", "-j", help="Whose data it is: an id such as larkhaven.")
    ] = ...,  # type: ignore[assignment]
    table: Annotated[str | None, typer.Option(help="The name of the table.")] = None,
    feed: Annotated[str | None, typer.Option(help="What a row is: complaints, …")] = None,
    state: Annotated[str | None, typer.Option(help="Two letters.")] = None,
    title: Annotated[str, typer.Option(help="The name that people read.")] = "",
    reader: Annotated[str | None, typer.Option(help="How to read it, if that is unclear.")] = None,
    is_: Annotated[
        list[str] | None, typer.Option("--is", help="OURS=THEIRS: which column is which.")
    ] = None,
    from_catalogue: Annotated[
        str | None, typer.Option("--from-catalogue", help="The id of a row of the catalogue.")
    ] = None,
    catalogue: Catalogue = None,
    data: Data = None,
) -> None:
    """Draft all that a new source needs, and ask what only a person can know."""
    from pipelines.onboarding import draft

    settings = _settings(data)
    brief = _brief(settings, place, jurisdiction, feed, reader, (from_catalogue, catalogue))
    brief = _said(brief, table=table, state=state, title=title, words=is_ or [])
    with console.status("looking at a sample"):
        drafted = draft.drafted(brief, settings)
    _tell(drafted, draft.written(drafted), settings)


def _brief(
    settings: Settings,
    place: str | None,
    jurisdiction: str,
    feed: str | None,
    reader: str | None,
    listed: tuple[str | None, str | None],
) -> Brief:
    from pipelines.onboarding import catalogue, from_catalogue
    from pipelines.onboarding.brief import Brief
    from pipelines.onboarding.places import recognised

    number, where = listed
    if (place is None) == (number is None):
        told = "Either an address or file is needed, or --from-catalogue."
        raise Misconfigured(told, place="new-source", next_step="Give one of the two.")
    if number:
        row = catalogue.row_of(catalogue.rows(settings, where), number)
        return from_catalogue.brief(row, settings, jurisdiction, feed)
    found = recognised(str(place), settings.data, reader)
    chosen = feed or "reference"
    return Brief(found, jurisdiction, feed or found.name, chosen)


def _said(
    brief: Brief, *, table: str | None, state: str | None, title: str, words: list[str]
) -> Brief:
    """The brief with what the person said in options, which goes before all else."""
    from dataclasses import replace

    pairs = [word.partition("=") for word in words]
    if not all(ours and theirs for ours, _, theirs in pairs):
        told = "It takes OURS=THEIRS, such as complaint_id=case_no."
        raise Misconfigured(told, place="--is", next_step="Correct --is.")
    if state and not (len(state) == 2 and state.isalpha()):
        raise Misconfigured("It takes two letters.", place="--state", next_step="Correct it.")
    return replace(
        brief,
        table=table or brief.table,
        state=state.upper() if state else brief.state,
        title=title or brief.title,
        said={ours.strip(): theirs.strip() for ours, _, theirs in pairs},
    )


def _tell(drafted: Draft, written: list[Path], settings: Settings) -> None:
    from pipelines.onboarding.questions import open_questions

    brief, name = drafted.brief, f"{drafted.brief.jurisdiction}.{drafted.brief.table}"
    console.print(
        f"{name}: drafted from {drafted.rows:,} rows, {drafted.columns} columns. Written:"
    )
    for file in written:
        console.print(f"  {file.relative_to(settings.project)}", soft_wrap=True)
    if brief.feed == "reference":
        console.print("No feed was named: kept for reference, it reaches no public table.")
    for words in drafted.words:
        if words.rarer:
            field = words.field or "category"
            console.print(f"{field}: {words.rarer} rarer word(s) left out; the build names them.")
    place = settings.data / brief.place.location
    if not brief.place.is_address and not place.exists():
        console.print(f"The contract expects the file at {place}.", soft_wrap=True)
    questions = open_questions(settings.dbt_project, [brief.jurisdiction])
    console.print(f"A person must say {len(questions)} thing(s); {name} is not built before:")
    for question in questions:
        console.print(f"  {question}", soft_wrap=True, markup=False)
    console.print("Answer in the files, then run `oversight contracts check`.")


def _checked_table(seen: list[Seen]) -> Table:
    table = _table("feed", "platform", "answered", "rows", "stamp", "verified")
    for one in seen:
        verified = one.contract.meta.verified
        table.add_row(
            one.contract.name,
            one.platform,
            escape(one.answer if one.is_answered or not one.is_asked else "no"),
            "" if one.rows is None else f"{one.rows:,}",
            escape(one.stamp),
            str(verified) if verified else "never",
        )
    return table


def _remarks(one: Seen) -> list[str]:
    """What a person has to look at, in sentences."""
    if one.is_asked and not one.is_answered:
        return [one.answer]
    told = []
    if one.missing:
        told.append(f"declared and not there: {', '.join(one.missing)}")
    if one.undeclared:
        told.append(f"there and not declared: {', '.join(one.undeclared)}")
    return told


def _found_table(rows: dict[Row, str]) -> Table:
    from pipelines.onboarding.states import LETTERS

    table = _table("id", "agency", "table", "platform", "coverage", "reader here", "contract")
    for row, contract in rows.items():
        state = "taken away" if row.is_gone else row.reader or "none"
        agency = f"{row.source}, {LETTERS.get(row.state, row.state)}"
        table.add_row(row.id, agency, row.table_type, row.platform, row.coverage, state, contract)
    return table


def _show(table: Table) -> None:
    """On a screen as wide as it is; in a file or a pipe wide enough that words stay whole."""
    wide = console if console.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
    wide.print(table)


def _table(*headings: str) -> Table:
    table = Table(title=None, box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    return table


def _settings(data: Path | None, locations: Path | None = None) -> Settings:
    changes: dict[str, Any] = {}
    if data is not None:
        changes["data"] = data.resolve()
    if locations is not None:
        changes["locations"] = locations.resolve()
    return load_settings(**changes)
