"""The roster of the demo's officers, and what discipline followed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.measures.facts.words import CITY, Fact, day, records, seed, whole
from tests.measures.facts.words import number as number_of
from tests.test_demo import word


def roster(folder: Path) -> list[Fact]:
    """One fact an officer."""
    rows = whole(records(folder / "officers.csv"), "Badge")
    return [{"officer_key": row["Badge"].strip()} for row in rows]


def discipline(folder: Path, complaints: Sequence[Fact]) -> list[Fact]:
    """One fact an officer case, with the rungs of the ladder at each step."""
    ladder = {(row["step"], word(row["local_value"])): row for row in seed("penalties")}
    received = {fact["complaint_id"]: fact["received_date"] for fact in complaints}
    head, *rows = records(folder / "discipline.csv")
    cases = (dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head))
    kept = (row for row in cases if row["Complaint Id"].strip() in received)
    return [_case(row, ladder, received) for row in kept]


def _case(
    row: Mapping[str, str],
    ladder: Mapping[tuple[str, str], Mapping[str, str]],
    received: Mapping[str, date | None],
) -> Fact:
    def told(step: str, heading: str) -> Mapping[str, str]:
        text = re.sub(r"\d+", "#", word(row[heading]))
        return ladder.get((step, text), {})

    number = row["Complaint Id"].strip()
    board = told("board_recommended", "Board Recommendation")
    chief = told("chief_final", "Chief Decision")
    appeal, closing = told("appeal_final", "Appeal Decision"), told("closing", "Closed Because")
    decided = day(row["Chief Date"], "%Y-%m-%d")
    lowest = number_of(board.get("severity"))
    return {
        "jurisdiction": CITY,
        "received_date": received[number] or date(int(number[3:7]), 1, 1),
        "board_recommended_local": row["Board Recommendation"].strip() or None,
        "chief_decision_year": decided.year if decided else None,
        "board": (lowest, number_of(board.get("severity_up_to")) or lowest),
        "chief": number_of(chief.get("severity")),
        "appeal": appeal.get("decision"),
        "after_appeal": number_of(appeal.get("severity")),
        "is_settled_otherwise": closing.get("decision") == "not_decidable",
    }
