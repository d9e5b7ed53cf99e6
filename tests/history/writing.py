"""How the invented feed is written: formats, words, capitals, spaces, the order of columns."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

if typing.TYPE_CHECKING:
    from tests.history.worlds import Record

KEY, STAMP = "complaint_id", "last_updated"
FACTS = (
    *("incident_date", "received_date", "closed_date", "status", "finding", "district"),
    *("officer_count", "complainant_race", "narrative", "investigator_badge"),
)
COLUMNS = (KEY, *FACTS, STAMP)
KLASS = {
    "complainant_race": "protected",
    "narrative": "narrative",
    "investigator_badge": "internal",
}
PUBLIC = tuple(column for column in COLUMNS if column not in KLASS)
DATES = ("incident_date", "received_date", "closed_date")
WORDS = ("status", "finding", "district")
RENAMED = {
    "recode status": ("Awaiting board", "Board review"),
    "recode finding": ("Not sustained", "Insufficient evidence"),
}


@dataclass(frozen=True)
class Writing:
    """The habits of the file; `words` are facts that go under another word by now."""

    is_iso: bool = False
    is_upper: bool = False
    is_spaced: bool = False
    has_decimals: bool = False
    is_turned: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()

    def after(self, special: str) -> Writing:
        """The habits from the night on which `special` befell the file."""
        if special in RENAMED:
            fact, word = RENAMED[special]
            return replace(self, words={**self.words, fact: word})
        name = {
            "dates": "is_iso",
            "capitals": "is_upper",
            "spaces": "is_spaced",
            "decimals": "has_decimals",
            "columns": "is_turned",
        }[special]
        return replace(self, **{name: not getattr(self, name)})

    def written(self, record: Record) -> tuple[str, ...]:
        """The fields of a record but for its number and the stamp."""
        incident, received, closed, status, finding, district, officers, race, told, badge = (
            record.facts
        )
        status, finding = (self.words.get(word, word) for word in (status, finding))
        if self.is_upper:
            status, finding = status.upper(), finding.upper()
        if self.is_spaced:
            district, told = f" {district} ", told.replace(" ", "  ")
            race, finding = race.upper(), finding.replace(" ", "  ")
        if self.has_decimals and officers:
            officers = f"{officers}.0"
        if record.is_sloppy:
            district, badge = f"{district.lower()} ", f" {badge}" if badge else ""
        days = (incident, received, closed)
        if not self.is_iso:
            days = tuple(f"{d[5:7]}/{d[8:]}/{d[:4]}" if d else "" for d in days)
        return (*days, status, finding, district, officers, race, told, badge)

    def line(self, raw: Sequence[str]) -> str:
        """The fields of a record as they stand in the file, without the stamp."""
        cells = [
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if "," in cell else cell
            for cell, column in zip(raw, COLUMNS, strict=False)
            if column not in self.leaves_out
        ]
        return ",".join(reversed(cells) if self.is_turned else cells)

    def file(self, stamp: str, lines: Sequence[str]) -> bytes:
        """A whole file: headings, then the lines, each with the stamp of the night."""
        there = (column for column in COLUMNS[:-1] if column not in self.leaves_out)
        named = [column.replace("_", " ").title() for column in there]
        stamped = STAMP.replace("_", " ").title()
        if self.is_turned:
            heading = ",".join((stamped, *reversed(named)))
            body = "".join((f"{stamp},", f"\n{stamp},".join(lines), "\n"))
        else:
            heading = ",".join((*named, stamped))
            body = "".join((f",{stamp}\n".join(lines), f",{stamp}\n"))
        return f"{heading}\n{body}".encode()


def fold(text: str) -> str:
    """Text without the spaces and capitals that say nothing."""
    return " ".join(text.split()).lower()
