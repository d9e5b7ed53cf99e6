"""Stored bytes made readable: gzip undone within limits, other encodings turned into UTF-8."""

from __future__ import annotations

import codecs
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.readers.archives import MAX_RATIO
from pipelines.readers.parts import CHUNK, MAX_PART_BYTES

GZIP = b"\x1f\x8b"
RATIO_FLOOR = 64 * 1024 * 1024
"""Bytes that may be unpacked before the compression ratio is looked at."""


def as_utf8(contract: Contract, blob: Path, part: str, encoding: str, work: Path) -> Path:
    """A file with the text of `blob`: itself when it is plain UTF-8, else a copy in `work`.

    Undecodable UTF-8 is passed on, so that the parser can name the line. Raises `DataRefused`
    for broken or bomb-like gzip, and for text that is not of another declared encoding.
    """
    with blob.open("rb") as file:
        packed = file.read(2) == GZIP
    if not packed and encoding == "utf-8":
        return blob
    target = work / f"{uuid.uuid4().hex}.txt"
    chunks = _gunzipped(contract, blob, part) if packed else _plain(blob)
    with target.open("wb") as text:
        for chunk in (
            chunks if encoding == "utf-8" else _transcoded(contract, chunks, encoding, part)
        ):
            text.write(chunk)
    return target


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _gunzipped(contract: Contract, path: Path, part: str) -> Iterator[bytes]:
    limit = min(MAX_PART_BYTES, max(RATIO_FLOOR, MAX_RATIO * path.stat().st_size))
    inflate, size = zlib.decompressobj(wbits=31), 0
    try:
        for packed in _plain(path):
            while packed:
                inflate = zlib.decompressobj(wbits=31) if inflate.eof else inflate
                chunk = inflate.decompress(packed, CHUNK)
                size += len(chunk)
                if size > limit:
                    raise _refused(contract, part, "unpacks beyond the size limits")
                yield chunk
                packed = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        yield inflate.flush()
    except zlib.error:
        raise _refused(contract, part, "is not intact gzip") from None
    if not inflate.eof:
        raise _refused(contract, part, "ends in the middle")


def _transcoded(
    contract: Contract, chunks: Iterator[bytes], encoding: str, part: str
) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", True).encode()
    except UnicodeError:
        raise _refused(contract, part, f"is not {encoding} text") from None


def _refused(contract: Contract, part: str, told: str) -> DataRefused:
    return DataRefused(f"{part!r} {told}.", place=contract.name)
