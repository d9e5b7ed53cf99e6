"""The statement that travels with each file: what it holds, and what its sources leave out.

A line at the head of a CSV would break those who read it, so the words stand in a file beside it,
and every answer that is made of the table links to that file.
"""

from __future__ import annotations

import sqlite3
import textwrap
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

WIDTH = 96
STATEMENTS = """
    select c.source_table, c.statement, s.publisher, s.license, s.as_of_date
    from completeness c join sources s on s.source_table = c.source_table
    order by c.source_table
"""


def name_of(table: str) -> str:
    """Where the statement of a table stands in a release."""
    return f"csv/{table}.about.txt"


def write(folder: Path, database: Path, words: Mapping[str, Any]) -> None:
    """Write the statement of every table of the candidate in `folder`."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        sources = {row[0]: _told(*row) for row in connection.execute(STATEMENTS)}
    for table, told in words["databases"]["oversight"]["tables"].items():
        text = _statement(table, told, sources, words)
        (folder / name_of(table)).write_text(text, encoding="utf-8")


def _told(source: str, statement: str, publisher: str, terms: str, as_of: str | None) -> str:
    day = f", as of {as_of}" if as_of else ""
    return f"{source} ({publisher}; {terms}{day}): {statement}"


def _statement(
    table: str, told: Mapping[str, Any], sources: Mapping[str, str], words: Mapping[str, Any]
) -> str:
    """Plain text, the same for the same release content."""
    of = [sources[name] for name in told["sources"] if name in sources]
    meaning = (
        f"This goes with {table}.csv and {table}.parquet. What each column means stands in "
        "data_dictionary.csv, and what each number counts in metrics.csv."
    )
    paragraphs = [
        told["title"],
        told["description"],
        meaning,
        "What the sources hold and leave out:" if of else "",
        *(f"* {one}" for one in of),
        words["notice"],
        words["banner"] or "",
    ]
    filled = [textwrap.fill(" ".join(one.split()), WIDTH) for one in paragraphs if one]
    return "\n\n".join(filled) + "\n"
