"""A locations file points feeds at other places without touching their contracts.

An agency that sends a folder of files, a mirror, or a copy on disk: one line per feed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import strict_yaml
from pipelines.contract_file import Dialect, Identifier, ReaderName
from pipelines.contract_queries import QueryValue
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | tuple[str, ...] | None = None
    url: str | None = None
    absent: bool = False
    query: dict[Identifier, QueryValue] | None = None
    reader: ReaderName | None = None
    records: str | None = None
    dialect: Dialect | None = None
    as_of: date | None = None


class _LocationsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    root: str = "."
    locations: dict[str, _Place]


class Location(BaseModel):
    """Where one feed is read from, and how: the contract's own words unless overridden.

    `places` are addresses, or absolute paths, each possibly with a glob. An `absent` feed is
    not read by this installation: it is listed, with no rows.
    """

    model_config = ConfigDict(frozen=True)

    places: tuple[str, ...]
    reader: ReaderName
    records: str
    dialect: Dialect
    as_of: date | None
    query: dict[str, QueryValue] = {}
    absent: bool = False


def load_locations(file: Path | None) -> dict[str, Any]:
    """The overrides of `file` by feed name; none without a file. Raises `Misconfigured`."""
    if file is None:
        return {}
    if not file.is_file():
        raise Misconfigured(f"There is no locations file {file.name!r}.", place="--locations")
    document = strict_yaml.read(file)
    try:
        if document.problems:
            raise Misconfigured("; ".join(map(str, document.problems)), place=file.name)
        read = _LocationsFile.model_validate(document.data)
    except ValidationError as error:
        told = "; ".join(
            f"{file.name}:{document.line(tuple(e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise Misconfigured(told, place=file.name) from None
    root = (file.parent / read.root).resolve()
    return {name: (place, root) for name, place in read.locations.items()}


def locate(contract: Contract, data: Path, overrides: dict[str, Any]) -> Location:
    """Where to read `contract` from; relative places of a contract lie in the data folder."""
    place, root = overrides.get(contract.name, (None, data))
    meta = contract.meta
    given = (place.path or place.url) if place else meta.location
    given = given or meta.location
    return Location(
        places=tuple(_absolute(p, root) for p in ([given] if isinstance(given, str) else given)),
        reader=(place and place.reader) or meta.reader,
        records=place.records if place and place.records is not None else meta.records,
        dialect=(place and place.dialect) or meta.dialect,
        as_of=(place and place.as_of) or meta.as_of,
        query=place.query if place and place.query is not None else meta.query,
        absent=bool(place and place.absent),
    )


def _absolute(place: str, root: Path) -> str:
    return place if "://" in place else str(root / place)
