"""Socrata data sets: pages in a total order, reconciled with the service's own count.

Without an order the service gives rows in any, and pages would skip and repeat them. Null
fields are left out of a record, so the columns are taken from the metadata or the headers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from pipelines.failures import SourceFailed
from pipelines.readers import upserts
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.reconcile import State, Unsteady, reconciled
from pipelines.readers.soda import Metadata, Soda

PAGE_ROWS = 50_000
ROW_ID = '$.":id"'


def fetch(errand: Errand) -> list[FetchedPart]:
    """All rows of the data set as page files, or the known parts when nothing changed.

    A set that its contract calls `incremental` is asked for changed rows only, and read whole
    when the result does not agree with the service's count. Raises `SourceFailed` when two
    readings do not agree with it, or when the service reports an error.
    """
    with errand.transport() as transport:
        soda = Soda(errand, transport)
        metadata = soda.metadata()
        known = errand.unchanged(metadata.stamp) or _not_modified(errand, soda, metadata)
        if known:
            return known
        parts = _changed_rows(errand, soda) or _whole(errand, soda)
        return [_described(part, metadata) for part in parts]


def look(errand: Errand) -> Look:
    """Columns, types and stamp, from the metadata. Raises `SourceFailed` when there is none."""
    with errand.transport() as transport:
        told = Soda(errand, transport).described()
    if not told.columns:
        raise SourceFailed("The service does not show its metadata.", place=errand.feed)
    types = dict(zip(told.columns, told.types, strict=True))
    return Look(told.columns, types, stamp=told.stamp)


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The first rows of the data set."""
    target = errand.folder / "sample.json"
    with errand.transport() as transport:
        soda = Soda(errand, transport)
        part = _downloaded(errand, soda, target, 0, rows)
        return [_described(part, soda.metadata())]


def _whole(errand: Errand, soda: Soda) -> list[FetchedPart]:
    size = PAGE_ROWS

    def read(journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
        nonlocal size
        parts: list[FetchedPart] = []
        received = 0
        while received < expected or not parts:
            part = _page(errand, soda, journal, keys, received, size)
            parts.append(part)
            rows = part.records or 0
            received += rows
            errand.count_told(received, expected)
            if not rows:
                break
            if soda.is_third and rows < size and received < expected:
                # 3.0 numbers its pages, so a page size that it clips must be its own.
                size = rows
                raise Unsteady("The service gives smaller pages than it was asked for")
        return parts

    plan = f"{errand.contract.meta.update} {soda.is_third}"
    return reconciled(errand, plan, lambda: _state(soda), read)


def _page(
    errand: Errand, soda: Soda, journal: Journal, keys: Keys, offset: int, size: int
) -> FetchedPart:
    name = f"page-{offset:010d}.json"

    def download(target: Path) -> FetchedPart:
        part = _downloaded(errand, soda, target, offset, size)
        return replace(part, records=keys.add(name, target, "array", ROW_ID))

    part = journal.page(name, download)
    if keys.noted(name) != part.records:
        keys.add(name, part.path, "array", ROW_ID)
    return part


def _downloaded(errand: Errand, soda: Soda, target: Path, offset: int, size: int) -> FetchedPart:
    answer = soda.page(target, offset, size)
    return FetchedPart(target.name, target, public_url(errand.place), answer.headers)


def _not_modified(errand: Errand, soda: Soda, metadata: Metadata) -> list[FetchedPart] | None:
    """Where the metadata tell no stamp, the first page may answer "not modified"."""
    etag = errand.known[0].headers.get("etag") if errand.known else None
    if metadata.stamp or not etag or soda.is_third:
        return None
    target = errand.folder / "probe.json"
    answer = soda.page(target, 0, PAGE_ROWS, headers={"If-None-Match": etag})
    return list(errand.known) if answer.status == 304 else None


def _changed_rows(errand: Errand, soda: Soda) -> list[FetchedPart] | None:
    update = errand.contract.meta.update
    if not errand.known or update is None or update.mode != "incremental" or soda.is_third:
        return None
    return upserts.merged(errand, soda)


def _state(soda: Soda) -> State:
    return State(soda.count(), soda.metadata().stamp)


def _described(part: FetchedPart, metadata: Metadata) -> FetchedPart:
    """The part with the stamp and the columns; a column that is null in all rows is in no row."""
    columns = metadata.columns or tuple(json.loads(part.headers.get("x-soda2-fields", "[]")))
    told = {k: v for k, v in part.headers.items() if k != "x-soda2-fields"}
    named = [name for name in columns if not name.startswith(":")]
    headers = {**told, "columns": json.dumps(named)} if named else told
    return replace(part, headers=headers)
