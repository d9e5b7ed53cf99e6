"""The SQL API of CARTO: no limit of rows, but one of time, and errors as lists of sentences.

It understands one kind of statement, and refuses everything else as bad SQL.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.wire.server import Reply, Request
from tests.wire.tables import Table

PATH = "/api/v2/sql"
GEOMETRIES = ("the_geom", "the_geom_webmercator")
POINT = "0101000020E610000000000000000054C00000000000004440"
WEB_PAGE = b"<html><body>Bad gateway</body></html>"
TYPES = {"integer": "number", "number": "number", "date": "date", "checkbox": "boolean"}
STATEMENT = re.compile(
    r'\s*SELECT\s+(?P<what>.+?)\s+FROM\s+"?(?P<table>\w+)"?'
    r"(?:\s+WHERE\s+cartodb_id\s*>\s*(?P<after>-?\d+))?"
    r"(?P<order>\s+ORDER\s+BY\s+cartodb_id(?:\s+ASC)?)?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?(?:\s+OFFSET\s+(?P<offset>\d+))?\s*;?\s*",
    re.IGNORECASE,
)
AGGREGATE = re.compile(
    r"(?:(?P<count>count)\s*\(\s*\*\s*\)|(?P<edge>min|max)\s*\(\s*cartodb_id\s*\))"
    r"(?:\s+AS\s+(?P<name>\w+))?",
    re.IGNORECASE,
)
Row = dict[str, Any]


class Refused(Exception):
    """An error with its status; its words are the list that CARTO sends."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status
        self.told = told


@dataclass
class Carto:
    """One table of one user. Without ORDER BY its rows come in another order every time.

    A statement that gives more than `slow_above` rows times out, with `slow_status`. The next
    `refusals` statements are refused with `refusal`, a status and a sentence; the next `web_pages`
    answers are web pages. `after_page` is called with the number of pages served so far.
    """

    table: Table
    slow_above: int | None = None
    slow_status: int = 429
    refusal: tuple[int, str] | None = None
    refusals: int = 0
    web_pages: int = 0
    after_page: Callable[[int], None] | None = None
    pages: int = 0
    answers: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Number the rows if they are not numbered."""
        for number, row in enumerate(self.table.rows, start=1):
            row.setdefault("cartodb_id", number)

    @property
    def types(self) -> dict[str, str]:
        """The columns that `*` stands for, with their types."""
        own = {column.name: TYPES.get(column.type, "string") for column in self.table.fields}
        own.pop("cartodb_id", None)
        return {"cartodb_id": "number", **dict.fromkeys(GEOMETRIES, "geometry"), **own}

    def answer(self, request: Request) -> Reply | None:
        """The result of a statement, or the list of errors."""
        if request.path != PATH:
            return None
        self.answers += 1
        if self.web_pages > 0:
            self.web_pages -= 1
            return Reply(200, WEB_PAGE, {"Content-Type": "text/html"})
        status, document = 200, {}
        try:
            document = self._asked(request)
        except Refused as refused:
            status, document = refused.status, {"error": [refused.told]}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return Reply(status, json.dumps(document).encode(), headers, zipped=True)

    def _asked(self, request: Request) -> Row:
        given = _parameters(request)
        if set(given) - {"q", "format"} or request.repeated:
            raise Refused(400, "This server knows q and format only")
        if given.get("format", "json") != "json":
            raise Refused(400, "Invalid format: " + given["format"])
        if not given.get("q"):
            raise Refused(400, "You must indicate a sql query")
        if self.refusals > 0 and self.refusal:
            self.refusals -= 1
            raise Refused(*self.refusal)
        return self._result(given["q"])

    def _result(self, statement: str) -> Row:
        parsed = STATEMENT.fullmatch(statement)
        if parsed is None:
            raise Refused(400, "syntax error in the statement")
        if parsed["table"] != self.table.id:
            raise Refused(400, f'relation "{parsed["table"]}" does not exist')
        items = [item.strip() for item in parsed["what"].split(",")]
        aggregates = [AGGREGATE.fullmatch(item) for item in items]
        if any(aggregates):
            return self._aggregated(parsed, aggregates)
        page = self._selected(parsed, items)
        self.pages += 1
        if self.after_page:
            self.after_page(self.pages)
        return page

    def _aggregated(self, parsed: re.Match[str], items: list[re.Match[str] | None]) -> Row:
        if not all(items) or parsed["order"]:
            raise Refused(400, "a column must appear in the GROUP BY clause")
        numbers = [row["cartodb_id"] for row in self._rows(parsed)]
        result = {}
        for item in filter(None, items):
            edge = (item["edge"] or "").lower()
            value = {"min": min, "max": max}[edge](numbers, default=None) if edge else len(numbers)
            result[item["name"] or edge or "count"] = value
        return self._document([result], dict.fromkeys(result, "number"))

    def _selected(self, parsed: re.Match[str], items: list[str]) -> Row:
        names = list(self.types) if items == ["*"] else [item.strip('"') for item in items]
        for name in names:
            if name not in self.types:
                raise Refused(400, f'column "{name}" does not exist')
        rows = self._rows(parsed)
        start = int(parsed["offset"] or 0)
        rows = rows[start : start + int(parsed["limit"] or len(rows))]
        if self.slow_above is not None and len(rows) > self.slow_above:
            told = "You are over platform's limits: SQL query timeout error."
            raise Refused(self.slow_status, told)
        served = [{name: self._value(row, name) for name in names} for row in rows]
        return self._document(served, {name: self.types[name] for name in names})

    def _rows(self, parsed: re.Match[str]) -> list[Row]:
        after = parsed["after"]
        rows = [r for r in self.table.rows if after is None or r["cartodb_id"] > int(after)]
        if parsed["order"]:
            return sorted(rows, key=lambda row: row["cartodb_id"])
        return random.sample(rows, len(rows))

    def _value(self, row: Row, name: str) -> Any:
        if name in GEOMETRIES:
            return row.get(name, POINT)
        value = row[name]
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value

    def _document(self, rows: list[Row], types: dict[str, str]) -> Row:
        fields = {name: {"type": kind} for name, kind in types.items()}
        # The time that a statement took is never the same twice, so neither are two answers.
        taken = round(0.003 + self.answers / 1000, 3)
        return {"rows": rows, "time": taken, "fields": fields, "total_rows": len(rows)}


def _parameters(request: Request) -> dict[str, str]:
    """Of the address and, posted, of the form or the JSON document."""
    if request.method == "GET":
        return request.query
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            return {**request.query, **json.loads(request.body)}
        except (ValueError, TypeError):
            raise Refused(400, "You must indicate a sql query") from None
    return {**request.query, **dict(parse_qsl(request.body.decode()))}
