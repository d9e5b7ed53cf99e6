"""The measures of one jurisdiction, as a release publishes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Container
from contextlib import closing
from datetime import date
from pathlib import Path

from tests.measures.by_hand.differences import published
from tests.measures.by_hand.gate import Told


def released_measures(release: Path, jurisdiction: str, metrics: Container[str]) -> Told:
    """In the form of the recomputation: (jurisdiction, metric, period, dimension) to a number."""
    file = f"file:{release / 'oversight.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as database:
        database.row_factory = sqlite3.Row
        found = database.execute(
            "select * from measures where jurisdiction = ?", (jurisdiction,)
        ).fetchall()
    rows = [dict(row) for row in found if row["metric"] in metrics]
    for row in rows:
        row["period_start"] = row["period_start"] and date.fromisoformat(row["period_start"])
    return published(rows)
