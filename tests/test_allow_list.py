"""Nothing is published that is not on the list of what may be, in whatever form it comes."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pipelines import guard
from pipelines.allow_list import beyond_the_list
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import Misconfigured, PrivacyRefused
from pipelines.orchestration.run import run
from pipelines.policies import Policy
from pipelines.public_columns import NEVER, file_of, load_public_columns
from pipelines.settings import PROJECT, Settings
from tests.conftest import Installation, settings_at
from tests.feeds import HEADER, many, place

DBT = PROJECT / "dbt_project"
SETTINGS = settings_at(Path("unused"))
CLERK = "      - {name: clerk, data_type: varchar, description: Who wrote it.}\n"


@pytest.fixture
def folder(released: Installation, tmp_path: Path) -> Path:
    """A copy of the release that a test may add to."""
    copy = tmp_path / "candidate"
    shutil.copytree(released.settings.current.resolve(), copy)
    for one in (copy, *copy.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)
    return copy


def contracts() -> list[Contract]:
    return list(load_contracts(DBT, ["larkhaven"]))


def in_database(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "oversight.db")) as base:
        base.execute(sql)
        base.commit()


def rewritten(file: Path, select: str) -> None:
    """The Parquet file with the rows of a query over itself."""
    with duckdb.connect() as duck:
        duck.execute(f"create table held as from read_parquet('{file}')")
        duck.execute(f"copy ({select}) to '{file}' (format parquet)")


def test_the_list_names_exactly_what_a_release_holds(folder: Path) -> None:
    assert beyond_the_list(SETTINGS, folder, contracts()) == []
    listed = load_public_columns(DBT)
    assert {file.stem for file in (folder / "csv").glob("*.csv")} == set(listed.tables)
    beside = {file.name for file in folder.iterdir() if file.is_file()}
    assert beside == set(listed.files)
    used = {name for one in listed.tables.values() for name in one.columns.values()}
    assert used == set(listed.classes), "a class has no column"


def test_every_column_was_read_by_somebody_on_a_day() -> None:
    tables = load_public_columns(DBT).tables.values()
    assert sum(len(one.columns) for one in tables) > 500
    assert all(
        one.reviewer and one.reviewed_on <= SETTINGS.now.date().replace(2027) for one in tables
    )


def _new_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("left behind", encoding="utf-8")


def _hidden_file(folder: Path) -> None:
    (folder / "csv" / ".complaints.csv.swp").write_text("left behind", encoding="utf-8")


def _new_folder(folder: Path) -> None:
    (folder / "backup").mkdir()


def _link(folder: Path) -> None:
    (folder / "csv" / "complaints.csv").unlink()
    (folder / "csv" / "complaints.csv").symlink_to("allegations.csv")


def _table_in_csv(folder: Path) -> None:
    (folder / "csv" / "officers.csv").write_text("badge\n", encoding="utf-8")


def _column_in_csv(folder: Path) -> None:
    file = folder / "csv" / "holds.csv"
    file.write_bytes(file.read_bytes().replace(b"hold_id,", b"hold_id,badge,", 1))


def _column_in_parquet(folder: Path) -> None:
    rewritten(folder / "parquet" / "complaints.parquet", "select *, 1 as badge from held")


def _column_taken_away(folder: Path) -> None:
    in_database(folder, "alter table survival_curves drop column upper_pct")


def _column_in_database(folder: Path) -> None:
    in_database(folder, "alter table complaints add column badge text")


def _computed_column(folder: Path) -> None:
    in_database(folder, "alter table complaints add column badge text as (complaint_id) virtual")


def _table_in_database(folder: Path) -> None:
    in_database(folder, "create table officers (badge text)")


def _view(folder: Path) -> None:
    in_database(folder, "create view officers as select complaint_id as badge from complaints")


def _trigger(folder: Path) -> None:
    in_database(folder, "create trigger t after insert on holds begin select 1; end")


def _searched(folder: Path) -> None:
    in_database(folder, "create virtual table holds_fts using fts5(narrative)")


def _contents(folder: Path) -> None:
    in_database(folder, "create virtual table other using fts5(complaint_id)")


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (_new_file, "file notes.txt"),
        (_hidden_file, r"file csv/\.complaints\.csv\.swp"),
        (_new_folder, "folder backup"),
        (_link, "file csv/complaints.csv"),
        (_table_in_csv, "table officers in csv"),
        (_column_in_csv, "column holds.badge in csv"),
        (_column_in_parquet, "column complaints.badge in parquet"),
        (_column_taken_away, "column survival_curves.upper_pct is in"),
        (_column_in_database, "column complaints.badge in the database"),
        (_computed_column, "column complaints.badge in the database"),
        (_table_in_database, "table officers in the database"),
        (_view, "view, officers"),
        (_trigger, "trigger, t"),
        (_searched, "index holds_fts holds narrative"),
        (_contents, "table other_content in the database"),
    ],
)
def test_what_is_not_on_the_list_does_not_pass(
    folder: Path, tmp_path: Path, plant: Callable[[Path], None], told: str
) -> None:
    plant(folder)
    assert re.search(told, " ".join(beyond_the_list(SETTINGS, folder, contracts())))
    with pytest.raises(PrivacyRefused, match=f"allow_list: .*{told}") as refused:
        guard.refuse_exposure(settings_at(tmp_path / "data"), folder, contracts())
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("decided", [{"names": "none", "row_grain": "permitted"}, {}])
def test_pseudonyms_of_a_jurisdiction_without_a_policy_do_not_pass(
    folder: Path, decided: dict[str, str]
) -> None:
    answered = {"citation": "Invented act", "decided_on": "2026-01-15", "reviewer": "Invented"}
    told = {"jurisdiction": "larkhaven", "officers": {**answered, **decided}}
    careful = [
        one.model_copy(update={"policy": Policy.model_validate(told)}) for one in contracts()
    ]
    found = " ".join(beyond_the_list(SETTINGS, folder, careful))
    assert "allegations shows officer_pseudonym of larkhaven without a policy" in found
    assert "repeat_officers shows" in found


def test_a_name_does_not_pass_where_the_policy_says_pseudonym(folder: Path) -> None:
    rewritten(
        folder / "parquet" / "allegations.parquet",
        "select * replace ('Birch, Ivy' as officer_name) from held",
    )
    found = " ".join(beyond_the_list(SETTINGS, folder, contracts()))
    assert "allegations shows officer_name of larkhaven without a policy" in found
    assert "Birch" not in found


def changed_list(tmp_path: Path, old: str, new: str) -> Settings:
    """Settings of a project that has only the list, with one thing changed in it."""
    text = file_of(DBT).read_text(encoding="utf-8")
    assert old in text
    file = file_of(tmp_path / "dbt_project")
    file.parent.mkdir(parents=True)
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return settings_at(tmp_path / "data", project=tmp_path)


@pytest.mark.parametrize("klass", sorted(NEVER))
def test_a_class_that_a_contract_keeps_private_cannot_be_listed(tmp_path: Path, klass: str) -> None:
    settings = changed_list(tmp_path, "      district: place\n", f"      district: {klass}\n")
    with pytest.raises(Misconfigured, match=f"district has the class '{klass}'"):
        load_public_columns(settings.dbt_project)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\n  place:\n", "\n  narrative:\n", "narrative is a class that is never public"),
        ("      district: place\n", "      district: protected_count\n", "may not stand in this"),
        ("      district: place\n", "      district: place\n" * 2, "stands twice"),
        ("    reviewer: oversight data desk\n", "", r"public_columns.yml:\d+: .*reviewer"),
        ("    risk: None for a person.\n", "", "risk"),
    ],
)
def test_a_list_that_was_not_thought_through_is_refused(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    settings = changed_list(tmp_path, old, new)
    with pytest.raises(Misconfigured, match=told) as refused:
        load_public_columns(settings.dbt_project)
    assert refused.value.exit_code == 78


def test_without_the_list_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no list"):
        beyond_the_list(settings_at(tmp_path, project=tmp_path), tmp_path, [])


def test_a_new_column_of_a_source_never_lands(tmp_path: Path) -> None:
    here = place(tmp_path)
    lines = (HEADER + many(3)).splitlines()
    here.put("".join(f"{line},{'Home Phone' if not n else 555}\n" for n, line in enumerate(lines)))
    assert here.load().unknown_columns == ("home_phone",)
    held = here.rows("select column_name from duckdb_columns() where schema_name like 'raw%'")
    assert "home_phone" not in {name for (name,) in held}


def test_a_new_column_of_a_table_is_refused_though_all_else_declares_it(
    yesterday: Installation, project_copy: Callable[[], Path]
) -> None:
    project = project_copy()
    marts = project / "dbt_project" / "models" / "marts"
    changes = {
        marts / "series_breaks.sql": (
            "    facts.kind,",
            "    facts.kind,\n    facts.kind as clerk,",
        ),
        marts / "series_breaks.yml": (
            "      - name: why\n",
            f"{CLERK}      - name: why\n",
        ),
        project / "expectations" / "series_breaks.yml": ("kind, why", "kind, clerk, why"),
    }
    for file, (old, new) in changes.items():
        text = file.read_text(encoding="utf-8")
        assert old in text, file.name
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    settings = settings_at(yesterday.settings.data, project=project)
    refresh = run("nightly_refresh", settings)
    words = " ".join(failure.told() for failure in refresh.failures)
    assert refresh.exit_code == 5, words
    assert "The column series_breaks.clerk in csv is not in" in words
