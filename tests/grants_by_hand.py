"""The money and officers of grants, worked out from the received files with Python alone.

Nothing of the models or of the generator is used: only the files, and the seeds read as text.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT

Key = tuple[str, str, str, str]
"""Metric, period, dimension and value of the dimension."""
Row = dict[str, Any]
SEEDS = PROJECT / "dbt_project" / "seeds"


def lines(file: Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def once(rows: Iterable[Row], key: str) -> list[Row]:
    """Rows with a key, a repeated one taken once, contradictory ones not at all."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row[key] and row not in found[row[key]]:
            found[row[key]].append(row)
    return [same[0] for same in found.values() if len(same) == 1]


def fiscal_year(day: str) -> int:
    """The federal fiscal year of a day written as 2019-10-01."""
    read = date.fromisoformat(day)
    return read.year + (read.month >= 10)


def programs() -> dict[str, str]:
    """The programme of each code."""
    return {" ".join(r["local_value"].split()).lower(): r["program"] for r in
            lines(SEEDS / "programs.csv")}  # fmt: skip


def program(award: Row) -> str:
    """The programme of an award: the end of a new number, the description of an old award."""
    number, told = award["Award ID"], award["Description"]
    code = number[-4:] if number.startswith("15JCOPS") else told if len(told) <= 60 else ""
    return programs().get(" ".join(code.split()).lower(), "not_stated")


def agencies() -> dict[tuple[str, str], str]:
    """Whose police each reviewed recipient is, by its name and state."""
    return {
        (" ".join(r["recipient_name"].split()).lower(), r["recipient_state"]):
            r["jurisdiction"] or "other"
        for r in lines(SEEDS / "recipient_agencies.csv")
    }  # fmt: skip


def agency(name: str, state: str) -> str:
    """The agency of one recipient."""
    return agencies().get((" ".join(name.split()).lower(), state), "not_reviewed")


def money(value: Any) -> Decimal | None:
    """An amount to the cent; None when nothing is reported."""
    return None if value in (None, "") else Decimal(str(value)).quantize(Decimal("0.01"))


def whole(value: str) -> Decimal | None:
    """A count; None when nothing is reported."""
    return Decimal(value) if value else None


class Sums:
    """Sums by metric, period and group; a group of which nothing is reported has none."""

    def __init__(self) -> None:
        self.of: dict[Key, Decimal] = {}

    def add(self, metric: str, year: int, groups: Row, value: Decimal | None) -> None:
        """Add a value to all together, to its groups, and to its year."""
        if value is None:
            return
        places = [("all", "all", "all"), (f"FY{year}", "all", "all")]
        places += [("all", name, word) for name, word in groups.items()]
        for place in places:
            key = (metric, *place)
            self.of[key] = self.of.get(key, Decimal(0)) + value


def of_awards(sums: Sums, awards: Iterable[Row], positions: dict[str, Row], state: str) -> None:
    """What stands in the awards themselves and in the reports on their positions."""
    for award in awards:
        told = award.get("Recipient Location") or {}
        groups = {
            "program": program(award),
            "agency": agency(award["Recipient Name"], told.get("state_code") or state),
        }
        award["groups"] = groups
        net, paid = money(award["Award Amount"]), money(award.get("Total Outlays"))
        assert net is not None
        year = fiscal_year(award["Start Date"])
        found = {
            "cops_net_obligated_usd": net,
            "cops_outlayed_usd": paid,
            "cops_outlay_not_reported_awards": Decimal(paid is None),
            "cops_remaining_usd": None if paid is None else net - paid,
            "cops_spent_naive_usd": net,
            "cops_remaining_naive_usd": net - (paid or 0),
            **of_positions(positions.get(award["Award ID"])),
        }
        for metric, value in found.items():
            sums.add(metric, year, groups, value)
    for key in [key for key in sums.of if key[0] == "cops_net_obligated_usd" and key[1] != "all"]:
        del sums.of[key]


def of_positions(report: Row | None) -> dict[str, Decimal | None]:
    """The officers and the local match of one report."""
    if report is None:
        return {}
    funded, hired = whole(report["Officers Funded"]), whole(report["Officers Hired"])
    match, waived = money(report["Local Match"]), report["Match Waived"] == "Yes"
    return {
        "cops_officers_funded": funded,
        "cops_officers_hired": hired,
        "cops_officers_hired_naive": funded,
        "cops_officers_retained": whole(report["Officers Retained"]),
        "cops_hires_not_reported_awards": Decimal(hired is None),
        "cops_match_required_usd": Decimal(0) if waived else match,
        "cops_match_waived_usd": match if waived else Decimal(0),
    }


def of_actions(sums: Sums, actions: Iterable[Row], awards: dict[str, Row]) -> None:
    """Money by the year of the action that moved it."""
    per_agency: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    whole_sums = {k: v for k, v in sums.of.items() if k[0] == "cops_net_obligated_usd"}
    for action in actions:
        groups = awards[action["award_id_fain"]]["groups"]
        amount = money(action["federal_action_obligation"])
        assert amount is not None
        year = fiscal_year(action["action_date"])
        sums.add("cops_obligated_usd", year, groups, max(amount, Decimal(0)))
        sums.add("cops_deobligated_usd", year, groups, max(-amount, Decimal(0)))
        sums.add("cops_net_obligated_usd", year, groups, amount)
        per_agency[groups["agency"], year] += amount
    sums.of.update(whole_sums)
    for (name, year), amount in per_agency.items():
        for kind, metric in (
            ("sworn_officers", "cops_obligated_per_sworn_officer"),
            ("residents", "cops_obligated_per_resident"),
        ):
            heads = latest(name, kind, year)
            if heads:
                sums.of[metric, f"FY{year}", "agency", name] = amount / heads


def latest(jurisdiction: str, kind: str, year: int) -> int | None:
    """The latest count of people up to a year."""
    facts = {
        int(row["year"]): int(row["value"])
        for row in lines(SEEDS / "denominators.csv")
        if (row["jurisdiction"], row["kind"]) == (jurisdiction, kind) and int(row["year"]) <= year
    }
    return facts[max(facts)] if facts else None


def demo(feeds: Path) -> dict[Key, Decimal]:
    """Every number about grants in the demo."""
    document = json.loads((feeds / "cops_awards.json").read_text(encoding="utf-8"))
    awards = once(document["results"], "Award ID")
    reports = once(lines(feeds / "cops_positions.csv"), "Award Id")
    actions = once(lines(feeds / "cops_transactions.csv"), "assistance_transaction_unique_key")
    sums = Sums()
    of_awards(sums, awards, {r["Award Id"]: r for r in reports}, "")
    of_actions(sums, actions, {a["Award ID"]: a for a in awards})
    return sums.of


def real(folder: Path) -> dict[Key, Decimal]:
    """Every number about grants in one page of real awards and the list of school grants."""
    document = json.loads((folder / "usaspending_16710_wa_p1.json").read_text(encoding="utf-8"))
    awards = once(document["results"], "Award ID")
    listed = {(a["Recipient Name"], money(a["Award Amount"]), a["Start Date"]) for a in awards}
    sums = Sums()
    of_awards(sums, awards, {}, "WA")
    of_awards(sums, school_awards(folder, listed), {}, "")
    return sums.of


def school_awards(folder: Path, listed: set[Any]) -> Iterator[Row]:
    """The awards of the list that the page does not hold, in the shape of the page."""
    for row in lines(folder / "svpp_active_awards_CA_MI_PA_WA.csv"):
        if (row["recipient"], money(row["award_amount"]), row["start_date"]) not in listed:
            yield {
                "Award ID": "",
                "Description": "SVPP",
                "Recipient Name": row["recipient"],
                "Recipient Location": {"state_code": row["state"]},
                "Award Amount": row["award_amount"],
                "Start Date": row["start_date"],
            }
