"""The datastore of a CKAN portal: it clips limits, and always has a next page to offer.

What it does not know it refuses, as the validator of the real one does.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.wire.server import Reply, Request
from tests.wire.tables import Field, Table

ALWAYS = 1_000_000
ACTIONS = "/api/3/action"
SEARCH = f"{ACTIONS}/datastore_search"
SHOW = f"{ACTIONS}/resource_show"
WEB_PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head></html>"
TYPES = {"integer": "int", "number": "numeric", "date": "timestamp", "checkbox": "bool"}
KNOWN = {
    *("resource_id", "limit", "offset", "sort", "fields", "include_total", "records_format"),
}
Document = dict[str, Any]


class Refused(Exception):
    """An error with the status and the body that CKAN gives it."""

    def __init__(self, status: int, error: Document) -> None:
        super().__init__(status)
        self.status = status
        self.error = error


@dataclass
class CKAN:
    """One resource. Without `sort` its rows come in another order on every request.

    `most` is the portal's own limit of rows. The next `refusals` requests of the datastore are
    answered with `refusal`, a status and an error, and the next `web_pages` of them with a web
    page. From the offset `empty_from` on there are no records, whatever the total says.
    `after_page` is called with the number of pages served so far.
    """

    table: Table
    most: int = 32_000
    token: str | None = None
    hash: str = ""
    tells_change: bool = True
    refusal: tuple[int, Document] | None = None
    refusals: int = ALWAYS
    web_pages: int = 0
    empty_from: int | None = None
    after_page: Callable[[int], None] | None = None
    pages: int = 0

    def __post_init__(self) -> None:
        """Number the rows, as the datastore does on every load."""
        if "_id" not in self.table.names:
            self.table.fields.insert(0, Field("_id", "_id", "integer"))
            self.renumber()

    def renumber(self) -> None:
        """Give the rows new numbers in their present order: what a new upload does."""
        for number, row in enumerate(self.table.rows, start=1):
            row["_id"] = number

    def answer(self, request: Request) -> Reply | None:
        """The two actions that are served."""
        if request.path not in (SEARCH, SHOW):
            return None
        if request.path == SEARCH and self.web_pages > 0:
            self.web_pages -= 1
            return Reply(200, WEB_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        status = 200
        told: Document = {"success": True}
        try:
            told["result"] = self._done(request)
        except Refused as refused:
            status, told = refused.status, {"success": False, "error": refused.error}
        document = {"help": f"{ACTIONS}/help_show?name={request.path.rsplit('/')[-1]}", **told}
        headers = {"Content-Type": "application/json;charset=utf-8"}
        return Reply(status, json.dumps(document).encode(), headers, zipped=True)

    def _done(self, request: Request) -> Document:
        given = _parameters(request)
        shown = request.headers.get("authorization") or request.headers.get("x-ckan-api-key")
        if self.token and shown != self.token:
            raise Refused(403, {"__type": "Authorization Error", "message": "Access denied"})
        if request.path == SHOW:
            return self._shown(given)
        if self.refusal and self.refusals > 0:
            self.refusals -= 1
            raise Refused(*self.refusal)
        page = self._found(request, given)
        self.pages += 1
        if self.after_page:
            self.after_page(self.pages)
        return page

    def _shown(self, given: Document) -> Document:
        if set(given) != {"id"}:
            raise _invalid("id", "Missing value")
        self._known("Resource", given["id"])
        changed = datetime.fromtimestamp(self.table.stamp, UTC).replace(tzinfo=None)
        return {
            "id": self.table.id,
            "name": "complaints.csv",
            "format": "CSV",
            "url": "https://portal.example.org/dataset/complaints.csv",
            "datastore_active": True,
            "last_modified": changed.isoformat(timespec="microseconds")
            if self.tells_change
            else None,
            "hash": self.hash,
        }

    def _known(self, kind: str, identifier: str) -> None:
        if identifier != self.table.id:
            told = f'{kind} "{identifier}" was not found.'
            raise Refused(404, {"__type": "Not Found Error", "message": f"Not found: {told}"})

    def _found(self, request: Request, given: Document) -> Document:
        limit, offset, has_total = self._validated(request, given)
        self._known("Resource", given["resource_id"])
        names = self._columns(given.get("fields"))
        rows = self._sorted(str(given.get("sort") or ""))
        if self.empty_from is not None and offset >= self.empty_from:
            rows = rows[:offset]
        total = len(self.table.rows)
        records = [
            {name: _plain(row[name]) for name in names} for row in rows[offset : offset + limit]
        ]
        kinds = {column.name: TYPES.get(column.type, "text") for column in self.table.fields}
        counted = {"total": total, "total_was_estimated": False} if has_total else {}
        return {
            "include_total": has_total,
            "limit": limit,
            **({"offset": offset} if offset else {}),
            "records_format": "objects",
            "resource_id": self.table.id,
            "total_estimation_threshold": None,
            "records": records,
            "fields": [{"id": name, "type": kinds[name]} for name in names],
            "_links": _links(request, limit, offset),
            **counted,
        }

    def _validated(self, request: Request, given: Document) -> tuple[int, int, bool]:
        for name in sorted({*given, *request.repeated} - KNOWN) or request.repeated:
            raise _invalid("__junk", f"The input field {name} was not expected.")
        if not given.get("resource_id"):
            raise _invalid("resource_id", "Missing value")
        if given.get("records_format", "objects") != "objects":
            raise _invalid("records_format", "This server knows objects only")
        limit = min(_number(given, "limit", 100), self.most)
        total = str(given.get("include_total", "true")).lower()
        if total not in ("true", "false"):
            raise _invalid("include_total", "Must be true or false")
        return limit, _number(given, "offset", 0), total == "true"

    def _columns(self, wanted: str | list[str] | None) -> list[str]:
        if not wanted:
            return self.table.names
        names = wanted if isinstance(wanted, list) else [n.strip() for n in wanted.split(",")]
        if set(names) - set(self.table.names):
            raise _invalid("fields", "A field is not in the table")
        return names

    def _sorted(self, sort: str) -> list[Document]:
        rows = list(self.table.rows)
        if not sort:
            random.shuffle(rows)
        for term in reversed([term.split() for term in sort.split(",") if sort]):
            name = term[0].strip('"') if term else ""
            direction = term[1].lower() if len(term) == 2 else "asc"
            if name not in self.table.names or len(term) > 2 or direction not in ("asc", "desc"):
                raise _invalid("sort", "A field is not in the table")
            rows.sort(
                key=lambda row: (row[name] is not None, row[name]), reverse=direction[0] == "d"
            )
        return rows


def _parameters(request: Request) -> Document:
    """Of the address, or of the JSON document that was posted."""
    if request.method == "GET":
        return dict(request.query)
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {**request.query, **dict(parse_qsl(request.body.decode()))}
    try:
        posted = json.loads(request.body)
    except ValueError:
        posted = None
    if not isinstance(posted, dict):
        raise Refused(400, {"__type": "Bad request", "message": "JSON Error: no document"})
    return {**request.query, **posted}


def _links(request: Request, limit: int, offset: int) -> dict[str, str]:
    """Made of the address alone, so that posted parameters are lost; the next is always there."""

    def link(start: int) -> str:
        moved = {**request.query, **({"offset": str(start)} if start else {})}
        if not start:
            moved.pop("offset", None)
        return f"{SEARCH}?{urlencode(moved)}"

    links = {"start": link(0), "next": link(offset + limit)}
    return links | ({"prev": link(offset - limit)} if offset - limit > 0 else {})


def _number(given: Document, name: str, default: int) -> int:
    value = str(given.get(name, default))
    if not re.fullmatch(r"\d{1,9}", value):
        raise _invalid(name, "Invalid integer" if not value[1:].isdigit() else "Must be natural")
    return int(value)


def _plain(value: Any) -> Any:
    """Moments are written without a zone."""
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else value


def _invalid(name: str, told: str) -> Refused:
    return Refused(409, {"__type": "Validation Error", name: [told]})
