"""Socrata SODA 2.1: pages in a total order, reconciled with the service's own count.

Without `$order` the order is unspecified, and pages would skip and repeat rows. Null fields
are left out of a record, so the set of keys differs from row to row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import duckdb

from pipelines.contracts import Contract
from pipelines.failures import SourceFailed
from pipelines.readers import disguise, http
from pipelines.readers.evidence import keep_evidence
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.settings import Settings

PAGE_ROWS = 50_000
PASSES = 2
MAX_PAGES = 10_000


class _Unsteady(Exception):
    """The data set changed while it was being read."""


def fetch(contract: Contract, url: str, folder: Path, settings: Settings) -> list[FetchedPart]:
    """All rows of the data set as page files.

    The count before, the rows received and the count after must agree; if not, everything is
    read once more. Raises `SourceFailed` when they still differ, or the service reports an error.
    """
    why = ""
    for attempt in range(1, PASSES + 1):
        below = folder / f"pass-{attempt}"
        below.mkdir(exist_ok=True)
        try:
            return _pages(contract, url, below, settings)
        except _Unsteady as unsteady:
            why = str(unsteady)
    raise SourceFailed(f"{why}, twice.", place=contract.name)


def _pages(contract: Contract, url: str, folder: Path, settings: Settings) -> list[FetchedPart]:
    expected = _count(contract, url, folder, settings)
    parts: list[FetchedPart] = []
    received = 0
    while received < expected or not parts:
        if len(parts) >= MAX_PAGES:
            raise _Unsteady(f"The service has no end after {MAX_PAGES:,} pages")
        part = _page(contract, url, folder, settings, received, len(parts) + 1)
        rows = part.records or 0
        if expected and not rows:
            break
        received += rows
        parts.append(part)
    after = _count(contract, url, folder, settings)
    if not received == expected == after:
        raise _Unsteady(
            f"The service counted {expected:,} rows, sent {received:,}, then counted {after:,}"
        )
    _check_repeats(parts)
    return parts


def _page(
    contract: Contract, url: str, folder: Path, settings: Settings, offset: int, number: int
) -> FetchedPart:
    query = {"$limit": PAGE_ROWS, "$order": ":id", "$offset": offset}
    target = folder / f"page-{number:05d}.json"
    headers = _ask(contract, url, query, target, settings)
    return FetchedPart(target.name, target, public_url(url), headers, _rows(contract, target))


def _count(contract: Contract, url: str, folder: Path, settings: Settings) -> int:
    target = folder / "count.json"
    _ask(contract, url, {"$select": "count(*)"}, target, settings)
    try:
        (row,) = json.loads(target.read_bytes())
        (value,) = row.values()
        return int(value)
    except (ValueError, TypeError, AttributeError):
        raise SourceFailed("The service did not give its row count.", place=contract.name) from None


def _ask(
    contract: Contract, url: str, query: Mapping[str, object], target: Path, settings: Settings
) -> Mapping[str, str]:
    headers = http.download(f"{url}?{urlencode(query)}", target, settings, contract.name)
    start = disguise.first_bytes(target).lstrip()
    if start[:1] == b"[":
        return headers
    code = disguise.error_code(_document(start)) if start[:1] == b"{" else "no code"
    kept = keep_evidence(settings, contract.name, target)
    raise SourceFailed(
        f"The service answered without a list of rows ({code}; kept as snapshots/refused/{kept}).",
        place=contract.name,
    )


def _document(start: bytes) -> object:
    try:
        return json.loads(start)
    except ValueError:
        return None


def _rows(contract: Contract, page: Path) -> int:
    """Rows of a page; DuckDB counts them at a sixth of the cost of `json.loads`."""
    name = str(page).replace("'", "''")
    try:
        with duckdb.connect() as connection:
            answer = connection.execute(
                f"select count(*) from read_json_objects('{name}', format='array')"
            ).fetchone()
    except duckdb.Error:
        raise SourceFailed("A page of the service is not JSON.", place=contract.name) from None
    return int(answer[0]) if answer else 0


def _check_repeats(parts: list[FetchedPart]) -> None:
    """A service that ignores the offset sends one page again and again."""
    sizes = [part.path.stat().st_size for part in parts]
    for before, part, size, last in zip(parts, parts[1:], sizes[1:], sizes, strict=False):
        if size == last and before.path.read_bytes() == part.path.read_bytes():
            raise _Unsteady("The service sent the same page twice")
