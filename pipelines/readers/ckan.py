"""CKAN datastores: pages in the order of `_id`, up to the total that the service tells.

It clips pages without a word and offers a next page for ever, so only the total is the end.
A new upload rebuilds the table and its ids, so the stamp is looked at again afterwards.
"""

from __future__ import annotations

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
from pipelines.readers.pages import Shape
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.reconcile import State, reconciled
from pipelines.readers.transport import Answered, Request, Transport

PAGE_ROWS = 32_000
SEARCH = "/datastore_search"
SHAPE = Shape(("result", "records"), ("_id",))
SERVICE_COLUMNS = frozenset({"_id", "_full_text"})
KIND = re.compile(r"[A-Za-z ]{1,60}")
REFUSALS = {
    400: "does not understand the question",
    403: "asks for a permission that we lack",
    404: "has no data under this resource_id",
    409: "calls the question invalid, its resource_id perhaps",
}


def fetch(errand: Errand) -> list[FetchedPart]:
    """All rows of the resource as page files, or the known parts when it did not change.

    Raises `SourceFailed` when two readings do not agree with the service's total, or when the
    service reports an error.
    """
    with errand.transport() as transport:
        resource = _Resource(errand, transport)
        known = errand.unchanged(resource.stamp())
        if known:
            return known

        def read(journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
            return _pages(errand, resource, journal, keys, expected)

        plan = f"{errand.location.query} {PAGE_ROWS}"
        return reconciled(errand, plan, lambda: State(resource.count(), resource.stamp()), read)


def look(errand: Errand) -> Look:
    """Fields, types and number of rows, from a page of no rows."""
    with errand.transport() as transport:
        told = _Resource(errand, transport).described()
    fields = [
        (str(field["id"]), str(field.get("type", "")))
        for field in told.get("fields") or ()
        if isinstance(field, dict) and field.get("id") not in SERVICE_COLUMNS
    ]
    return Look(tuple(name for name, _ in fields), dict(fields), _total(told, errand.feed))


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The first rows of the resource."""
    with errand.transport() as transport:
        resource = _Resource(errand, transport)
        return [resource.page(errand.folder / "sample.json", 0, min(rows, PAGE_ROWS))]


def _pages(
    errand: Errand, resource: _Resource, journal: Journal, keys: Keys, expected: int
) -> list[FetchedPart]:
    parts: list[FetchedPart] = []
    received = 0
    while received < expected or not parts:
        offset = received

        def ask(target: Path, offset: int = offset) -> FetchedPart:
            return resource.page(target, offset, PAGE_ROWS)

        part = pages.kept(journal, keys, f"page-{offset:010d}.json", SHAPE, ask)
        if not part.records and parts:
            break
        parts.append(part)
        received += part.records or 0
        errand.count_told(received, expected)
        if not part.records:
            break
    return parts


class _Resource:
    """One table of a datastore. Raises `Misconfigured` for an address that is not its search."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        self._errand = errand
        self._transport = transport
        self._search = errand.place.rstrip("/")
        if not urlsplit(self._search).path.endswith(SEARCH) or "?" in self._search:
            raise Misconfigured(
                "The location is not the search of a datastore.",
                place=errand.feed,
                next_step="Write https://HOST/api/3/action/datastore_search in the contract.",
            )
        self._id = str(errand.location.query["resource_id"])
        token = errand.token()
        self._headers = {"Authorization": token} if token else {}

    def stamp(self) -> str:
        """What the catalogue says of the last change; empty when it does not."""
        url = self._search.removesuffix(SEARCH) + "/resource_show"
        try:
            told = self._document(url, {"id": self._id})
        except SourceFailed:
            return ""
        said = [(word, told.get(word)) for word in ("last_modified", "hash")]
        return " ".join(f"{word} {value}" for word, value in said if value)

    def described(self) -> Mapping[str, Any]:
        """The answer with no rows: fields and total."""
        return self._document(self._search, {"resource_id": self._id, "limit": 0})

    def count(self) -> int:
        """The service's own number of rows. Raises `SourceFailed` when it is an estimate."""
        return _total(self.described(), self._errand.feed)

    def page(self, target: Path, offset: int, rows: int) -> FetchedPart:
        """At most `rows` rows from `offset` on, in the order of their ids."""
        asked: dict[str, str | int] = {
            "resource_id": self._id,
            "sort": "_id",
            "limit": rows,
            "offset": offset,
        }
        request = Request(self._search, asked, headers=self._headers)
        try:
            answer = self._transport.save(request, target, most=pages.MOST_BYTES)
        except Answered as refusal:
            raise self._told(refusal) from None
        page = pages.document(target)
        if page is None:
            raise self._transport.refused(target, "an answer that is not JSON")
        if page.get("success") is not True:
            raise self._unsuccessful(page)
        if pages.rows_of(page, SHAPE) is None:
            raise self._transport.refused(target, "no list of rows")
        return FetchedPart(target.name, target, public_url(self._errand.place), answer.headers)

    def _document(self, url: str, asked: Mapping[str, str | int]) -> Mapping[str, Any]:
        try:
            told = self._transport.document(Request(url, asked, headers=self._headers))
        except Answered as refusal:
            raise self._told(refusal) from None
        told = told if isinstance(told, dict) else {}
        if told.get("success") is not True:
            raise self._unsuccessful(told)
        result = told.get("result")
        return result if isinstance(result, dict) else {}

    def _told(self, refusal: Answered) -> SourceFailed:
        """The refusal in words; that of a service too busy says enough already."""
        meaning = REFUSALS.get(refusal.status)
        if meaning is None:
            return refusal
        told = f"The service {meaning} ({refusal.status})."
        return Answered(told, self._errand.feed, refusal.status, refusal.code)

    def _unsuccessful(self, answer: Mapping[str, Any]) -> SourceFailed:
        error = answer.get("error")
        kind = error.get("__type") if isinstance(error, dict) else None
        known = isinstance(kind, str) and KIND.fullmatch(kind)
        told = f"The service reports no success ({kind if known else 'without a reason'})."
        return SourceFailed(told, place=self._errand.feed)


def _total(told: Mapping[str, Any], feed: str) -> int:
    total = told.get("total")
    if not isinstance(total, int) or told.get("total_was_estimated"):
        raise SourceFailed("The service did not give its exact row count.", place=feed)
    return total
