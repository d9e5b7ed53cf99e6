"""The words of the command line about the history: what is kept, and making it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.settings import Settings, load_settings

app = typer.Typer(help="What each record looked like from when to when.", no_args_is_help=True)
console = Console(highlight=False)

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]


@app.command("list")
def list_(data: Data = None) -> None:
    """List the feeds with a history: snapshots, records, changes and size."""
    from pipelines.history import store

    settings = _settings(data)
    for name in store.known(settings):
        with store.opened(settings, name) as connection:
            told = connection.execute(
                "select count(*), coalesce(max_by(ever_count, sequence), 0), "
                "(select count(*) from changes) from observations"
            ).fetchone() or (0, 0, 0)
        size = store.file_of(settings, name).stat().st_size / (1 << 20)
        console.print(
            f"{name}: {told[0]:,} snapshot(s), {told[1]:,} record(s) ever, "
            f"{told[2]:,} change(s), {size:.1f} MB",
            soft_wrap=True,
        )


@app.command()
def rebuild(
    feeds: Annotated[
        list[str] | None, typer.Argument(help="As jurisdiction.table; all if not given.")
    ] = None,
    data: Data = None,
) -> None:
    """Make the history anew from the snapshots, and say whether it is the same."""
    from pipelines import snapshots
    from pipelines.contracts import load_contracts
    from pipelines.failures import Misconfigured
    from pipelines.history import rebuild as again
    from pipelines.history import store
    from pipelines.lock import refresh_lock

    settings = _settings(data)
    known = store.known(settings)
    contracts = load_contracts(settings.dbt_project)
    wanted = feeds or known
    kept = {c.name for c in contracts if snapshots.latest(settings, c)}
    if strange := sorted(set(wanted) - set(known) - kept):
        raise Misconfigured(
            f"No delivery of {', '.join(strange)} was ever accepted.",
            place="history",
            next_step="`oversight history list` names the feeds that have a history.",
        )
    with refresh_lock(settings.lock):
        for contract in (c for c in contracts if c.name in wanted):
            before = again.table_hashes(settings, contract) if contract.name in known else None
            siblings = [c for c in contracts if c.jurisdiction == contract.jurisdiction]
            number = again.rebuild(settings, contract, siblings)
            console.print(
                f"{contract.name}: made from {number} snapshot(s), "
                f"{_compared(before, again.table_hashes(settings, contract))}.",
                soft_wrap=True,
            )


def _compared(before: dict[str, str] | None, after: dict[str, str]) -> str:
    if before is None:
        return "where there was none"
    other = [table for table in after if after[table] != before[table]]
    return f"different in {', '.join(other)}" if other else "the same, table for table"


def _settings(data: Path | None) -> Settings:
    return load_settings(data=data.resolve()) if data else load_settings()
