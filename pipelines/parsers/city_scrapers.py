"""Meetings as City Scrapers publish them: a list, or one to a line, each with a place in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import nested
from pipelines.parsers.parsed import Parsed


def parse(
    contract: Contract, path: Path, part: str, records: str, announced: int | None, work: Path
) -> Parsed:
    """Read one file; `records` is the path to the meetings, "" where they are the list itself.

    The place becomes `location_name` and `location_address`; links stay JSON. Raises
    `DataRefused` when the number of meetings is not `announced`, or a column is in no meeting.
    """
    steps = [step for step in records.split(".") if step]
    is_whole = bool(steps) or _first(path) == b"["
    shape = ("json" if is_whole else "ndjson", records)
    parsed = nested.parse(contract, path, part, shape, work, dress=partial(_dressed, steps=steps))
    if announced is not None and announced != parsed.received:
        told = f"{part!r} has {parsed.received:,} meetings, not {announced:,}."
        raise DataRefused(told, place=contract.name)
    return parsed


def _dressed(document: Any, steps: list[str]) -> Any:
    """The document with the place of each meeting at the end of `steps` laid open."""
    if isinstance(document, list):
        return [_dressed(one, steps) for one in document]
    if not isinstance(document, Mapping):
        return document
    if steps:
        step, *further = steps
        below = {step: _dressed(document[step], further)} if step in document else {}
        return {**document, **below}
    return _opened(document)


def _opened(meeting: Mapping[str, Any]) -> dict[str, Any]:
    opened = {key: value for key, value in meeting.items() if key != "location"}
    if "location" in meeting:
        place = meeting["location"]
        is_named = isinstance(place, Mapping)
        opened["location_name"] = place.get("name") if is_named else place
        opened["location_address"] = place.get("address") if is_named else None
    return opened


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
