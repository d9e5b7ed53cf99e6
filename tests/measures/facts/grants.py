"""Awards, actions and positions of the demo's grants, with the seeds that place them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT
from tests.measures.facts.words import CITY, Fact, Words, day, number, once, records, whole
from tests.test_demo import word

SEEDS = PROJECT / "dbt_project" / "seeds"


def awards_actions_and_positions(folder: Path) -> tuple[list[Fact], list[Fact], list[Fact]]:
    """An action and a report of positions has the agency, programme and start of its award."""
    words, agencies = Words(), _agencies()
    found = json.loads((folder / "cops_awards.json").read_text(encoding="utf-8"))["results"]
    awards = {
        row["Award ID"]: _award(row, words, agencies)
        for row in once(found, lambda award: award["Award ID"])
    }
    actions = [
        {
            **_of(awards, row["award_id_fain"]),
            "action_date": day(row["action_date"], "%Y-%m-%d"),
            "usd": number(row["federal_action_obligation"]),
        }
        for row in whole(
            records(folder / "cops_transactions.csv"), "assistance_transaction_unique_key"
        )
    ]
    positions = [
        {**_of(awards, row["Award Id"]), **_position(row)}
        for row in whole(records(folder / "cops_positions.csv"), "Award Id")
    ]
    return list(awards.values()), actions, positions


def denominators() -> list[Fact]:
    """How many officers and residents there were, from which year on."""
    with (SEEDS / "denominators.csv").open(newline="") as file:
        return [
            {**row, "year": int(row["year"]), "value": float(row["value"])}
            for row in csv.DictReader(file)
        ]


def _agencies() -> dict[tuple[str, str], str]:
    with (SEEDS / "recipient_agencies.csv").open(newline="") as file:
        return {
            (word(row["recipient_name"]), row["recipient_state"]): row["jurisdiction"] or "other"
            for row in csv.DictReader(file)
        }


def _award(row: Mapping[str, Any], words: Words, agencies: Mapping[tuple[str, str], str]) -> Fact:
    name, place = row["Award ID"].strip(), row["Recipient Location"]
    code = name[-4:] if name.startswith("15JCOPS") else row["Description"] or ""
    recipient = (word(row["Recipient Name"] or ""), place["state_code"])
    return {
        "jurisdiction": CITY,
        "award_id": name,
        "agency": agencies.get(recipient, "not_reviewed"),
        "program": words.meaning("program", code).get("program", "not_stated"),
        "start_date": day(row["Start Date"] or "", "%Y-%m-%d", may_be_future=True),
        "obligated": number(row["Award Amount"]),
        "outlayed": number(row["Total Outlays"]),
    }


def _of(awards: Mapping[str, Fact], name: str) -> Fact:
    unknown = {"agency": "not_reviewed", "program": "not_stated", "start_date": None}
    award = awards.get(name.strip(), unknown)
    return {"jurisdiction": CITY, "award_id": name.strip()} | {key: award[key] for key in unknown}


def _position(row: Mapping[str, str]) -> Fact:
    match, waived = number(row["Local Match"]), word(row["Match Waived"])
    is_told = match is not None and waived != ""
    return {
        "funded": number(row["Officers Funded"]),
        "hired": number(row["Officers Hired"]),
        "retained": number(row["Officers Retained"]),
        "match_required": (0.0 if waived == "yes" else match) if is_told else None,
        "match_waived": (match if waived == "yes" else 0.0) if is_told else None,
    }
