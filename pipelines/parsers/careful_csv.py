"""Delimited text read line by line, so that one bad line costs one line.

A stray quote makes an ordinary reader swallow everything up to the next quote, thousands of
rows as one. Here a physical line that cannot open a record of the right width is set aside
alone, and reading goes on at the very next line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from pipelines.contract_file import Dialect
from pipelines.contracts import Contract
from pipelines.parsers import clean, headings, scan
from pipelines.parsers.clean import Row
from pipelines.parsers.headings import Headings
from pipelines.parsers.parsed import FULL, Malformed, Odd, Parsed, needed

MAX_RECORD_LINES = 1_000
WIDTH = "not as many fields as there are columns"
OPEN_QUOTE = "a quote that is not closed, or not where one may stand"
NUL = "a NUL character"
UNDECODABLE = "bytes that are not UTF-8"
TOO_LONG = "a line longer than 2 MB"


class _Bad(Exception):
    def __init__(self, reason: str, field_number: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.field_number = reason, field_number


@dataclass
class _Lines:
    """Physical lines with as much looking ahead as one record may need."""

    file: TextIO
    ahead: deque[str] = field(default_factory=deque)
    passed: int = 0

    def peek(self, place: int) -> str | None:
        while len(self.ahead) <= place:
            line = self.file.readline(scan.MAX_RECORD_BYTES)
            if not line:
                return None
            self.ahead.append(self._to_its_end(line))
        return self.ahead[place]

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            self.ahead.popleft()
        self.passed += lines

    def _to_its_end(self, line: str) -> str:
        """An endless line is read to its end in pieces, and only its length is remembered."""
        piece = line
        while len(piece) == scan.MAX_RECORD_BYTES and not piece.endswith(("\n", "\r")):
            piece = self.file.readline(scan.MAX_RECORD_BYTES)
            line = line[: scan.MAX_RECORD_BYTES] + "+" if piece else line
        return line


@dataclass
class _Reading:
    lines: _Lines
    width: int
    delimiter: str
    malformed: list[Malformed]
    names: Sequence[str]
    places: Sequence[int]
    blank: int = 0
    spans: int = 0
    received: int = 0

    def rows(self) -> Iterator[Row]:
        """The good records; bad lines are noted in `malformed` on the way."""
        while (first := self.lines.peek(0)) is not None:
            if not first.strip("\r\n"):
                self.blank += 1
                self.lines.skip(1)
                continue
            self.received += 1
            line = self.lines.passed + 1
            try:
                fields, span = self._record(first)
            except _Bad as bad:
                self._note(bad, line)
                continue
            self.lines.skip(span)
            self.spans += span
            yield Row(self.received, line, fields, [fields[place] for place in self.places])

    def _note(self, bad: _Bad, line: int) -> None:
        column = None if bad.field_number is None else self.names[bad.field_number]
        self.malformed.append(Malformed(bad.reason, line, column))
        self.lines.skip(1)

    def _record(self, first: str) -> tuple[list[str], int]:
        if len(first) > scan.MAX_RECORD_BYTES:
            raise _Bad(TOO_LONG)
        if '"' in first:
            fields, span = self._quoted()
        else:
            fields, span = first.rstrip("\r\n").split(self.delimiter), 1
        if len(fields) != self.width:
            raise _Bad(WIDTH)
        for number, value in enumerate(fields):
            if "\0" in value:
                raise _Bad(NUL, number)
            if not value.isascii() and not _is_text(value):
                raise _Bad(UNDECODABLE, number)
        return fields, span

    def _quoted(self) -> tuple[list[str], int]:
        reader = csv.reader(self._following(), delimiter=self.delimiter, strict=True)
        try:
            return next(reader), reader.line_num
        except csv.Error:
            raise _Bad(OPEN_QUOTE) from None

    def _following(self) -> Iterator[str]:
        size = 0
        for place in range(MAX_RECORD_LINES):
            line = self.lines.peek(place)
            size += len(line or "")
            if line is None or size > scan.MAX_RECORD_BYTES:
                return
            yield line


def parse(
    contract: Contract,
    path: Path,
    found: Headings,
    before: int,
    dialect: Dialect,
    work: Path,
) -> Parsed:
    """Read a UTF-8 file whose first `before` lines are headings.

    Every physical line is accounted for: as part of a record, as blank or as set aside; the
    total must be the number of line ends in the file. Raises `Odd` when it is not.
    """
    csv.field_size_limit(scan.MAX_RECORD_BYTES)
    loaded = [name for name in needed(contract) if name in found.names]
    absent = [name for name in needed(contract) if name not in found.names]
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        _skip_mark(file)
        for _ in range(before):
            file.readline()
        reading = _Reading(
            lines=_Lines(file, passed=before),
            width=len(found.names),
            delimiter=dialect.delimiter,
            malformed=[],
            names=found.names,
            places=[found.names.index(name) for name in loaded],
        )
        cleaned, records = clean.write(reading.rows(), work)
    accounted = before + reading.blank + reading.spans + len(reading.malformed)
    if accounted != scan.physical_lines(path):
        raise Odd
    return Parsed(
        relation=clean.relation(cleaned, loaded, absent),
        full=FULL,
        unknown=found.unknown,
        records=records,
        received=reading.received,
        malformed=tuple(reading.malformed),
        again=_again(found, loaded),
    )


def _again(found: Headings, loaded: Sequence[str]) -> str:
    if not found.written:
        return headings.again(Headings((), tuple(loaded), ()))
    kept = [(w, n) for w, n in zip(found.written, found.names, strict=False) if n in loaded]
    return headings.again(Headings(tuple(w for w, _ in kept), tuple(n for _, n in kept), ()))


def _skip_mark(file: TextIO) -> None:
    if file.read(1) != "\ufeff":
        file.seek(0)


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
