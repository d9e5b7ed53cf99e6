"""People of the real files, counted in plain Python too, and attacked with the truth at hand."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pipelines.attack.bounds import exposed
from pipelines.attack.truth import found_out
from pipelines.disclosure.tables import (
    CountTables,
    Person,
    PublishedRow,
    count_tables,
    published_rows,
)
from pipelines.manifest import Manifest
from pipelines.settings import PROJECT
from tests.acceptance.conftest import FILES

Site = tuple[Manifest, Path, str]
Row = dict[str, str]
SEED = PROJECT / "dbt_project" / "seeds" / "demographics.csv"
CUTS = [
    ("detroit", "complainant"),
    ("new_orleans", "complainant"),
    ("new_orleans", "subject_officer"),
    ("philadelphia", "complainant"),
    ("philadelphia", "subject_officer"),
]
PLACE = ("attribute", "attribute_value", "dimension", "dimension_value")

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        yield from csv.DictReader(opened)


def _of(city: str, row: Row, race: str, sex: str) -> Row:
    words = {
        (one["attribute"], one["local_value"].lower()): one["value"]
        for one in _rows(SEED)
        if one["jurisdiction"] == city
    }
    return {
        "race": words.get(("race", row[race].strip().lower()), "unknown"),
        "sex": words.get(("sex", row[sex].strip().lower()), "unknown"),
    }


def _band(age: str) -> str:
    years = int(age) if age.strip().isdigit() else 0
    if not 18 <= years <= 115:
        return "unknown"
    lower = next((n for n in (55, 45, 35, 25) if years >= n), 0)
    return "65_and_over" if years > 64 else f"{lower}_{lower + 9}" if lower else "under_25"


def _detroit(role: str) -> Iterator[tuple[str, tuple[str, ...], Row]]:
    for row in _rows(FILES / "detroit" / "DPD_Citizen_Complaints.csv"):
        said = _of("detroit", row, "ctznRace", "ctznSex")
        if row["Age"].strip() or row["ctznRace"].strip() or row["ctznSex"].strip():
            same = (row["Age"].strip(), *said.values())
            yield row["BPC"], same, said | {"age_band": _band(row["Age"])}


def _new_orleans(role: str) -> Iterator[tuple[str, tuple[str, ...], Row]]:
    names = ("Complainant Ethnicity", "Complainant Gender", "Complainant Age")
    if role == "subject_officer":
        names = ("Officer Race Ethnicity", "Officer Gender", "Officer Age")
    service = "Officer years of service"
    for row in _rows(FILES / "new_orleans" / "NOPD_Misconduct_Complaints_20200214.csv"):
        more = row[service].strip() if role == "subject_officer" else ""
        said = _of("new_orleans", row, names[0], names[1])
        if more or any(row[name].strip() for name in names):
            same = (row[names[2]].strip(), more, *said.values())
            yield row["Complaint Tracking Number"], same, said | {"age_band": _band(row[names[2]])}


def _philadelphia(role: str) -> Iterator[tuple[str, tuple[str, ...], Row]]:
    if role == "complainant":
        rows = _rows(FILES / "philadelphia" / "ppd_complainant_demographics.csv")
        for number, row in enumerate(rows):
            said = _of("philadelphia", row, "complainant_race", "complainant_sex")
            band = _band(row["complainant_age"])
            yield row["complaint_id"], (str(number),), said | {"age_band": band}
        return
    for row in _rows(FILES / "philadelphia" / "ppd_complaint_disciplines.csv"):
        if row["officer_id"].strip():
            said = _of("philadelphia", row, "po_race", "po_sex")
            yield row["complaint_id"], (row["officer_id"].strip(),), said


READERS: dict[str, Callable[[str], Iterator[tuple[str, tuple[str, ...], Row]]]] = {
    "detroit": _detroit,
    "new_orleans": _new_orleans,
    "philadelphia": _philadelphia,
}


def _people(folder: Path, city: str, role: str, cut: Row) -> list[Person]:
    """Everybody, read in plain Python from the file itself and the public rows of complaints."""
    public = {
        row["complaint_id"]: row
        for row in _rows(folder / "csv" / "complaints.csv")
        if row["jurisdiction"] == city
        and cut["period_start"] <= row["received_date"] <= cut["period_end"]
    }
    said: dict[tuple[str, ...], Row] = {}
    for number, same, attributes in READERS[city](role):
        if number.strip() in public:
            known = said.setdefault((number.strip(), *same), attributes)
            said[number.strip(), *same] = {
                name: word if known[name] == word else "unknown"
                for name, word in attributes.items()
            }
    return [Person(key[0], one, _facts(public[key[0]])) for key, one in said.items()]


def _facts(row: Row) -> dict[str, str | None]:
    facts = {name: row[name] or None for name in ("district", "category", "resolution_class")}
    return {**facts, "received_year": row["received_date"][:4]}


@pytest.mark.parametrize(("city", "role"), CUTS, ids=[" ".join(one) for one in CUTS])
def test_real_counts_are_right_and_nothing_small_can_be_told(
    site: Site, city: str, role: str
) -> None:
    _, folder, _ = site
    mine = [
        row
        for row in _rows(folder / "csv" / "demographic_cuts.csv")
        if (row["jurisdiction"], row["role"]) == (city, role)
    ]
    assert len(mine) == 1, "one cut of all quarters that were closed"
    shown = [
        row
        for row in _rows(folder / "csv" / "demographic_counts.csv")
        if (row["jurisdiction"], row["role"]) == (city, role)
    ]
    people = _people(folder, city, role, mine[0])
    assert len(people) == int(mine[0]["people_count"])
    truth = _truth(people, shown)
    wrong = [r for r in shown if r["people_count"] and int(r["people_count"]) != truth[_place(r)]]
    assert len(wrong) == 0, "shown numbers that plain Python counts otherwise"
    assert not [r for r in shown if 0 < int(r["people_count"] or 0) < int(mine[0]["threshold"])]
    _tell(city, role, mine[0])
    started = time.process_time()
    published = [{name: value or None for name, value in row.items()} for row in shown]
    assert found_out(published, truth, int(mine[0]["threshold"])) == []
    print(f"  attacked with the truth in {time.process_time() - started:.2f} s: 0 told")
    tables = count_tables(people, int(mine[0]["threshold"]))
    rows = published_rows(tables)
    print(f"  {len(rows)} cells protected again in {time.process_time() - started:.2f} s")
    assert _told_beside_rows(tables, rows) == 0
    print(f"  attacked with all public rows in {time.process_time() - started:.2f} s: 0 told")


def _told_beside_rows(tables: CountTables, rows: Sequence[PublishedRow]) -> int:
    """How many small cells are told to whoever knows how many people each public row stands for."""
    behind, seen = tables.behind, len(tables.places)
    values = [one.people_count for one in rows]
    values += [
        None if cell in behind.unseen else behind.counts[cell]
        for cell in range(seen, len(behind.counts))
    ]
    small = frozenset(
        cell
        for cell, one in enumerate(rows)
        if one.people_count is None and 0 < behind.counts[cell] < tables.threshold
    )
    assert small
    return len(exposed(values, behind.equations, tables.threshold, small=small))


def _truth(people: list[Person], shown: list[Row]) -> dict[tuple[str, str, str, str], int]:
    """The true number of every published place, pools included."""
    named = {(row["dimension"], row["dimension_value"]) for row in shown}
    counted: Counter[tuple[str, str, str, str]] = Counter({_place(row): 0 for row in shown})
    for person in people:
        columns = [("all", "all")]
        for name, value in person.dimensions.items():
            part = (name, value or "not_stated")
            columns.append(part if part in named else (name, "all_others"))
        for row in [("all", "all"), *person.attributes.items()]:
            counted.update((*row, *column) for column in columns if column in named)
    return dict(counted)


def _place(row: Row) -> tuple[str, str, str, str]:
    return row["attribute"], row["attribute_value"], row["dimension"], row["dimension_value"]


def _tell(city: str, role: str, cut: Row) -> None:
    print(
        f"\n{city} {cut['cut']} {role}: {cut['people_count']} people, {cut['cells_count']} cells, "
        f"{cut['hidden_cells_count']} hidden"
    )
