"""The words of the command line about holds: see the evidence, then accept or reject."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.failures import Misconfigured, OversightError, SnapshotHeld
from pipelines.holds import effects, evidence, ledger, words
from pipelines.holds.ledger import Hold
from pipelines.settings import Settings, load_settings

app = typer.Typer(help="Deliveries that wait for a person to decide.", no_args_is_help=True)
console = Console(highlight=False)
PIPED_WIDTH = 180

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Name = Annotated[
    str, typer.Argument(help="The id of the hold, or the name of the feed that is held.")
]
By = Annotated[str, typer.Option("--by", help="Your name; it will be public.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it will be public.")]


@app.command("list")
def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were decided or superseded.")
    ] = False,
    data: Data = None,
) -> None:
    """List the holds that wait for a decision, by feed."""
    holds = ledger.all_holds(_settings(data))
    waiting = [hold for hold in holds if hold.state == "open"]
    listed = holds if everything else waiting
    if listed:
        _show(_listed(listed))
    past = len(holds) - len(waiting)
    more = "" if everything or not past else f" {past} decided or superseded: `--all` lists them."
    _say(f"{len(waiting)} waiting for a decision.{more}")
    if waiting:
        _say(f"Next: `oversight hold show {waiting[0].id}`.")


@app.command()
def show(name: Name, data: Data = None) -> None:
    """Put the evidence before a person, and what each answer would do."""
    hold = ledger.find(_settings(data), name)
    _say(_headline(hold))
    _say(f"Snapshot held: {hold.snapshot_id}. Last good one: {hold.last_good_id or 'none yet'}.")
    if found := evidence.sizes(hold):
        _show(_measured(found))
    for doubt in hold.doubts:
        _say(f"\n{evidence.HEADINGS[doubt.kind]}: {doubt.told}")
        if found := evidence.lines(doubt):
            _show(_measured(found))
    if hold.state == "open":
        _show_answers(hold)


@app.command()
def accept(
    name: Name,
    by: By,
    reason: Reason,
    as_changes: Annotated[
        bool,
        typer.Option("--as-changes", help="No new key, no new spelling: what moved did change."),
    ] = False,
    data: Data = None,
) -> None:
    """Take the delivery: it is read, and enters the history."""
    from pipelines import ingest
    from pipelines.contracts import load_contracts

    def take(settings: Settings, hold: Hold) -> None:
        jurisdiction = hold.source_table.split(".")[0]
        contracts = load_contracts(settings.dbt_project, [jurisdiction])
        contract = next((c for c in contracts if c.name == hold.source_table), None)
        if contract is None:
            raise Misconfigured("No contract declares this feed any more.", place=hold.source_table)
        decided = ledger.decide(settings, hold, "accepted", by, reason, as_changes)
        _say(f"{hold.id}: accepted by {decided.decided_by}, and written down.")
        try:
            rows = ingest.load_held(contract, settings, decided)
        except SnapshotHeld:
            _say("Read as you said, it raises another doubt, which a person must settle too.")
            raise
        except OversightError:
            _say("The delivery could not be read now. The decision stands; a refresh reads it.")
            raise
        _say(f"{hold.source_table}: {rows.loaded:,} of {rows.received:,} records loaded.")
        _say("Next: `oversight refresh`, which shows them.")

    _decide(name, data, take)


@app.command()
def reject(name: Name, by: By, reason: Reason, data: Data = None) -> None:
    """Leave the delivery out for good: the feed stays at its last good snapshot."""

    def leave(settings: Settings, hold: Hold) -> None:
        decided = ledger.decide(settings, hold, "rejected", by, reason)
        _say(f"{hold.id}: rejected by {decided.decided_by}, and written down.")
        _say(f"{hold.source_table} stays at its last good snapshot until the source sends another.")
        _say("Next: `oversight refresh`, which publishes the decision.")

    _decide(name, data, leave)


def _decide(name: str, data: Path | None, how: Callable[[Settings, Hold], None]) -> None:
    """Decide while no refresh runs, and let the site say so."""
    from pipelines import status
    from pipelines.lock import refresh_lock

    settings = _settings(data)
    with refresh_lock(settings.lock):
        hold = ledger.find(settings, name)
        try:
            how(settings, hold)
        finally:
            status.decided(settings, hold.source_table)


def _headline(hold: Hold) -> str:
    told = f"{hold.id}: {hold.state}, held since {hold.opened_at}."
    if hold.decided_by:
        told += f" {hold.decided_by} {hold.state} it at {hold.decided_at}: {hold.reason}"
    return f"{told} (as changes)" if hold.as_changes else told


def _show_answers(hold: Hold) -> None:
    signed = f'{hold.id} --by "YOUR NAME" --reason "WHY"'
    for command, told in (
        (f"accept {signed}", effects.accepting(hold)),
        (f"accept {signed} --as-changes", effects.accepting_as_changes(hold)),
        (f"reject {signed}", effects.rejecting(hold)),
    ):
        _say(f"\n`oversight hold {command}`")
        for sentence in told:
            _say(f"  {sentence}")
    _say(f"\n{effects.PUBLIC}")


def _listed(holds: list[Hold]) -> Table:
    table = Table("hold", "state", "since", "what looks wrong", "by", box=None, pad_edge=False)
    for hold in sorted(holds, key=lambda one: one.state != "open"):
        table.add_row(
            hold.id,
            hold.state,
            hold.opened_at[:10],
            words.doubted(hold),
            escape(hold.decided_by or ""),
        )
    return table


def _measured(found: list[evidence.Line]) -> Table:
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for line in found:
        table.add_row(f"  {escape(line.measure)}", escape(line.value))
    return table


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False)


def _show(table: Table) -> None:
    """On a screen as wide as it is; in a file or a pipe wide enough that words stay whole."""
    wide = console if console.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
    wide.print(table)


def _settings(data: Path | None) -> Settings:
    return load_settings() if data is None else load_settings(data=data.resolve())
