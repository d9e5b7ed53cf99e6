"""USAspending search: awards page after page, each asked for by the last record before it.

Pages by number end at 50,000 awards with an error, and may end at 10,000 without one. What the
service calls its cursor has neither limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.contracts import column_name
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.reconcile import State, Unsteady, reconciled
from pipelines.readers.usaspending_api import Api

PAGE_ROWS = 100
"""As many as the service gives at most; it refuses to be asked for more."""
SORTED_BY = "Award ID"
FIELDS = (
    SORTED_BY,
    "Recipient Name",
    "Recipient UEI",
    "Start Date",
    "End Date",
    "Award Amount",
    "Total Outlays",
    "Award Type",
    "CFDA Number",
    "Awarding Sub Agency",
    "Description",
    "Last Modified Date",
    "Base Obligation Date",
    "Recipient Location",
)
MORE_FIELDS = (
    "recipient_id",
    "Awarding Agency",
    "Awarding Agency Code",
    "Awarding Sub Agency Code",
    "Funding Agency",
    "Funding Agency Code",
    "Funding Sub Agency",
    "Funding Sub Agency Code",
    "Place of Performance City Code",
    "Place of Performance State Code",
    "Place of Performance Country Code",
    "Place of Performance Zip5",
    "def_codes",
    "COVID-19 Obligations",
    "COVID-19 Outlays",
    "Infrastructure Obligations",
    "Infrastructure Outlays",
    "Primary Place of Performance",
    "SAI Number",
    "Assistance Listings",
    "primary_assistance_listing",
)
"""Asked for only where the contract has the column."""
KEY = "$.generated_internal_id"
NOWHERE = (None, "None", "")
"""What the last page gives for the place of its last record."""


def fetch(errand: Errand) -> list[FetchedPart]:
    """All awards as pages of 100, in order of their award number.

    Rows, distinct awards and the service's count before and after must agree. Raises
    `SourceFailed` when they do not, twice.
    """
    with errand.transport() as transport:
        api = Api(errand, transport)

        def read(journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
            return _pages(api, journal, keys, expected)

        return reconciled(
            errand, json.dumps(_question(api, 1, {})), lambda: State(api.count()), read
        )


def look(errand: Errand) -> Look:
    """The fields of one award, which every award has."""
    target = errand.folder / "look.json"
    with errand.transport() as transport:
        api = Api(errand, transport)
        api.save(errand.place, {**_question(api, 1, {}), "limit": 1}, target)
        rows = _document(api, target)["results"]
    return Look(tuple(rows[0]) if rows else _fields(errand))


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The first awards, at most 100."""
    target = errand.folder / "sample.json"
    with errand.transport() as transport:
        api = Api(errand, transport)
        question = {**_question(api, 1, {}), "limit": min(rows, PAGE_ROWS)}
        return [_downloaded(api, question, target)]


def _pages(api: Api, journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
    parts: list[FetchedPart] = []
    received = 0
    cursor: dict[str, Any] = {}
    while True:
        part = _page(api, journal, keys, _question(api, len(parts) + 1, cursor))
        parts.append(part)
        rows = part.records or 0
        received += rows
        api.errand.count_told(received, expected)
        told = _document(api, part.path)["page_metadata"]
        cursor = _cursor(told)
        if not cursor and not told.get("hasNext"):
            return parts
        if not cursor:
            raise Unsteady("The service says that there is more, and not where")
        if not rows and not told.get("hasNext"):
            return parts
        if not rows or received > expected:
            raise Unsteady(f"The service counted {expected:,} awards and finds no end")


def _page(api: Api, journal: Journal, keys: Keys, question: Mapping[str, Any]) -> FetchedPart:
    name = f"page-{question['page']:05d}.json"

    def download(target: Path) -> FetchedPart:
        part = _downloaded(api, question, target)
        return replace(part, records=keys.add(name, target, "$.results[*]", KEY))

    part = journal.page(name, download)
    if keys.noted(name) != part.records:
        keys.add(name, part.path, "$.results[*]", KEY)
    return part


def _downloaded(api: Api, question: Mapping[str, Any], target: Path) -> FetchedPart:
    answer = api.save(api.errand.place, question, target)
    rows = len(_document(api, target)["results"])
    url = public_url(api.errand.place)
    return FetchedPart(target.name, target, url, answer.headers, records=rows)


def _document(api: Api, page: Path) -> dict[str, Any]:
    """A page with its results and what it says of itself. Raises `SourceFailed`."""
    try:
        document = json.loads(page.read_bytes())
        is_page = isinstance(document["results"], list)
        if is_page and isinstance(document["page_metadata"], dict):
            return dict(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise api.transport.refused(page, "an answer that is not a page of awards")


def _question(api: Api, page: int, cursor: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "filters": api.filters,
        "fields": _fields(api.errand),
        "sort": SORTED_BY,
        "order": "asc",
        "limit": PAGE_ROWS,
        "page": page,
        "subawards": False,
        **cursor,
    }


def _cursor(told: Mapping[str, Any]) -> dict[str, Any]:
    """Where the next page begins; nothing on the last one. One half alone is of no use."""
    place, value = told.get("last_record_unique_id"), told.get("last_record_sort_value")
    if place in NOWHERE or value in NOWHERE:
        return {}
    return {"last_record_unique_id": place, "last_record_sort_value": value}


def _fields(errand: Errand) -> tuple[str, ...]:
    declared = {column.name for column in errand.contract.columns}
    return (*FIELDS, *(name for name in MORE_FIELDS if column_name(name) in declared))
