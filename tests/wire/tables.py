"""What the services serve: a table with typed fields, made from any delimited file."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.contracts import column_name

STAMP = 1_767_225_600
HUB_DATE = "%Y/%m/%d %H:%M:%S+00"


@dataclass
class Field:
    """A column: its API name, its display name, and its type in the service's own word."""

    name: str
    title: str
    type: str = "text"


@dataclass
class Table:
    """A data set of a service; `stamp` is the moment of its last change in epoch seconds.

    A row lacks nothing: a blank is None. Values are str, int, float, Decimal, bool or datetime.
    """

    id: str
    fields: list[Field]
    rows: list[dict[str, Any]] = field(default_factory=list)
    stamp: int = STAMP

    @property
    def names(self) -> list[str]:
        """The API names, in order."""
        return [column.name for column in self.fields]


def table_of(
    path: Path,
    id: str,  # noqa: A002 - the services call it so
    types: Mapping[str, str] | None = None,
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
) -> Table:
    """The table in a CSV or CSV.gz file, read by the standard library alone.

    `types` (by API name) are taken up only by columns of which every value survives the way
    there and back; all others stay text. Raises `ValueError` for a record of another width.
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = io.StringIO(raw.decode(encoding), newline="")
    heading, *records = [record for record in csv.reader(text, delimiter=delimiter) if record]
    if {len(record) for record in records} - {len(heading)}:
        raise ValueError(f"{path.name}: a record has another number of fields than the heading.")
    fields = [Field(column_name(title), title) for title in heading]
    columns = [[value or None for value in column] for column in zip(*records, strict=True)]
    for column, values in zip(fields, columns, strict=bool(records)):
        _take_type(column, values, (types or {}).get(column.name, "text"))
    names = [column.name for column in fields]
    return Table(id, fields, [dict(zip(names, row, strict=True)) for row in zip(*columns)])  # noqa: B905


def _take_type(column: Field, values: list[Any], wanted: str) -> None:
    """Turn the values into those of the wanted type, in place, if all of them come back."""
    if wanted == "text":
        return
    read = VALUES[wanted]
    try:
        typed = [None if value is None else read(value) for value in values]
    except (ValueError, ArithmeticError):
        return
    if all(v is None or text_of(t, wanted) == v for t, v in zip(typed, values, strict=True)):
        column.type, values[:] = wanted, typed


def text_of(value: Any, kind: str) -> str:
    """A typed value as a delimited file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and kind == "date":
        return value.strftime(HUB_DATE)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return str(value)


def _number(text: str) -> int | float:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise ValueError(text)
    return int(text) if "." not in text else float(text)


def _decimal(text: str) -> Decimal:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise ValueError(text)
    return Decimal(text)


def _checkbox(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


VALUES: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": _number,
    "decimal": _decimal,
    "checkbox": _checkbox,
    "date": lambda text: datetime.strptime(text, HUB_DATE).replace(tzinfo=UTC),
    "floating_timestamp": lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f"),  # noqa: DTZ007
}
