"""Bytes in: one module per kind of place that a feed can be read from, never per city."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts import Contract
from pipelines.failures import SourceFailed
from pipelines.locations import Location
from pipelines.readers import archives, disguise, files
from pipelines.readers.evidence import keep_evidence
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings

__all__ = ["FetchedPart", "fetch"]


def fetch(
    contract: Contract, location: Location, folder: Path, settings: Settings
) -> list[FetchedPart]:
    """Bring every part of a feed into `folder`, byte for byte as it was received.

    Raises `SourceFailed` when a place gives no data, `DataRefused` for an archive that breaks
    the limits, and `Misconfigured` for an address that must not be visited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if location.reader == "socrata":
        return [
            part
            for number, place in enumerate(location.places, start=1)
            for part in _service(contract, place, _below(folder, number), settings)
        ]
    return [
        part
        for number, place in enumerate(location.places, start=1)
        for received in _received(contract, location, place, _below(folder, number), settings)
        for part in archives.opened(contract, location, received)
    ]


def _service(contract: Contract, place: str, folder: Path, settings: Settings) -> list[FetchedPart]:
    if "://" in place:
        from pipelines.readers import socrata

        return socrata.fetch(contract, place, folder, settings)
    return files.fetch(contract, place, folder)


def _received(
    contract: Contract, location: Location, place: str, folder: Path, settings: Settings
) -> list[FetchedPart]:
    if "://" in place:
        from pipelines.readers import http

        received = [http.fetch(contract, place, folder, settings)]
    else:
        received = files.fetch(contract, place, folder)
    for part in received:
        _check_disguise(contract, location, part, settings)
    return received


def _check_disguise(
    contract: Contract, location: Location, part: FetchedPart, settings: Settings
) -> None:
    why = disguise.disguise(contract, location, part.path, part.headers.get("content-type", ""))
    if why:
        kept = keep_evidence(settings, contract.name, part.path)
        raise SourceFailed(
            f"{part.name!r} is {why}, not the data (kept as snapshots/refused/{kept}).",
            place=contract.name,
        )


def _below(folder: Path, number: int) -> Path:
    below = folder / f"{number:03d}"
    below.mkdir(parents=True, exist_ok=True)
    return below
