"""The history of the invented marts: what happened to a handful of complaints in four files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Rows = list[dict[str, Any]]

OTHERS = ("allegations", "bwc_reviews", "hearings", "cops_awards")
"""Feeds that never changed."""
SNAPSHOTS = ("2026-08-03", "2026-09-02", "2026-10-01", "2026-11-02")
"""The days on which the file of complaints differed from the one before."""
CHANGES = (
    # snapshot, complaint, field, kind, old, new
    (2, 1, None, "added", None, None),
    (2, 2, "district", "reformatted", "north", "North"),
    (2, 121, None, "removed", None, None),
    (3, 1, "finding", "filled", None, "Sustained"),
    (3, 1, "status", "value_changed", "Open", "Closed"),
    (3, 3, "finding", "blanked", "Sustained", None),
    (3, 4, "incident_number", "value_changed", None, None),
    (3, 5, None, "key_migrated", None, None),
    (3, 6, None, "removed", None, None),
    (3, 7, "category", "recoded", "Force", "Use of force"),
    (4, 6, None, "restored", None, None),
    (4, 122, None, "removed", None, None),
)
SUBSTANTIVE = ("added", "removed", "restored", "value_changed", "blanked", "filled")
OF_COMPLAINTS = {
    "jurisdiction": "larkhaven",
    "source_table": "larkhaven.complaints",
    "feed": "complaints",
}


def record_id(number: int) -> str:
    """The permanent id that complaint `number` has in the invented history."""
    return f"{number:016x}"


def rows(counts: Mapping[str, int]) -> dict[str, Rows]:
    """The rows of every mart that tells of history; `counts` are the rows of the other feeds."""
    return {
        "revisions": _revisions(),
        "missing_records": _missing_records(),
        "source_changes": _source_changes(counts),
        "maturity_triangle": _maturity_triangle(),
        "holds": _holds(),
    }


def _revisions() -> Rows:
    return [
        {
            **OF_COMPLAINTS,
            "revision_id": _revision_id(sequence, number, field),
            "record_id": record_id(number),
            "record_label": f"LH-{number:04d}",
            "change_kind": kind,
            "is_substantive": kind in SUBSTANTIVE,
            "column_name": field,
            "old_value": old,
            "new_value": new,
            "first_seen_at": f"{SNAPSHOTS[sequence - 1]} 04:15:00",
            "snapshot_sequence": sequence,
            "snapshot_id": f"s{sequence}",
            "previous_snapshot_id": f"s{sequence - 1}",
        }
        for sequence, number, field, kind, old, new in CHANGES
    ]


def _revision_id(sequence: int, number: int, field: str | None) -> str:
    told = f"larkhaven.complaints|{sequence}|{record_id(number)}|{field or ''}"
    return hashlib.md5(told.encode()).hexdigest()[:16]


def _missing_records() -> Rows:
    return [
        {
            **OF_COMPLAINTS,
            "record_id": record_id(number),
            "record_label": f"LH-{number:04d}",
            "record_state": "withdrawn" if absent >= 3 else "missing",
            "missing_since_date": SNAPSHOTS[-absent],
            "last_seen_date": SNAPSHOTS[-absent - 1],
            "snapshots_absent_count": absent,
            "last_values": f'{{"complaint_id": "LH-{number:04d}", "status": "Closed"}}',
        }
        for number, absent in ((121, 3), (122, 1))
    ] + [{**OF_COMPLAINTS, "record_id": record_id(123), "record_state": "withheld"}]


def _source_changes(counts: Mapping[str, int]) -> Rows:
    return [
        {
            **OF_COMPLAINTS,
            "snapshot_sequence": sequence,
            "snapshot_id": f"s{sequence}",
            "previous_snapshot_id": f"s{sequence - 1}" if sequence > 1 else None,
            "first_seen_at": f"{day} 04:15:00",
            "accepted_at": f"{day} 04:16:00",
            "as_of_date": day,
            "rows_count": 120,
            "ever_published_count": 123,
            "absent_count": sequence - 1,
            **{
                f"{kind}_count": sum(c[0] == sequence and c[3] == kind for c in CHANGES)
                for kind in (*SUBSTANTIVE, "recoded", "key_migrated", "reformatted")
            },
            "substantive_count": sum(c[0] == sequence and c[3] in SUBSTANTIVE for c in CHANGES),
            "changed_records_count": len({c[1] for c in CHANGES if c[0] == sequence}),
            "hold_id": "larkhaven.complaints-1" if sequence == 3 else None,
        }
        for sequence, day in enumerate(SNAPSHOTS, 1)
    ] + [
        {
            "jurisdiction": "larkhaven",
            "source_table": f"larkhaven.{feed}",
            "feed": feed,
            "snapshot_sequence": 1,
            "snapshot_id": f"{feed}-1",
            "first_seen_at": "2026-08-03 04:15:00",
            "accepted_at": "2026-08-03 04:16:00",
            "rows_count": counts[feed],
            "ever_published_count": counts[feed],
            "absent_count": 0,
            **{
                f"{kind}_count": 0
                for kind in (*SUBSTANTIVE, "recoded", "key_migrated", "reformatted", "substantive")
            },
            "changed_records_count": 0,
        }
        for feed in OTHERS
    ]


def _maturity_triangle() -> Rows:
    return [
        {
            **OF_COMPLAINTS,
            "cohort_month": f"2026-0{month}-01",
            "age_months": 8 + place - month - 1,
            "snapshot_id": f"s{place + 1}",
            "snapshot_date": day,
            "records_count": 12 + place,
            "decided_count": 3 * (place + 1),
            "decided_pct": round(100.0 * 3 * (place + 1) / (12 + place), 1),
        }
        for month in (5, 6, 7)
        for place, day in enumerate(SNAPSHOTS)
    ]


def _holds() -> Rows:
    return [
        {
            "hold_id": "larkhaven.complaints-1",
            "jurisdiction": "larkhaven",
            "source_table": "larkhaven.complaints",
            "kinds": "key_migrated, recoded",
            "explanation": "One of 121 records has another number. One word was renamed.",
            "snapshot_id": "s3",
            "last_good_snapshot_id": "s2",
            "opened_at": "2026-10-01 04:15:00",
            "decision": "accepted",
            "decided_at": "2026-10-01 15:02:00",
            "decided_by": "R. Example",
            "reason": "The office confirms both by telephone.",
        },
        {
            "hold_id": "larkhaven.bwc_reviews-1",
            "jurisdiction": "larkhaven",
            "source_table": "larkhaven.bwc_reviews",
            "kinds": "mass_removal",
            "explanation": "2 of 3 records are gone, 66.7 percent; 1 percent is allowed.",
            "snapshot_id": "b2",
            "last_good_snapshot_id": "bwc_reviews-1",
            "opened_at": "2026-11-02 04:15:00",
            "decision": "open",
        },
    ]
