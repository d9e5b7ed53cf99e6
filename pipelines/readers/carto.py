"""Carto tables: pages by key, each starting after the last row of the one before.

The service has no stamp and no page limit, only a clock: a page that takes too long is asked
for again with fewer rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.readers import pages
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.look import Look
from pipelines.readers.pages import Shape, TooMuch
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.reconcile import State, reconciled
from pipelines.readers.transport import Answered, Request, Transport

PAGE_ROWS = 10_000
SMALLER_BY = 4
LONGEST_QUERY = 1500
KEY = "cartodb_id"
SHAPE = Shape(("rows",), (KEY,))
SERVICE_COLUMNS = frozenset({KEY, "the_geom", "the_geom_webmercator"})
OVERLOADED = frozenset({400, 408, 413, 429, 500, 502, 503, 504})
"""Statuses with which a question that took too long is refused; 400 is one of them."""
REFUSALS = {
    400: "does not understand the question; perhaps the table is gone",
    401: "asks for a permission that we lack",
    403: "asks for a permission that we lack",
    404: "is not at this address",
}
CLOCK = re.compile(rb'"time"\s*:\s*([0-9.eE+-]+)')
TAIL = 256 * 1024
"""Bytes at the end of a page, in which what follows its rows is found."""


def fetch(errand: Errand) -> list[FetchedPart]:
    """All rows of the table as page files.

    Raises `SourceFailed` when two readings do not agree with the service's count, or when the
    service reports an error.
    """
    with errand.transport() as transport:
        table = _Table(errand, transport)

        def read(journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
            return _pages(errand, table, journal, keys, expected)

        return reconciled(errand, f"{table.name} {PAGE_ROWS}", lambda: State(table.count()), read)


def look(errand: Errand) -> Look:
    """Columns and types, from a question that no row answers."""
    with errand.transport() as transport:
        fields = _Table(errand, transport).fields()
    types = {name: kind for name, kind in fields.items() if name not in SERVICE_COLUMNS}
    return Look(tuple(types), types)


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The first rows of the table."""
    with errand.transport() as transport:
        table = _Table(errand, transport)
        target = errand.folder / "sample.json"
        return [pages.fewer(lambda n: table.page(target, None, n), rows, SMALLER_BY, errand.feed)]


def _pages(
    errand: Errand, table: _Table, journal: Journal, keys: Keys, expected: int
) -> list[FetchedPart]:
    parts: list[FetchedPart] = []
    received, size, last = 0, PAGE_ROWS, None
    while received < expected or not parts:
        after, most = last, size

        def ask(target: Path, after: int | None = after, most: int = most) -> FetchedPart:
            return pages.fewer(
                lambda rows: table.page(target, after, rows), most, SMALLER_BY, errand.feed
            )

        name = "page-first.json" if after is None else f"page-after-{after:010d}.json"
        part = pages.kept(journal, keys, name, SHAPE, ask)
        if not part.records and parts:
            break
        parts.append(part)
        received += part.records or 0
        errand.count_told(received, expected)
        size = int(part.headers[pages.ROWS_ASKED])
        last = pages.last_key(part, errand.feed)
        if last is None:
            break
    return parts


class _Table:
    """One table of an account. Raises `Misconfigured` for a name that no table can have."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        self._errand = errand
        self._transport = transport
        self.name = _quoted(str(errand.location.query["table"]), errand.feed)
        if not urlsplit(errand.place).path.rstrip("/").endswith("/sql"):
            raise Misconfigured(
                "The location is not the address of a SQL service.",
                place=errand.feed,
                next_step="Write https://USER.carto.com/api/v2/sql in the contract.",
            )
        token = errand.token()
        self._always = {"format": "json"} | ({"api_key": token} if token else {})

    def count(self) -> int:
        """The service's own number of rows."""
        return self._numbers("count(*)")[0]

    def edges(self) -> list[int]:
        """First and last key: where there is no stamp, a sign whether it is the same table."""
        return self._numbers(f"min({KEY})", f"max({KEY})")

    def fields(self) -> dict[str, str]:
        """The columns and their types."""
        fields = self._document(f"SELECT * FROM {self.name} LIMIT 0").get("fields")
        if not isinstance(fields, dict):
            raise self._failed("The service does not say what columns it has.")
        return {
            name: str(field.get("type", "")) if isinstance(field, dict) else ""
            for name, field in fields.items()
        }

    def page(self, target: Path, after: int | None, rows: int) -> FetchedPart:
        """At most `rows` rows that follow the key `after`. Raises `TooMuch` for a time-out."""
        since = f" WHERE {KEY} > {after}" if after is not None else ""
        asked = f"SELECT * FROM {self.name}{since} ORDER BY {KEY} LIMIT {rows}"
        try:
            answer = self._transport.save(self._request(asked), target, most=pages.MOST_BYTES)
        except Answered as refusal:
            if refusal.status in OVERLOADED:
                raise TooMuch(f"The service answered {refusal.status}") from None
            raise self._told(refusal) from None
        page = pages.document(target)
        if page is None:
            raise self._transport.refused(target, "an answer that is not JSON")
        if page.get("error") is not None:
            raise TooMuch("The service reports an error")
        if pages.rows_of(page, SHAPE) is None:
            raise self._transport.refused(target, "no list of rows")
        _stop_clock(target)
        return FetchedPart(target.name, target, public_url(self._errand.place), answer.headers)

    def _numbers(self, *asked: str) -> list[int]:
        """What one row of aggregates says; a null, of a table without rows, is 0."""
        names = [f"n{number}" for number, _ in enumerate(asked)]
        named = ", ".join(f"{what} AS {name}" for what, name in zip(asked, names, strict=True))
        told = self._document(f"SELECT {named} FROM {self.name}")
        try:
            (row,) = told["rows"]
            return [int(row[name] or 0) for name in names]
        except (KeyError, TypeError, ValueError):
            raise self._failed("The service did not give its row count.") from None

    def _document(self, query: str) -> Mapping[str, Any]:
        try:
            told = self._transport.document(self._request(query))
        except Answered as refusal:
            raise self._told(refusal) from None
        if not isinstance(told, dict) or "error" in told:
            raise self._failed("The service reports an error.")
        return told

    def _request(self, query: str) -> Request:
        asked = {"q": query, **self._always}
        if len(query) > LONGEST_QUERY:
            return Request(self._errand.place, form=asked)
        return Request(self._errand.place, asked)

    def _told(self, refusal: Answered) -> SourceFailed:
        meaning = REFUSALS.get(refusal.status)
        if meaning is None:
            return refusal
        told = f"The service {meaning} ({refusal.status})."
        return Answered(told, self._errand.feed, refusal.status, refusal.code)

    def _failed(self, told: str) -> SourceFailed:
        return SourceFailed(told, place=self._errand.feed)


def _stop_clock(page: Path) -> None:
    """Put a zero for the seconds that the query took: two equal pages must have equal bytes.

    Only the word of the document itself is touched, never a column of that name: what follows
    it must, up to the end, be what closes the outermost object.
    """
    with page.open("r+b") as file:
        file.seek(max(0, page.stat().st_size - TAIL))
        start, tail = file.tell(), file.read()
        for clock in [*CLOCK.finditer(tail)][-1:]:
            try:
                json.loads(b"{" + tail[clock.start() :])
            except ValueError:
                return
            file.seek(start + clock.start(1))
            file.write(b"0" + tail[clock.end(1) :])
            file.truncate()


def _quoted(name: str, feed: str) -> str:
    """The name as an identifier that cannot be anything else, with its schema if it has one."""
    steps = name.split(".")
    if not all(steps) or "\0" in name:
        raise Misconfigured(f"{name!r} is not the name of a table.", place=feed)
    return ".".join('"' + step.replace('"', '""') + '"' for step in steps)
