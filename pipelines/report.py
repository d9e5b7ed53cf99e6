"""The short table at the end of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

COUNTS = {
    "received": "received",
    "loaded": "loaded",
    "quarantined": "quarantined",
    "dropped_identical": "identical",
    "withheld": "withheld",
}


def feed_table(rows: Mapping[str, Mapping[str, Any]], held: Mapping[str, str]) -> Table:
    """Per feed: rows received, loaded, quarantined, dropped as identical and withheld."""
    table = Table(title=None, box=None, pad_edge=False)
    table.add_column("feed", overflow="fold")
    for words in COUNTS.values():
        table.add_column(words, justify="right", no_wrap=True, min_width=len(words))
    if held:
        table.add_column("")
    for name, counts in sorted(rows.items()):
        numbers = [f"{counts[count]:,}" for count in COUNTS]
        table.add_row(name, *numbers, *(["held" if name in held else ""] if held else []))
    return table


def show(console: Console, summary: Mapping[str, Any]) -> None:
    """Print the table and the line of facts under it."""
    if summary["rows"]:
        console.print(feed_table(summary["rows"], summary["held"]))
    for name, counts in sorted(summary["rows"].items()):
        if unknown := counts["unknown_columns"]:
            # How many, not their headings: one may say what it should not.
            told = f"{len(unknown)} column(s) are new and not loaded"
            told += "; `oversight status --headings` names them."
            console.print(f"{name}: {told}", soft_wrap=True)
    for name, reason in summary["held"].items():
        console.print(f"{name} is shown at its last good snapshot: {reason}")
    for label in ("checks", "release", "address"):
        if summary.get(label):
            console.print(f"{label:<8} {summary[label]}")
