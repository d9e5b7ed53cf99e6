"""The part of a refresh that loads the feeds and writes their history, by itself.

Usage: python landed.py DATA [--forget]. Loads the snapshots of a data folder once more, into a
folder of its own. With `--forget` no column is marked and no history is written, so that the
difference of the two is what a refresh pays for knowing tomorrow what changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pipelines import landing, snapshots, warehouse
from pipelines.contracts import Contract, load_contracts
from pipelines.history import observe, store
from pipelines.settings import Settings, load_settings


def land(contract: Contract, settings: Settings, *, is_kept: bool) -> None:
    """Load the last accepted snapshot of one feed, and observe it as the first one ever."""
    snapshot = snapshots.latest(settings, contract)
    assert snapshot is not None
    work = settings.work / "landing"
    work.mkdir(exist_ok=True)
    with warehouse.connect(settings) as connection:
        rows = landing.land(connection, contract, snapshot, settings, work)
        if is_kept:
            with store.attached(connection, settings, contract.name):
                seen = observe.observe(connection, contract, snapshot, rows, None)
                observe.record(seen, snapshot.fetched_at, None)


def unmarked(contract: Contract) -> Contract:
    """The contract as if the columns that never land were not known."""
    columns = [column for column in contract.table.columns if column.lands]
    table = contract.table.model_copy(update={"columns": columns})
    return contract.model_copy(update={"table": table})


def main(data: Path, *, is_kept: bool) -> None:
    """Load every feed of the demo."""
    with tempfile.TemporaryDirectory(dir=data) as folder:
        (Path(folder) / "snapshots").symlink_to(data / "snapshots")
        settings = load_settings({"OVERSIGHT_DATA": folder})
        warehouse.create(settings)
        for contract in load_contracts(settings.dbt_project, settings.jurisdictions):
            land(contract if is_kept else unmarked(contract), settings, is_kept=is_kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), is_kept="--forget" not in sys.argv)
