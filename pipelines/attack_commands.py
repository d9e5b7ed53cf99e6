"""The word of the command line that attacks a release, ours or a copy of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.failures import Misconfigured, PrivacyRefused
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.attack.located import Found

PIPED_WIDTH = 140


def attack(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A release folder or a downloaded copy; the one shown if not given."),
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", help="An earlier release, to subtract from it.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The data folder.")] = None,
) -> None:
    """Try to work out what the count tables hide; ends in 5 when something can be."""
    from pipelines.attack.audit import NotARelease, audit

    settings = load_settings(data=data.resolve()) if data else load_settings()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    try:
        told = audit(folder or settings.current.resolve(), before)
    except NotARelease as nothing:
        raise Misconfigured(
            str(nothing), place="attack", next_step="Name the folder of a release."
        ) from None
    if told.found:
        console.print(_listed(told.found))
    for reason in told.reasons:
        console.print(escape(reason), style="bold", soft_wrap=True)
    console.print(told.summary, soft_wrap=True)
    if told.reasons:
        raise typer.Exit(PrivacyRefused.exit_code)


def _listed(found: Iterable[Found]) -> Table:
    table = Table("family of tables", box=None, padding=(0, 2, 0, 0))
    for heading in ("cells", "hidden", "worked out", "told small", "shown small", "seconds"):
        table.add_column(heading, justify="right")
    for each in found:
        numbers = (each.cells, each.hidden, each.located, each.below, each.bare)
        table.add_row(escape(each.name), *(f"{n:,}" for n in numbers), f"{each.seconds:.2f}")
    return table
