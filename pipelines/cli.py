"""The command line. Its verbs are the stages of the line; `refresh` runs the whole graph."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipelines import (
    as_of_commands,
    attack_commands,
    history_commands,
    hold_commands,
    report,
    source_commands,
    takedown_commands,
    verify_commands,
)
from pipelines.failures import OversightError
from pipelines.garbage import seldom_collected
from pipelines.settings import Settings, load_settings

app = typer.Typer(
    help="Civilian-oversight open data: from the sources to the public site.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
contracts_app = typer.Typer(help="The contracts of the feeds.", no_args_is_help=True)
app.add_typer(contracts_app, name="contracts")
app.add_typer(source_commands.app, name="sources")
app.add_typer(hold_commands.app, name="hold")
app.add_typer(history_commands.app, name="history")
app.add_typer(takedown_commands.app, name="takedown")
app.command("as-of")(as_of_commands.as_of)
app.command("attack")(attack_commands.attack)
app.command("verify")(verify_commands.verify)
app.command("new-source")(source_commands.new_source)
console = Console(highlight=False)

Locations = Annotated[
    Path | None, typer.Option("--locations", help="A file that points feeds at other places.")
]
Jurisdictions = Annotated[
    list[str] | None,
    typer.Option("--jurisdiction", "-j", help="Build only these (repeatable)."),
]
Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]


def main() -> None:
    """Run the command line; a foreseen failure ends in its own exit code and plain words."""
    try:
        app(standalone_mode=True)
    except OversightError as failure:
        Console(stderr=True, highlight=False).print(failure.told(), style="bold", soft_wrap=True)
        sys.exit(failure.exit_code)


@app.command()
def refresh(
    locations: Locations = None,
    jurisdiction: Jurisdictions = None,
    data: Data = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the site afterwards.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Build even if nothing changed.")] = False,
) -> None:
    """Fetch, build, check and release; the site follows."""
    settings = _settings(data, locations, jurisdiction, force=force)
    _run("nightly_refresh", settings, serve=serve)


@app.command()
def ingest(
    locations: Locations = None, jurisdiction: Jurisdictions = None, data: Data = None
) -> None:
    """Fetch the feeds, keep their bytes and account for each row."""
    _run("ingest", _settings(data, locations, jurisdiction, force=True))


@app.command()
def build(
    locations: Locations = None, jurisdiction: Jurisdictions = None, data: Data = None
) -> None:
    """Build the candidate from the snapshots already kept."""
    _run("build", _settings(data, locations, jurisdiction, force=True, offline=True))


@app.command()
def check(
    locations: Locations = None, jurisdiction: Jurisdictions = None, data: Data = None
) -> None:
    """Build the candidate from the snapshots already kept, and judge it."""
    _run("check", _settings(data, locations, jurisdiction, force=True, offline=True))


@app.command()
def release(
    locations: Locations = None, jurisdiction: Jurisdictions = None, data: Data = None
) -> None:
    """Build, judge and release from the snapshots already kept, without asking the sources."""
    settings = _settings(data, locations, jurisdiction, force=True, offline=True)
    _run("nightly_refresh", settings)


@app.command()
def rollback(
    to: Annotated[
        int | None, typer.Argument(help="The release; the one before if not given.")
    ] = None,
    data: Data = None,
) -> None:
    """Show an earlier release again, after verifying its files."""
    from pipelines.lock import refresh_lock
    from pipelines.rollback import go_back

    settings = _settings(data)
    with refresh_lock(settings.lock):
        number = go_back(settings, to)
    console.print(f"The site shows release {number}.")


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 0,
) -> None:
    """Serve the current release and follow it when it changes."""
    from pipelines import serve as server

    server.serve(_settings(data), console.print, host=host, port=port)


@app.command()
def demo(
    scale: Annotated[float, typer.Option(help="1 is about 5,000 complaints.")] = 1,
    delivery: Annotated[
        int, typer.Option(min=1, help="2, 3 …: the same city later, with changes.")
    ] = 1,
    data: Data = None,
) -> None:
    """Write the feeds of the invented demo jurisdiction."""
    from pipelines.demo.generate import generate

    settings = _settings(data)
    generate(settings.data / "demo", scale=scale, delivery=delivery)
    console.print(f"Invented feeds of Larkhaven, scale {scale:g}, are in {settings.data / 'demo'}.")


@app.command()
def status(
    data: Data = None,
    headings: Annotated[
        bool, typer.Option("--headings", help="Name the columns that no contract declares yet.")
    ] = False,
) -> None:
    """Say what the site shows, what the last refresh did, and which feeds are late or held."""
    from pipelines import shelf
    from pipelines import status as statuses

    settings = _settings(data)
    shown = shelf.current(settings)
    console.print(f"Site: release {shown.number}." if shown else "Site: no release yet.")
    for line in statuses.lines(settings):
        console.print(line, soft_wrap=True)
    if headings:
        from pipelines import new_columns

        for line in new_columns.lines(settings):
            console.print(line, soft_wrap=True, markup=False)


@contracts_app.command("check")
def contracts_check(jurisdiction: Jurisdictions = None, data: Data = None) -> None:
    """Read every contract strictly; print them, or all that is wrong or yet to be said."""
    from pipelines.contracts import load_contracts
    from pipelines.onboarding.questions import check_answered, waiting

    settings = _settings(data, jurisdictions=jurisdiction)
    for contract in load_contracts(settings.dbt_project):
        private = sum(column.klass != "public" for column in contract.columns)
        console.print(
            f"{contract.name}: {contract.meta.feed} by {contract.meta.reader}, "
            f"{len(contract.columns)} columns, {private} not public"
        )
    for name, count in waiting(settings.dbt_project).items():
        console.print(
            f"{name}: {count} thing(s) to be said; `contracts check -j {name}` lists them"
        )
    check_answered(settings.dbt_project, settings.jurisdictions)


def _settings(
    data: Path | None = None,
    locations: Path | None = None,
    jurisdictions: list[str] | None = None,
    **changes: Any,
) -> Settings:
    if data is not None:
        changes["data"] = data.resolve()
    if locations is not None:
        changes["locations"] = locations.resolve()
    if jurisdictions:
        changes["jurisdictions"] = tuple(sorted(set(jurisdictions)))
    return load_settings(**changes)


def _run(job: str, settings: Settings, *, serve: bool = False) -> None:
    with seldom_collected(), console.status("reading the contracts") as progress:
        from pipelines.orchestration.run import run

        def tell(text: str) -> None:
            progress.update(text)
            console.print(text)

        done = run(job, settings, tell, progress.update)
    summary: dict[str, Any] = {
        "rows": {name: asdict(rows) for name, rows in done.landed.items()},
        "held": done.held,
        "checks": f"{sum(c.has_passed for c in done.checks)} of {len(done.checks)} passed"
        if done.checks
        else None,
        "release": _release_line(done),
    }
    if serve and not done.failures:
        from pipelines import serve as server

        with server.listening(settings) as site:
            site.wait(lambda: report.show(console, {**summary, "address": site.address}))
    else:
        report.show(console, summary)
    for failure in done.failures:
        Console(stderr=True, highlight=False).print(failure.told(), style="bold", soft_wrap=True)
    raise typer.Exit(done.exit_code)


def _release_line(done: Any) -> str | None:
    if done.unchanged:
        return "unchanged: no source differs from the current release"
    if done.released is None:
        return None
    words = "new" if done.released.is_new else "unchanged content, no new release"
    return f"{done.released.number} ({words})"
