"""Bytes in: one module per kind of place that a feed can be read from, never per city."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast, get_args

from pipelines.contract_file import ServiceReader
from pipelines.contracts import Contract
from pipelines.failures import SourceFailed
from pipelines.locations import Location
from pipelines.readers import archives, disguise, files
from pipelines.readers.errand import Errand, Progress, silent
from pipelines.readers.evidence import keep_evidence
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.settings import Settings

__all__ = ["Errand", "FetchedPart", "Look", "Progress", "fetch", "look", "sample", "silent"]

ARCHIVED = frozenset({"usaspending_download"})
"""Services that hand over an archive of files."""


class Reader(Protocol):
    """What the module of a service offers."""

    def fetch(self, errand: Errand) -> list[FetchedPart]:
        """Everything at the place, reconciled with the service's own count."""

    def look(self, errand: Errand) -> Look:
        """What one request tells, without a download."""

    def sample(self, errand: Errand, rows: int) -> list[FetchedPart]:
        """One page of at most `rows` rows."""


def fetch(
    contract: Contract,
    location: Location,
    folder: Path,
    settings: Settings,
    known: Sequence[FetchedPart] = (),
    progress: Progress = silent,
) -> list[FetchedPart]:
    """Bring every part of a feed into `folder`, byte for byte as it was received.

    `known` are the parts of the last accepted snapshot; those of a place that says that nothing
    changed since are handed back. Raises `SourceFailed` when a place gives no data,
    `DataRefused` for an archive that breaks the limits, and `Misconfigured` for an address that
    must not be visited.
    """
    parts = []
    for errand in errands(contract, location, folder, settings, known, progress):
        place = _shown(errand)
        parts += [replace(part, place=place) for part in _fetched(errand)]
    return parts


def look(contract: Contract, location: Location, folder: Path, settings: Settings) -> Look:
    """Ask the first place of a feed once about its columns. Raises `SourceFailed`."""
    (errand, *_) = errands(contract, location, folder, settings)
    if "://" not in errand.place:
        return files.look(errand)
    return _module(errand).look(errand)


def sample(
    contract: Contract, location: Location, folder: Path, settings: Settings, rows: int
) -> list[FetchedPart]:
    """A first page of at most `rows` rows where a service gives pages, else the whole file."""
    (errand, *_) = errands(contract, location, folder, settings)
    if "://" not in errand.place or not _is_service(errand):
        return _fetched(errand)
    return _module(errand).sample(errand, rows)


def errands(
    contract: Contract,
    location: Location,
    folder: Path,
    settings: Settings,
    known: Sequence[FetchedPart] = (),
    progress: Progress = silent,
) -> list[Errand]:
    """One errand for each place of the feed, each with a folder of its own."""
    made = []
    for number, place in enumerate(location.places, start=1):
        below = folder / f"{number:03d}"
        below.mkdir(parents=True, exist_ok=True)
        errand = Errand(contract, location, place, below, settings, progress=progress)
        mine = tuple(part for part in known if part.place == _shown(errand))
        made.append(replace(errand, known=mine))
    return made


def _fetched(errand: Errand) -> list[FetchedPart]:
    if "://" not in errand.place:
        received = files.fetch(errand.contract, errand.place, errand.folder)
    else:
        received = _module(errand).fetch(errand)
        if _is_service(errand) and errand.location.reader not in ARCHIVED:
            return received
    if received and received[0] in errand.known:
        return received
    return [part for whole in received for part in _opened(errand, whole)]


def _opened(errand: Errand, part: FetchedPart) -> list[FetchedPart]:
    """A file that may be what it is called, unpacked when it is an archive."""
    content_type = part.headers.get("content-type", "")
    why = disguise.disguise(errand.contract, errand.location, part.path, content_type)
    if why:
        kept = keep_evidence(errand.settings, errand.feed, part.path)
        raise SourceFailed(
            f"{part.name!r} is {why}, not the data (kept as snapshots/refused/{kept}).",
            place=errand.feed,
        )
    return archives.opened(errand.contract, errand.location, part)


def _is_service(errand: Errand) -> bool:
    return errand.location.reader in get_args(ServiceReader)


def _module(errand: Errand) -> Reader:
    """The module of the reader; imported when it is used, because most nights use few."""
    name = errand.location.reader if _is_service(errand) else "http"
    return cast(Reader, importlib.import_module(f"pipelines.readers.{name}"))


def _shown(errand: Errand) -> str:
    """The place as it may be noted: an address without its secrets, or the path's last step."""
    return public_url(errand.place) if "://" in errand.place else Path(errand.place).name
