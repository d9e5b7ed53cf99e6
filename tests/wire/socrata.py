"""Socrata: SODA 2.1 and 3.0, view metadata and exports, with what live portals do."""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.wire.server import Reply, Request
from tests.wire.socrata_shapes import (
    Row,
    as_json,
    delimited,
    delimited_value,
    exported,
    question,
    refusal,
    rendered,
    types_of,
    view_of,
)
from tests.wire.soql import SYSTEM, Query, Refused, from_parameters, from_text
from tests.wire.tables import Field, Table

FOUR = r"(?P<id>[a-z0-9]{4}-[a-z0-9]{4})"
LETTERS = "23456789abcdefghijkmnpqrstuvwxyz"
PAGE = 1000
HEADER_LIMIT = 4096
JSON = {"Content-Type": "application/json;charset=utf-8"}
CSV = {"Content-Type": "text/csv;charset=utf-8"}


@dataclass
class Socrata:
    """A portal with data sets. Each field is one thing that live portals do, off unless set.

    `busy` are refusals (status, Retry-After or None), one for each coming request whose path holds
    `busy_on`. `clip` is the most rows a page has. `meanwhile` are things that happen, one after
    each page of rows. `export` replaces the body of exports by (content type, bytes).
    """

    tables: Sequence[Table]
    shuffles: bool = False
    without_headers: bool = False
    busy: list[tuple[int, str | None]] = field(default_factory=list)
    busy_on: str = ""
    clip: int | None = None
    headless: bool = False
    etags: bool = False
    export: tuple[str, bytes] | None = None
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    tokens: frozenset[str] = frozenset()
    count_name: str = "count"
    lists_system_columns: bool = False
    zipped: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in self.tables:
            self.rows[table.id] = [self._row(table, values) for values in table.rows]

    # What a publisher does

    def replace(self, rows: Iterable[dict[str, Any]], id: str | None = None) -> None:  # noqa: A002
        """Publish everything anew: every row has a new id and new stamps."""
        table = self._later(id)
        self.rows[table.id] = [self._row(table, values) for values in rows]

    def upsert(
        self,
        rows: Iterable[dict[str, Any]],
        key: str = "id",
        id: str | None = None,  # noqa: A002
    ) -> None:
        """Change the rows of these keys in place, and add those that are not there."""
        table = self._later(id)
        there = {row.values[key]: row for row in self.rows[table.id]}
        for values in rows:
            fresh = self._row(table, values)
            if old := there.get(values[key]):
                fresh.id, fresh.created = old.id, old.created
                self.rows[table.id].remove(old)
            self.rows[table.id].append(fresh)

    def delete(self, values: Iterable[Any], key: str = "id", id: str | None = None) -> None:  # noqa: A002
        """Take rows away, of which no trace is left."""
        table, gone = self._later(id), set(values)
        self.rows[table.id] = [r for r in self.rows[table.id] if r.values[key] not in gone]

    def _later(self, wanted: str | None) -> Table:
        table = next(t for t in self.tables if wanted in (None, t.id))
        table.stamp += 60
        return table

    def _row(self, table: Table, values: dict[str, Any]) -> Row:
        shape = "".join(self.chance.choices(LETTERS, k=16))
        name = f"row-{shape[:4]}.{shape[4:8]}-{shape[8:12]}"
        return Row(dict(values), name, table.stamp, table.stamp, f"rv-{shape[4:8]}-{shape[12:]}")

    # What the portal answers

    def answer(self, request: Request) -> Reply | None:
        """The reply to a path of this portal."""
        for pattern, verb, say in (
            (rf"/resource/{FOUR}\.(?P<form>json|csv)", "GET", self._resource),
            (rf"/api/views/{FOUR}\.json", "GET", self._view),
            (rf"/api/views/{FOUR}/rows\.csv", "GET", self._export),
            (rf"/api/v3/views/{FOUR}/query\.json", "POST", self._query),
        ):
            found = re.fullmatch(pattern, request.path)
            if found and request.method not in (verb, "HEAD" if verb == "GET" else verb):
                return refusal(405, "method_not_allowed", "Method not allowed")
            if found:
                return self._known(request, found, say)
        return None

    def _known(self, request: Request, found: re.Match[str], say: Callable[..., Reply]) -> Reply:
        if self.busy and self.busy_on in request.path:
            status, after = self.busy.pop(0)
            headers = {} if after is None else {"Retry-After": after}
            return refusal(status, "throttled", "Try again later", headers=headers)
        token = request.headers.get("x-app-token") or request.query.get("$$app_token")
        if token and token not in self.tokens:
            return refusal(403, "permission_denied", "Invalid app_token specified")
        if not token and say == self._query:
            return refusal(403, "permission_denied", "An app token is required")
        table = next((t for t in self.tables if t.id == found["id"]), None)
        if table is None:
            return refusal(404, "dataset.missing", "Not found")
        try:
            if request.repeated:
                raise Refused("query.malformed", f"{request.repeated[0]} is given twice")
            return say(request, table, found.groupdict().get("form"))
        except Refused as wrong:
            asked = "&".join(f"{name}={value}" for name, value in request.query.items())
            data = {"query": asked or request.body.decode(errors="replace")}
            return refusal(400, wrong.code, wrong.message, data=data)

    def _resource(self, request: Request, table: Table, form: str) -> Reply:
        query = from_parameters(request.query, types_of(table))
        headers = self._stamped(request, table)
        if self.etags and headers["ETag"] == request.headers.get("if-none-match"):
            return Reply(304, headers=headers)
        return self._answered(table, query, form, headers)

    def _query(self, request: Request, table: Table, _: str | None) -> Reply:
        text, page = question(request)
        query = from_text(text, types_of(table))
        if page is not None:
            if query.limit is not None or query.offset:
                raise Refused("invalid_request", "A page excludes LIMIT and OFFSET")
            number, size = page
            order = query.order if query.order or query.counted else ((":id", False),)
            query = replace(query, order=order, limit=size, offset=(number - 1) * size)
        return self._answered(table, query, "json", self._stamped(request, table))

    def _view(self, request: Request, table: Table, _: str | None) -> Reply:
        if request.query:
            raise Refused("invalid_request", "Unknown parameters")
        view = view_of(table, self.lists_system_columns)
        return Reply(200, as_json(view).encode(), JSON, zipped=self.zipped)

    def _export(self, request: Request, table: Table, _: str | None) -> Reply:
        if request.query != {"accessType": "DOWNLOAD"}:
            raise Refused("invalid_request", "Only accessType=DOWNLOAD is known")
        headers = self._stamped(request, table)
        if self.etags and headers["ETag"] == request.headers.get("if-none-match"):
            return Reply(304, headers=headers)
        if self.export:
            return Reply(200, self.export[1], {"Content-Type": self.export[0]})
        titles = [] if self.headless else [column.title for column in table.fields]
        rows = [
            [exported(row.shown(column.name), column.type) for column in table.fields]
            for row in self.rows[table.id]
        ]
        body = delimited(titles, rows, csv.QUOTE_MINIMAL)
        return Reply(200, body, {**headers, **CSV}, zipped=self.zipped)

    def _answered(self, table: Table, query: Query, form: str, headers: dict[str, str]) -> Reply:
        chosen = self._chosen(table, query)
        if query.counted:
            counted = query.counted
            number = sum(counted == "*" or row.shown(counted) is not None for row in chosen)
            name = self.count_name if counted == "*" else f"count_{counted.strip(':')}"
            return self._page([Field(name, name, "number")], [[number]], form, headers)
        limit = PAGE if query.limit is None else query.limit
        limit = limit if self.clip is None else min(limit, self.clip)
        known = {column.name: column for column in table.fields}
        fields = [known.get(n) or Field(n, n, SYSTEM[n]) for n in query.columns]
        page = chosen[query.offset : query.offset + limit]
        rows = [[row.shown(name) for name in query.columns] for row in page]
        reply = self._page(fields, rows, form, headers)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return reply

    def _chosen(self, table: Table, query: Query) -> list[Row]:
        """The rows that meet the conditions, in the order asked for and no other."""
        rows = list(self.rows[table.id])
        if query.where:
            used = {name for name, _, _ in query.where}
            rows = [row for row in rows if query.holds({n: row.compared(n) for n in used})]
        if self.shuffles:
            self.chance.shuffle(rows)
        for name, down in reversed(query.order):
            filled = [(row.compared(name), row) for row in rows if row.shown(name) is not None]
            blank = [row for row in rows if row.shown(name) is None]
            ordered = [row for _, row in sorted(filled, key=lambda pair: pair[0], reverse=down)]
            rows = blank + ordered if down else ordered + blank
        return rows

    def _page(
        self, fields: list[Field], rows: list[list[Any]], form: str, headers: dict[str, str]
    ) -> Reply:
        told = {
            "X-SODA2-Fields": as_json([column.name for column in fields]),
            "X-SODA2-Types": as_json([column.type for column in fields]),
        }
        if not self.without_headers and sum(map(len, told.values())) <= HEADER_LIMIT:
            headers = {**headers, **told}
        if form == "csv":
            lines = [
                [delimited_value(v, column.type) for v, column in zip(row, fields, strict=True)]
                for row in rows
            ]
            body = delimited([column.name for column in fields], lines, csv.QUOTE_ALL)
            return Reply(200, body, {**headers, **CSV}, zipped=self.zipped)
        shown = (
            {c.name: rendered(v, c.type) for v, c in zip(row, fields, strict=True) if v is not None}
            for row in rows
        )
        text = "[" + "\n,".join(map(as_json, shown)) + "]\n"
        return Reply(200, text.encode(), {**headers, **JSON}, zipped=self.zipped)

    def _stamped(self, request: Request, table: Table) -> dict[str, str]:
        changed = format_datetime(datetime.fromtimestamp(table.stamp, UTC), usegmt=True)
        asked = repr((table.stamp, request.path, sorted(request.query.items())))
        tag = {"ETag": f'W/"{hashlib.md5(asked.encode()).hexdigest()}"'} if self.etags else {}
        return {"X-Socrata-RequestId": f"r{request.at}", "Last-Modified": changed, **tag}
