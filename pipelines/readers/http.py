"""Files over HTTP(S), skipped when the server says that nothing changed.

Delimited text and lines of JSON have no end that a reader could miss: a server that sends half
of a file, with a length that fits the half, sends a good file. So such a file is asked for until
two answers in a row are of the same size.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipelines.failures import SourceFailed
from pipelines.readers import disguise, files
from pipelines.readers.errand import Errand
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart, base_name, public_url
from pipelines.readers.transport import Answer, Request

UNENDING = frozenset({"csv", "ndjson"})
"""Formats of which a reader cannot tell that the end is missing."""
GZIP, ZIP = b"\x1f\x8b", b"PK"
TRIES = 3


def fetch(errand: Errand) -> list[FetchedPart]:
    """The file, or the parts already known when it answers 304.

    Raises `SourceFailed` when it does not come whole.
    """
    target = errand.folder / "body"
    answer = _asked(errand, target, _conditions(errand))
    if answer.status == 304:
        errand.progress(f"{errand.feed}: unchanged at the source")
        return list(errand.known)
    if errand.location.reader in UNENDING and not _is_packed(target):
        _check_end(errand, answer)
        answer = _agreed(errand, target, answer)
    name = base_name(errand.place.split("?")[0])
    url = public_url(errand.place)
    return [FetchedPart(name, target, url, answer.headers, stamp=_stamp(answer))]


def look(errand: Errand) -> Look:
    """The headings at the start of the file; what follows is not fetched."""
    target = errand.folder / "start"
    answer = _asked(errand, target, {}, enough=disguise.HEAD)
    return Look(files.headings(errand.location, target), stamp=_stamp(answer))


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The whole file: a server of files knows no rows."""
    return fetch(errand)


def _asked(
    errand: Errand, target: Path, headers: Mapping[str, str], enough: int | None = None
) -> Answer:
    # Asked for plain, so that what is kept is the file as it is published.
    request = Request(errand.place, headers=headers, compressed=False)
    with errand.transport() as transport:
        return transport.save(request, target, enough=enough)


def _conditions(errand: Errand) -> Mapping[str, str]:
    """What makes the server answer 304 when the file is the one we have."""
    if not errand.known:
        return {}
    told = errand.known[0].headers
    conditions = {"if-none-match": told.get("etag"), "if-modified-since": told.get("last-modified")}
    return {name: value for name, value in conditions.items() if value}


def _agreed(errand: Errand, target: Path, answer: Answer) -> Answer:
    """The first answer that is as long as the one before it."""
    for _ in range(TRIES):
        size = target.stat().st_size
        errand.progress(f"{errand.feed}: {size / 1e6:,.1f} MB, asking again to be sure")
        answer = _asked(errand, target, {})
        if target.stat().st_size == size:
            return answer
    told = f"The file is of another size each time, {TRIES + 1} times."
    raise SourceFailed(told, place=errand.feed)


def _is_packed(target: Path) -> bool:
    """Whether the bytes are of a packing that shows its own end."""
    with target.open("rb") as file:
        return file.read(2) in (GZIP, ZIP)


def _check_end(errand: Errand, answer: Answer) -> None:
    if not answer.is_bounded:
        told = "The server does not say how long the file is, so a part could pass for the whole."
        raise SourceFailed(told, place=errand.feed)


def _stamp(answer: Answer) -> str:
    return answer.headers.get("etag") or answer.headers.get("last-modified", "")
