"""Pages of an ArcGIS layer: the attributes, with dates as the download of the layer has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.contracts import Contract, column_name
from pipelines.parsers import paged
from pipelines.parsers.parsed import Parsed

DATE = "esriFieldTypeDate"
START = datetime(1970, 1, 1, tzinfo=UTC)


def parse(contract: Contract, path: Path, part: str, announced: int | None, work: Path) -> Parsed:
    """Read one page. Raises `DataRefused` when it is not the page that was received."""

    def dress(document: Any) -> Any:
        features = paged.records(contract, part, document, "features")
        dates = _dates(contract, document.get("fields"))
        return [_attributes(feature, dates) for feature in features]

    return paged.parse(
        contract, path, part, announced, work, dress=dress, counted_at="$.features[*]"
    )


def moment(value: Any) -> Any:
    """Milliseconds since 1970, also before it, as `YYYY/MM/DD HH:MM:SS+00`.

    What is no number, or beyond the calendar, stays as it is: staging will not take it for a
    date, and says so.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        when = START + timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        return value
    return (
        f"{when.year:04d}/{when.month:02d}/{when.day:02d} "
        f"{when.hour:02d}:{when.minute:02d}:{when.second:02d}+00"
    )


def _attributes(feature: Any, dates: frozenset[str]) -> Any:
    """The attributes of a feature; of what is none, what stands in its place."""
    attributes = feature.get("attributes") if isinstance(feature, dict) else None
    if not isinstance(attributes, dict):
        return None
    return {key: moment(value) if key in dates else value for key, value in attributes.items()}


def _dates(contract: Contract, fields: Any) -> frozenset[str]:
    """The fields that hold dates: as the page says, else as the contract expects."""
    if isinstance(fields, list):
        return frozenset(
            str(field.get("name"))
            for field in fields
            if isinstance(field, dict) and field.get("type") == DATE
        )
    ours = {c.name for c in contract.columns if c.data_type in ("date", "timestamp")}
    return _Named(ours)


class _Named(frozenset[str]):
    """Names of columns, in which a field is found however it is written."""

    def __contains__(self, field: object) -> bool:
        return super().__contains__(column_name(str(field)))
