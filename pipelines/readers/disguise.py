"""Answers that say "all well" and are not the data: a web page, a login form, an empty body.

The status code of a portal proves nothing, so the first bytes are held against what the
contract expects.
"""

from __future__ import annotations

import csv
import json
import zlib
from pathlib import Path

from pipelines.contracts import Contract, column_name
from pipelines.locations import Location

HEAD = 64 * 1024
HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")
DELIMITED = frozenset({"csv", "usaspending_download"})
BOM = b"\xef\xbb\xbf"


def disguise(
    contract: Contract, location: Location, path: Path, content_type: str = ""
) -> str | None:
    """Why the bytes at `path` cannot be the data that was asked for; null when they may be."""
    head = first_bytes(path)
    start = head.removeprefix(BOM).lstrip()[:64].lower()
    if not start:
        return "an empty answer"
    if is_web_page(start):
        return "a web page"
    if "text/html" in content_type.lower() and start.startswith(b"<"):
        return "a web page"
    if head.startswith(b"PK\x03\x04"):
        return None
    return _by_format(contract, location, head, start)


def is_web_page(start: bytes) -> bool:
    """Whether these first bytes open an HTML page or an XML error."""
    return start.startswith(HTML) or start.startswith(b"<?xml")


def first_bytes(path: Path) -> bytes:
    """The first bytes of a part, unpacked when it is gzip."""
    with path.open("rb") as part:
        head = part.read(HEAD)
    if head[:2] != b"\x1f\x8b":
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""


def _by_format(contract: Contract, location: Location, head: bytes, start: bytes) -> str | None:
    if location.reader == "xlsx":
        return "not a workbook"
    if location.reader == "parquet":
        return None if head.startswith(b"PAR1") else "not a Parquet file"
    if location.reader in DELIMITED:
        return _not_csv(contract, location, head, start)
    if start[:1] not in b"{[":
        return "not JSON"
    return _error_document(head)


def _not_csv(contract: Contract, location: Location, head: bytes, start: bytes) -> str | None:
    if start[:1] in b"{[":
        return _error_document(head) or "JSON instead of delimited text"
    if not location.dialect.header:
        return None
    line = head.decode(location.dialect.encoding, "replace").removeprefix("\ufeff").lstrip()
    fields = next(csv.reader([_first(line)], delimiter=location.dialect.delimiter), [])
    headings = {column_name(field.strip('" \r')) for field in fields}
    if headings & {column.name for column in contract.columns}:
        return None
    if 1 < len(fields) == len(contract.columns):
        return None  # Data without their headings, perhaps: that is for a person to say.
    return "text whose first line has none of the expected columns"


def _first(text: str) -> str:
    return text.split("\n", 1)[0]


def _error_document(head: bytes) -> str | None:
    """An error told in JSON: its code is quoted, never its message or data."""
    if len(head) >= HEAD:
        return None
    try:
        document = json.loads(head)
    except ValueError:
        return None
    return f"an error document ({error_code(document)})" if _tells_error(document) else None


def _tells_error(document: object) -> bool:
    return isinstance(document, dict) and bool(document.get("error") or document.get("errors"))


def error_code(document: object) -> str:
    """The code of an error document of a service, or "no code"."""
    error = document.get("error") if isinstance(document, dict) else None
    for place in (document, error):
        code = place.get("code") if isinstance(place, dict) else None
        if isinstance(code, str | int) and len(str(code)) < 80:
            return f"code {code}"
    return "no code"
