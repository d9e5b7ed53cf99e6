"""What the files of four cities say of complaints and allegations, in the cities' own words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.acceptance.raw_files import Row, day, keyed, least, lines


@dataclass
class Told:
    """One complaint: its days, and the words for its state, end, subject, way in and place."""

    received: date | None = None
    closed: date | None = None
    status: str | None = None
    outcome: str | None = None
    category: str | None = None
    channel: str | None = None
    district: str | None = None


@dataclass
class Alleged:
    """One allegation; `officer` tells officers of a complaint apart, and is none when unknown."""

    complaint: str
    category: str | None
    outcome: str | None
    officer: str | None = None


@dataclass
class City:
    """All that the files of a city say; `sealed` are complaints that must be nowhere."""

    name: str
    complaints: dict[str, Told] = field(default_factory=dict)
    allegations: list[Alleged] = field(default_factory=list)
    sealed: set[str] = field(default_factory=set)


def philadelphia(folder: Path) -> City:
    """Two files: complaints, and one row for each officer accused."""
    city, latest = City("philadelphia"), date(2020, 4, 30)
    for number, row in keyed(lines(folder / "ppd_complaints.csv"), "complaint_id").items():
        place = row["district_occurrence"]
        city.complaints[number] = Told(
            received=day(row["date_received"][:10], latest),
            category=row["general_cap_classification"],
            district=None if place == "N/A" else place or None,
        )
    for row in lines(folder / "ppd_complaint_disciplines.csv"):
        if row["complaint_id"]:
            words = row["allegations_investigated"], row["investigative_findings"]
            city.allegations.append(Alleged(row["complaint_id"], *words, row["officer_id"] or None))
    return city


def detroit(folder: Path) -> City:
    """One file of allegations that repeats the days of each complaint."""
    city, groups = City("detroit"), defaultdict(list)
    for row in lines(folder / "DPD_Citizen_Complaints.csv"):
        if row["bpc"]:
            groups[row["bpc"]].append(row)
    for number, rows in groups.items():
        first, last = (
            [d for row in rows if (d := day(row[name], date(2020, 5, 31), "%Y/%m/%d %H:%M:%S+00"))]
            for name in ("report_date", "closed")
        )
        channel = least(_detroit_channel(row["entry"]) for row in rows)
        city.complaints[number] = Told(
            min(first, default=None), max(last, default=None), channel=channel
        )
        city.allegations += [Alleged(number, row["allegation"], row["finding"]) for row in rows]
    return city


def _detroit_channel(entry: str) -> str:
    if entry.lower().startswith("telephone"):
        return "Telephone"
    return "Outside agency" if entry.lower().startswith("outside agen") else entry


def new_orleans(folder: Path) -> City:
    """One file of allegations that repeats the days and the state of each complaint."""
    city, groups = City("new_orleans"), defaultdict(list)
    for row in lines(folder / "NOPD_Misconduct_Complaints_20200214.csv"):
        if row["complaint_tracking_number"]:
            groups[row["complaint_tracking_number"]].append(row)
    for number, rows in groups.items():
        city.complaints[number] = _new_orleans_complaint(rows)
        for row in rows:
            subject = row["paragraph_violation"] or row["rule_violation"]
            city.allegations.append(Alleged(number, subject, row["disposition"]))
    return city


def _new_orleans_complaint(rows: list[Row]) -> Told:
    """The earliest receipt, the latest end; one with unfinished work is not finished."""
    first, last = (
        [d for row in rows if (d := day(row[name], date(2020, 2, 14), "%m/%d/%Y %I:%M:%S %p"))]
        for name in (
            "date_complaint_received_by_nopd_pib",
            "date_complaint_investigation_complete",
        )
    )
    states = [row["investigation_status"] for row in rows]
    return Told(
        min(first, default=None),
        max(last, default=None),
        least(s for s in states if s.lower() != "completed") or least(states),
        least(row["disposition"] for row in rows),
        channel=least(row["incident_type"] for row in rows),
        district=least(row["division_of_complainant"] for row in rows),
    )


def chicago(folder: Path) -> City:
    """Three releases of complaints, the younger ones first, and two of accused officers."""
    city = City("chicago")
    clear = folder / "complaints_clear_2000-2020.csv.gz"
    marks = ("expunged", "sealed", "deleted")
    city.sealed = {r["cr_id"] for r in lines(clear) if r["current_status"].lower() in marks}
    younger = keyed(lines(folder / "complaints_2000-2023_p876849.csv.gz"), "cr_id")
    older = keyed(lines(folder / "complaints_2000-2023_p053540.csv.gz"), "cr_id")
    states = {
        "p867849": _accused(city, folder, "p867849", ("status", "finding"), ()),
        "p053540": _accused(
            city, folder, "p053540", ("complaint_status", "final_finding"), younger
        ),
    }
    for number, row in younger.items():
        _merge(city, number, row, date(2023, 8, 31), states["p867849"].get(number) or "Closed")
    for number, row in older.items():
        _merge(city, number, row, date(2023, 8, 21), states["p053540"].get(number))
    for number, row in keyed(lines(clear), "cr_id").items():
        _merge(city, number, row, date(2020, 7, 22), row["current_status"], date(1999, 1, 1))
    return city


def _accused(
    city: City, folder: Path, release: str, headings: tuple[str, str], told_elsewhere: object
) -> dict[str, str]:
    """Take the accused officers of one release; the state of each complaint as it says it."""
    states: dict[str, str] = {}
    for row in lines(folder / f"accused_2000-2023_{release}.csv.gz"):
        number, (state, finding) = row["cr_id"], (row[heading] for heading in headings)
        if not number or number in city.sealed or finding.lower() == "expunged":
            continue
        states[number] = max(states.get(number, ""), state)
        if release == "p053540" and number in told_elsewhere:  # type: ignore[operator]
            continue
        subject = row["allegation_category"] if release == "p053540" else _path(row["category"])
        officer = next(value for name, value in row.items() if name.endswith(f"{release}_id"))
        is_certain = row["merge"] in ("", "1", "1.0")
        known = f"{release}-{officer}" if is_certain and officer else None
        city.allegations.append(Alleged(number, subject, finding or state, known))
    return states


def _path(category: str) -> str:
    """The first two levels of a path, and the third where only it tells."""
    levels = [*category.replace(", ", "; ").split(","), "", "", ""][:3]
    heading, subject, detail = (level.strip() for level in levels)
    telling = ("Reports", "Harassment", "EEO Investigations", "Judicial Process")
    told = [heading, subject, detail if subject in telling else ""]
    return ": ".join(part for part in told if part).replace("; ", ", ")


def _merge(
    city: City,
    number: str,
    row: Row,
    latest: date,
    state: str | None,
    unknown: date | None = None,
) -> None:
    """The first release that says a thing is believed; no state from one behind the closing."""
    if number in city.sealed:
        return
    received, closed = (day(row[name], latest) for name in ("complaint_date", "closed_date"))
    known = city.complaints.setdefault(number, Told())
    if known.closed is None:
        known.status = known.status or state
    known.received = known.received or received
    known.closed = known.closed or (None if closed == unknown else closed)
    channel = {"CIVILIAN": "Civilian", "CPD EMPLOYEE": "CPD Employee"}
    known.channel = known.channel or channel.get(row["complainant_type"], row["complainant_type"])
    beat = re.match(r"^(\d{1,2})\d\d(\.0)?$", row["beat"])
    place = beat[1].zfill(2) if beat else "00"
    known.district = known.district or (None if place == "00" else place)


READERS: dict[str, Callable[[Path], City]] = {
    "philadelphia": philadelphia,
    "detroit": detroit,
    "new_orleans": new_orleans,
    "chicago": chicago,
}
"""How each city is read from its folder."""
