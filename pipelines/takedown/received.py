"""What a source sends again is taken out before a byte of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipelines import snapshots
from pipelines.contracts import Contract, load_contracts
from pipelines.locations import Location, load_locations, locate
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings
from pipelines.snapshots import Part
from pipelines.takedown import matching, tombstones
from pipelines.takedown.matching import Reading

SAID = "taken_down"


def without_taken_down(
    settings: Settings,
    contract: Contract,
    location: Location,
    fetched: Sequence[FetchedPart],
    folder: Path,
) -> Sequence[FetchedPart]:
    """The parts as fetched, without the records that were taken down.

    A file that brings nothing of them is handed on as it is. Raises `DataRefused` for a file
    that cannot be read: whether such a record is in it cannot be told, so it is not kept.
    """
    stones = tombstones.all_tombstones(settings)
    if not any(stone.source_table.startswith(f"{contract.jurisdiction}.") for stone in stones):
        return fetched
    readings = _readings(settings, contract, location)
    if not readings:
        return fetched
    return [
        _without(settings, readings, part, folder / "cleaned" / str(number))
        for number, part in enumerate(fetched)
    ]


def _readings(settings: Settings, contract: Contract, location: Location) -> list[Reading]:
    """Every feed that lies in the same file or files and of which something must stay out."""
    located = load_locations(settings.locations)
    siblings = load_contracts(settings.dbt_project, [contract.jurisdiction])
    found = []
    for sibling in siblings:
        theirs = locate(sibling, settings.data, located)
        same = sibling.name == contract.name or theirs.places == location.places
        if same and tombstones.condition(settings, sibling):
            found.append(Reading(sibling, snapshots.described(settings, sibling, theirs, ())))
    return found


def _without(
    settings: Settings, readings: Sequence[Reading], part: FetchedPart, work: Path
) -> FetchedPart:
    described = Part(part.name, "", 0, part.url, part.headers, part.records)
    done = matching.cleaned(settings, readings, described, part.path, work)
    if not done.gone:
        return part
    records = sum(done.gone.values())
    left = None if part.records is None else part.records - records
    headers = {**part.headers, SAID: f"{records} record(s)"}
    return replace(part, path=done.file, headers=headers, records=left)
