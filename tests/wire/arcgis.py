"""A layer of an ArcGIS server: it refuses in status 200, and clips pages without a word.

What it does not know it refuses, even where some servers would look away.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.wire import where
from tests.wire.server import Reply, Request
from tests.wire.tables import Field, Table

ALWAYS = 1_000_000
LONGEST_URL = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEB_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>"
TYPES = {"integer": "Integer", "number": "Double", "date": "Date", "dateonly": "DateOnly"}
FLAGS = ("returnGeometry", "returnCountOnly", "returnIdsOnly")
KNOWN = {
    *("where", "objectIds", "outFields", "orderByFields", "resultOffset", "resultRecordCount"),
    *(*FLAGS, "outSR", "f", "token"),
}


class Refused(Exception):
    """An error that the server tells inside status 200."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass
class Trouble:
    """Something that befalls requests of one kind, so many times; page, count, ids or layer."""

    kind: str
    times: int = ALWAYS

    def befalls(self, kind: str) -> bool:
        """Whether it befalls this request; one time less is left then."""
        if kind != self.kind or self.times <= 0:
            return False
        self.times -= 1
        return True


@dataclass
class ArcGIS:
    """One layer. Without `orderByFields` its rows come in another order on every request.

    `most` is maxRecordCount. A query for more than `too_big` rows fails with code 500; every
    page but the last is `short_by` rows short of what was asked; from the offset `empty_from` on,
    pages are empty and say that there is more, `empty_times` times. `keyless_end` leaves the flag
    out of the last page, `bare_when_empty` the fields out of an empty one. `restless` rows move
    whatever order is asked for. `after_page` is called with the number of pages served so far.
    """

    table: Table
    path: str = "/ArcGIS/rest/services/Complaints/FeatureServer/0"
    oid: str = "OBJECTID"
    most: int = 2000
    token: str | None = None
    content_type: str = "application/json; charset=utf-8"
    paginates: bool = True
    tells_edits: bool = True
    has_geometry: bool = True
    too_big: int | None = None
    short_by: int = 0
    empty_from: int | None = None
    empty_times: int = ALWAYS
    keyless_end: bool = False
    bare_when_empty: bool = False
    restless: bool = False
    errors: dict[int, Trouble] = field(default_factory=dict)
    web_page: Trouble | None = None
    after_page: Callable[[int], None] | None = None
    pages: int = 0

    def __post_init__(self) -> None:
        """Number the rows from 1 if the table has no object ids of its own."""
        if self.oid not in self.table.names:
            self.table.fields.insert(0, Field(self.oid, self.oid, "integer"))
            for number, row in enumerate(self.table.rows, start=1):
                row[self.oid] = number

    def answer(self, request: Request) -> Reply | None:
        """The layer's own document, or the answer to a query of it."""
        if request.path not in (self.path, f"{self.path}/query"):
            return None
        is_query = request.path != self.path
        if len(urlencode(request.query)) > LONGEST_URL:
            return Reply(414, WEB_PAGE, {"Content-Type": "text/html"})
        given = _parameters(request)
        kind = _kind(given) if is_query else "layer"
        if given.get("f") not in ("json", "pjson") or self._shows_web_page(kind):
            return Reply(200, WEB_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        try:
            self._admit(request, given, kind)
            document = self._queried(given, kind) if is_query else self._layer()
        except Refused as refused:
            document = _refusal(refused)
        body = json.dumps(document, separators=(",", ":")).encode()
        return Reply(200, body, {"Content-Type": self.content_type}, zipped=True)

    def _shows_web_page(self, kind: str) -> bool:
        return self.web_page is not None and self.web_page.befalls(kind)

    def _admit(self, request: Request, given: dict[str, str], kind: str) -> None:
        for code, trouble in self.errors.items():
            if trouble.befalls(kind):
                raise Refused(code, "As the test wishes.")
        header = request.headers.get("x-esri-authorization") or request.headers.get("authorization")
        token = given.get("token") or (header or "").removeprefix("Bearer ").strip()
        if self.token and token != self.token:
            raise Refused(498 if token else 499, "Invalid token" if token else "Token Required")
        unknown = set(given) - (KNOWN if kind != "layer" else {"f", "token"})
        if unknown or request.repeated:
            raise Refused(400, f"Unknown or repeated: {sorted({*unknown, *request.repeated})}.")

    def _layer(self) -> dict[str, Any]:
        edited = {"editingInfo": {"lastEditDate": self.table.stamp * 1000}}
        return {
            "currentVersion": 11.1,
            "id": 0,
            "name": self.table.id,
            "type": "Feature Layer" if self.has_geometry else "Table",
            "capabilities": "Query",
            "fields": self._fields(self.table.names),
            "objectIdField": self.oid,
            "maxRecordCount": self.most,
            "advancedQueryCapabilities": {
                "supportsPagination": self.paginates,
                "supportsOrderBy": True,
            },
            **(edited if self.tells_edits else {}),
        }

    def _queried(self, given: dict[str, str], kind: str) -> dict[str, Any]:
        for flag in FLAGS:
            if given.get(flag, "false") not in ("true", "false"):
                raise _invalid(flag)
        rows = self._chosen(given)
        if kind == "count":
            return {"count": len(rows)}
        rows = self._ordered(rows, given.get("orderByFields", ""))
        if kind == "ids":
            return {"objectIdFieldName": self.oid, "objectIds": self._ids(rows)}
        page = self._page(rows, given)
        self.pages += 1
        if self.after_page:
            self.after_page(self.pages)
        return page

    def _ids(self, rows: list[dict[str, Any]]) -> list[int] | None:
        """All of them, whatever maxRecordCount says; older servers have null for none."""
        return [row[self.oid] for row in rows] or (None if self.bare_when_empty else [])

    def _chosen(self, given: dict[str, str]) -> list[dict[str, Any]]:
        if not given.get("where") and not given.get("objectIds"):
            raise _invalid("where")
        rows = self.table.rows
        if given.get("objectIds"):
            try:
                wanted = {int(number) for number in given["objectIds"].split(",")}
            except ValueError:
                raise _invalid("objectIds") from None
            rows = [row for row in rows if row[self.oid] in wanted]
        holds = where.condition(given.get("where") or "1=1", self.oid)
        if holds is None:
            raise Refused(400, "'Invalid SQL' in where.")
        return [row for row in rows if holds(row[self.oid])]

    def _ordered(self, rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
        rows = list(rows)
        for term in reversed([term.split() for term in order.split(",") if order]):
            direction = term[1].upper() if len(term) == 2 else "ASC"
            if not term or len(term) > 2 or direction not in ("ASC", "DESC"):
                raise _invalid("orderByFields")
            name = self._name(term[0], "orderByFields")
            rows.sort(
                key=lambda row: (row[name] is not None, row[name]), reverse=direction != "ASC"
            )
        if not order or self.restless:
            random.shuffle(rows)
        return rows

    def _page(self, rows: list[dict[str, Any]], given: dict[str, str]) -> dict[str, Any]:
        if not self.paginates and {"resultOffset", "resultRecordCount"} & set(given):
            raise Refused(400, "Pagination is not supported.")
        names = self._out_fields(given.get("outFields", ""))
        start = _number(given, "resultOffset", 0)
        size = min(_number(given, "resultRecordCount", self.most), self.most)
        if self.too_big is not None and min(size, len(rows) - start) > self.too_big:
            raise Refused(500, "Error performing query operation")
        if start + size < len(rows):
            size = max(size - self.short_by, 1)
        if self._is_empty_now(start, given):
            size = 0
        chosen = rows[start : start + size]
        page: dict[str, Any] = {"objectIdFieldName": self.oid}
        if chosen or not self.bare_when_empty:
            page["fields"] = self._fields(names)
        page["features"] = [self._feature(row, names, given) for row in chosen]
        has_more = start + size < len(rows)
        return (
            page
            if self.keyless_end and not has_more
            else page | {"exceededTransferLimit": has_more}
        )

    def _is_empty_now(self, start: int, given: dict[str, str]) -> bool:
        applies = self.empty_from is not None and "resultOffset" in given
        if not applies or start < (self.empty_from or 0) or self.empty_times <= 0:
            return False
        self.empty_times -= 1
        return True

    def _feature(
        self, row: dict[str, Any], names: list[str], given: dict[str, str]
    ) -> dict[str, Any]:
        feature: dict[str, Any] = {"attributes": {name: _plain(row[name]) for name in names}}
        if self.has_geometry and given.get("returnGeometry") != "false":
            feature["geometry"] = {"x": -83.05, "y": 42.33}
        return feature

    def _out_fields(self, wanted: str) -> list[str]:
        if wanted.strip() == "*":
            return self.table.names
        return [self._name(name.strip(), "outFields") for name in wanted.split(",")]

    def _name(self, name: str, parameter: str) -> str:
        if name not in self.table.names:
            raise _invalid(parameter)
        return name

    def _fields(self, names: list[str]) -> list[dict[str, Any]]:
        chosen = [column for column in self.table.fields if column.name in names]
        return [
            {
                "name": column.name,
                "type": f"esriFieldType{'OID' if column.name == self.oid else _type(column)}",
                "alias": column.title,
            }
            for column in chosen
        ]


def _parameters(request: Request) -> dict[str, str]:
    """Of the address and, posted, of the form."""
    posted = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    form = parse_qsl(request.body.decode(), keep_blank_values=True) if posted else []
    return {**request.query, **dict(form)}


def _kind(given: dict[str, str]) -> str:
    if given.get("returnCountOnly") == "true":
        return "count"
    return "ids" if given.get("returnIdsOnly") == "true" else "page"


def _number(given: dict[str, str], name: str, default: int) -> int:
    value = given.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", value):
        raise _invalid(name)
    return int(value)


def _type(column: Field) -> str:
    return TYPES.get(column.type, "String")


def _plain(value: Any) -> Any:
    """Moments are milliseconds since 1970; all else is as it is."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    return value


def _invalid(parameter: str) -> Refused:
    return Refused(400, f"'{parameter}' parameter is invalid")


def _refusal(refused: Refused) -> dict[str, Any]:
    message = "Unable to complete operation." if refused.code == 400 else refused.detail
    return {"error": {"code": refused.code, "message": message, "details": [refused.detail]}}
