"""How Socrata writes a row: in JSON, in its CSV, and in the CSV that people download."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.wire.server import Reply, Request
from tests.wire.soql import SYSTEM, Refused
from tests.wire.tables import Table

OPTIONS = {
    "query",
    "page",
    "includeSynthetic",
    "includeSystem",
    "orderingSpecifier",
    "timeout",
    "parameters",
}


@dataclass
class Row:
    """A row with its system fields; moments in epoch seconds."""

    values: dict[str, Any]
    id: str
    created: int
    updated: int
    version: str

    def shown(self, name: str) -> Any:
        """A value as it is rendered; system fields by their names."""
        if name == ":id":
            return self.id
        if name == ":version":
            return self.version
        if name in SYSTEM:
            stamp = self.created if name == ":created_at" else self.updated
            return datetime.fromtimestamp(stamp, UTC)
        return self.values.get(name)

    def compared(self, name: str) -> Any:
        """A value in the form in which it is compared and sorted."""
        value = self.shown(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Decimal(str(value))
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def types_of(table: Table) -> dict[str, str]:
    """The type of each column of a table."""
    return {column.name: column.type for column in table.fields}


def rendered(value: Any, kind: str) -> Any:
    """A value as the JSON of SODA has it; a number is text."""
    if kind == "checkbox" or value is None:
        return value
    if isinstance(value, datetime):
        stamp = value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        return stamp + ("Z" if kind == "fixed_timestamp" else "")
    if kind == "url":
        return value if isinstance(value, dict) else {"url": value}
    if kind == "point":
        return {"type": "Point", "coordinates": list(value)}
    if kind == "location":
        return {**value, "human_address": json.dumps(value["human_address"])}
    return str(value)


def exported(value: Any, kind: str) -> str:
    """A value as a download has it: dates as people in the country write them."""
    if isinstance(value, datetime):
        clock = "" if (value.hour, value.minute, value.second) == (0, 0, 0) else " %I:%M:%S %p"
        return value.strftime("%m/%d/%Y" + clock)
    return delimited_value(value, kind)


def delimited_value(value: Any, kind: str) -> str:
    """A value as one field of a delimited file."""
    shown = rendered(value, kind)
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return "true" if shown else "false"
    if kind == "url":
        return str(shown["url"])
    if kind == "point":
        return "POINT ({} {})".format(*shown["coordinates"])
    return shown if isinstance(shown, str) else json.dumps(shown)


def delimited(heading: Sequence[str], rows: Sequence[Sequence[str]], quoting: Any) -> bytes:
    """A delimited file; without a heading if there is none."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    writer.writerows([heading, *rows] if heading else rows)
    return text.getvalue().encode()


def as_json(value: Any) -> str:
    """JSON as the portal writes it, without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def view_of(table: Table, lists_system_columns: bool) -> dict[str, Any]:
    """The metadata of a data set; moments in epoch seconds."""
    columns: list[dict[str, Any]] = [
        {
            "id": 100 + position,
            "name": column.title,
            "fieldName": column.name,
            "dataTypeName": column.type,
            "renderTypeName": column.type,
            "position": position,
        }
        for position, column in enumerate(table.fields, start=1)
    ]
    if lists_system_columns:
        columns += [
            {"id": -1, "name": name, "fieldName": name, "dataTypeName": "meta_data"}
            for name in SYSTEM
        ]
    return {
        "id": table.id,
        "name": f"Data set {table.id}",
        "createdAt": 1_400_000_000,
        "publicationDate": 1_400_000_000,
        "rowsUpdatedAt": table.stamp,
        "viewLastModified": table.stamp,
        "license": {"name": "Public Domain"},
        "owner": {"displayName": "Portal"},
        "columns": columns,
        "metadata": {},
    }


def refusal(
    status: int,
    code: str,
    message: str,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error with the portal's own body."""
    told = {"code": code, "error": True, "message": message, **({"data": data} if data else {})}
    kind = {"Content-Type": "application/json;charset=utf-8"}
    return Reply(status, as_json(told).encode(), {**kind, **(headers or {})})


def question(request: Request) -> tuple[str, tuple[int, int] | None]:
    """The statement of a 3.0 request, and its page (number from 1, size). Raises `Refused`."""
    try:
        asked = json.loads(request.body)
    except ValueError:
        asked = None
    is_json = request.headers.get("content-type", "").startswith("application/json")
    if not is_json or not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise Refused("invalid_request", "The body must be a JSON object with a query")
    if request.query or set(asked) - OPTIONS:
        raise Refused("invalid_request", "Unknown option")
    page = asked.get("page")
    return asked["query"], None if page is None else _page(page)


def _page(page: Any) -> tuple[int, int]:
    if not isinstance(page, dict) or set(page) != {"pageNumber", "pageSize"}:
        raise Refused("invalid_request", "A page has pageNumber and pageSize")
    number, size = page["pageNumber"], page["pageSize"]
    if type(number) is not int or type(size) is not int or number < 1 or size < 1:
        raise Refused("invalid_request", "pageNumber and pageSize are numbers from 1")
    return number, size
