"""How a sample is written: the delimiter and encoding of text, the place of records in JSON.

A contract declares these; here they are proposed from the bytes, by rules that a person can
check with an editor.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal

from pipelines.contract_file import Dialect
from pipelines.readers import disguise
from pipelines.readers.parts import CHUNK

DELIMITERS = (",", ";", "\t", "|")
LINES = 50
MAX_DOCUMENT = 256 * 1024 * 1024
Encoding = Literal["utf-8", "latin-1", "utf-16"]


def dialect(path: Path) -> Dialect:
    """The delimiter that cuts the first lines into the most equal fields, and the encoding."""
    encoding = _encoding(path)
    text = disguise.first_bytes(path).decode(encoding, "replace").removeprefix("\ufeff")
    lines = text.splitlines()[:LINES]
    return Dialect(delimiter=max(DELIMITERS, key=lambda d: _fit(lines, d)), encoding=encoding)


def records_path(path: Path) -> str:
    """The dotted path to the longest list of records in a JSON document; "" for the top."""
    if path.stat().st_size > MAX_DOCUMENT:
        return ""
    try:
        document = json.loads(_plain(path))
    except ValueError:
        return ""
    found = dict(_lists(document, (), 3))
    return max(found, key=lambda steps: (found[steps], -len(steps)), default="")


def _encoding(path: Path) -> Encoding:
    if disguise.first_bytes(path).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with _opened(path) as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _fit(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many of the records have the usual number of fields, when that is more than one."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return (0, 0)
    width, records = widths.most_common(1)[0] if widths else (0, 0)
    return (records, width) if width > 1 else (0, 0)


def _lists(value: Any, steps: tuple[str, ...], deep: int) -> list[tuple[str, int]]:
    """Each path that leads to a list of records, with the number of them."""
    if isinstance(value, list):
        return [(".".join(steps), len(value))] if any(isinstance(v, dict) for v in value) else []
    if not isinstance(value, dict) or not deep:
        return []
    return [one for key, below in value.items() for one in _lists(below, (*steps, key), deep - 1)]


def _opened(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def _plain(path: Path) -> bytes:
    with _opened(path) as file:
        return bytes(file.read(MAX_DOCUMENT)).removeprefix(codecs.BOM_UTF8)
