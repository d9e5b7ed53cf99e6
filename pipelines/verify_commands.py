"""The words of the command line for a reader who wants to know whether a copy is to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines import verify as checking
from pipelines.settings import load_settings

console = Console(highlight=False, soft_wrap=True)


def verify(
    folder: Annotated[Path, typer.Argument(help="A release, as downloaded.", exists=True)],
    signers: Annotated[
        Path | None,
        typer.Option(help="Who may sign; else the key seen first is trusted from then on."),
    ] = None,
    memory: Annotated[
        Path | None,
        typer.Option(help="Where the last release seen is remembered.", show_default="~"),
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="An old release, known to be one.")
    ] = False,
) -> None:
    """Check who signed a release, each of its bytes, its order and its age."""
    now = load_settings().now
    seen = memory or Path.home() / ".oversight-seen"
    found = checking.verify(folder, seen, now, signers=signers, archived=archived)
    told = found.manifest
    console.print(
        f"Release {told.number} of {told.created_at} is whole and signed with {told.signing_key}: "
        f"{told.totals['files']} files, {told.totals['bytes']:,} bytes."
    )
    if found.is_first and signers is None:
        console.print(
            "This is the first release seen here, so its key was taken on trust: compare the "
            "fingerprint with the one that the publisher names."
        )
