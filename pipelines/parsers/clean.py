"""Records that Python had to read, written again as text on which no two readers differ."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from pipelines.parsers.parsed import FULL, LINE, RECORD, literal, quoted

SEPARATOR = "\x1f"
LONGEST_LINE = 16_000_000
SMALLEST_BUFFER = 8_000_000


@dataclass(frozen=True)
class Row:
    """One good record: its place among all received, its line, all its values, those to load."""

    record: int
    line: int | None
    everything: Sequence[str]
    loaded: Sequence[str]


def write(rows: Iterable[Row], work: Path) -> tuple[Path, int]:
    """Write the rows to a new file in `work`; return it with the number of rows."""
    path, written = work / f"{uuid.uuid4().hex}.csv", 0
    with path.open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        guarded = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in rows:
            written += 1
            text = SEPARATOR.join(row.everything)
            full = md5(text.encode(), usedforsecurity=False).hexdigest()
            # Python 3.11 leaves a lone CR unquoted, and DuckDB would end the line there.
            writer = guarded if "\r" in text else plain
            writer.writerow([row.record, row.line or "", full, *row.loaded])
    return path, written


def relation(path: Path, loaded: Sequence[str], absent: Sequence[str]) -> str:
    """SQL that reads the file back, with a null for each column that the part does not have."""
    names = [RECORD, LINE, FULL, *loaded]
    cast = [f"{c}::bigint as {c}" for c in (RECORD, LINE)]
    nulls = [f"null::varchar as {quoted(name)}" for name in absent]
    columns = ", ".join([*cast, FULL, *map(quoted, loaded), *nulls])
    return f"(select {columns} from {read_csv(path, names, ',')})"


def read_csv(
    path: Path,
    names: Sequence[str],
    delimiter: str,
    *,
    skip: int = 0,
    longest: int = LONGEST_LINE,
    is_unix: bool = True,
    skip_ragged: bool = False,
) -> str:
    """DuckDB's strict reader with everything declared, so that it guesses nothing.

    `is_unix` says that lines end in LF alone; undeclared, DuckDB takes a quoted CR for an end.
    `skip_ragged` passes over records of the wrong width, which the caller has counted.
    """
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    line_end = r"new_line='\n', " if is_unix else ""
    ragged = "ignore_errors=true, " if skip_ragged else ""
    return (
        f"read_csv({literal(str(path))}, columns={{{columns}}}, header=false, skip={skip}, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', strict_mode=true, {line_end}"
        f"null_padding=false, {ragged}auto_detect=false, compression='none', "
        f"max_line_size={longest}, buffer_size={max(2 * longest, SMALLEST_BUFFER)})"
    )
