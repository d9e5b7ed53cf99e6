"""What each answer to a hold would do, so that a person knows before giving it."""

from __future__ import annotations

from typing import Any

from pipelines.holds.ledger import Doubt, Hold

RENAMING = frozenset({"key_migrated", "recoded"})
GONE = (
    "Records that are gone are logged as removed and shown as missing since this delivery; when "
    "three deliveries in a row lack them, they count as withdrawn by the source."
)
SHOWN = "The delivery enters the history, and the next `oversight refresh` shows it."
PUBLIC = "The answer is published with your name and your reason, and it stands."


def accepting(hold: Hold) -> list[str]:
    """What `accept` would do, in sentences."""
    told = [sentence for doubt in hold.doubts for sentence in _accepted(doubt)]
    return list(dict.fromkeys([SHOWN, *told]))


def accepting_as_changes(hold: Hold) -> list[str]:
    """What `accept --as-changes` would do, in sentences."""
    if not RENAMING.intersection(hold.kinds):
        return ["The same as accept: nothing here looks like another name for the same thing."]
    told = [
        sentence
        for doubt in hold.doubts
        for sentence in ([_as_changes(doubt)] if doubt.kind in RENAMING else _accepted(doubt))
    ]
    return list(dict.fromkeys([SHOWN, *told]))


def rejecting(hold: Hold) -> list[str]:
    """What `reject` would do, in sentences."""
    feed = hold.source_table
    return [
        f"{feed} stays at its last good snapshot and the site goes on saying that it is held.",
        "These bytes never enter the history, however often the source sends them; they are kept.",
        "The next delivery that differs is compared with the last good one, and may be held again.",
    ]


def _accepted(doubt: Doubt) -> list[str]:
    found = doubt.evidence
    if doubt.kind == "header_lost":
        return ["The columns are read in the order in which the contract declares them."]
    if doubt.kind == "key_migrated":
        return _rekeyed(found)
    if doubt.kind == "recoded":
        column = f"in column {found['column']} " if "column" in found else ""
        told = f"The new words {column}are logged as recoded, which is not a change in substance;"
        return [f"{told} the same replacement is then known and not held again."]
    return [GONE]


def _rekeyed(found: Any) -> list[str]:
    paired, unclear = found.get("paired", 0), found.get("unclear", 0)
    kept = "keep their permanent id and their timeline under the new key"
    told = [f"{paired:,} records {kept}, and are logged as key_migrated."]
    if unclear:
        told.append(
            f"{unclear:,} records are logged as key_migrated too but get new ids, because nobody "
            "can tell which of their equals they were."
        )
    removed, added = (found.get(side, 0) - paired - unclear for side in ("removed", "added"))
    if removed > 0 or added > 0:
        told.append(f"Of the rest, {max(removed, 0):,} are removed and {max(added, 0):,} added.")
    return told


def _as_changes(doubt: Doubt) -> str:
    found = doubt.evidence
    if doubt.kind == "key_migrated":
        removed, added = found.get("removed", 0), found.get("added", 0)
        return (
            f"You say that these are other records: {removed:,} are removed and {added:,} are "
            "added, with new permanent ids."
        )
    column = f" in column {found['column']}" if "column" in found else ""
    return f"You say that the facts differ: each word{column} is logged as value_changed."
