"""The body of an answer as it was meant: gzip undone, its end seen, its size watched."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from pipelines.failures import SourceFailed
from pipelines.readers.again import BROKEN_OFF, Again
from pipelines.readers.parts import CHUNK

MAX_RATIO = 200
RATIO_FLOOR = 64 * 1024 * 1024
"""Bytes that an answer may unpack to before its compression ratio is looked at."""


def decoded(response: httpx.Response, feed: str) -> Iterator[bytes]:
    """The bytes of the body, unpacked.

    Raises `Again` for gzip that is broken or ends too early, and `SourceFailed` for other
    packings and for what unpacks beyond measure.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw(CHUNK)
        return
    if encoding not in ("gzip", "x-gzip"):
        raise SourceFailed(f"The source packs its answer as {encoding[:20]!r}.", place=feed)
    inflate, packed_size, size = zlib.decompressobj(wbits=31), 0, 0
    try:
        for raw in response.iter_raw(CHUNK):
            packed_size += len(raw)
            packed = raw
            while packed:
                chunk = inflate.decompress(packed, CHUNK)
                size += len(chunk)
                if size > max(RATIO_FLOOR, MAX_RATIO * packed_size):
                    raise SourceFailed("The answer unpacks beyond all measure.", place=feed)
                yield chunk
                if inflate.eof:
                    break
                packed = inflate.unconsumed_tail
        yield inflate.flush()
    except zlib.error:
        raise Again("The source sent broken gzip") from None
    if not inflate.eof:
        raise Again(BROKEN_OFF)
