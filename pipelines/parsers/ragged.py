"""Records of the wrong width in text that is plain otherwise, and where a record begins.

Works on bytes, a mebibyte at a time, and looks at single lines only in the few blocks that
need it, so that three bad lines in a million cost about as much as none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.parsers import scan

MOST = 200


@dataclass(frozen=True)
class Ragged:
    """A record with too few or too many fields; both numbers are 1-based, headings included."""

    record: int
    line: int


@dataclass(frozen=True)
class _Block:
    """Bytes that begin and end outside quotes, and what of them stands outside quotes.

    `record` and `line` count what came before, `records` what is in it.
    """

    text: bytes
    outside: bytes
    record: int
    records: int
    line: int


def find(path: Path, delimiter: str, width: int) -> list[Ragged]:
    """The records of a plain file that do not have `width` fields.

    None when there are many, or when one holds a quote: what a stray quote has swallowed is for
    the careful reader to tell.
    """
    mark = delimiter.encode()
    found: list[Ragged] = []
    for block in _blocks(path):
        if block.outside.count(mark) == (width - 1) * block.records:
            continue
        for record, line, delimiters, is_quoted in _records(block, mark):
            if delimiters != width - 1:
                if is_quoted or len(found) == MOST:
                    return []
                found.append(Ragged(record, line))
    return found


def lines_of(path: Path, wanted: Collection[int]) -> dict[int, int]:
    """The physical line on which each wanted record begins."""
    found: dict[int, int] = {}
    for block in _blocks(path):
        if any(block.record < record <= block.record + block.records for record in wanted):
            starts = _records(block, b",")
            found |= {record: line for record, line, *_ in starts if record in wanted}
    return found


def _blocks(path: Path) -> Iterator[_Block]:
    carry, record, line = b"", 0, 0
    for chunk in scan.blocks(path):
        carry += chunk
        if carry.count(b'"') % 2:
            continue
        outside = _outside(carry)
        block = _Block(carry, outside, record, scan.records(outside), line)
        yield block
        record, line, carry = record + block.records, line + carry.count(b"\n"), b""


def _outside(text: bytes) -> bytes:
    """What stands outside quotes, each quoted run replaced by a Q, lines ended by LF alone."""
    return b"Q".join(text.split(b'"')[::2]).replace(b"\r\n", b"\n")


def _records(block: _Block, mark: bytes) -> Iterator[tuple[int, int, int, bool]]:
    """Number, first line, delimiters outside quotes and whether quoted, of each record."""
    record, start, delimiters, is_inside, is_quoted = block.record, 0, 0, False, False
    for line, text in enumerate(block.text.split(b"\n"), block.line + 1):
        if not is_inside:
            if text in (b"", b"\r"):
                continue
            record, start, delimiters, is_quoted = record + 1, line, 0, False
        pieces = text.split(b'"')
        delimiters += sum(piece.count(mark) for piece in pieces[is_inside::2])
        is_inside ^= len(pieces) % 2 == 0
        is_quoted |= len(pieces) > 1
        if not is_inside:
            yield record, start, delimiters, is_quoted
