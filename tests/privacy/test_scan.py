"""What must not stand in a release is found in every form, every writing and every file."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from pipelines import guard
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import Misconfigured, PrivacyRefused
from pipelines.scans import patterns, reviewed
from pipelines.scans.encodings import BORDER, EDGE, spelled_out, words
from pipelines.scans.gate import exposed_by_scan
from pipelines.scans.identifying import Told, runs_of
from pipelines.settings import Settings
from tests.conftest import Installation

PERSONAL = {
    "social_security_number": "SSN 512-34-6789 on file",
    "phone": "ring (504) 555-0142 or call back on 555-0142",
    "email": "write to wren.alder@mail.example",
    "birth_date": "DOB: 03/14/1988",
    "street_address": "lives at 1420 N Harbor View Ave",
    "plate_or_licence": "licence no. 7XKJ482",
    "ip_address": "from 203.0.113.77",
    "age_of_a_minor": "a 15-year-old boy",
}
LOOK_ALIKES = (
    "LH-2023-9000001", "BR-90000001-1", "2020UMWX9003", "15JCOPS23GG09006UHPX", "CA0194200",
    "2024-03-14T18:30:00", "14 days after 03/14/2024", "16.710", "INC-2020-HARBOUR-MARCH",
    "Suspension - 30 days", "30 of 45 cases", "version 1.12.3", "10 to 17 of 100 officers",
    "Friday, 14 June 2024", "fiscal year 2021", "0.125 to 0.375", "older than 45 days",
    "127.0.0.1", "Complaint 504-2020-0042",
)  # fmt: skip
SECRET = "Quorlin, Zoë"
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "the other way round": lambda name: " ".join(reversed(name.split(", "))),
    "as an address": quote,
    "as JSON": lambda name: json.dumps(name)[1:-1],
    "in base64": lambda name: base64.b64encode(name.encode()).decode(),
    "as HTML": lambda name: name.replace("ë", "&euml;"),
    "without accents": lambda name: name.replace("ë", "e"),
    "JSON in base64": lambda name: base64.b64encode(json.dumps(name).encode()).decode(),
}


@dataclass(frozen=True)
class Candidate:
    settings: Settings
    folder: Path
    contracts: tuple[Contract, ...]

    def found(self) -> list[str]:
        return exposed_by_scan(self.settings, self.folder, self.contracts)


@pytest.fixture
def candidate(released: Installation, tmp_path: Path) -> Candidate:
    """A copy of the released folder; the sources are those of the release."""
    folder = tmp_path / "candidate"
    shutil.copytree(released.settings.current, folder)
    for file in folder.rglob("*"):
        file.chmod(0o700)
    settings = released.settings
    return Candidate(settings, folder, load_contracts(settings.dbt_project, ["larkhaven"]))


@pytest.fixture
def a_name(released: Installation) -> str:
    """An officer's name as a feed has it; it is never told."""
    with duckdb.connect() as duck:
        file = released.feeds / "bwc_audits.csv"
        told = duck.execute(
            f'select "Supervisor Name" from read_csv(\'{file}\') where length("Supervisor Name") '
            "between 9 and 20 and \"Supervisor Name\" similar to '[A-Z][a-z]+, [A-Z][a-z]+' limit 1"
        ).fetchone()
    assert told
    return str(told[0])


@pytest.mark.parametrize("name", PERSONAL)
def test_each_shape_of_a_person_is_found(name: str) -> None:
    assert set(patterns.found_in(PERSONAL[name])) == {name}


def test_every_shape_is_tried_and_no_look_alike_is_one() -> None:
    assert set(PERSONAL) == set(patterns.PATTERNS)
    assert {text: dict(hits) for text in LOOK_ALIKES if (hits := patterns.found_in(text))} == {}


def test_two_cells_side_by_side_make_neither_a_shape_nor_a_name() -> None:
    assert patterns.found_in(f"call{BORDER}555-0142") == {}
    assert words(f"Zoë{BORDER}Quorlin") == ["zoe", EDGE, "quorlin"]


@pytest.mark.parametrize("writing", WRITTEN)
def test_a_name_is_known_again_in_every_writing(writing: str) -> None:
    known = set(runs_of(Told("here", "name"), [SECRET]))
    text = f"Heard: {WRITTEN[writing](SECRET)} again."
    said = words(f"{text}{BORDER}{spelled_out(text)}")
    assert known & {tuple(said[at : at + 2]) for at in range(len(said))}


def test_words_that_many_share_are_looked_for_nowhere() -> None:
    many = ["Black", "F", "42", "Unknown", "Not provided", "Unidentified officer", "M"]
    assert list(runs_of(Told("here", "name"), many)) == []
    assert list(runs_of(Told("here", "city", is_of_many=True), ["Old Town", "Mill Creek"])) == []


def test_a_good_release_is_clean(candidate: Candidate) -> None:
    rows = sum(1 for file in candidate.folder.glob("csv/*.csv") for _ in file.open("rb"))
    began = time.process_time()
    assert candidate.found() == []
    print(f"\n{rows:,} rows in {time.process_time() - began:.1f} s")


def in_sqlite(folder: Path, text: str) -> None:
    with closing(sqlite3.connect(folder / "oversight.db")) as database, database:
        database.execute(
            "update complaints set district = ? where complaint_id = "
            "(select max(complaint_id) from complaints)", (text,)
        )  # fmt: skip


def in_parquet(folder: Path, text: str) -> None:
    file = folder / "parquet" / "complaints.parquet"
    with duckdb.connect() as duck:
        duck.execute(f"create table leak as from read_parquet('{file}')")
        duck.execute(
            "insert into leak (district) select unnest(['" + text.replace("'", "''") + "'])"
        )
        duck.execute(f"copy leak to '{file}' (format parquet)")


def in_the_footer(folder: Path, text: str) -> None:
    file = folder / "parquet" / "complaints.parquet"
    with duckdb.connect() as duck:
        duck.execute(f"create table same as from read_parquet('{file}')")
        told = text.replace("'", "''")
        duck.execute(f"copy same to '{file}' (format parquet, kv_metadata {{note: '{told}'}})")


def in_csv(folder: Path, text: str) -> None:
    file = folder / "csv" / "complaints.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    first = lines[1].split(",")
    quoted = text.replace('"', '""')
    first[1] = f'"{quoted}"'
    file.write_text("".join([lines[0], ",".join(first), *lines[2:]]), encoding="utf-8")


def in_the_words(folder: Path, text: str) -> None:
    file = folder / "metadata.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(told | {"description": text}), encoding="utf-8")


def in_the_schema(folder: Path, text: str) -> None:
    with closing(sqlite3.connect(folder / "oversight.db")) as database, database:
        default = text.replace("'", "''")
        database.execute(f"create table empty (told text default '{default}')")


def in_a_note(folder: Path, text: str) -> None:
    (folder / "csv" / "complaints.about.txt").write_text(text, encoding="utf-8")


def in_a_name_of_a_file(folder: Path, text: str) -> None:
    (folder / f"about {text.replace('/', ' ')}.txt").touch()


PLACES = (in_sqlite, in_parquet, in_the_footer, in_the_words, in_the_schema, in_a_note,
          in_a_name_of_a_file)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_protected_name_is_found_wherever_it_stands(
    candidate: Candidate, a_name: str, place: Callable[[Path, str], None]
) -> None:
    place(candidate.folder, a_name)
    found = candidate.found()
    assert any("which is not public" in reason for reason in found), place.__name__
    family, given = a_name.split(", ")
    assert not [reason for reason in found if family in reason or given in reason]


@pytest.mark.parametrize("writing", [name for name in WRITTEN if "accents" not in name])
def test_a_protected_name_is_found_in_every_writing(
    candidate: Candidate, a_name: str, writing: str
) -> None:
    in_a_note(candidate.folder, f"Said of {WRITTEN[writing](a_name)} there.")
    assert any("which is not public" in reason for reason in candidate.found())


def test_six_words_of_an_account_are_found(candidate: Candidate) -> None:
    in_sqlite(candidate.folder, "he wrote: invented account 9000001, planted. And more.")
    in_a_note(candidate.folder, 'Caller said, "stop", then left.\nCall back')
    assert any("narrative" in r or "summary" in r for r in candidate.found())


@pytest.mark.parametrize("name", PERSONAL)
def test_a_shape_is_found_in_a_table(candidate: Candidate, name: str) -> None:
    in_sqlite(candidate.folder, PERSONAL[name])
    told = name.replace("_", " ")
    found = candidate.found()
    assert any(r.startswith(f"complaints.district holds what looks like: {told},") for r in found)
    assert PERSONAL[name] not in " ".join(found)


def test_a_csv_that_says_something_else_than_its_parquet_is_found(candidate: Candidate) -> None:
    in_csv(candidate.folder, "Somewhere else")
    assert [reason for reason in candidate.found() if reason.startswith("complaints.csv ")]


def test_a_live_formula_in_a_csv_is_found(candidate: Candidate) -> None:
    in_parquet(candidate.folder, "=1+2")
    with duckdb.connect() as duck:
        parquet = candidate.folder / "parquet" / "complaints.parquet"
        csv = candidate.folder / "csv" / "complaints.csv"
        duck.execute(f"copy (from read_parquet('{parquet}')) to '{csv}' (format csv, header)")
    assert [reason for reason in candidate.found() if reason.startswith("complaints.csv ")]


def test_words_left_in_a_search_index_are_found(candidate: Candidate) -> None:
    with closing(sqlite3.connect(candidate.folder / "oversight.db")) as database, database:
        columns = [
            r[0] for r in database.execute("select name from pragma_table_info('hearings_fts')")
        ]
        database.execute(
            f"insert into hearings_fts (rowid, {columns[0]}) values (999999, 'Quorlinsky')"
        )
    assert "The index hearings_fts holds words that its table lacks." in candidate.found()


def test_the_gate_stands_before_every_release(candidate: Candidate, a_name: str) -> None:
    in_a_note(candidate.folder, a_name)
    with pytest.raises(PrivacyRefused, match="scan: ") as refused:
        guard.refuse_exposure(candidate.settings, candidate.folder, candidate.contracts)
    assert refused.value.exit_code == 5


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "dbt_project" / reviewed.FILE
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path / "dbt_project"

    return write


def test_a_reviewed_hit_needs_a_reason_a_name_and_a_day(listed: Callable[[str], Path]) -> None:
    text = "reviewed:\n  - {finds: email, where: hearings.location}\n"
    with pytest.raises(Misconfigured, match="Field required"):
        reviewed.load_reviewed(listed(text))


def test_a_reviewed_hit_is_for_one_place_alone(released: Installation) -> None:
    known = reviewed.load_reviewed(released.settings.dbt_project)
    assert ("street_address", "hearings.location") in known
    assert all(where.count(".") == 1 for _, where in known)
    assert {finds for finds, _ in known} <= {*patterns.PATTERNS, reviewed.PROTECTED_VALUE}
