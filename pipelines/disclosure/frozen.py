"""Cuts as they were made: written once, listed in a ledger, copied into every later release.

A second count of the same quarter would differ by a person or two, and the difference would
point at them. So the rows that were published once are kept as bytes and never made again.
Beside them lie the true counts, readable by the refresh alone: they are for the gates, and no
table is made from them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

from pipelines import appended
from pipelines.disclosure.quarters import Span
from pipelines.disclosure.tables import CountTables, PublishedRow
from pipelines.disclosure.words import SUPPRESSED
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings

CELLS = (
    "jurisdiction", "cut", "role", "attribute", "attribute_value", "dimension",
    "dimension_value", "people_count", "value_state", "group_share_code",
)  # fmt: skip
PLACE = ("attribute", "attribute_value", "dimension", "dimension_value")
RESTORE = "Put the folder data/protected back from the backup, then run `oversight refresh`."


@dataclass(frozen=True)
class Frozen:
    """One line of the ledger: a cut of one role, and the hash of its file."""

    jurisdiction: str
    cut: str
    role: str
    cut_date: str
    period_start: str
    period_end: str
    threshold: int
    people_count: int
    cells_count: int
    hidden_cells_count: int
    pooled_values_count: int
    sha256: str

    @property
    def file(self) -> str:
        """The file of the cut, relative to the folder of cuts."""
        return f"{self.jurisdiction}/{self.cut.replace('/', '_')}.{self.role}.csv"


def ledger(settings: Settings, jurisdictions: Iterable[str]) -> list[Frozen]:
    """The cuts made so far for these jurisdictions, oldest first."""
    wanted = set(jurisdictions)
    lines = appended.read(_ledger(settings))
    names = Frozen.__dataclass_fields__
    return [
        Frozen(**{name: line[name] for name in names})
        for line in lines
        if line["jurisdiction"] in wanted
    ]


def published_as(
    jurisdiction: str, role: str, span: Span, rows: Sequence[PublishedRow]
) -> list[dict[str, Any]]:
    """The rows of a cut as they stand in its file and in the public table."""
    named = {"jurisdiction": jurisdiction, "cut": span.label, "role": role}
    return [named | asdict(row) for row in rows]


def truth(tables: CountTables) -> dict[tuple[str, str, str, str], int]:
    """The true count at each place. Private."""
    return {
        (place.attribute, place.attribute_value, place.dimension, place.dimension_value): count
        for place, count in zip(tables.places, tables.family.counts, strict=True)
    }


def freeze(
    settings: Settings, span: Span, tables: CountTables, rows: Sequence[Mapping[str, Any]]
) -> Frozen:
    """Write a cut for good: its truth, its rows, and last the line that makes them count.

    A file without a line was never published and is replaced. Raises `StorageFailed`.
    """
    content = _text(CELLS, ([row[name] for name in CELLS] for row in rows))
    true = _text((*PLACE, "people_count"), ([*at, n] for at, n in truth(tables).items()))
    cut = Frozen(
        jurisdiction=rows[0]["jurisdiction"],
        cut=span.label,
        role=rows[0]["role"],
        cut_date=settings.now.astimezone(UTC).date().isoformat(),
        period_start=span.first.first_day.isoformat(),
        period_end=span.last.last_day.isoformat(),
        threshold=tables.threshold,
        people_count=tables.people,
        cells_count=len(rows),
        hidden_cells_count=sum(row["value_state"] == SUPPRESSED for row in rows),
        pooled_values_count=tables.pooled_values,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    try:
        file = _cuts(settings) / cut.file
        _write(file.with_suffix(".truth.csv"), true)
        _write(file, content)
        reached("cut written")
        appended.append(settings, _ledger(settings), asdict(cut))
        _ledger(settings).chmod(0o600)
    except OSError as error:
        raise _disk(error) from None
    reached("cut frozen")
    return cut


def files(settings: Settings, cuts: Iterable[Frozen]) -> list[Path]:
    """The files of the cuts, each seen to be as it was written.

    Raises `StorageFailed` for one that is gone or was touched.
    """
    found = []
    for cut in cuts:
        file = _cuts(settings) / cut.file
        try:
            content = file.read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != cut.sha256:
            raise StorageFailed(
                f"The frozen table of {cut.jurisdiction}, {cut.cut}, is not as it was written.",
                place=f"protected/cuts/{cut.file}",
                next_step=RESTORE,
            )
        found.append(file)
    return found


def refuse_lost(settings: Settings, known: Iterable[Frozen]) -> None:
    """Raise `StorageFailed` when the site shows a cut that the ledger does not know.

    To cut again what was published once would tell the difference.
    """
    listed = {(cut.jurisdiction, cut.cut, cut.role, cut.sha256) for cut in known}
    jurisdictions = set(settings.jurisdictions)
    try:
        with (settings.current / "csv" / "demographic_cuts.csv").open(encoding="utf-8") as file:
            shown = [row for row in csv.DictReader(file) if row["jurisdiction"] in jurisdictions]
    except FileNotFoundError:
        return
    lost = [row for row in shown if _key(row) not in listed]
    if lost:
        raise StorageFailed(
            f"The site shows {len(lost)} frozen count tables that are not in the ledger.",
            place="protected/ledger.ndjson",
            next_step=RESTORE,
        )


def until(cuts: Iterable[Frozen], jurisdiction: str, role: str) -> date | None:
    """The last day that a cut of this role covers."""
    ends = [c.period_end for c in cuts if (c.jurisdiction, c.role) == (jurisdiction, role)]
    return date.fromisoformat(max(ends)) if ends else None


def _key(row: Mapping[str, str]) -> tuple[str, str, str, str]:
    return row["jurisdiction"], row["cut"], row["role"], row["sha256"]


def _ledger(settings: Settings) -> Path:
    return settings.protected / "ledger.ndjson"


def _cuts(settings: Settings) -> Path:
    return settings.protected / "cuts"


def _text(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _write(file: Path, content: bytes) -> None:
    """In one step, readable by the account of the refresh alone."""
    for folder in (file.parent.parent.parent, file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    new.replace(file)
    appended.sync(file.parent)


def _disk(error: OSError) -> StorageFailed:
    told = f"The count tables cannot be frozen ({error.strerror or error})."
    return StorageFailed(told, place="protected")
