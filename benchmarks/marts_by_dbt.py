"""The demo in the warehouse, and all public tables made from it by dbt: two commands.

Usage: python marts_by_dbt.py land DATA | build DATA [PROFILE]. `land` loads the feeds below
DATA/demo as a refresh does, with what dbt must know beyond the rows. `build` makes the public
tables the refresh's own way, without the data tests, and writes what each model took to PROFILE.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines import refresh, transform
from pipelines.history.published import write_history_tables
from pipelines.pipeline_tables import write_pipeline_tables
from pipelines.settings import load_settings


def land(data: Path) -> None:
    """Load every feed; dbt's project is parsed, as it is when a refresh comes to its models."""
    settings = load_settings({"OVERSIGHT_DATA": str(data)})
    with refresh.opened(settings) as run:
        for contract in run.contracts:
            run.land(contract)
        write_pipeline_tables(
            settings,
            run.contracts,
            list(run.landed.values()),
            list(run.fetched.values()),
            transform.dictionary(run.manifest),
        )
        write_history_tables(settings, run.contracts)


def build(data: Path, profile: Path | None) -> None:
    """Make the seeds, the models and the public tables; test nothing."""
    settings = load_settings({"OVERSIGHT_DATA": str(data)})
    nodes = transform.build(settings, "--exclude-resource-type", "test")
    if profile is not None:
        slowest = sorted(nodes, key=lambda node: -node.seconds)
        lines = [f"{node.seconds:9.3f}  {node.unique_id.split('.')[2]}" for node in slowest]
        profile.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    command, folder, *more = sys.argv[1:]
    if command == "land":
        land(Path(folder))
    else:
        build(Path(folder), Path(more[0]) if more else None)
