"""Complaints and allegations of the demo, read from its own files with Python's csv module.

A second reading of what the public tables say. The crosswalk seeds are read as text; the rules by
which a word gets its meaning and a complaint its outcome are written here again, from their
descriptions, and share nothing with the models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tests.measures.facts.words import CITY, Fact, Meaning, Words, day, seed
from tests.test_demo import Row, recount, word

OPEN = ("open", "reopened", "tolled")
OUTCOME = ("resolution_class", "finding", "truncation_reason", "alternative_kind", "void_reason")
GRAVITY = ("force", "sexual", "domestic_violence", "bias", "abuse_stop_search", "abuse_other",
           "untruthful", "offensive_language", "discourtesy", "neglect", "bwc_policy",
           "other")  # fmt: skip
# Of several outcomes of one complaint the first of these speaks for it.
PRECEDENCE = ("sustained", "open", "policy_or_training_failure", "other_misconduct_noted",
              "alternative", "not_sustained", "exonerated", "unfounded", "truncated", "referred",
              "void")  # fmt: skip


def outcome(meaning: Meaning) -> Fact | None:
    """The five words of an outcome, or nothing."""
    if not meaning.get("resolution_class"):
        return None
    return {name: meaning.get(name) or None for name in OUTCOME}


def gravest(outcomes: list[Fact]) -> Fact | None:
    """The outcome that speaks for a complaint; equal ones are told apart by their words."""
    return min(
        outcomes,
        key=lambda o: (PRECEDENCE.index(_rank(o)), [o[name] or "" for name in OUTCOME]),
        default=None,
    )


def _rank(told: Fact) -> str:
    return str(told["finding"] if told["finding"] in PRECEDENCE else told["resolution_class"])


def complaints_and_allegations(folder: Path) -> tuple[list[Fact], list[Fact]]:
    """Both in the shared words: an allegation has its complaint's day, a complaint the gravest
    outcome of its allegations."""
    words = Words()
    complaints = {}
    for row in recount(folder, "complaints")[1]:
        fact = _complaint(row, words)
        complaints[fact["complaint_id"]] = fact
    allegations = [_allegation(row, words, complaints) for row in recount(folder, "allegations")[1]]
    of: dict[str, list[Fact]] = defaultdict(list)
    for allegation in allegations:
        of[allegation["complaint_id"]].append(allegation)
    return [_decided(fact, of[number]) for number, fact in complaints.items()], allegations


def _text(row: Row, heading: str) -> str | None:
    return row[heading].strip() or None


def _complaint(row: Row, words: Words) -> Fact:
    received, closed = day(row["Received Date"]), day(row["Closed Date"])
    status = words.meaning("complaint_status", row["Status"], received)
    stated = words.meaning("complaint_outcome", row["Finding"], received)
    category = words.meaning("category", row["Category"], received)
    return {
        "jurisdiction": CITY,
        "complaint_id": row["Complaint Id"].strip(),
        "incident_number": _text(row, "Incident Number"),
        "incident_date": day(row["Incident Date"]),
        "received_date": received,
        "closed_date": closed,
        "reopened_date": day(row["Reopened Date"]),
        "district": _text(row, "District"),
        "category": category.get("category"),
        "intake_channel": _text(row, "Intake Channel"),
        "stated_status": status.get("status") or (closed and "closed") or stated.get("status"),
        "stated_outcome": outcome(stated) or outcome(status),
    }


def _allegation(row: Row, words: Words, complaints: Mapping[str, Fact]) -> Fact:
    number = row["Complaint Id"].strip()
    complaint = complaints.get(number)
    received = complaint and complaint["received_date"]
    stated = words.meaning("allegation_outcome", row["Finding"], received)
    told, status = outcome(stated), stated.get("status")
    if not row["Finding"].strip() and complaint:
        before = complaint["stated_status"]
        if before in OPEN or (before is None and complaint["stated_outcome"] is None):
            told = dict.fromkeys(OUTCOME) | {"resolution_class": "open"}
    is_open = told is not None and told["resolution_class"] == "open"
    badge = row["Badge"].strip()
    return {
        "jurisdiction": CITY,
        "complaint_id": number,
        "officer_key": badge if badge not in ("", "UNK", "0") else None,
        "category": words.meaning("category", row["Allegation"], received).get("category"),
        "received_date": received,
        "status": status
        or (complaint and complaint["stated_status"])
        or (is_open and "open")
        or None,
        "has_stated_outcome": bool(row["Finding"].strip()),
        "outcome_word": word(row["Finding"]),
        "intake_channel": complaint and complaint["intake_channel"],
        **(told or dict.fromkeys(OUTCOME)),
    }


def _decided(fact: Fact, allegations: list[Fact]) -> Fact:
    """A complaint whose agency calls it open is decided by nothing but a sustained allegation."""
    told = gravest([a for a in allegations if a["resolution_class"]])
    told = told and {name: told[name] for name in OUTCOME}
    if not any(a["has_stated_outcome"] for a in allegations):
        told = fact["stated_outcome"] or told
    is_decided = bool(allegations) and not any(a["status"] in OPEN for a in allegations)
    status = fact["stated_status"] or ("closed" if is_decided else "open")
    if status in OPEN and not (told and told["finding"] == "sustained"):
        told = dict.fromkeys(OUTCOME) | {"resolution_class": "open"}
    named = {a["category"] for a in allegations}
    gravity = next((name for name in GRAVITY if name in named), None)
    kept = {key: value for key, value in fact.items() if not key.startswith("stated_")}
    return {
        **kept,
        **(told or dict.fromkeys(OUTCOME)),
        "status": status,
        "category": fact["category"] or gravity,
        "allegations_count": len(allegations),
    }


def deadlines() -> list[Fact]:
    """The deadlines of the demo; one without an end or a beginning has always held."""
    return [
        {
            **row,
            "length": int(row["length"]),
            "tolls": row["tolls"] == "true",
            "valid_from": date.fromisoformat(row["valid_from"] or "0001-01-01"),
            "valid_to": date.fromisoformat(row["valid_to"] or "9999-12-31"),
        }
        for row in seed("deadlines")
    ]
