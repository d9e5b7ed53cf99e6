"""JSON records that lie inside lists of other records, each with words of its parents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import Contract, column_name
from pipelines.failures import DataRefused
from pipelines.parsers import clean, headings
from pipelines.parsers.clean import Row
from pipelines.parsers.parsed import FULL, Malformed, Parsed, literal, needed, quoted

Dress = Callable[[Any], Any]
"""Turns one document as a service writes it into the shape that is walked for records."""
MAX_DOCUMENT = 256 * 1024 * 1024
MAX_VALUE = 4_000_000
NOT_JSON = "not JSON"
NOT_A_RECORD = "not a record with named values"
UNUSABLE = "a character that text cannot hold"
TOO_LONG = "a value longer than 4 MB"


@dataclass
class _Walk:
    """State of walking all documents of one part."""

    contract: Contract
    part: str
    steps: tuple[str, ...]
    loaded: tuple[str, ...]
    keys: dict[str, None] = field(default_factory=dict)
    malformed: list[Malformed] = field(default_factory=list)
    lists: set[int] = field(default_factory=set)
    maps: set[int] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    bad_lines: int = 0
    received: int = 0

    def rows(self, documents: Iterator[tuple[int | None, Any]]) -> Iterator[Row]:
        """The records of all documents, in order; what is not one is noted on the way."""
        for line, document in documents:
            self.documents += 1
            for chain in self._chains(document, (), 0):
                self.received += 1
                row = self._row(line, chain)
                if row:
                    yield row

    def bad_line(self, line: int) -> None:
        self.received += 1
        self.bad_lines += 1
        self.malformed.append(Malformed(NOT_JSON, line))

    def _chains(self, value: Any, above: tuple[Any, ...], step: int) -> Iterator[tuple[Any, ...]]:
        """Each record with what it lies in: (document, …, record)."""
        if isinstance(value, list):
            self.lists.add(step)
            for element in value:
                yield from self._within(element, (*above, element), step)
        elif value is not None:
            if step:
                self.maps.add(step)
            yield from self._within(value, above if step else (value,), step)

    def _within(self, value: Any, chain: tuple[Any, ...], step: int) -> Iterator[tuple[Any, ...]]:
        if step == len(self.steps):
            yield chain if chain and chain[-1] is value else (*chain, value)
        elif isinstance(value, Mapping):
            yield from self._chains(value.get(self.steps[step]), chain, step + 1)

    def _row(self, line: int | None, chain: tuple[Any, ...]) -> Row | None:
        record = chain[-1]
        if not isinstance(record, Mapping):
            self.malformed.append(Malformed(NOT_A_RECORD, line))
            return None
        values = {self._name(key): _text(value) for key, value in record.items()}
        for name, path in self.contract.meta.inherit.items():
            values[name] = _text(_inherited(self.contract, path, chain))
        wrong = next(((n, w) for n, v in values.items() if (w := _unusable(v))), None)
        if wrong:
            self.malformed.append(Malformed(wrong[1], line, wrong[0]))
            return None
        loaded = [values.get(name) or "" for name in self.loaded]
        everything = [f"{name}\x1e{values[name] or ''}" for name in sorted(values)]
        return Row(self.received, line, everything, loaded)

    def _name(self, key: str) -> str:
        name = self.names.get(key)
        if name is None:
            name = column_name(key)
            if name in self.names.values():
                raise DataRefused(
                    f"{self.part!r} has two keys for the column {name!r}.",
                    place=self.contract.name,
                )
            self.names[key] = name
        return name


def parse(
    contract: Contract,
    path: Path,
    part: str,
    shape: tuple[str, str],
    work: Path,
    *,
    dress: Dress | None = None,
    counted_at: str | None = None,
) -> Parsed:
    """Walk the documents of one part down to its records.

    `dress` turns each document of a service into the shape that is walked; `counted_at` is then
    the JSON path of the same records in the document as received. The count is checked against
    DuckDB's own reading of these lists. Raises `DataRefused` for text that is not JSON, for a
    path that leads nowhere and for columns in no record.
    """
    reader, records = shape
    walk = _Walk(contract, part, tuple(filter(None, records.split("."))), needed(contract))
    documents = _lines(path, walk) if reader == "ndjson" else _whole(contract, path, part)
    if dress:
        documents = _dressed(documents, dress)
    cleaned, good = clean.write(walk.rows(documents), work)
    _check_path(walk)
    found = tuple(dict.fromkeys((*walk.names.values(), *contract.meta.inherit)))
    missing = [name for name in headings.obligatory(contract) if name not in found]
    if good and missing:
        raise headings.missing_columns(contract, missing, found, part)
    declared = {column.name for column in contract.columns}
    return Parsed(
        relation=clean.relation(cleaned, walk.loaded, ()),
        full=FULL,
        unknown=tuple(name for name in found if name and name not in declared),
        records=good,
        received=_counted(walk, path, reader, counted_at),
        malformed=tuple(walk.malformed),
    )


def _lines(path: Path, walk: _Walk) -> Iterator[tuple[int | None, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            try:
                document = json.loads(text)
            except (ValueError, RecursionError):
                walk.bad_line(number)
                continue
            yield number, document


def _whole(contract: Contract, path: Path, part: str) -> Iterator[tuple[int | None, Any]]:
    if path.stat().st_size > MAX_DOCUMENT:
        raise DataRefused(f"{part!r} is one document of more than 256 MB.", place=contract.name)
    try:
        yield None, json.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise DataRefused(f"{part!r} is not JSON.", place=contract.name) from None


def _check_path(walk: _Walk) -> None:
    reached = walk.lists | walk.maps
    missing = [step for n, step in enumerate(walk.steps, 1) if n not in reached]
    mixed = walk.lists & walk.maps
    if walk.documents and (missing or mixed):
        told = f"no {missing[0]!r}" if missing else "lists and single values mixed"
        path = ".".join(walk.steps)
        raise DataRefused(
            f"{walk.part!r} has {told} on the way to its records ({path}).",
            place=walk.contract.name,
        )


def _dressed(
    documents: Iterator[tuple[int | None, Any]], dress: Dress
) -> Iterator[tuple[int | None, Any]]:
    return ((line, dress(document)) for line, document in documents)


def _counted(walk: _Walk, path: Path, reader: str, counted_at: str | None) -> int:
    """Records by DuckDB's reading, which shares no code with the walk; bad lines are one each."""
    is_lines = reader == "ndjson"
    place = counted_at or _place(walk)
    size = max(16 * 1024 * 1024, path.stat().st_size + 1024) if not is_lines else 64 * 1024 * 1024
    source = (
        f"read_json_objects({literal(str(path))}, maximum_object_size={size}, "
        f"compression='uncompressed', "
        f"format='{'newline_delimited' if is_lines else 'unstructured'}', "
        f"ignore_errors={'true' if is_lines else 'false'})"
    )
    counting = f"len(json_extract(json, {literal(place)}))" if "*" in place else "1"
    with duckdb.connect(config={"threads": 1, "memory_limit": "2GB"}) as connection:
        answer = connection.execute(
            f"select coalesce(sum({counting}), 0) from {source} where json is not null"
        ).fetchone()
    return int(answer[0] if answer else 0) + walk.bad_lines


def _place(walk: _Walk) -> str:
    place = "$" + ("[*]" if 0 in walk.lists else "")
    for number, step in enumerate(walk.steps, start=1):
        place += f".{quoted(step)}" + ("[*]" if number in walk.lists else "")
    return place


def _inherited(contract: Contract, path: str, chain: Sequence[Any]) -> Any:
    up = len(path) - len(path.lstrip("^"))
    if up >= len(chain):
        raise DataRefused(f"inherit path {path!r} climbs above the document.", place=contract.name)
    value: Any = chain[-1 - up]
    for step in filter(None, path.lstrip("^").split(".")):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    """A value as the text that lands; numbers and nested values as JSON writes them."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unusable(value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) > MAX_VALUE:
        return TOO_LONG
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return UNUSABLE
    return UNUSABLE if "\0" in value else None
