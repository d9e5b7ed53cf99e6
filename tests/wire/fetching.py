"""From a served address to the raw table, in one line of a test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines import ingest, readers, warehouse
from pipelines.contracts import Contract
from pipelines.locations import Location, load_locations, locate
from pipelines.readers import FetchedPart
from pipelines.settings import Patience, Settings
from tests import feeds
from tests.conftest import settings_at

PATIENCE = Patience(
    connect=2, read=2, one_answer=20, attempts=4, first_wait=0.001, longest_wait=0.01
)


def settings_for(folder: Path, **changes: Any) -> Settings:
    """An installation in `folder` that may visit loopback and waits milliseconds."""
    changes = {"allow_private_hosts": True, "patience": PATIENCE, **changes}
    return settings_at(folder / "data", **changes)


def hurried(settings: Settings, **changes: Any) -> Settings:
    """The same installation with other limits, in seconds: `hurried(settings, read=0.2)`."""
    return replace(settings, patience=replace(settings.patience, **changes))


def contract_for(
    folder: Path, reader: str, location: str | Sequence[str], columns: Sequence[Any], **meta: Any
) -> Contract:
    """A contract of one feed; a column is a name, or a whole column as `feeds.column` makes it.

    The key is `id` if there is such a column, else none, unless `key` is given.
    """
    names = [column if isinstance(column, str) else column["name"] for column in columns]
    settled = {"key": ["id"] if "id" in names else None, **meta}
    places = location if isinstance(location, str) else list(location)
    table = feeds.table(columns=columns, reader=reader, location=places, **settled)
    return feeds.contracts(folder, table)[0]


def location_of(contract: Contract, settings: Settings, place: str | None = None) -> Location:
    """Where the feed is read from, with its place replaced if one is given."""
    location = locate(contract, settings.data, load_locations(settings.locations))
    return location if place is None else location.model_copy(update={"places": (place,)})


def fetch(
    contract: Contract, settings: Settings, place: str | None = None, **more: Any
) -> list[FetchedPart]:
    """The parts that the reader brings from `place`, or from the contract's own location.

    `more` goes to the reader: `known` parts, and `progress`.
    """
    location = location_of(contract, settings, place)
    folder = settings.work / "fetched" / hashlib.sha256(repr(location).encode()).hexdigest()[:12]
    return readers.fetch(contract, location, folder, settings, **more)


def rows(contract: Contract, settings: Settings) -> list[tuple[str, ...]]:
    """Fetch and load the feed into a fresh warehouse; its declared columns, sorted.

    A blank is '' whether it came as an empty value or as none.
    """
    warehouse.create(settings)
    fetched = ingest.fetch_snapshot(contract, settings)
    ingest.load_raw(contract, fetched.snapshot, settings)
    return landed(contract, settings)


def landed(contract: Contract, settings: Settings) -> list[tuple[str, ...]]:
    """The raw table as it stands now: declared columns, sorted, blanks as ''."""
    columns = ", ".join(f"coalesce(\"{column.name}\", '')" for column in contract.landed)
    with warehouse.connect(settings, read_only=True) as connection:
        return connection.execute(
            f"select {columns} from {contract.raw_table} order by all"
        ).fetchall()


def raw_hash(contract: Contract, settings: Settings) -> str:
    """One hash of all that `rows` gives, the names of the columns with it."""
    names = [column.name for column in contract.landed]
    digest = hashlib.sha256(json.dumps(names).encode())
    for row in rows(contract, settings):
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()
