"""The whole line over real public files, all at once, held against known figures.

Needs the files; prints counts and never a row. Run with `make acceptance`.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import re
import sqlite3
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from pipelines import snapshots
from pipelines.locations import load_locations
from pipelines.manifest import Manifest
from pipelines.settings import PROJECT
from tests.acceptance.conftest import FILES, LOCATIONS
from tests.conftest import settings_at

# Figures stated beforehand, from counts made without this project.
RECEIVED = {
    "chicago.complaints_clear": 215_781,
    "chicago.accused_p867849": 40_529,
    "chicago.accused_p053540": 99_961,
    "chicago.complaints_p053540": 49_052,
    "chicago.complaints_p876849": 18_624,
    "detroit.citizen_complaints": 19_735,
    "philadelphia.complaints": 3_407,
    "philadelphia.complaint_disciplines": 8_463,
    "philadelphia.complainant_demographics": 3_577,
    "new_orleans.complaints": 4_151,
    "san_diego.bwc": 121 + 70 + 301 + 244,
    "new_york.penalties": 14_918,
    "new_york_council.events": 1_000,
    "us_doj.cops_awards_16710": 100,
}
WITHHELD_BY_STATUS = {"EXPUNGED": 64_126, "DELETED": 249}

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


def rows(site: tuple[Manifest, Path, str], sql: str) -> list[Any]:
    database = sqlite3.connect(f"file:{site[1] / 'oversight.db'}?mode=ro&immutable=1", uri=True)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def test_every_source_received_what_is_known_to_be_in_it(
    site: tuple[Manifest, Path, str],
) -> None:
    inputs, came = site[0].inputs, received(site)
    print(f"\n{'source':<40}{'known':>9}{'received':>9}{'loaded':>9}", end="")
    print(f"{'quarant.':>9}{'identical':>10}{'withheld':>9}")
    for name, told in inputs.items():
        known = f"{RECEIVED[name]:,}" if name in RECEIVED else ""
        counts = [f"{came[name]:,}", *(f"{told[c]:,}" for c in ("loaded", "quarantined"))]
        withheld = came[name] - told["received"]
        more = f"{told['dropped_identical']:>10,}{withheld:>9,}"
        print(f"{name:<40}{known:>9}{counts[0]:>9}{counts[1]:>9}{counts[2]:>9}{more}")
    assert {name: came[name] for name in RECEIVED} == RECEIVED


def received(site: tuple[Manifest, Path, str]) -> dict[str, int]:
    """The records of each delivery, withheld ones too, by the private receipts."""
    settings = settings_at(site[1].parents[1])
    kept = {name: snapshots.accepted(settings, name) for name in site[0].inputs}
    return {name: (each[-1][1].received or 0) if each else 0 for name, each in kept.items()}


def test_received_equals_an_independent_count_of_records_and_nothing_is_lost(
    site: tuple[Manifest, Path, str],
) -> None:
    overrides, came = load_locations(LOCATIONS), received(site)
    counted = 0
    for name, told in site[0].inputs.items():
        parts = ("loaded", "quarantined", "dropped_identical")
        assert told["received"] == sum(told[part] for part in parts), name
        place, root = overrides[name]
        if place.absent:
            assert told["received"] == 0, name
            continue
        paths = [place.path] if isinstance(place.path, str) else place.path
        if all(Path(path).name.removesuffix(".gz").endswith(".csv") for path in paths):
            assert came[name] == sum(records(root / path) for path in paths), name
            counted += 1
    assert counted >= 15


def records(file: Path) -> int:
    """Records of a CSV by the standard library alone, its heading not counted."""
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = io.StringIO(raw.decode("utf-8-sig"), newline="")
    return sum(1 for record in csv.reader(text) if record) - 1


def test_expunged_and_deleted_complaints_are_withheld_and_in_no_public_table(
    site: tuple[Manifest, Path, str],
) -> None:
    with gzip.open(FILES / "chicago/complaints_clear_2000-2020.csv.gz", "rt", newline="") as text:
        status = {row["cr_id"]: row["current_status"] for row in csv.DictReader(text)}
    counts = {word: sum(s == word for s in status.values()) for word in WITHHELD_BY_STATUS}
    assert counts == WITHHELD_BY_STATUS
    withheld = {key for key, word in status.items() if word in WITHHELD_BY_STATUS}
    name = "chicago.complaints_clear"
    assert received(site)[name] - site[0].inputs[name]["received"] == len(withheld)
    for table in ("complaints", "allegations", "bwc_reviews"):
        sql = f"select distinct complaint_id from {table} where jurisdiction = 'chicago'"
        shown = len(withheld & {key for (key,) in rows(site, sql)})
        assert shown == 0, table


@pytest.mark.parametrize(("jurisdiction", "complaints"), [("detroit", 4_482)])
def test_complaints_are_counted_as_complaints(
    site: tuple[Manifest, Path, str], jurisdiction: str, complaints: int
) -> None:
    sql = f"select count(*) from complaints where jurisdiction = '{jurisdiction}'"
    assert rows(site, sql) == [(complaints,)]


def test_new_orleans_tracking_numbers_are_its_complaints(
    site: tuple[Manifest, Path, str],
) -> None:
    file = FILES / "new_orleans/NOPD_Misconduct_Complaints_20200214.csv"
    with file.open(encoding="utf-8", newline="") as text:
        numbers = {row["Complaint Tracking Number"].strip() for row in csv.DictReader(text)}
    assert len(numbers - {""}) == 2_917
    sql = "select count(*) from complaints where jurisdiction = 'new_orleans'"
    assert rows(site, sql) == [(2_917,)]


def test_every_outcome_word_is_mapped_with_the_sources_own_word_beside_it(
    site: tuple[Manifest, Path, str],
) -> None:
    unmapped = rows(
        site,
        "select table_name, check_name, observed_count from data_quality "
        "where kind = 'vocabulary' and observed_count > 0",
    )
    assert unmapped == []
    (bare,) = rows(
        site,
        "select count(*) from allegations where finding is not null and outcome_local is null",
    )[0]
    assert bare == 0


def test_the_site_of_the_real_files_answers(site: tuple[Manifest, Path, str]) -> None:
    for path in ("/", "/oversight/complaints", "/oversight/sources", "/oversight/hearings"):
        with urllib.request.urlopen(site[2].rstrip("/") + path, timeout=30) as answer:
            page = answer.read().decode()
        assert answer.status == 200
        assert "<main" in page
    with urllib.request.urlopen(
        site[2].rstrip("/") + "/oversight/complaints.json?_size=1&jurisdiction=chicago", timeout=30
    ) as answer:
        assert json.load(answer)["filtered_table_rows_count"] > 100_000


def test_no_officer_or_summary_of_the_real_files_is_in_a_public_row(
    site: tuple[Manifest, Path, str],
) -> None:
    """Officers' full names and complainants' summaries, looked up in the rows of their city.

    Only numbers are compared: a message that shows a name would be the leak itself.
    """
    ours = set().union(*(pairs_of(row["local_value"]) for row in seed("categories")))
    accused = FILES / "chicago/accused_2000-2023_p867849.csv.gz"
    with gzip.open(accused, "rt", newline="") as text:
        names = {(row["first_name"], row["last_name"]) for row in csv.DictReader(text)}
    telling = {f"{first} {last}".lower() for first, last in names if len(first + last) > 9}
    checked, leaked = len(telling), len((telling - ours) & pairs_of_words(site, "chicago"))
    assert checked > 5_000
    assert leaked == 0
    with (FILES / "philadelphia/ppd_complaints.csv").open(encoding="utf-8", newline="") as text:
        told = [pairs_of(row["summary"]) for row in csv.DictReader(text)]
    public = pairs_of_words(site, "philadelphia") - ours
    checked, leaked = len(told), sum(len(pairs & public) > 2 for pairs in told)
    assert checked > 3_000
    assert leaked == 0


def seed(name: str) -> list[dict[str, str]]:
    file = PROJECT / "dbt_project" / "seeds" / f"{name}.csv"
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def pairs_of(text: str) -> set[str]:
    """Every two neighbouring words of a text."""
    return {" ".join(pair) for pair in itertools.pairwise(words(text))}


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def pairs_of_words(site: tuple[Manifest, Path, str], jurisdiction: str) -> set[str]:
    """Every two neighbouring words in the public rows of a jurisdiction."""
    found: set[str] = set()
    for table in ("complaints", "allegations"):
        with (site[1] / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as text:
            cells = {c for row in csv.reader(text) if row[0] == jurisdiction for c in row}
        found |= set().union(*map(pairs_of, cells))
    return found
