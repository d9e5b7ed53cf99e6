"""Harrow Point: an invented city that this project has never seen, and what its people answer."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

CITY = "harrow_point"
ROWS = 240
HEADINGS = (
    "Ref", "Came In On", "Took Place", "Wound Up", "What Kind", "Where It Stands",
    "How It Ended", "Side Of Town", "Way In", "Taken By", "In Their Words",
)  # fmt: skip
KINDS = ("Rough Handling", "Rude Words", "Looked Away")
ENDS = ("Proved", "Not Proved", "Never Happened")
TAKERS = ("Alder, Wren", "Birch, Ronan", "Cedar, Isolde", "Dogwood, Per")
RARE = "Lost In The Cellar"
WIPED = 5

COLUMNS = {
    "ref": ("Number that the city gives to the complaint.", "public"),
    "came_in_on": ("Day the city received the complaint.", "public"),
    "took_place": ("Day of the incident.", "public"),
    "wound_up": ("Day the investigation ended; blank while it goes on.", "public"),
    "what_kind": ("Kind of misconduct alleged.", "public"),
    "where_it_stands": ("State of the complaint.", "public"),
    "how_it_ended": ("Result of the investigation; blank while it goes on.", "public"),
    "side_of_town": ("Half of the city, north or south of the river.", "public"),
    "way_in": ("How the complaint was made.", "public"),
    "taken_by": ("Name of the clerk who took it. Never loaded.", "protected"),
    "in_their_words": ("Account of the complainant. Never loaded.", "narrative"),
}
MAPPED = {
    "complaint_id": "ref",
    "incident_date": "took_place",
    "received_date": "came_in_on",
    "investigation_closed_date": "wound_up",
    "district": "side_of_town",
    "category_local": "what_kind",
    "status_local": "where_it_stands",
    "outcome_local": "how_it_ended",
    "intake_channel": "way_in",
}
"""What each column of ours is called there."""
DATES = ("came_in_on", "took_place", "wound_up")
FORMAT = "%d-%b-%Y"
MEANINGS = {
    "Shut": "closed,,,,,,,,",
    "Still Going": "open,open,,,,,,,",
    "Wiped": "void,void,,,,expunged_or_sealed,,,",
    "Proved": "closed,investigated,sustained,,,,,,",
    "Not Proved": "closed,investigated,not_sustained,,,,,,",
    "Never Happened": "closed,investigated,unfounded,,,,,,",
    "Rough Handling": "force,,,",
    "Rude Words": "discourtesy,,,",
    "Looked Away": "neglect,,,",
}
"""Each word of the city as the cells behind it in a seed."""
CONTRACT_ANSWERS = {
    "whose records these are, and who decides about them.": "Complaints against the police.",
    "who publishes these records.": "City of Harrow Point (invented)",
    "the licence that the page states, or: not stated.": "CC0-1.0",
    "the page that offers the file.": "https://harrow-point.example/complaints",
    "what one row is (one complaint?), in plain words.": "One row is one complaint.",
    "which complaints are in the file, and which are left out.": "all",
}


def write(file: Path, rows: int = ROWS) -> Path:
    """The city's file: a word that one row uses, rows that are wiped, clerks by their names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        writer.writerows(_row(number) for number in range(rows))
    return file


def _row(number: int) -> tuple[str, ...]:
    came_in = date(2023, 1, 2) + timedelta(days=2 * number)
    is_open, is_wiped = number % 4 == 3, number % 48 == 1
    stands = "Wiped" if is_wiped else "Still Going" if is_open else "Shut"
    return (
        f"HP-{number:04d}",
        came_in.strftime(FORMAT),
        (came_in - timedelta(days=3)).strftime(FORMAT),
        "" if is_open else (came_in + timedelta(days=90)).strftime(FORMAT),
        KINDS[number % 3],
        stands,
        "" if is_open else RARE if number == 8 else ENDS[number % 3],
        ("North", "South")[number % 2],
        ("Letter", "Telephone")[number % 2],
        TAKERS[number % 4],
        f"They came to the gate on day {number} and nobody would listen to what I had to say",
    )


def answer_contract(file: Path) -> None:
    """Say what the contract asks: whose records, what a row and each column is, who may see it."""
    text = file.read_text(encoding="utf-8")
    for asked, said in CONTRACT_ANSWERS.items():
        text = replaced(text, f'"To be said: {asked}"', said)
    text = replaced(text, "cadence: irregular   # To be said: how often it is renewed",
                    "cadence: monthly")  # fmt: skip
    if "key: null   #" in text:
        text = re.sub(r"key: null   # .*", "key: [ref]", text)
    for column, (meaning, klass) in COLUMNS.items():
        text = _column(text, column, meaning, klass)
    file.write_text(text, encoding="utf-8")


def answer_withheld(file: Path) -> None:
    """Say which word means that a record was expunged."""
    text = file.read_text(encoding="utf-8")
    asked = "# To be said: which words mean expunged, sealed or deleted (withhold), if any"
    said = "withhold: {column: where_it_stands, values: {Wiped: expunged}}"
    file.write_text(replaced(text, asked, said), encoding="utf-8")


def answer_model(file: Path) -> None:
    """Say in the staging model which column is which, where no heading said so."""
    text = file.read_text(encoding="utf-8")
    for ours, theirs in MAPPED.items():
        asked = rf"-- To be said: [^\n]*\n\s*cast\(null as \w+\) as {ours}"
        read = f"to_date('{theirs}', ['{FORMAT}'])" if theirs in DATES else f"text('{theirs}')"
        if f"}}}} as {ours}," not in text:
            text, count = re.subn(asked, f"{{{{ {read} }}}} as {ours}", text)
            assert count == 1, ours
    # Nothing else that the model asks for is in the city's file.
    text = re.sub(r" *-- To be said: [^\n]*\n", "", text)
    file.write_text(text, encoding="utf-8")


def answer_words(seed: Path) -> None:
    """Say what each word means that stands in the seed with a question beside it."""
    lines = []
    for line in seed.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{CITY},") and line.endswith("To be said: what it means."):
            word = line.split(",")[1 if seed.stem == "categories" else 2]
            before = line.split(f",{word},")[0]
            line = f"{before},{word},{MEANINGS[word]}"
        lines.append(line)
    seed.write_text("\n".join(lines) + "\n", encoding="utf-8")


def add_words(seeds: Path) -> None:
    """Add the rows of vocabulary that the build asked for."""
    fields = dict.fromkeys(("Shut", "Still Going", "Wiped"), "complaint_status")
    fields |= dict.fromkeys(ENDS, "complaint_outcome")
    for word, cells in MEANINGS.items():
        name = "categories" if word in KINDS else "dispositions"
        field = "" if word in KINDS else f"{fields[word]},"
        with (seeds / f"{name}.csv").open("a", encoding="utf-8") as seed:
            seed.write(f"{CITY},{field}{word},{cells}\n")


def replaced(text: str, old: str, new: str) -> str:
    """`text` with its one `old` replaced."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def _column(text: str, column: str, meaning: str, klass: str) -> str:
    """The column described, and given the class that a person decided on."""
    place = re.compile(
        rf"(- name: {column}\n            )description: .*?"
        rf"(\n            (?:data_type: \w+\n            )?config: {{meta: {{class: )\w+",
        re.DOTALL,
    )
    text, count = place.subn(rf"\1description: {meaning}\2{klass}", text)
    assert count == 1, column
    return text
