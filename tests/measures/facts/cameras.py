"""Reviews of body-worn-camera footage, requests for it and supervisors' audits, of the demo."""

from __future__ import annotations

from pathlib import Path

from tests.measures.facts.words import CITY, Fact, Words, day, number, records, whole
from tests.test_demo import recount

ISO = "%Y-%m-%d"


def reviews(folder: Path) -> list[Fact]:
    """One fact a line of a review; the words are ours, an unknown one is none."""
    words = Words()

    def told(field: str, text: str) -> str | None:
        return words.meaning(field, text).get("canonical")

    return [
        {
            "jurisdiction": CITY,
            "complaint_id": row["Complaint Id"].strip() or None,
            "reviewed_date": day(row["Reviewed Date"], ISO),
            "requested_date": day(row["Requested Date"], ISO),
            "fulfilled_date": day(row["Fulfilled Date"], ISO),
            "footage": told("footage", row["Camera Status"]),
            "violations": {told("violation", one) for one in row["Violations"].split("|")} - {None},
            "bwc_sampling": told("sampling", row["Selected By"]),
            "request_outcome": told("request_outcome", row["Request Outcome"]),
        }
        for row in recount(folder, "bwc_reviews")[1]
    ]


def audits(folder: Path) -> list[Fact]:
    """One fact a supervisor and month."""
    words = Words()
    return [
        {
            "jurisdiction": CITY,
            "audit_month": day(row["Month"], "%Y-%m"),
            "due": number(row["Audits Due"]),
            "done": number(row["Audits Done"]),
            "audit_sample": words.meaning("audit_sample", row["Sample"]).get("canonical"),
        }
        for row in whole(records(folder / "bwc_audits.csv"), "Audit Id")
    ]
