"""CSV of answers: as any program reads it, and nothing in it that a spreadsheet would run.

A spreadsheet runs a cell that starts like a formula, also after blanks that it takes away. Where
its language separates cells by a semicolon, it cuts the text of ours there, quotes or not, and so
it may at a tab or at the end of a line. An apostrophe before the sign makes it text; a number
with its sign stays as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

SIGNS = "=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b-"
BLANKS = "\\x00-\\x20\\x7f\x85\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
FIRSTS = frozenset(SIGNS + " ")

NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
"""What keeps its sign. This and the next two mean the same to Python and to DuckDB."""
BEGINS = rf"^([\t\r\n]|[{BLANKS}]*[{SIGNS}])"
FOLLOWS = rf'([;\t\r\n]["{BLANKS}]*)([{SIGNS}])'

_number, _begins, _follows = re.compile(NUMBER), re.compile(BEGINS), re.compile(FOLLOWS)


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV text, each ended; a text that would be run gets an apostrophe where it would."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> Any:
    """The value as it is safe to open in a spreadsheet; numbers stay numbers."""
    if not isinstance(value, str) or _is_plain(value) or _number.fullmatch(value):
        return value
    mark = "'" if _begins.match(value) else ""
    return mark + _follows.sub(r"\1'\2", value)


def _is_plain(text: str) -> bool:
    """Almost every cell, told quickly: no sign or blank at its start, nothing to cut it at."""
    return text[:1] not in FIRSTS and ";" not in text and text.isprintable()
