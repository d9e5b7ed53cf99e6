"""What the feeds say: of the whole site a release an entry, of a source each change of its file.

Entries name records and columns and never a value: what a feed reader has copied cannot be
corrected or taken back any more, and the page that an entry leads to can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from pipelines.atom import MOST, Entry, Feed
from pipelines.changes import SUBSTANTIVE, UNCOUNTED, counts_of, moment, title
from pipelines.changes_listed import Change, some_changes
from pipelines.changes_told import (
    besides,
    counted,
    counts_listed,
    headline,
    hold_told,
    kinds_told,
    revisions_url,
    sentence,
    several,
)
from pipelines.record_words import in_address

RECORDS = 20
TELLING = (
    "snapshot_sequence = 1 or columns_added is not null or columns_missing is not null "
    f"or {' or '.join(f'{kind}_count > 0' for kind in (*SUBSTANTIVE, 'recoded', 'key_migrated'))}"
)
"""The deliveries of which a subscriber hears: not those that only look different."""


def of_releases(site: str, updated: str, releases: Sequence[Mapping[str, Any]]) -> Feed:
    """The feed of the whole site; `releases` are their changes, newest first."""
    return Feed(
        key="feed",
        title=f"{site}: what changed",
        subtitle="An entry for each release of the data.",
        author=site,
        path="/feed.atom",
        page="/changes",
        updated=moment(updated) or updated,
        entries=[_release(one) for one in releases[:MOST]],
        total=len(releases),
    )


def of_source(database: sqlite3.Connection, site: str, source: str) -> Feed | None:
    """The feed of one source; nothing if there is no such source or no log of it yet."""
    about = database.execute("select * from sources where source_table = ?", [source]).fetchone()
    newest = (
        f"select * from source_changes where source_table = ? and ({TELLING}) "
        f"order by snapshot_sequence desc limit {MOST}"
    )
    deliveries = [dict(row) for row in database.execute(newest, [source])]
    held = database.execute("select * from holds where source_table = ?", [source])
    entries = [entry for row in held for entry in _hold(dict(row))]
    total = _count(database, source) + len(entries)
    entries += [_delivery(database, row) for row in deliveries]
    if about is None or not entries:
        return None
    entries.sort(key=lambda one: (one.updated, one.key), reverse=True)
    return Feed(
        key=f"feed/{source}",
        title=f"{title(about)}: what changed",
        subtitle="An entry for each delivery that changed something, and for each that was held. "
        f"Published by {about['publisher']}; licence: {about['license']}.",
        author=site,
        path=f"/feeds/{source}.atom",
        page=f"/oversight/sources/{in_address(source)}",
        updated=entries[0].updated,
        entries=entries[:MOST],
        total=total,
    )


def followed(database: sqlite3.Connection) -> list[tuple[str, str]]:
    """The sources that have a feed, with their titles."""
    query = (
        "select * from sources where source_table in (select source_table from source_changes "
        "union select source_table from holds) order by jurisdiction_title, source_table"
    )
    return [(row["source_table"], title(row)) for row in database.execute(query)]


def _release(changes: Mapping[str, Any]) -> Entry:
    number = changes["number"]
    html = f"<p>{escape(headline(changes))}</p>"
    html += _listed(
        f'<a href="{escape(one.url)}">{escape(one.title)}: {counted(one.kind, one.count)}</a>'
        for one in counts_listed(changes)
    )
    html += _paragraph(besides(changes))
    html += "".join(_told(hold) for hold in changes["holds"])
    return Entry(
        key=f"release/{number:04d}",
        title=f"Release {number}: {headline(changes)}",
        updated=moment(changes["created_at"]) or changes["created_at"],
        url=f"/changes/{number:04d}",
        html=html,
    )


def _delivery(database: sqlite3.Connection, row: Mapping[str, Any]) -> Entry:
    source, sequence = row["source_table"], row["snapshot_sequence"]
    counts = counts_of([row])
    about = {"source_table": source, "title": "", "counts": counts}
    asked = {**about, "from_sequence": sequence - 1, "to_sequence": sequence}
    changes = some_changes(database, [asked], RECORDS)
    more = sum(counts[kind] for kind in SUBSTANTIVE) - len(changes)
    html = _paragraph(_changed(row, counts)) + _listed(map(_record, changes))
    if changes and more > 0:
        every = revisions_url(source, sequence - 1, sequence)
        html += f'<p><a href="{escape(every)}">{several(more, "more change")}</a></p>'
    return Entry(
        key=f"{source}/snapshot/{sequence}",
        title=_headed(row, counts),
        updated=moment(row["accepted_at"]) or "",
        url=f"/oversight/source_changes/{in_address(source)},{sequence}",
        html=html,
    )


def _headed(row: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    if row["snapshot_sequence"] == 1:
        return f"First delivery: {several(row['rows_count'], 'record')}"
    told = sentence(counts) or sentence(counts, UNCOUNTED) or "columns changed"
    return told[:1].upper() + told[1:]


def _changed(row: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """A delivery in plain words: its size, its changes, and what is kept apart from change."""
    told = f"The file has {several(row['rows_count'], 'record')}."
    if row["snapshot_sequence"] == 1:
        return f"{told} Later deliveries are compared with it; nothing in it counts as added."
    for words, columns in (("New", "columns_added"), ("Missing", "columns_missing")):
        if row[columns]:
            told += f" {words} columns: {row[columns].replace(',', ', ')}."
    apart = sentence(counts, UNCOUNTED)
    return f"{told} Not counted as change: {apart}." if apart else told


def _record(change: Change) -> str:
    label = f"<bdi>{escape(change.record_label)}</bdi>"
    address = f"/record/{escape(change.record_id)}"
    return f'<a href="{address}">{label}</a>: {escape(change.what)}'


def _hold(hold: Mapping[str, Any]) -> list[Entry]:
    """A hold is news when it is opened, and again when it ends."""
    name, url = hold["hold_id"], f"/oversight/holds/{in_address(hold['hold_id'])}"
    opened, decided = (moment(hold[column]) for column in ("opened_at", "decided_at"))
    found = []
    if opened:
        kinds = f"A delivery is held: {kinds_told(hold['kinds'])}"
        found.append(Entry(f"hold/{name}/opened", kinds, opened, url, _paragraph(_why(hold))))
    if decided and hold["decision"] != "open":
        ended = "overtaken by a later one" if hold["decision"] == "superseded" else hold["decision"]
        words = f"The held delivery was {ended}"
        found.append(Entry(f"hold/{name}/decided", words, decided, url, _told(hold)))
    return found


def _why(hold: Mapping[str, Any]) -> str:
    return f"{hold['explanation'] or ''} The last good delivery stays on the site."


def _told(hold: Mapping[str, Any]) -> str:
    about = f"{escape(hold['title'])}: " if "title" in hold else ""
    why, ended = escape(hold["explanation"] or ""), escape(hold_told(hold))
    return f"<p>{about}<bdi>{why}</bdi> <bdi>{ended}</bdi></p>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text.strip() else ""


def _listed(items: Iterable[str]) -> str:
    told = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{told}</ul>" if told else ""


def _count(database: sqlite3.Connection, source: str) -> int:
    query = f"select count(*) from source_changes where source_table = ? and ({TELLING})"
    return int(database.execute(query, [source]).fetchone()[0])
