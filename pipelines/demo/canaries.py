"""Words planted in the demo that must never become public, each in one place only.

They stand where a feed says what is not published: names, accounts in free text, records that are
withheld or refused. All share an invented stem, so that one search finds any of them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from pipelines.demo.planted import Planted

STEM = "Quenzivar"
GIVEN = "Zoë"
BLANK = ""
"""The key of the records that have none, which are refused."""

FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "plain": lambda word: f"{GIVEN} {word}",
        "upper": lambda word: f"{GIVEN} {word}".upper(),
        "last_first": lambda word: f"{word}, {GIVEN}",
        "url": lambda word: quote(f"{GIVEN} {word}"),
        "json": lambda word: json.dumps(f"{GIVEN} {word}")[1:-1],
        "base64": lambda word: base64.b64encode(f"{GIVEN} {word}".encode()).decode(),
    }
)
"""The ways of writing a name in which a canary stands in a feed."""


@dataclass(frozen=True)
class Canary:
    """Where one word stands: the file, the record by its key, the heading, and how it is written.

    `word` is the part that no other text of the demo has.
    """

    file: str
    record: str
    heading: str
    form: str
    word: str

    @property
    def text(self) -> str:
        """The cell as the feed has it."""
        return FORMS[self.form](self.word)


PLACES = (
    ("complaints", "LH-2023-9000001", "Summary", "plain"),
    ("complaints", "LH-2023-9000001", "Complainants", "last_first"),
    ("complaints", "LH-2023-9000001", "Incident Number", "url"),
    ("complaints", "LH-2023-9000300", "Summary", "json"),
    ("complaints", "LH-2023-9000320", "Summary", "upper"),
    ("complaints", "LH-2023-9000500", "Summary", "base64"),
    ("complaints", "LH-2024-9000566", "Summary", "url"),
    ("complaints", "LH-2023-9000340", "Summary", "plain"),
    ("complaints", "LH-2023-9000340", "Complainants", "last_first"),
    ("complaints", "LH-2023-9000341", "District", "upper"),
    ("complaints", BLANK, "Summary", "plain"),
    ("complaints", BLANK, "Complainants", "base64"),
    ("complaints", BLANK, "District", "json"),
    ("complaints", "LH-2023-9000620", "Summary", "last_first"),
    ("complaints", "LH-2023-9000610", "Summary", "upper"),
    ("complaints", "cut short", "Received Date", "plain"),
    ("complaints", "a cell too many", "Summary", "plain"),
    ("allegations", "LH-2023-9000900", "Officer Name", "last_first"),
    ("allegations", "LH-2023-9000900", "Officer Rank", "plain"),
    ("allegations", "LH-2023-9000900", "Complainant Age", "base64"),
    ("allegations", "LH-2023-9000900", "Complainant Race", "upper"),
    ("allegations", "LH-2023-9000900", "Complainant Gender", "url"),
    ("allegations", "LH-2023-9000900", "Allegation Text", "json"),
    ("allegations", "LH-2023-9000340", "Officer Name", "plain"),
    ("allegations", "LH-2023-9000340", "Allegation Text", "json"),
    ("allegations", BLANK, "Officer Name", "upper"),
    ("allegations", BLANK, "Allegation Text", "base64"),
    ("allegations", "a cell too many", "Allegation Text", "plain"),
    ("bwc_reviews", "BR-90000001-1", "Officer Name", "plain"),
    ("bwc_reviews", "BR-90000001-1", "Reviewer Notes", "json"),
    ("bwc_reviews", "BR-90000030-1", "Officer Name", "upper"),
    ("bwc_reviews", "BR-90000030-1", "Reviewer Notes", "base64"),
    ("bwc_reviews", BLANK, "Officer Name", "last_first"),
    ("bwc_reviews", BLANK, "Reviewer Notes", "url"),
    ("bwc_reviews", "BR-90000064-1", "Reviewer Notes", "plain"),
    ("bwc_reviews", "BR-90000061-1", "Reviewer Notes", "upper"),
    ("bwc_reviews", "cut short", "Complaint Id", "plain"),
    ("hearings", "900001", "Comment", "plain"),
    ("hearings", BLANK, "Comment", "base64"),
    ("hearings", "moved", "Location", "upper"),
    ("hearings", "roll call", "FullName", "last_first"),
    ("hearings", "roll call", "Slug", "url"),
    ("cops_transactions", "2014UMWX9001", "transaction_description", "plain"),
    ("cops_transactions", BLANK, "transaction_description", "base64"),
    ("bwc_audits", "BA-0903-202401", "Supervisor Name", "last_first"),
    ("bwc_audits", "BA-0903-202401", "Supervisor District", "json"),
    ("bwc_audits", "BA-0951-202405", "Supervisor Name", "upper"),
    ("bwc_audits", BLANK, "Supervisor Name", "url"),
    ("officers", "first", "Officer Name", "base64"),
    ("officers", "first", "Duty Status", "plain"),
)


def word(number: int) -> str:
    """The word of the canary with this number: the stem and two letters."""
    return f"{STEM}{chr(97 + number // 26)}{chr(97 + number % 26)}"


CANARIES = tuple(Canary(*place, word(number)) for number, place in enumerate(PLACES))
UNEXPECTED = Canary("complaints", "all", "Contact of Quenzivarzz", "plain", word(26 * 25))
"""A column that nobody announced; the test that plants it also looks for its heading."""

LEAKED_BY_SOURCE = word(26 * 25 + 1)
"""The word in the answer with which a source fails, and in the name of a file it sends."""


def cells(file: str, record: str) -> dict[str, str]:
    """What one record says under the headings in which a canary stands."""
    return {c.heading: c.text for c in CANARIES if (c.file, c.record) == (file, record)}


def among(file: str, key: str, records: Iterable[Planted]) -> list[Planted]:
    """The planted records of a file, with the canaries in their cells."""
    return [
        replace(one, cells={**one.cells, **cells(file, one.cells.get(key, BLANK))})
        for one in records
    ]


def cell(file: str, record: str, heading: str) -> str:
    """The text of one canary. Raises `KeyError` where none stands."""
    return cells(file, record)[heading]


def add_unexpected_column(file: Path) -> None:
    """Give a CSV file of the demo a column that its contract does not know, filled in each row."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    told = [UNEXPECTED.heading] + [UNEXPECTED.text] * (len(lines) - 1)
    joined = (f"{line},{text}" for line, text in zip(lines, told, strict=True))
    file.write_text("\r\n".join(joined) + "\r\n", encoding="utf-8-sig", newline="")
