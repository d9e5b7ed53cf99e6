"""The words of the command line about takedowns: order one, list them, search for what is left."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.failures import Misconfigured, PrivacyRefused
from pipelines.settings import Settings, load_settings
from pipelines.takedown import register

app = typer.Typer(help="Records that must not be public any more.", no_args_is_help=True)
console = Console(highlight=False)

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Source = Annotated[str, typer.Option("--source", help="The feed, as jurisdiction.table.")]
Record = Annotated[
    list[str],
    typer.Option("--record", help="The agency's number of the record; - reads it from the input."),
]
Column = Annotated[
    list[str] | None,
    typer.Option("--column", help="The column of the number, where the feed has no key."),
]
Order = Annotated[
    str, typer.Option("--order-ref", help="Where the order lies; kept here and never published.")
]
Reason = Annotated[
    str, typer.Option("--reason", help=f"One of {', '.join(register.REASONS)}; it will be public.")
]


@app.command()
def add(
    source: Source,
    record: Record,
    order_ref: Order,
    reason: Reason = "request",
    column: Column = None,
    data: Data = None,
) -> None:
    """Take a record and all that goes with it out of everything kept, and keep it out.

    The number of a record may be given on the input, so that no shell remembers it.
    """
    from pipelines.lock import refresh_lock
    from pipelines.takedown import carry_out

    settings = _settings(data)
    values = _from_input() if record == ["-"] else record
    with refresh_lock(settings.lock):
        carry_out.finish(settings, _say)
        plan = carry_out.planned(settings, source, values, column or [], reason, order_ref)
        if not plan.record_ids:
            _say("No history knows such a record. It is kept out from now on all the same.")
        carry_out.order(settings, plan, _say)
        carry_out.finish(settings, _say)
    (done,) = (one for one in register.all_takedowns(settings) if one.id == plan.id)
    _say(f"{done.id}: {done.records} record(s) taken out, {done.releases} release(s) issued again.")
    _say("Next: `oversight refresh`, which counts without it, and publishes the log.")
    _say("Copies that others made, and backups elsewhere, are out of reach: see docs/privacy.md.")


@app.command("list")
def list_(data: Data = None) -> None:
    """List the takedowns, without a word on whom they protect."""
    table = Table("takedown", "ordered", "source", "reason", "records", "releases", box=None)
    listed = register.all_takedowns(_settings(data))
    for one in listed:
        counts = ("not ended", "") if one.done_at is None else (str(one.records), str(one.releases))
        table.add_row(one.id, one.at[:10], one.source_table, one.reason, *counts)
    if listed:
        console.print(table)
    waiting = sum(one.done_at is None for one in listed)
    _say(f"{len(listed)} takedown(s), {waiting} of them not ended; a refresh ends them.")


@app.command()
def verify(
    order: Annotated[
        Path | None,
        typer.Option("--order", help="A file with what must be gone, a line each; else the input."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--in", help="Another folder, such as a backup put back.")
    ] = None,
    data: Data = None,
) -> None:
    """Search every byte for the words given, packed or not. Ends with 5 if any is found."""
    from pipelines.takedown import search

    texts = order.read_text(encoding="utf-8").splitlines() if order else _from_input()
    wanted = [text.strip() for text in texts if text.strip()]
    if not wanted:
        raise Misconfigured("Nothing was given to search for.", place="takedown verify")
    searched = folder or _settings(data).data
    done = search.search(searched, wanted)
    for place in done.places:
        _say(f"  {place.file} ({place.form})")
    for name in search.OUTSIDE:
        if (searched / name).is_dir():
            _say(f"  not searched: {name}/, which stands for what the publisher itself still has")
    _say(
        f"{len(wanted)} text(s) searched for in {done.files:,} files, {done.bytes / 1e6:,.1f} MB: "
        f"found in {len(done.places)} place(s)."
    )
    if done.places:
        raise PrivacyRefused(
            "What was taken down is still there.",
            place="takedown verify",
            next_step="If a takedown was interrupted, run `oversight refresh`: it goes on with it.",
        )


def _from_input() -> list[str]:
    return [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False)


def _settings(data: Path | None) -> Settings:
    return load_settings() if data is None else load_settings(data=data.resolve())
