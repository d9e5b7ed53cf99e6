"""The page of a record as JSON, for programs: the same content in a shape that stays.

    {"ok": true, "release": "0003", "published_at": "...", "address": "/record/...",
     "title": "Complaint LH-1", "record_label": "LH-1", "source_table": "larkhaven.complaints",
     "source": {"title", "jurisdiction", "feed", "publisher", "cannot_tell"},
     "records": [RECORD], "related": [RECORD], "rows": [{"table", "address", "rows"}]}

    RECORD = {"record_id": "0123456789abcdef" or null, "address", "source_table", "feed",
     "record_label", "record_state": "current" | "missing" | "withdrawn", "told",
     "missing_since_date", "last_seen_date", "snapshots_absent_count", "last_values": {} or null,
     "remark", "has_more_events": false,
     "events": [{"first_seen_at", "as_of_date", "snapshot_sequence", "snapshot_id",
       "previous_snapshot_id", "change_kind", "is_substantive", "column_name", "old_value",
       "new_value", "told"}]}

Events are newest first. Of a withheld record there is only `ok`, `release`, `record_id`,
`record_state` and `told`. What is unknown has `ok` false, `status` 404 and `error`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines.record_log import Event
from pipelines.record_pages import Page, Record, Withheld
from pipelines.record_words import UNKNOWN
from pipelines.shown import Shown

OF_EVENT = (
    *("first_seen_at", "as_of_date", "snapshot_sequence", "snapshot_id", "previous_snapshot_id"),
    *("change_kind", "is_substantive", "column_name", "old_value", "new_value", "told"),
)


def of_page(shown: Shown, page: Page) -> dict[str, Any]:
    """A page in the shape above."""
    source = page.source
    return {
        "ok": True,
        "release": shown.number,
        "published_at": shown.manifest.created_at,
        "address": page.address,
        "title": page.title,
        "record_label": page.label,
        "source_table": source.name,
        "source": {
            "title": source.title,
            "jurisdiction": source.jurisdiction,
            "feed": source.feed,
            "publisher": source.publisher,
            "cannot_tell": source.cannot_tell,
        },
        "records": [_record(record) for record in page.records],
        "related": [_record(record) for record in page.related],
        "rows": [
            {"table": row.table, "address": row.address, "rows": row.rows} for row in page.rows
        ],
    }


def of_withheld(shown: Shown, withheld: Withheld) -> dict[str, Any]:
    """All that may be said of a record that is withheld."""
    told = {"ok": True, "release": shown.number, "record_state": "withheld"}
    return {**told, **asdict(withheld)}


def of_unknown() -> dict[str, Any]:
    """The answer to an id or a number that nothing public ever had."""
    return {"ok": False, "status": 404, "error": UNKNOWN}


def _record(record: Record) -> dict[str, Any]:
    gone = record.absence
    return {
        "record_id": record.record_id,
        "address": record.address,
        "source_table": record.source.name,
        "feed": record.source.feed,
        "record_label": record.record_label,
        "record_state": record.state,
        "told": record.standing,
        "missing_since_date": gone.missing_since_date if gone else None,
        "last_seen_date": gone.last_seen_date if gone else None,
        "snapshots_absent_count": gone.snapshots_absent_count if gone else None,
        "last_values": gone.last_values if gone else None,
        "remark": record.remark,
        "has_more_events": record.is_cut,
        "events": [_event(event) for event in record.events],
    }


def _event(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in OF_EVENT}
