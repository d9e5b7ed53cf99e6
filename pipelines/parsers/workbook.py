"""XLSX workbooks: one sheet as text, dates in ISO form."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers import clean, headings
from pipelines.parsers.clean import Row
from pipelines.parsers.parsed import FULL, Malformed, Parsed, needed
from pipelines.readers.archives import MAX_RATIO, RATIO_FLOOR
from pipelines.readers.parts import MAX_PART_BYTES

SHEET_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BEYOND = "a value beyond the last heading"
UNUSABLE = "a character that text cannot hold"


def parse(contract: Contract, path: Path, part: str, work: Path) -> Parsed:
    """Read one sheet, the first one unless the contract names it.

    The first row with anything in it holds the headings. Raises `DataRefused` for a file that
    is no intact workbook, lacks the sheet or a column, or unpacks beyond the limits.
    """
    import openpyxl

    _check_size(contract, path, part)
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = _sheet(contract, book, part)
            rows = _filled(sheet.iter_rows(values_only=True))
            heading = next(rows, (0, ()))[1]
            found = headings.matched(contract, [v or "" for v in _trimmed(heading)], part)
            return _parsed(contract, found, rows, work, _filled_rows(path, sheet))
    except (zipfile.BadZipFile, KeyError, ParseError, OSError, ValueError):
        raise DataRefused(f"{part!r} is not an intact workbook.", place=contract.name) from None


def _parsed(
    contract: Contract,
    found: headings.Headings,
    rows: Iterator[tuple[int, Sequence[str | None]]],
    work: Path,
    filled: int,
) -> Parsed:
    loaded = [name for name in needed(contract) if name in found.names]
    absent = [name for name in needed(contract) if name not in found.names]
    places = [found.names.index(name) for name in loaded]
    malformed: list[Malformed] = []
    good = _good(rows, len(found.names), places, malformed)
    cleaned, records = clean.write(good, work)
    return Parsed(
        relation=clean.relation(cleaned, loaded, absent),
        full=FULL,
        unknown=found.unknown,
        records=records,
        received=max(filled - 1, 0),
        malformed=tuple(malformed),
    )


def _good(
    rows: Iterator[tuple[int, Sequence[str | None]]],
    width: int,
    places: Sequence[int],
    malformed: list[Malformed],
) -> Iterator[Row]:
    for record, (line, values) in enumerate(rows, start=1):
        texts = [value or "" for value in values]
        texts += [""] * (width - len(texts))
        reason = _wrong(texts, width)
        if reason:
            malformed.append(Malformed(reason, line))
        else:
            yield Row(record, line, texts[:width], [texts[place] for place in places])


def _wrong(texts: Sequence[str], width: int) -> str | None:
    if any(texts[width:]):
        return BEYOND
    joined = "".join(texts)
    unusable = "\0" in joined or any("\ud800" <= c <= "\udfff" for c in joined if c > "\ud7ff")
    return UNUSABLE if unusable else None


def _sheet(contract: Contract, book: Any, part: str) -> Any:
    wanted = contract.meta.sheet
    if wanted is None:
        return book.worksheets[0]
    if wanted not in book.sheetnames:
        told = ", ".join(book.sheetnames)
        raise DataRefused(f"{part!r} has no sheet {wanted!r}, only {told}.", place=contract.name)
    return book[wanted]


def _filled(rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, Sequence[str | None]]]:
    for line, row in enumerate(rows, start=1):
        if any(value is not None for value in row):
            yield line, [_text(value) for value in row]


def _filled_rows(path: Path, sheet: Any) -> int:
    """Rows with a value in them, counted in the sheet's own XML rather than by openpyxl."""
    total = 0
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as xml:
        for _, element in iterparse(xml):  # noqa: S314 (expat above 2.6 stops entity bombs)
            if element.tag == f"{SHEET_XML}row":
                total += any(_has_value(cell) for cell in element)
                element.clear()
    return total


def _has_value(cell: Any) -> bool:
    value = cell.find(f"{SHEET_XML}v")
    return bool(value is not None and value.text) or cell.find(f"{SHEET_XML}is") is not None


def _trimmed(values: Sequence[str | None]) -> list[str | None]:
    """Headings without the empty cells behind the last one."""
    end = max((n for n, value in enumerate(values, start=1) if value), default=0)
    return list(values[:end])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _check_size(contract: Contract, path: Path, part: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise DataRefused(f"{part!r} is not an intact workbook.", place=contract.name) from None
    size = sum(member.file_size for member in members)
    if size > min(MAX_PART_BYTES, max(RATIO_FLOOR, MAX_RATIO * path.stat().st_size)):
        raise DataRefused(f"{part!r} unpacks beyond the size limits.", place=contract.name)
