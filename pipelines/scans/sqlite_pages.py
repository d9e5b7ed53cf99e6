"""The raw pages of a SQLite file: the bytes that belong to no row, no index and no schema.

SQLite does not clear what it no longer needs. A row that was deleted, or moved when its page was
full, stays readable between the cells, and the end of a long cell's last page holds whatever the
page held before. Such bytes are found here by the file format alone, to be cleared or refused.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

HEADER = 100
INTERIOR_INDEX, INTERIOR, LEAF_INDEX, LEAF = 2, 5, 10, 13
TREE = frozenset({INTERIOR_INDEX, INTERIOR, LEAF_INDEX, LEAF})
Bytes = bytes | mmap.mmap
Range = tuple[int, int]


def clear(file: Path) -> None:
    """Overwrite with noughts what belongs to nothing; every row stays what it was."""
    with file.open("r+b") as opened, closing(mmap.mmap(opened.fileno(), 0)) as data:
        for start, end in _unused(data):
            if data[start:end].strip(b"\0"):
                data[start:end] = bytes(end - start)


def has_residue(file: Path) -> bool:
    """Whether the file has free pages, or bytes other than nought that belong to nothing."""
    with (
        file.open("rb") as opened,
        closing(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)) as data,
    ):
        if int.from_bytes(data[36:40], "big"):
            return True
        return any(data[start:end].strip(b"\0") for start, end in _unused(data))


def _unused(data: Bytes) -> Iterator[Range]:
    """All ranges of bytes that belong to nothing; a page that is free is not among them."""
    stated = int.from_bytes(data[16:18], "big")
    size = 65536 if stated == 1 else stated
    for at in range(0, len(data), size):
        page = data[at : at + size]
        start = HEADER if at == 0 else 0
        if page[start] in TREE:
            for first, last in _between_cells(page, start):
                yield at + first, at + last
            yield from _tails(data, page, start, size)


def _cells(page: bytes, start: int) -> tuple[int, tuple[int, ...]]:
    """Where the list of a page's cells ends, and where each cell is."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    head = start + (12 if page[start] in (INTERIOR, INTERIOR_INDEX) else 8)
    return head + 2 * count, struct.unpack_from(f">{count}H", page, head)


def _between_cells(page: bytes, start: int) -> Iterator[Range]:
    """The gap before the first cell, and the inside of each block that was freed."""
    after, _ = _cells(page, start)
    yield after, int.from_bytes(page[start + 5 : start + 7], "big") or 65536
    block = int.from_bytes(page[start + 1 : start + 3], "big")
    while block:
        yield block + 4, block + int.from_bytes(page[block + 2 : block + 4], "big")
        block = int.from_bytes(page[block : block + 2], "big")


def _tails(data: Bytes, page: bytes, start: int, size: int) -> Iterator[Range]:
    """The end of the last page of each cell that is too long for its own page."""
    kind = page[start]
    if kind == INTERIOR:
        return
    usable = size - page[20] if start else size - data[20]
    most = usable - 35 if kind == LEAF else (usable - 12) * 64 // 255 - 23
    least = (usable - 12) * 32 // 255 - 23
    child = 4 if kind == INTERIOR_INDEX else 0
    # The first byte of a length of two bytes or more says how many times 128 it is at least.
    long = min(0x80 | most >> 7, 0xFF) if most < 16384 else 0x81
    for cell in _cells(page, start)[1]:
        if page[cell + child] < long:
            continue
        payload, at = _number(page, cell + child)
        if payload <= most:
            continue
        at = _number(page, at)[1] if kind == LEAF else at
        kept = least + (payload - least) % (usable - 4)
        kept = kept if kept <= most else least
        following = int.from_bytes(page[at + kept : at + kept + 4], "big")
        yield _tail(data, following, payload - kept, size, usable)


def _tail(data: Bytes, number: int, left: int, size: int, usable: int) -> Range:
    while left > usable - 4:
        at = (number - 1) * size
        number, left = int.from_bytes(data[at : at + 4], "big"), left - (usable - 4)
    at = (number - 1) * size
    return at + 4 + left, at + usable


def _number(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes as SQLite writes it, and the place after it."""
    value = 0
    for place in range(9):
        byte = page[at + place]
        if place == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at + place + 1
