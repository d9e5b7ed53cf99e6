"""A contract for reading a source that has none yet: every column as text, nothing known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipelines.contract_file import Dialect, SourceFile
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured
from pipelines.locations import Location
from pipelines.onboarding.places import Place

NOBODY = "no_column_is_declared_yet"
"""Stands for the columns while a source is asked which it has."""


def contract(
    place: Place, jurisdiction: str, table: str, columns: Sequence[str] = (), **meta: Any
) -> Contract:
    """A contract with `columns`, all of them optional and internal.

    Raises `Misconfigured` for a jurisdiction or table that is not an identifier.
    """
    told = _document(place, jurisdiction, table, columns or (NOBODY,), meta)
    try:
        source = SourceFile.model_validate(told).sources[0]
    except ValidationError as error:
        wrong = ", ".join(repr(e["input"]) for e in error.errors() if e["type"] != "too_short")
        raise Misconfigured(
            f"{wrong} cannot be a name: small letters, digits and _ only, a letter first.",
            place="new-source",
            next_step="Choose another --jurisdiction or --table; "
            "a heading can have 63 letters at most.",
        ) from None
    return Contract(source=source, table=source.tables[0], file=Path())


def location(
    place: Place, *, dialect: Dialect | None = None, records: str = "", query: Any = None
) -> Location:
    """Where and how to read the sample of `place`."""
    return Location(
        places=(place.read_from,),
        reader=place.reader,
        records=records,
        dialect=dialect or Dialect(),
        as_of=None,
        query=dict(query or place.query),
    )


def _document(
    place: Place,
    jurisdiction: str,
    table: str,
    columns: Sequence[str],
    meta: Mapping[str, Any],
) -> dict[str, Any]:
    column = {"class": "internal", "optional": True}
    told = {
        "name": table,
        "description": "Not described yet.",
        "config": {
            "meta": {
                "feed": "reference",
                "reader": place.reader,
                "location": place.location,
                "query": dict(place.query),
                "cadence": "irregular",
                "key": None,
                "population": "all",
                **meta,
            }
        },
        "columns": [
            {"name": name, "description": "Not described.", "config": {"meta": column}}
            for name in columns
        ],
    }
    source_meta = {
        "title": jurisdiction,
        "time_zone": "UTC",
        "publisher": "not stated",
        "license": "not stated",
        "landing_page": place.landing_page,
    }
    source = {
        "name": jurisdiction,
        "schema": f"raw_{jurisdiction}",
        "description": "Not described yet.",
        "config": {"meta": {**source_meta, "title": jurisdiction.ljust(3)}},
        "tables": [told],
    }
    return {"version": 2, "sources": [source]}
