"""An independent count of the records of a delimited file, by the parity of its quotes.

It looks at bytes, a mebibyte at a time, and shares nothing with the parser whose count it
checks. It also says whether the text is plain: written just as RFC 4180 says, with nothing on
which two CSV readers could differ. Only plain text may take the fast path.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.readers.parts import CHUNK

BOM = b"\xef\xbb\xbf"
MAX_RECORD_BYTES = 2_000_000
MAX_LINE_BYTES = 32 * CHUNK
_BLANK = re.compile(rb"\n(?=\n)")


@dataclass(frozen=True)
class Scan:
    """Counts over a whole file, its headings included: records, and delimiters outside quotes.

    `is_unix` says that no line ends in CR LF.
    """

    records: int
    delimiters: int
    is_plain: bool
    is_unix: bool = True


NOT_PLAIN = Scan(0, 0, False)


def scan(path: Path, delimiter: str) -> Scan:
    """Count the records of a UTF-8 file; lines without anything on them are not records."""
    mark = delimiter.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    found_records = delimiters = 0
    is_inside, is_unix = False, True
    try:
        for block in blocks(path):
            decoder.decode(block)
            found = _outside(block, is_inside, mark)
            if found is None:
                return NOT_PLAIN
            text, is_inside = found
            if b"\r" in text:
                is_unix, text = False, text.replace(b"\r\n", b"\n")
                if b"\r" in text:
                    return NOT_PLAIN
            found_records += records(text, ends_inside=is_inside)
            delimiters += text.count(mark)
        decoder.decode(b"", True)
    except ValueError:
        return NOT_PLAIN
    return Scan(found_records, delimiters, not is_inside, is_unix)


def physical_lines(path: Path) -> int:
    """All lines of the file, whether ended by LF, CR LF or CR; blank ones too."""
    total, last = 0, b""
    for block in _chunks(path):
        total += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
        total -= last == b"\r" and block[:1] == b"\n"
        last = block[-1:]
    return total + (last not in (b"", b"\n", b"\r"))


def _outside(block: bytes, is_inside: bool, mark: bytes) -> tuple[bytes, bool] | None:
    """The text outside quotes, each quoted run replaced by a Q; null when it is not plain."""
    if b"\0" in block:
        return None
    if b'"' not in block:
        text, ends_inside = (b"" if is_inside else block), is_inside
    else:
        pieces = block.split(b'"')
        ends_inside = is_inside ^ (len(pieces) % 2 == 0)
        outside = pieces[is_inside::2]
        if not _borders_are_plain(outside, is_inside, ends_inside, mark):
            return None
        text = (b"Q" if is_inside else b"") + b"Q".join(outside) + (b"Q" if ends_inside else b"")
    return text, ends_inside


def _borders_are_plain(
    outside: list[bytes], starts_inside: bool, ends_inside: bool, mark: bytes
) -> bool:
    """Whether quotes stand only next to a delimiter, a line end or another quote."""
    after = outside if starts_inside else outside[1:]
    before = outside if ends_inside else outside[:-1]
    starts = {piece[:1] for piece in after}
    ends = {piece[-1:] for piece in before}
    return starts <= {b"", b"\n", b"\r", mark[:1]} and ends <= {b"", b"\n", mark[-1:]}


def records(text: bytes, *, ends_inside: bool = False) -> int:
    """The records in text from which quoted runs are gone; blank lines are none."""
    is_cut = not ends_inside and text[-1:] not in (b"", b"\n")
    lines = text.count(b"\n") + is_cut
    blank = len(_BLANK.findall(text)) if b"\n\n" in text else 0
    return lines - blank - text.startswith(b"\n")


def blocks(path: Path) -> Iterator[bytes]:
    """The file without its byte order mark, cut only at line ends."""
    carry, is_first = b"", True
    for chunk in _chunks(path):
        chunk = chunk.removeprefix(BOM) if is_first else chunk
        is_first = False
        end = chunk.rfind(b"\n") + 1
        if end:
            yield carry + chunk[:end]
            carry = chunk[end:]
        else:
            carry += chunk
            if len(carry) > MAX_LINE_BYTES:
                raise ValueError("a line without end")
    if carry:
        yield carry


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
