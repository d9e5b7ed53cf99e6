"""The many ways to write one text: what a scan compares must be freed of them on both sides.

Capitals, accents, punctuation and no-break spaces are levelled; what is written for an address,
for JSON, for HTML or in base64 is spelled out, also where one is wrapped in another.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote_plus

BORDER = "\x1e"
"""Stands between two cells, so that the end of one and the start of the next make no name."""
EDGE = "|"
"""A border as one of the words; nothing else is spelt so."""
DEPTH = 2
_LEVEL = bytes(
    code + 32
    if 65 <= code <= 90
    else code
    if 97 <= code <= 122 or 48 <= code <= 57 or code == ord(BORDER)
    else 32
    for code in range(256)
)
_NOT_A_WORD = re.compile(rf"[^\w{BORDER}]+|_+")
_MARKS = re.compile("[\u0300-\u036f]+")
_APOSTROPHE = str.maketrans("", "", "'`\u2019\u2018\u00b4")
_IN_ADDRESS = re.compile(rf"[^\s{BORDER}]*%[0-9A-Fa-f]{{2}}[^\s{BORDER}]*")
_IN_JSON = re.compile(r"\\(u[0-9A-Fa-f]{4}|[nrtbf\"/\\])")
_IN_HTML = re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);")
_IN_BASE64 = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{12,}={0,2}(?![\w+/=-])")
_PLAINLY_NOT = re.compile(r"[0-9a-f]+|[a-z_-]+|[A-Z]?[a-z/-]+|[A-Z_-]+|[\d/-]+")


def words(text: str) -> list[str]:
    """The words of a text without capitals, accents and punctuation; a border is one of its own."""
    text = text.translate(_APOSTROPHE) if "'" in text or not text.isascii() else text
    if text.isascii():
        plain = text.encode().translate(_LEVEL).decode()
    else:
        plain = _NOT_A_WORD.sub(" ", without_accents(text))
    return plain.replace(BORDER, f" {EDGE} ").split()


def without_accents(text: str) -> str:
    """Small letters without the marks above and below them."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())


def spelled_out(text: str) -> str:
    """What stands in `text` in another writing, with borders between; empty when nothing does."""
    found, layer = [], text
    for _ in range(DEPTH):
        layer = BORDER.join(_decoded(layer))
        if not layer:
            break
        found.append(layer)
    return BORDER.join(found)


def _decoded(text: str) -> Iterator[str]:
    if "%" in text:
        yield from (unquote_plus(match[0]) for match in _IN_ADDRESS.finditer(text))
    if "\\" in text:
        yield from (_IN_JSON.sub(_letter, cell) for cell in _cells(text, _IN_JSON))
    if "&" in text:
        yield from map(html.unescape, _cells(text, _IN_HTML))
    for match in _IN_BASE64.finditer(text):
        if not _PLAINLY_NOT.fullmatch(match[0]) and (plain := _from_base64(match[0])):
            yield plain


def _cells(text: str, sign: re.Pattern[str]) -> Iterator[str]:
    return (cell for cell in text.split(BORDER) if sign.search(cell))


def _letter(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else " " if code in "nrtbf" else code


def _from_base64(token: str) -> str:
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        plain = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return plain if plain.replace("\n", "").isprintable() else ""
