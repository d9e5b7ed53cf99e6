"""What changed, in words: the same ones on the pages, in the feeds and in the monthly report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pipelines.changes import KINDS, SUBSTANTIVE, UNCOUNTED

TELLING = ("removed", "blanked", "value_changed", "restored", "filled", "added")
"""The order in which single changes are listed: what is lost before what is gained."""


@dataclass(frozen=True)
class Kind:
    """A kind of change as people say it, of one and of several, and at the head of a column."""

    heading: str
    short: str
    one: str
    many: str


WORDS: Mapping[str, Kind] = {
    "added": Kind("Records added", "Added", "record added", "records added"),
    "removed": Kind("Records removed", "Removed", "record removed", "records removed"),
    "restored": Kind("Records restored", "Restored", "record restored", "records restored"),
    "value_changed": Kind("Values changed", "Changed", "value changed", "values changed"),
    "blanked": Kind("Values emptied", "Emptied", "value emptied", "values emptied"),
    "filled": Kind("Values filled in", "Filled in", "value filled in", "values filled in"),
    "recoded": Kind("Values renamed", "Renamed", "value renamed", "values renamed"),
    "key_migrated": Kind(
        "Records renumbered", "Renumbered", "record renumbered", "records renumbered"
    ),
    "reformatted": Kind(
        *("Values written differently", "Written differently"),
        *("value written differently", "values written differently"),
    ),
}
MEANINGS: Mapping[str, str] = {
    "recoded": "the source now uses another word for the same thing",
    "key_migrated": "the source gave the same record another number",
    "reformatted": "the same value with other spaces, case or form of date",
}


@dataclass(frozen=True)
class Count:
    """One number of a comparison: so many changes of one kind in one source."""

    source_table: str
    title: str
    kind: str
    count: int
    url: str


def counted(kind: str, count: int) -> str:
    """A number with its unit: `1 record added`, `1,200 values emptied`."""
    words = WORDS[kind]
    return f"{count:,} {words.one if count == 1 else words.many}"


def several(count: int, one: str, many: str | None = None) -> str:
    """A number with a noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def joined(parts: Iterable[str]) -> str:
    """Parts as a sentence lists them."""
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def sentence(counts: Mapping[str, int], kinds: Sequence[str] = SUBSTANTIVE) -> str:
    """The counts that are not zero, the largest first; empty if all are."""
    some = sorted((-counts.get(kind, 0), KINDS.index(kind), kind) for kind in kinds)
    return joined(counted(kind, -count) for count, _, kind in some if count)


def headline(changes: Mapping[str, Any]) -> str:
    """A release in one sentence, computed from its numbers."""
    totals, sources = changes["totals"], changes["sources"]
    if changes["previous"] is None:
        return _everything_new(changes)
    counts = {k: sum(s["counts"][k] for s in sources if s["state"] == "changed") for k in KINDS}
    of = f"{totals['sources_changed']:,} of {several(totals['sources'], 'source')}"
    if totals["substantive"]:
        told = f"{several(totals['substantive'], 'change')} in {of}: {sentence(counts)}"
    elif totals["sources_delivered"]:
        new = several(totals["sources_delivered"], "source")
        told = f"No record changed, though {new} delivered a new file"
    else:
        told = "No source delivered a new file; tables, texts or holds were brought up to date"
    return told + _comings_and_goings(sources) + "."


def besides(changes: Mapping[str, Any]) -> str:
    """What is not counted as change, in one sentence; empty if there is nothing of it."""
    old = [one for one in changes["sources"] if one["state"] == "changed"]
    told = sentence({k: sum(one["counts"][k] for one in old) for k in UNCOUNTED}, UNCOUNTED)
    return f"Not counted as change: {told}." if told else ""


def counts_listed(changes: Mapping[str, Any], kinds: Sequence[str] = SUBSTANTIVE) -> list[Count]:
    """The counts of a release by source and kind, the largest first, each with its link."""
    found = [
        Count(one["source_table"], one["title"], kind, one["counts"][kind], url_of(one, kind))
        for one in changes["sources"]
        if one["state"] == "changed"
        for kind in kinds
        if one["counts"][kind]
    ]
    return sorted(found, key=lambda c: (-c.count, c.title, KINDS.index(c.kind)))


def revisions_url(
    source_table: str, after: int, upto: int, kind: str | None = None, *, is_listed: bool = True
) -> str:
    """Where the changes of a source from one snapshot to another are listed, perhaps of one kind.

    A source of which only the numbers are public leads to these numbers.
    """
    wanted: dict[str, str | int] = {"source_table": source_table}
    if kind and is_listed:
        wanted["change_kind"] = kind
    wanted |= {"snapshot_sequence__gt": after, "snapshot_sequence__lte": upto}
    return f"/oversight/{'revisions' if is_listed else 'source_changes'}?{urlencode(wanted)}"


def url_of(source: Mapping[str, Any], kind: str | None = None) -> str:
    """Where what a release changed in a source is listed."""
    return revisions_url(
        source["source_table"],
        source["from_sequence"],
        source["to_sequence"],
        kind,
        is_listed=bool(source["listed_count"]),
    )


def hold_told(hold: Mapping[str, Any]) -> str:
    """What became of a held delivery, with who decided and why."""
    decision = hold["decision"]
    if decision == "open":
        return "It is held until a person decides."
    if decision == "superseded":
        return "A later delivery took its place before a person decided."
    by, why = hold["decided_by"] or "an unnamed person", (hold["reason"] or "").strip()
    return f"{decision.capitalize()} by {by}" + (f": {why}" if why else ".")


def kinds_told(kinds: object) -> str:
    """The kinds of a hold in plain words."""
    return joined(HOLD_KINDS.get(kind, kind) for kind in str(kinds or "").replace(",", " ").split())


HOLD_KINDS: Mapping[str, str] = {
    "header_lost": "the headings are gone",
    "partition_missing": "a whole part is missing",
    "key_migrated": "the records have other numbers",
    "mass_removal": "unusually many records are gone",
    "recoded": "words were replaced throughout",
}


def _everything_new(changes: Mapping[str, Any]) -> str:
    tables = [one for one in changes["tables"] if one["rows_after"] is not None]
    rows = sum(one["rows_after"] for one in tables)
    first = changes["number"] == 1
    why = "The first release" if first else "No earlier release could be read to compare with"
    return (
        f"{why}: everything in it is new, {several(len(tables), 'table')} with "
        f"{several(rows, 'row')} from {several(changes['totals']['sources'], 'source')}."
    )


def _comings_and_goings(sources: Sequence[Mapping[str, Any]]) -> str:
    told = ""
    for state, words in (
        ("new", "newly read"),
        ("begun", "logged from here on"),
        ("left", "no longer part of the site"),
    ):
        if count := sum(one["state"] == state for one in sources):
            told += f"; {several(count, 'source')} {'is' if count == 1 else 'are'} {words}"
    return told
