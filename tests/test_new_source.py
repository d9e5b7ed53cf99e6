"""A new source is drafted from a sample: everything private, nothing quoted, each doubt asked."""

from __future__ import annotations

import csv
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml

from pipelines import ingest, transform, warehouse
from pipelines.contracts import check_contracts
from pipelines.failures import DataRefused, Misconfigured, SourceFailed
from pipelines.onboarding import (
    checking,
    draft,
    insertion,
    interface,
    meanings,
    moments,
    places,
    profiles,
    questions,
    samples,
)
from pipelines.onboarding.brief import Brief
from pipelines.onboarding.draft import Draft
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT, Settings
from tests import harrow_point
from tests.conftest import settings_at
from tests.harrow_point import CITY, KINDS, MAPPED, RARE, ROWS, WIPED
from tests.wire.arcgis import ArcGIS
from tests.wire.carto import Carto
from tests.wire.ckan import CKAN
from tests.wire.fetching import PATIENCE
from tests.wire.server import serving
from tests.wire.socrata import Socrata
from tests.wire.tables import Table, table_of

DBT = PROJECT / "dbt_project"


@dataclass(frozen=True)
class Town:
    """A copy of the project beside a data folder, in which a source may be begun."""

    settings: Settings

    @property
    def dbt(self) -> Path:
        return self.settings.dbt_project

    @property
    def folder(self) -> Path:
        return self.dbt / "models" / "staging" / CITY

    @property
    def contract(self) -> Path:
        return self.folder / f"_{CITY}__sources.yml"

    def sample(self, name: str = "complaints.csv") -> Path:
        return harrow_point.write(self.settings.data / CITY / name)

    def begin(self, file: Path | str, feed: str = "complaints", **words: Any) -> Draft:
        place = places.recognised(str(file), self.settings.data, words.pop("reader", None))
        table = words.pop("table", feed)
        made = draft.drafted(Brief(place, CITY, table, feed, **words), self.settings)
        draft.written(made)
        return made

    def asked(self) -> list[questions.Question]:
        return questions.open_questions(self.dbt, [CITY])

    def files(self) -> dict[str, bytes]:
        project = self.settings.project
        kept = (file for file in project.rglob("*") if file.is_file())
        return {
            str(file.relative_to(project)): file.read_bytes()
            for file in kept
            if "__pycache__" not in file.parts
        }


@pytest.fixture
def town(project_copy: Callable[[], Path], tmp_path: Path) -> Town:
    settings = settings_at(tmp_path / "data", project=project_copy(), jurisdictions=(CITY,))
    return Town(settings)


def columns_of(town: Town) -> dict[str, Any]:
    read, problems = check_contracts([town.contract])
    assert not problems, [str(problem) for problem in problems]
    return {column.name: column for contract in read for column in contract.columns}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_a_city_never_seen_before_is_public_without_a_line_of_python(town: Town) -> None:
    """From its file to the public tables by answers in YAML, SQL and CSV alone."""
    before = town.files()
    town.begin(town.sample(), title="Harrow Point", state="CA")
    with pytest.raises(Misconfigured) as stopped:
        run("nightly_refresh", town.settings)
    assert stopped.value.exit_code == 78
    for told in ("side_of_town", "the number of the complaint", "who publishes"):
        assert told in str(stopped.value)

    harrow_point.answer_contract(town.contract)
    harrow_point.answer_withheld(town.contract)
    harrow_point.answer_model(town.folder / f"stg_{CITY}__complaints.sql")
    assert town.asked() == []
    unsaid = run("nightly_refresh", town.settings)
    assert unsaid.exit_code == 3
    assert "complaint_outcome" in unsaid.failures[0].told()

    harrow_point.add_words(town.dbt / "seeds")
    refresh = run("nightly_refresh", town.settings)
    assert [failure.told() for failure in refresh.failures] == []
    assert public(town.settings) == (ROWS - WIPED, "2023-01-02", set(KINDS))
    assert changed(before, town.files()) == {
        f"dbt_project/models/staging/{CITY}/_{CITY}__sources.yml",
        f"dbt_project/models/staging/{CITY}/_{CITY}__models.yml",
        f"dbt_project/models/staging/{CITY}/stg_{CITY}__complaints.sql",
        "dbt_project/dbt_project.yml",
        "dbt_project/seeds/categories.csv",
        "dbt_project/seeds/dispositions.csv",
    }
    assert_only_added(before["dbt_project/dbt_project.yml"], town.dbt / "dbt_project.yml", 1)
    mine = [n for n in transform.unit_test(town.settings) if CITY in n.unique_id]
    assert [node.status for node in mine] == ["pass"]


def public(settings: Settings) -> tuple[int, str, set[str]]:
    """The city's public complaints: their number, first day of receipt and kinds."""
    file = settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as site:
        told = "select received_date, category_local from complaints where jurisdiction = ?"
        rows = site.execute(told, [CITY]).fetchall()
    return len(rows), min(day for day, _ in rows), {kind for _, kind in rows}


def assert_only_added(before: bytes, file: Path, lines: int) -> None:
    old, new = before.decode().splitlines(), file.read_text().splitlines()
    assert len(new) == len(old) + lines
    rest = iter(new)
    assert all(line in rest for line in old)


def test_a_draft_reads_as_a_contract_and_every_column_in_it_is_private(town: Town) -> None:
    town.begin(town.sample())
    classes = {name: column.klass for name, column in columns_of(town).items()}
    assert list(classes) == list(harrow_point.COLUMNS)
    assert "public" not in classes.values()
    assert classes["taken_by"] == "protected"
    assert classes["in_their_words"] == "narrative"


def test_a_draft_builds_before_anybody_has_answered(town: Town) -> None:
    """What keeps it from being built are questions, never the draft itself."""
    town.begin(town.sample(), said=MAPPED)
    (contract,) = check_contracts([town.contract])[0]
    warehouse.create(town.settings)
    fetched = ingest.fetch_snapshot(contract, town.settings)
    rows = ingest.load_raw(contract, fetched.snapshot, town.settings)
    assert rows.loaded == ROWS
    select = ("--select", f"stg_{CITY}__complaints")
    nodes = transform._invoke(transform.dbt_arguments("build", town.settings, *select))
    assert {str(node.status) for node in nodes} == {"success", "pass"}
    with warehouse.connect(town.settings, read_only=True) as connection:
        count = f"select count(*), count(received_date) from staging.stg_{CITY}__complaints"
        assert connection.execute(count).fetchone() == (ROWS, ROWS)


def test_no_value_of_the_sample_is_written_but_words_that_five_rows_use(town: Town) -> None:
    sample = town.sample()
    before = town.files()
    town.begin(sample, said=MAPPED)
    after = town.files()
    written = b"\n".join(after[name] for name in changed(before, after)).decode()
    written = written.replace(str(sample), "")
    with sample.open(encoding="utf-8", newline="") as text:
        values = {value for row in csv.DictReader(text) for value in row.values() if len(value) > 4}
    allowed = {*KINDS, *harrow_point.ENDS, "Shut", "Still Going", "Wiped"}
    assert RARE in values
    for value in values - allowed:
        assert value not in written, "a value of the sample was written"
    for word in allowed:
        assert f",{word}," in written


def test_a_word_is_written_from_five_rows_on_and_never_when_it_may_name_somebody(
    town: Town,
) -> None:
    file = town.settings.data / "words.csv"
    town.settings.data.mkdir(parents=True)
    words = ["Shut"] * 500 + ["Kept"] * 5 + ["Few"] * 4 + ["Closed By Sgt. Alder"] * 6
    words += ["Case 20240117"] * 6 + ["kept "] * 2
    file.write_text("Status\n" + "\n".join(words) + "\n")
    made = town.begin(file)
    (states,) = made.words
    assert states.words == ("Shut", "Kept")
    assert states.rarer == 3


def test_words_that_are_known_already_are_not_added_again(town: Town) -> None:
    with (town.dbt / "seeds" / "categories.csv").open("a") as seed:
        seed.write(f"{CITY},ROUGH  handling,force,,,\n")
    made = town.begin(town.sample(), said=MAPPED)
    (categories,) = (words for words in made.words if words.seed == "categories")
    assert sorted(categories.words) == ["Looked Away", "Rude Words"]


def test_a_column_that_looks_personal_gives_no_words_and_cannot_be_read(town: Town) -> None:
    with pytest.raises(Misconfigured, match="status_local=taken_by"):
        town.begin(town.sample(), said={"status_local": "taken_by"})
    assert not town.folder.exists()


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Handled By", ["Alder, Wren", "Birch, Ronan"]),
        ("Clerk", ["Mary Alder", "John Q. Birch"]),
        ("Who", ["Sgt. Alder", "Ofc Birch"]),
        ("Reach", ["wren@example.org", ""]),
        ("Reach", ["555-01-0199", "n/a"]),
        ("Corner", ["12 Elm St", "9 Oak Avenue"]),
        ("Told Us", ["it was late and I was on my way home from the mill that day"] * 2),
        ("ofcrRace", ["A", "B"]),
        ("Officer Name", ["x", "y"]),
        ("Latitude", ["1.5", "2.5"]),
        ("Complainant Age", ["20", "30"]),
        ("Middle Initial2", ["A", "B"]),
    ],
)
def test_what_tells_of_people_never_lands(town: Town, heading: str, values: list[str]) -> None:
    file = town.settings.data / "people.csv"
    lines = [f'{n},"{values[n % 2]}"' for n in range(40)]
    town.settings.data.mkdir(parents=True)
    file.write_text(f"Ref,{heading}\n" + "\n".join(lines) + "\n")
    town.begin(file)
    (told,) = [c for c in columns_of(town).values() if c.name != "ref"]
    assert not told.lands


@pytest.mark.parametrize(
    ("values", "data_type", "formats"),
    [
        (["2024-01-31", "2023-12-01"], "date", ["%Y-%m-%d"]),
        (["2024-01-31T10:20:30.000", "2024-01-31T00:00:00.000"], "timestamp",
         ["%Y-%m-%dT%H:%M:%S"]),
        (["2024-01-31T00:00:00.000", "2024-02-01T00:00:00.000"], "date", ["%Y-%m-%dT%H:%M:%S"]),
        (["2024-01-31T10:20:30-05:00", "2024-01-31T09:00:00-04:00"], "timestamp",
         ["%Y-%m-%dT%H:%M:%S%z"]),
        (["01/31/2024", "2/1/2024"], "date", ["%m/%d/%Y"]),
        (["31/01/2024", "01/02/2024"], "date", ["%d/%m/%Y"]),
        (["01/31/24", "2/1/2024"], "date", ["%m/%d/%y", "%m/%d/%Y"]),
        (["2024/01/31 00:00:00+00", "2024/02/01 00:00:00+00"], "date",
         ["%Y/%m/%d %H:%M:%S+00"]),
        (["01/31/2024 12:00:00 AM", "01/31/2024 01:05:00 PM"], "timestamp",
         ["%m/%d/%Y %I:%M:%S %p"]),
        (["20240131", "20240201"], "date", ["%Y%m%d"]),
        (["-", "31-Jan-2024"], "date", ["%d-%b-%Y"]),
        (["January 31, 2024", ""], "date", ["%B %d, %Y"]),
        (["12", "1,200"], "integer", []),
        (["$12.50", "(3)"], "number", []),
        (["Yes", "N"], "boolean", []),
        (["007", "12"], "text", []),
        (["abc", "01/31/2024"], "text", []),
    ],
)  # fmt: skip
def test_types_and_date_formats_are_recognised(
    town: Town, values: list[str], data_type: str, formats: list[str]
) -> None:
    file = town.settings.data / "typed.csv"
    town.settings.data.mkdir(parents=True)
    lines = [f'K{n},"{values[n % 2]}"' for n in range(20)]
    file.write_text("Ref,Thing\n" + "\n".join(lines) + "\n")
    town.begin(file)
    thing = columns_of(town)["thing"]
    assert (thing.data_type, list(thing.config.meta.formats)) == (data_type, formats)


def test_every_recognised_format_reads_what_it_writes() -> None:
    moment = "timestamp '2024-11-25 10:20:00'"
    with duckdb.connect() as connection:
        for form in moments.FORMATS:
            written = f"strftime({moment}, '{form}')"
            connection.execute(f"create or replace table v as select {written} as x, 1 as n")
            assert moments.formats_of(connection, "v", "x") is not None, form


def test_shares_that_are_blank_are_said_in_the_draft(town: Town) -> None:
    town.begin(town.sample())
    assert "25 % blank" in columns_of(town)["wound_up"].description


@pytest.mark.parametrize(
    "kind", ["xlsx", "json", "nested", "ndjson", "parquet", "zip", "latin", "gz"]
)
def test_a_sample_of_any_kind_gives_the_same_columns(town: Town, kind: str) -> None:
    file = as_kind(town.sample(), kind)
    made = town.begin(file, reader="csv" if kind == "zip" else None)
    assert made.rows == ROWS
    assert set(columns_of(town)) == set(harrow_point.COLUMNS)
    (contract,) = check_contracts([town.contract])[0]
    warehouse.create(town.settings)
    fetched = ingest.fetch_snapshot(contract, town.settings)
    assert ingest.load_raw(contract, fetched.snapshot, town.settings).loaded == ROWS


def as_kind(sample: Path, kind: str) -> Path:
    """The city's file written in another format, beside it."""
    with sample.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    target = sample.with_name(f"complaints.{kind}")
    if kind in ("json", "nested"):
        target = sample.with_name("complaints.json")
        target.write_text(json.dumps(rows if kind == "json" else {"ok": 1, "results": rows}))
    elif kind == "ndjson":
        target.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(sample, "complaints.csv")
    elif kind == "latin":
        target = sample.with_name("semicolons.csv")
        text = sample.read_text().replace(",", ";").replace("gate", "gat\xe9")
        target.write_bytes(text.replace('"', "").replace("; ", ", ").encode("latin-1"))
    elif kind == "gz":
        import gzip

        target = sample.with_name("complaints.csv.gz")
        target.write_bytes(gzip.compress(sample.read_bytes()))
    else:
        written_by_others(sample, target, rows)
    return target


def written_by_others(sample: Path, target: Path, rows: list[dict[str, str]]) -> None:
    if target.suffix == ".parquet":
        told = f"select * from read_csv('{sample}', all_varchar=true)"
        duckdb.sql(f"copy ({told}) to '{target}' (format parquet)")
        return
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(row)
    book.save(target)


def test_the_declared_dialect_is_the_one_that_was_found(town: Town) -> None:
    town.begin(as_kind(town.sample(), "latin"))
    text = town.contract.read_text(encoding="utf-8")
    assert 'dialect: {delimiter: ";", encoding: latin-1}' in text


def test_headings_that_say_clearly_what_they_are_need_no_answer(town: Town) -> None:
    file = town.settings.data / "plain.csv"
    town.settings.data.mkdir(parents=True)
    rows = [f"A-{n},01/{n % 28 + 1:02d}/2024,Open,North,B{n % 7}" for n in range(50)]
    headings = "Complaint Number,Date Received,Status,District,Badge"
    file.write_text(headings + "\n" + "\n".join(rows) + "\n")
    town.begin(file)
    sql = (town.folder / f"stg_{CITY}__complaints.sql").read_text()
    assert "{{ text('complaint_number') }} as complaint_id" in sql
    assert "{{ to_date('date_received', ['%m/%d/%Y']) }} as received_date" in sql
    assert "{{ text('status') }} as status_local" in sql
    assert "key: [complaint_number]" in town.contract.read_text()


def test_two_headings_that_may_say_the_same_decide_nothing(town: Town) -> None:
    file = town.settings.data / "twice.csv"
    town.settings.data.mkdir(parents=True)
    file.write_text("Case No,Status,Case Status\n" + "1,Open,Shut\n" * 9)
    town.begin(file)
    sql = (town.folder / f"stg_{CITY}__complaints.sql").read_text()
    assert "cast(null as varchar) as status_local" in sql


def test_every_column_of_every_feed_can_be_asked_for_in_plain_words() -> None:
    for feed in interface.feeds(DBT):
        for given in interface.interface(DBT, feed):
            is_settled = given.group == "lineage" or given.name.startswith(("row_", "jurisdiction"))
            assert is_settled or given.name in meanings.MEANINGS, f"{feed}.{given.name}"


@pytest.mark.parametrize("feed", [f for f in interface.feeds(DBT) if f != "reference"])
def test_a_draft_of_each_feed_gives_its_whole_interface(town: Town, feed: str) -> None:
    town.begin(town.sample(), feed)
    sql = (town.folder / f"stg_{CITY}__{feed}.sql").read_text()
    for given in interface.interface(DBT, feed):
        assert f" as {given.name}" in sql, given.name
    published = yaml.safe_load((town.dbt / "dbt_project.yml").read_text())["vars"]["published"]
    assert published[feed][-1] == f"stg_{CITY}__{feed}"


def test_a_table_without_a_feed_reaches_no_public_table(town: Town) -> None:
    before = town.files()
    town.begin(town.sample(), "reference", table="odds_and_ends")
    assert changed(before, town.files()) == {
        f"dbt_project/models/staging/{CITY}/_{CITY}__sources.yml"
    }


def test_a_second_table_leaves_what_stands_in_the_contract_untouched(town: Town) -> None:
    town.begin(town.sample())
    harrow_point.answer_contract(town.contract)
    harrow_point.answer_withheld(town.contract)
    answered = town.contract.read_text()
    town.begin(town.sample("more.csv"), "allegations")
    assert town.contract.read_text().startswith(answered)
    read, problems = check_contracts([town.contract])
    assert problems == []
    assert [contract.table.name for contract in read] == ["complaints", "allegations"]
    models = yaml.safe_load((town.folder / f"_{CITY}__models.yml").read_text())
    assert len(models["models"]) == len(models["unit_tests"]) == 2


def test_a_table_that_stands_in_the_contract_is_not_drafted_again(town: Town) -> None:
    town.begin(town.sample())
    before = town.files()
    with pytest.raises(Misconfigured, match="already"):
        town.begin(town.sample())
    assert town.files() == before


def test_a_draft_that_would_not_read_leaves_everything_as_it_was(town: Town) -> None:
    before = town.files()
    with pytest.raises(Misconfigured, match="cannot be a name"):
        town.begin(town.sample(), table="No Name")
    file = town.settings.data / "blank.csv"
    file.write_text("Ref,Ref\n1,2\n")
    with pytest.raises(DataRefused, match="more than once"):
        town.begin(file)
    with pytest.raises(SourceFailed):
        town.begin(town.settings.data / "nothing.csv")
    assert town.files() == before


def test_a_list_in_the_middle_of_a_file_grows_at_its_own_end() -> None:
    text = "a:\n  b:\n    - one\n    # of the list\n\n  c: 1\n"
    grown = insertion.with_item(text, ("a", "b"), "- two\n")
    assert grown == "a:\n  b:\n    - one\n    # of the list\n    - two\n\n  c: 1\n"
    with pytest.raises(Misconfigured, match="no list"):
        insertion.with_item("a: [one]\n", ("a",), "- two\n")


def test_every_question_names_its_file_its_line_and_what_it_is_about(town: Town) -> None:
    town.begin(town.sample(), said={"status_local": "where_it_stands"})
    for question in town.asked():
        lines = question.file.read_text(encoding="utf-8").splitlines()
        # A long description is folded, and begins on the line below its key.
        assert "To be said: " in "".join(lines[question.line - 1 :][:2]), str(question)
    told = [f"{question.subject}: {question.text}" for question in town.asked()]
    assert "complaint_id: which column is the number of the complaint, if any" in told
    assert "complaint_status 'Still Going': what it means." in told
    assert any(one.startswith(f"{CITY}.complaints.side_of_town: what it means") for one in told)
    assert any(one.startswith(f"{CITY} (publisher): ") for one in told)


def test_a_described_column_that_stays_private_may_not_reach_a_public_table(town: Town) -> None:
    town.begin(town.sample(), said=MAPPED)
    harrow_point.answer_contract(town.contract)
    text = town.contract.read_text()
    private = text.replace("class: public, formats", "class: internal, formats", 1)
    town.contract.write_text(private)
    (question,) = [q for q in town.asked() if "gives it out" in q.text]
    assert question.subject == f"{CITY}.complaints.came_in_on"
    with pytest.raises(Misconfigured, match="came_in_on"):
        questions.check_answered(town.dbt, [CITY])


def test_open_questions_of_one_city_do_not_stop_another(town: Town) -> None:
    town.begin(town.sample())
    questions.check_answered(town.dbt, ["larkhaven"])
    assert list(questions.waiting(town.dbt)) == [CITY]


def test_no_question_is_open_in_this_project() -> None:
    assert questions.waiting(DBT) == {}


HOST = "https://data.example.gov"
LAYER = "https://maps.example.gov/arcgis/rest/services/Police/Complaints/FeatureServer/3"
NUMBER = "83052a7c-aeb0-4f8e-9289-4e18972e0df8"


@pytest.mark.parametrize(
    ("text", "reader", "location", "query"),
    [
        (f"{HOST}/Safety/Complaints/abcd-1234/about_data", "socrata",
         f"{HOST}/resource/abcd-1234.json", {}),
        (f"{HOST}/resource/abcd-1234.csv?$limit=5", "socrata",
         f"{HOST}/resource/abcd-1234.json", {}),
        (f"{HOST}/api/v3/views/abcd-1234/query.json", "socrata",
         f"{HOST}/api/v3/views/abcd-1234/query.json", {}),
        (f"{LAYER}/query?where=1%3D1", "arcgis", LAYER, {}),
        (f"{HOST}/dataset/complaints-2019/resource/{NUMBER}", "ckan",
         f"{HOST}/api/3/action/datastore_search", {"resource_id": NUMBER}),
        ("https://town.carto.com/api/v2/sql?q=SELECT+*+FROM+complaints&format=csv", "carto",
         "https://town.carto.com/api/v2/sql", {"table": "complaints"}),
        ("https://webapi.legistar.com/v1/town/events", "legistar",
         "https://webapi.legistar.com/v1/town", {}),
        ("https://town.legistar.com/Calendar.aspx", "legistar",
         "https://webapi.legistar.com/v1/town", {}),
        (f"{HOST}/files/complaints_2024.xlsx", "xlsx", f"{HOST}/files/complaints_2024.xlsx", {}),
        (f"{HOST}/files/complaints.csv.gz", "csv", f"{HOST}/files/complaints.csv.gz", {}),
        ("there/complaints.parquet", "parquet", "complaints.parquet", {}),
    ],
)  # fmt: skip
def test_an_address_says_how_it_is_read(
    tmp_path: Path, text: str, reader: str, location: str, query: dict[str, str]
) -> None:
    place = places.recognised(text, tmp_path)
    assert (place.reader, place.location, dict(place.query)) == (reader, location, query)


@pytest.mark.parametrize(
    ("text", "reader", "told"),
    [
        (f"{HOST}/files/complaints.csv?access_token=s3cr3t", None, "holds a secret"),
        ("https://me:pass@data.example.gov/complaints.csv", None, "holds a secret"),
        (f"{HOST}/files/complaints", None, "what kind of file"),
        (f"{HOST}/files/complaints", "magic", "no reader 'magic'"),
        ("https://town.carto.com/api/v2/sql", None, "must name table"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_words(
    tmp_path: Path, text: str, reader: str | None, told: str
) -> None:
    with pytest.raises(Misconfigured, match=told) as refused:
        places.recognised(text, tmp_path, reader)
    assert "s3cr3t" not in refused.value.told()


def test_a_file_from_elsewhere_is_expected_in_a_folder_of_its_city(
    town: Town, tmp_path: Path
) -> None:
    made = town.begin(harrow_point.write(tmp_path / "downloads" / "complaints.csv"))
    assert made.brief.place.location == f"{CITY}/complaints.csv"
    assert str(tmp_path) not in town.contract.read_text()


def test_a_sample_leaves_nothing_behind(town: Town, tmp_path: Path) -> None:
    sample = town.sample()
    place = places.recognised(str(sample), town.settings.data)
    with samples.opened(place, CITY, "complaints", town.settings) as opened:
        seen = profiles.profiles(opened, "complaints")
    assert len(seen) == len(harrow_point.HEADINGS)
    assert list(town.settings.data.rglob("*")) == [sample.parent, sample]


def service(platform: str, table: Table) -> tuple[Any, str]:
    """A service that offers the table, and the address by which people know it."""
    if platform == "socrata":
        return Socrata([table]), f"/Safety/Complaints/{table.id}"
    if platform == "arcgis":
        layer = ArcGIS(table)
        return layer, layer.path
    if platform == "ckan":
        return CKAN(table), f"/dataset/complaints/resource/{table.id}"
    return Carto(table), f"/api/v2/sql?q=SELECT+*+FROM+{table.id}"


@pytest.mark.parametrize(
    ("platform", "number"),
    [
        ("socrata", "abcd-1234"),
        ("arcgis", "complaints"),
        ("ckan", NUMBER),
        ("carto", "complaints"),
    ],
)
def test_an_address_of_each_platform_is_drafted_and_loads_as_drafted(
    town: Town, platform: str, number: str
) -> None:
    offered, path = service(platform, table_of(town.sample(), number))
    settings = replace(town.settings, allow_private_hosts=True, patience=PATIENCE)
    with serving(offered) as wire:
        reached = Town(settings)
        made = reached.begin(f"{wire.address}{path}")
        assert made.brief.place.reader == platform
        assert made.rows == ROWS
        assert set(harrow_point.COLUMNS) <= set(columns_of(reached))
        (contract,) = check_contracts([reached.contract])[0]
        warehouse.create(settings)
        fetched = ingest.fetch_snapshot(contract, settings)
        rows = ingest.load_raw(contract, fetched.snapshot, settings)
        wire.asked.clear()
        (seen,) = checking.checked([contract], settings)
    assert rows.loaded == ROWS
    assert rows.unknown_columns == ()
    assert seen.is_well, (seen.answer, seen.missing, seen.undeclared)
    assert len(wire.asked) == 1


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("feed_name", "file"),
    [
        ("detroit.citizen_complaints", "detroit/DPD_Citizen_Complaints.csv"),
        ("new_orleans.complaints", "new_orleans/NOPD_Misconduct_Complaints_20200214.csv"),
        ("san_diego.allegations", "san_diego/crb_allegations_fy2021_datasd.csv"),
    ],
)
def test_words_of_real_files_come_only_from_columns_that_people_made_public(
    town: Town, feed_name: str, file: str
) -> None:
    path = PROJECT.parent / "shared" / "data" / file
    contracts, _ = check_contracts(DBT.glob("models/staging/*/_*__sources.yml"))
    (known,) = [contract for contract in contracts if contract.name == feed_name]
    public = {column.name for column in known.columns if column.klass == "public"}
    made = town.begin(path, known.meta.feed, reader="csv")
    assert made.words
    sql = (town.folder / f"stg_{CITY}__{known.meta.feed}.sql").read_text()
    read = questions.MAPPED.findall(sql)
    translated = {theirs for theirs, ours in read if ours.endswith("_local")}
    assert translated
    assert translated <= public
