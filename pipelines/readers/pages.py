"""Pages of a service that wraps its rows in a document: looked at, kept, counted.

One page is held in memory at a time; how many rows a page may have bounds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.failures import SourceFailed
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.parts import FetchedPart

MOST_BYTES = 256 * 1024 * 1024
"""Of one page; its parser takes no more."""
ROWS_ASKED = "rows-asked"
"""Noted with each page, so that a fetch that goes on asks for pages of the same size."""
LAST_KEY = "last-key"
"""Noted with each page of numbered rows: the highest number."""


class TooMuch(Exception):
    """The service could not give so many rows at once, and may give fewer."""


@dataclass(frozen=True)
class Shape:
    """The steps to the list of rows within a page, and to the key within a row."""

    rows: tuple[str, ...]
    key: tuple[str, ...]


def document(body: Path) -> Mapping[str, Any] | None:
    """The body as the one JSON object that it is; null when it is anything else."""
    try:
        read = json.loads(body.read_bytes())
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def rows_of(page: Any, shape: Shape) -> list[Any] | None:
    """The list of rows of a page; null when there is none where it should be."""
    found = _at(page, shape.rows)
    return found if isinstance(found, list) else None


def kept(
    journal: Journal, keys: Keys, name: str, shape: Shape, ask: Callable[[Path], FetchedPart]
) -> FetchedPart:
    """The page `name`, asked for unless it is there from before, with its keys noted."""

    def download(target: Path) -> FetchedPart:
        part = ask(target)
        found = _keys_of(target, shape)
        rows = _note(keys, name, target, found)
        numbers = [key for key in found if isinstance(key, int)]
        last = {LAST_KEY: str(max(numbers))} if numbers and len(numbers) == len(found) else {}
        return FetchedPart(name, target, part.url, {**part.headers, **last}, rows)

    part = journal.page(name, download)
    if keys.noted(name) != part.records:
        _note(keys, name, part.path, _keys_of(part.path, shape))
    return part


def last_key(part: FetchedPart, feed: str) -> int | None:
    """The highest key of a kept page of numbered rows; null for an empty page.

    Raises `SourceFailed` when a row had no number for a key.
    """
    if not part.records:
        return None
    if LAST_KEY not in part.headers:
        raise SourceFailed("The service sent rows without a number of their own.", place=feed)
    return int(part.headers[LAST_KEY])


def fewer(ask: Callable[[int], FetchedPart], rows: int, by: int, feed: str) -> FetchedPart:
    """What `ask` gives for `rows` rows, or for fewer and fewer, down to one.

    The number that went well is noted with the page. Raises `SourceFailed` when not even one
    row can be had.
    """
    while True:
        try:
            part = ask(rows)
        except TooMuch as refusal:
            if rows <= 1:
                raise SourceFailed(f"{refusal}, even when asked for one row.", place=feed) from None
            rows = max(1, rows // by)
        else:
            headers = {**part.headers, ROWS_ASKED: str(rows)}
            return FetchedPart(part.name, part.path, part.url, headers)


def _note(keys: Keys, name: str, page: Path, found: list[Any]) -> int:
    """Note the keys of a page by way of a small file: one document would not fit DuckDB's share."""
    aside = page.with_name(f"{page.name}.keys")
    aside.write_text(json.dumps([{"key": key} for key in found]), encoding="utf-8")
    try:
        return keys.add(name, aside, "array", "$.key")
    finally:
        aside.unlink()


def _keys_of(page: Path, shape: Shape) -> list[Any]:
    return [_at(row, shape.key) for row in rows_of(document(page), shape) or ()]


def _at(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
