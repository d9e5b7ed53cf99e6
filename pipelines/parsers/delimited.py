"""Delimited text: the fast path through DuckDB, taken only where an independent count vouches."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

from pipelines.contract_file import Dialect
from pipelines.contracts import Contract, column_name
from pipelines.failures import DataRefused, HeaderLost
from pipelines.parsers import careful_csv, clean, headings, ragged, scan
from pipelines.parsers.headings import Headings
from pipelines.parsers.parsed import LINE, RECORD, Malformed, Odd, Parsed, hash_of, needed, quoted
from pipelines.parsers.ragged import Ragged
from pipelines.readers.disguise import is_web_page

MAX_HEAD = 1_000_000


@dataclass(frozen=True)
class Head:
    """The headings of a file and the number of physical lines before the first record."""

    headings: Headings
    lines: int
    is_simple: bool


def parse(
    contract: Contract, path: Path, part: str, dialect: Dialect, work: Path, *, careful: bool
) -> Parsed:
    """Read one UTF-8 part by the declared dialect.

    The fast path is left for the careful one when anything about the text is odd. Raises
    `DataRefused` for a web page and for columns that are not those of the contract.
    """
    head = read_head(contract, path, part, dialect)
    if not careful:
        try:
            return _fast(contract, path, head, dialect)
        except Odd:
            pass
    return careful_csv.parse(contract, path, head.headings, head.lines, dialect, work)


def read_head(contract: Contract, path: Path, part: str, dialect: Dialect) -> Head:
    """The headings, read by Python's own CSV reader; the contract's order without a heading."""
    with path.open("rb") as file:
        start = file.read(MAX_HEAD)
    if is_web_page(start.removeprefix(scan.BOM).lstrip()[:64].lower()):
        raise DataRefused(f"{part!r} is a web page, not delimited text.", place=contract.name)
    if not dialect.header:
        names = tuple(c.name for c in contract.columns)
        return Head(Headings((), names, ()), 0, True)
    text = start.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    reader = csv.reader(StringIO(text, newline=""), delimiter=dialect.delimiter)
    try:
        before, row = next((reader.line_num, row) for row in reader if row)
    except (StopIteration, csv.Error):
        raise headings.missing_columns(contract, headings.obligatory(contract), (), part) from None
    _check_headings(contract, row, part)
    is_simple = all("\n" not in heading and "\r" not in heading for heading in row)
    return Head(headings.matched(contract, row, part), before, is_simple)


def _check_headings(contract: Contract, row: Sequence[str], part: str) -> None:
    """Raise `HeaderLost` when the first line cannot be headings: as many fields as the contract
    has columns, and none of them the name of one."""
    names = {column_name(heading) for heading in row}
    if 1 < len(row) == len(contract.columns) and names.isdisjoint(c.name for c in contract.columns):
        lost = HeaderLost(f"{part!r} begins without headings.", place=contract.name)
        lost.fields = len(row)
        raise lost


def _fast(contract: Contract, path: Path, head: Head, dialect: Dialect) -> Parsed:
    width, headings_count = len(head.headings.names), 1 if dialect.header else 0
    counted = scan.scan(path, dialect.delimiter)
    if width == 1 or not (head.is_simple and counted.is_plain):
        raise Odd
    bad = _ragged(path, head, counted, dialect)
    slots = [f"c{n}" for n in range(width)]
    source = clean.read_csv(
        path,
        slots,
        dialect.delimiter,
        skip=head.lines,
        longest=scan.MAX_RECORD_BYTES,
        is_unix=counted.is_unix,
        skip_ragged=bool(bad),
    )
    record = _record_number([one.record - headings_count for one in bad])
    named = ", ".join(_named(contract, head.headings, slots))
    received = counted.records - headings_count
    return Parsed(
        relation=f"(select {record} as {RECORD}, null::bigint as {LINE}, {named} from {source})",
        full=hash_of([_column(name, n) for n, name in enumerate(head.headings.names)]),
        unknown=head.headings.unknown,
        records=received - len(bad),
        received=received,
        malformed=tuple(Malformed(careful_csv.WIDTH, one.line) for one in bad),
        again=headings.again(head.headings),
        lines=partial(_lines, path, headings_count),
    )


def _ragged(path: Path, head: Head, counted: scan.Scan, dialect: Dialect) -> list[Ragged]:
    """The records of another width. Raises `Odd` when they cannot be told apart."""
    width = len(head.headings.names)
    if counted.delimiters == counted.records * (width - 1):
        return []
    found = ragged.find(path, dialect.delimiter, width)
    if not found or (dialect.header and found[0].record == 1):
        raise Odd
    return found


def _record_number(skipped: Sequence[int]) -> str:
    """SQL for the place of a row among all records, those that were passed over included."""
    passed = [f"(row_number() over () >= {s - n})::integer" for n, s in enumerate(skipped)]
    return " + ".join(["row_number() over ()", *passed])


def _named(contract: Contract, found: Headings, slots: Sequence[str]) -> list[str]:
    absent = [name for name in needed(contract) if name not in found.names]
    nulls = [f"null::varchar as {quoted(name)}" for name in absent]
    return [f"{slot} as {_column(found.names[n], n)}" for n, slot in enumerate(slots)] + nulls


def _column(name: str, position: int) -> str:
    return quoted(name or f"_blank_{position}")


def _lines(path: Path, headings_count: int, records: Sequence[int]) -> dict[int, int]:
    """The physical line on which each of a few records begins."""
    found = ragged.lines_of(path, {record + headings_count for record in records})
    return {record - headings_count: line for record, line in found.items()}
