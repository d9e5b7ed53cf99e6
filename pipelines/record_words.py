"""The words of a record's history: what it is, how it stands, and what happened to it.

One place for them, so that a page, its JSON and the foot of a table's row say the same.
"""

from __future__ import annotations

import string
from datetime import date

NOUNS = {
    "complaints": "Complaint",
    "allegations": "Allegation",
    "discipline": "Officer case",
    "bwc_reviews": "Body-worn-camera review",
    "hearings": "Hearing",
    "hearing_items": "Agenda item",
    "roll_calls": "Roll call",
    "cops_awards": "Grant award",
    "cops_transactions": "Action on a grant award",
    "cops_positions": "Report on a grant award",
}
"""What one record of a feed is called."""

BELONGS = ("allegations", "discipline", "roll_calls", "reference")
"""Feeds whose records bear the number of what they belong to, so that several share one."""

STATES = {
    "current": "Current",
    "missing": "Missing",
    "withdrawn": "Withdrawn by the source",
    "withheld": "Withheld",
}
WITHHELD = (
    "This record is withheld, because its publisher has marked it as sealed or expunged, "
    "and nothing else is shown of it."
)
UNKNOWN = (
    "No public record with this number or id is known here. It may be mistyped, or it never "
    "stood in a delivery that was published here."
)
AS_PUBLISHED = (
    "These are the values as the agency last published them. They may be wrong by now; that a "
    "record is gone does not say why."
)
COUNTED_ONLY = (
    "For this source only the numbers of changes are published, not the changes themselves."
)
HIDDEN_NUMBER = (
    "The source names this row by a number that this table does not have, so its own changes "
    "cannot be looked up from here."
)
TOO_MANY = "More changes are recorded under this number than one page can read."
OF_SEVERAL = "Current: the number stands in the tables, which took it from several sources."
WHOLE = {
    "added": "Added: it was not in the deliveries before.",
    "removed": "Removed: this delivery no longer has it.",
    "restored": "Came back: it had been missing.",
    "key_migrated": "The number that the agency uses changed; the record is the same.",
}
QUIET = ("reformatted", "recoded")
LONGEST = 300
_SAFE = frozenset(string.ascii_letters + string.digits + "_-")


def title(feed: str, label: str | None, count: int = 1) -> str:
    """What stands over records: what they are, and the agency's number if there is one."""
    noun = NOUNS.get(feed, "Record")
    if not label:
        return f"{noun} without a public number"
    if count > 1:
        return f"{noun}s under number {label}"
    return f"{noun} under number {label}" if feed in BELONGS else f"{noun} {label}"


def field(column: str) -> str:
    """A column of a source as a reader says it."""
    words = column.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def happened(kind: str, column: str | None, old: str | None, new: str | None) -> str:
    """One change in plain words; without values when those are not public."""
    if column is None:
        return WHOLE.get(kind, "Changed.")
    name = field(column)
    if old is None and new is None:
        return _without_values(kind, name)
    before, after = said(old), said(new)
    match kind:
        case "blanked":
            return f"{name} was emptied; it was {before}."
        case "filled":
            return f"{name} was filled in: {after}."
        case "recoded":
            return f"{name}: the agency now writes {after} for {before}, throughout its file."
        case "reformatted":
            return f"{name}: only the way of writing changed, from {before} to {after}."
        case _:
            return f"{name} changed from {before} to {after}."


def _without_values(kind: str, name: str) -> str:
    if kind in QUIET:
        return f"{name}: only the way of writing changed."
    return f"{name} changed; the values are not public."


def said(value: str | None) -> str:
    """A value as it was published, in quotation marks, cut when it is very long."""
    if value is None or not value.strip():
        return "empty"
    return f"“{value if len(value) <= LONGEST else value[: LONGEST - 1] + '…'}”"


def standing(state: str, since: str | None, seen: str | None, absent: int | None) -> str:
    """How a record that is no longer delivered stands, with the days.

    Two deliveries of one day, or good for one day, tell the reader nothing by telling it twice.
    """
    if state == "withheld":
        return WITHHELD
    when = f"since {day(since)}" if since else "now"
    last = f" It was in the deliveries until {day(seen)}." if seen and seen != since else ""
    times = {None: "", 1: " One delivery came without it."}.get(
        absent, f" {absent} deliveries in a row came without it."
    )
    if state == "withdrawn":
        return f"Withdrawn by the source: missing {when}.{last}{times}"
    rule = " After three deliveries in a row without it we say that the source withdrew it."
    return f"Missing {when}.{last}{times}{rule}"


def present(latest: str | None) -> str:
    """How a record stands that the last delivery had."""
    return f"Current: it is in the latest delivery, of {day(latest)}." if latest else "Current."


def unchanged(first: str | None) -> str:
    """What is said of a record of which the log holds nothing."""
    since = f" since the first snapshot on {day(first)}" if first else ""
    return f"No change has been recorded{since}."


def day(iso: str | None) -> str:
    """`2026-10-31 04:15:00` as 31 October 2026."""
    try:
        read = date.fromisoformat(str(iso)[:10])
    except ValueError:
        return "a day not stated"
    return f"{read.day} {read:%B %Y}"


def in_address(text: str) -> str:
    """Text as one part of an address, written as Datasette writes the keys of rows."""
    told = (
        chr(byte) if chr(byte) in _SAFE else "+" if byte == 0x20 else f"~{byte:02X}"
        for byte in text.encode()
    )
    return "".join(told)
