"""USAspending downloads: an archive is ordered, waited for, and fetched once it is made.

The one way to a full history of transactions: the search gives no number by which one
transaction could be told from another.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.failures import Misconfigured, OversightError, SourceFailed
from pipelines.parsers.scan import MAX_RECORD_BYTES
from pipelines.readers import archives
from pipelines.readers.errand import Errand
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.transport import Request
from pipelines.readers.usaspending_api import Api

MOST_ROWS = 500_000
"""Rows that a download holds at most; the service leaves out what comes after."""
WAITING = frozenset({"ready", "running"})
"""`ready` means that the order has been taken, not that the archive is there."""
LONGEST_WAIT = 15.0
"""Seconds between two questions whether the archive is made."""


class _NotYet(SourceFailed):
    """The archive is still being made; the order stays good for the next run."""


def fetch(errand: Errand) -> list[FetchedPart]:
    """The files of the archive, under names that do not change from day to day.

    Their rows must be as many as the service says. None at all are right only when it counts no
    award either. Raises `SourceFailed` when they are not, when the order fails or is not done in
    time, and `Misconfigured` when the archive lies on a host that the contract does not name.
    """
    with errand.transport() as transport:
        return _ordered(Api(errand, transport), MOST_ROWS)


def look(errand: Errand) -> Look:
    """That the service takes the question. Columns and rows are told by an archive alone."""
    with errand.transport() as transport:
        Api(errand, transport).count()
    return Look(())


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """An archive of at most so many rows."""
    with errand.transport() as transport:
        return _ordered(Api(errand, transport), rows)


def _ordered(api: Api, most: int) -> list[FetchedPart]:
    """Order the archive, or take up an order that an interrupted run left, and wait for it."""
    journal = api.errand.journal(json.dumps([api.filters, most]))
    try:
        order = journal.page("order.json", lambda target: _order(api, most, target))
        told = _awaited(api, str(_document(api, order.path)["file_name"]))
        archive = journal.page("archive.zip", lambda target: _archive(api, told, target))
        files = _files(api, archive)
        _check(api, files, told.get("total_rows"), most)
    except _NotYet:
        raise
    except OversightError:
        # An order that failed must not be taken up again.
        journal.clear()
        raise
    return files


def _order(api: Api, most: int, target: Path) -> FetchedPart:
    question = {"filters": api.filters, "columns": [], "file_format": "csv", "limit": most}
    answer = api.save(api.errand.place, question, target)
    _document(api, target)
    return FetchedPart(target.name, target, public_url(api.errand.place), answer.headers)


def _document(api: Api, answer: Path) -> dict[str, Any]:
    """The answer to an order, with the name of the archive in it. Raises `SourceFailed`."""
    try:
        document = json.loads(answer.read_bytes())
        if isinstance(document, dict) and document.get("file_name"):
            return document
    except (ValueError, RecursionError):
        pass
    raise api.transport.refused(answer, "an answer that names no archive")


def _awaited(api: Api, name: str) -> Mapping[str, Any]:
    """What the service tells of the archive once it is finished. Raises `SourceFailed`."""
    patience, feed = api.errand.settings.patience, api.errand.feed
    deadline, wait = time.monotonic() + patience.one_answer, patience.first_wait
    asked = Request(api.address("download/status"), {"file_name": name})
    while True:
        told = api.transport.document(asked)
        status = told.get("status") if isinstance(told, dict) else None
        if status == "finished":
            return dict(told)
        if status not in WAITING:
            what = "failed to make" if status == "failed" else "says nothing we know of"
            raise SourceFailed(f"The service {what} the archive.", place=feed)
        if time.monotonic() + wait > deadline:
            raise _NotYet("The archive was not made in time.", place=feed)
        api.errand.progress(f"{feed}: waiting for the archive ({status})")
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT, patience.longest_wait)


def _archive(api: Api, told: Mapping[str, Any], target: Path) -> FetchedPart:
    url = api.address(str(told.get("file_url") or ""))
    _check_host(api.errand, url)
    answer = api.transport.save(Request(url, compressed=False), target)
    return FetchedPart(target.name, target, public_url(url), answer.headers)


def _check_host(errand: Errand, url: str) -> None:
    there, home = urlsplit(url), urlsplit(errand.place)
    named = {*errand.contract.meta.redirect_hosts, home.netloc}
    if there.netloc in named or there.hostname in named:
        return
    raise Misconfigured(
        f"The archive lies on another host, {there.hostname!r}.",
        place=errand.feed,
        next_step="If that is right, add the host to redirect_hosts of the contract.",
    )


def _files(api: Api, archive: FetchedPart) -> list[FetchedPart]:
    """The files in the archive with their rows; its own names hold the minute it was made."""
    errand = api.errand
    opened = archives.opened(errand.contract, errand.location, archive)
    if opened == [archive]:
        raise api.transport.refused(archive.path, "an answer that is not an archive")
    what = errand.place.rstrip("/").rsplit("/", 1)[-1]
    ordered = sorted(opened, key=lambda part: part.name)
    return [
        replace(part, name=f"{what}-{number:03d}.csv", records=_rows(errand, part.path))
        for number, part in enumerate(ordered, start=1)
    ]


def _rows(errand: Errand, path: Path) -> int:
    """Records of a file below its headings, counted by Python's own reader."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            return max(sum(1 for row in csv.reader(text) if row) - 1, 0)
    except csv.Error:
        told = "A file of the archive is not delimited text."
        raise SourceFailed(told, place=errand.feed) from None


def _check(api: Api, files: Sequence[FetchedPart], announced: Any, most: int) -> None:
    """Hold the rows in the archive against what the service says they are."""
    feed, rows = api.errand.feed, sum(part.records or 0 for part in files)
    if type(announced) is not int:
        raise SourceFailed("The service does not say how many rows there are.", place=feed)
    if rows != announced:
        told = f"The service made an archive of {announced:,} rows, and {rows:,} came."
        raise SourceFailed(told, place=feed)
    if announced >= most == MOST_ROWS:
        raise SourceFailed(
            f"The archive is full at {most:,} rows, so some may be missing.",
            place=feed,
            next_step="Ask for less in the query of the contract: fewer states, or a later since.",
        )
    if not announced and api.count():
        raise SourceFailed("The archive is empty, though there are awards.", place=feed)
