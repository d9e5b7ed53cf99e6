"""The words of the command line about sources, and the walk-through that people follow."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipelines import cli, source_commands
from pipelines.failures import Misconfigured
from pipelines.onboarding import catalogue, checking, from_catalogue
from pipelines.onboarding.states import LETTERS
from pipelines.settings import PROJECT, Settings
from tests import feeds, harrow_point
from tests.conftest import NIGHT, settings_at
from tests.wire.files import Files
from tests.wire.server import serving

CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
REAL = PROJECT.parent / "shared" / "data" / "opd_catalog" / "opd_source_table.csv"
COLUMNS = (
    """
    State,SourceName,Agency,AgencyFull,TableType,coverage_start,coverage_end,last_coverage_check,
    Year,source_table_id,agency_originated,supplying_entity,Description,source_url,readme,URL,
    DataType,date_field,dataset_id,agency_field,min_version,py_min_version,query
""".replace("\n    ", "")
    .strip()
    .split(",")
)
VANISHED_COLUMNS = (
    """
    OPD Status,State,SourceName,Agency,AgencyFull,TableType,coverage_start,coverage_end,Year,
    Error,source_url,URL,dataset_id
""".replace("\n    ", "")
    .strip()
    .split(",")
)
KNOWN = (
    ("California", "Harrow Point", "COMPLAINTS", "Socrata", "data.harrow.example", "abcd-1234"),
    ("California", "Harrow Point", "COMPLAINTS - ALLEGATIONS", "ArcGIS",
     "https://maps.harrow.example/arcgis/rest/services/Allegations/FeatureServer/0", ""),
    ("Ohio", "Mill Hollow", "COMPLAINTS", "Excel", "https://mill.example/old.xls", ""),
    ("Ohio", "Mill Hollow", "STOPS", "HTML", "https://mill.example/stops.php", ""),
    ("Ohio", "Mill Hollow", "STOPS", "Carto", "mill", "stops"),
    ("Ohio", "Mill Hollow", "ARRESTS", "CKAN", "https://data.mill.example",
     "83052a7c-aeb0-4f8e-9289-4e18972e0df8"),
    ("Ohio", "Mill Hollow", "CRASHES", "CSV", "https://mill.example/crashes.csv", ""),
)  # fmt: skip

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A tiny invented catalogue of the columns of the real one, and a vanished set beside it."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    rows = [
        dict(zip(("State", "SourceName", "TableType", "DataType", "URL", "dataset_id"), row,
                 strict=True))
        | {"source_table_id": f"ost_{n}", "AgencyFull": f"{row[1]} Police", "Year": "MULTIPLE",
           "coverage_start": "01/01/2019", "coverage_end": "12/31/2024",
           "source_url": f"https://page.example/{n}"}
        for n, row in enumerate(KNOWN)
    ]  # fmt: skip
    rows[4]["query"] = "{“officer_involved”:”Y”}"
    gone = {"OPD Status": "Deleted", "State": "California", "SourceName": "Harrow Point",
            "TableType": "STOPS", "URL": "https://gone.example/stops.csv",
            "coverage_start": "2015-01-01", "coverage_end": "2016-12-31"}  # fmt: skip
    _written(folder / catalogue.VANISHED, VANISHED_COLUMNS, [gone])
    return _written(folder / catalogue.FILE, COLUMNS, rows)


def _written(file: Path, columns: list[str], rows: list[dict[str, str]]) -> Path:
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture
def oversight(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command as the shell would: its exit code, and all that it printed."""

    def command(*words: str, data: Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["oversight", *words])
        monkeypatch.setenv("OVERSIGHT_DATA", str(data))
        monkeypatch.setenv("OVERSIGHT_NOW", NIGHT)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.delenv("OVERSIGHT_CATALOGUE", raising=False)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return command


def test_find_lists_what_exists_with_platform_coverage_and_reader(
    oversight: Run, table: Path, tmp_path: Path
) -> None:
    code, told = oversight(
        "sources", "find", "harrow point", "--catalogue", str(table), data=tmp_path
    )
    assert code == 0
    for words in (
        "ost_0",
        "ost_1",
        "Harrow Point, CA",
        "socrata",
        "arcgis",
        "2019-2024",
        "3 found",
    ):
        assert words in told
    assert "Mill Hollow" not in told


def test_a_set_that_vanished_stays_listed_and_marked(
    oversight: Run, table: Path, tmp_path: Path
) -> None:
    _, told = oversight("sources", "find", "harrow stops", "--catalogue", str(table), data=tmp_path)
    (line,) = [line for line in told.splitlines() if "STOPS" in line]
    assert line.startswith("row_")
    assert "taken away" in line
    assert "2015-2016" in line


def test_without_a_catalogue_find_says_where_to_get_it(oversight: Run, tmp_path: Path) -> None:
    code, told = oversight("sources", "find", "anything", data=tmp_path)
    assert code == 78
    assert catalogue.ADDRESS in told
    assert "--download" in told


def test_a_downloaded_catalogue_is_kept_and_found_again(
    oversight: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERSIGHT_ALLOW_PRIVATE_HOSTS", "1")
    data = tmp_path / "data"
    with serving(Files({"/table.csv": table.read_bytes()})) as wire:
        address = ("--catalogue", f"{wire.address}/table.csv")
        code, told = oversight("sources", "find", "mill", "--download", *address, data=data)
        assert code == 0, told
        code, told = oversight("sources", "find", "mill", *address, data=tmp_path / "elsewhere")
        assert "5 found" in told
    assert (data / "catalogue" / catalogue.FILE).read_bytes() == table.read_bytes()
    code, told = oversight("sources", "find", "mill", data=data)
    assert code == 0
    assert "5 found" in told


def test_a_web_page_in_place_of_the_catalogue_is_not_kept(
    oversight: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERSIGHT_ALLOW_PRIVATE_HOSTS", "1")
    with serving(Files({"/table.csv": b"<!doctype html><title>Sign in</title>"})) as wire:
        address = ("--catalogue", f"{wire.address}/table.csv")
        code, told = oversight("sources", "find", "mill", "--download", *address, data=tmp_path)
    assert code == 4
    assert "web page" in told
    assert not (tmp_path / "catalogue").exists()


def test_a_file_that_is_no_catalogue_is_refused(oversight: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    code, told = oversight("sources", "find", "x", "--catalogue", str(file), data=tmp_path)
    assert code == 78
    assert "no table of sources" in told


def test_a_data_set_that_a_contract_reads_is_shown_with_it(table: Path, tmp_path: Path) -> None:
    contracts = feeds.contracts(
        tmp_path,
        feeds.table("here", reader="socrata",
                    location="https://data.harrow.example/resource/abcd-1234.json"),
        feeds.table("stops", reader="carto", location="https://mill.carto.com/api/v2/sql",
                    query={"table": "stops"}),
        feeds.table("other", reader="carto", location="https://mill.carto.com/api/v2/sql",
                    query={"table": "crashes"}),
    )  # fmt: skip
    rows = catalogue.rows(settings_at(tmp_path), str(table))
    named = {row.id: catalogue.contracted(row, contracts, tmp_path) for row in rows}
    assert {number: name for number, name in named.items() if name} == {
        "ost_0": "larkhaven.here",
        "ost_4": "larkhaven.stops",
    }


def test_a_row_of_the_catalogue_says_where_it_is_and_whose(table: Path, tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    row = catalogue.row_of(catalogue.rows(settings, str(table)), "ost_0")
    brief = from_catalogue.brief(row, settings, "harrow_point")
    assert brief.place.location == "https://data.harrow.example/resource/abcd-1234.json"
    assert brief.place.landing_page == "https://page.example/0"
    assert (brief.feed, brief.state, brief.title) == ("complaints", "CA", "Harrow Point")
    assert brief.publisher == "Harrow Point Police"


def test_a_filter_of_the_catalogue_becomes_a_question(table: Path, tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    row = catalogue.row_of(catalogue.rows(settings, str(table)), "ost_4")
    (remark,) = from_catalogue.brief(row, settings, "mill_hollow").remarks
    assert "filter" in remark


@pytest.mark.parametrize(
    ("number", "told"),
    [("ost_2", "nothing reads"), ("ost_3", "nothing reads"), ("nobody", "no data set")],
)
def test_a_row_that_nothing_can_read_is_refused_in_words(
    table: Path, tmp_path: Path, number: str, told: str
) -> None:
    rows = catalogue.rows(settings_at(tmp_path), str(table))
    with pytest.raises(Misconfigured, match=told):
        catalogue.row_of(rows, number)


@pytest.mark.acceptance
def test_every_row_of_the_real_catalogue_has_a_reader_or_none() -> None:
    rows = [r for r in catalogue.rows(settings_at(Path("/nowhere")), str(REAL)) if not r.is_gone]
    assert len(rows) == 1745
    assert len({row.id for row in rows}) == 1745
    assert {row.platform for row in rows} == set(catalogue.READERS)
    assert {row.state for row in rows} - set(LETTERS) <= {"MULTIPLE"}
    for row in rows:
        if row.reader is not None:
            assert catalogue.place(row, Path("/nowhere")).reader == row.reader, row.id


def place_of(tmp_path: Path, content: str, **meta: Any) -> tuple[Any, Settings]:
    made = feeds.place(tmp_path, feeds.table(**meta))
    made.put(content)
    return made.contracts, made.settings


def test_a_source_that_is_as_declared_is_well(tmp_path: Path) -> None:
    contracts, settings = place_of(tmp_path, feeds.HEADER + feeds.many(3))
    (seen,) = checking.checked(contracts, settings)
    assert (seen.answer, seen.is_well, seen.is_asked) == ("as declared", True, True)


def test_missing_and_undeclared_columns_are_named_and_no_value_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contracts, settings = place_of(
        tmp_path, "Id,Status,Officer Name,Mood\nK1,Open,Ann Example,low\n"
    )
    (seen,) = checking.checked(contracts, settings)
    assert (seen.missing, seen.undeclared, seen.is_well) == (("badge",), ("mood",), False)
    Console(width=200).print(source_commands._checked_table([seen]))
    told = capsys.readouterr().out + " ".join(source_commands._remarks(seen))
    assert "badge" in told
    assert "Ann Example" not in told
    assert "K1" not in told


def test_a_source_that_does_not_answer_is_told_and_the_next_is_asked(tmp_path: Path) -> None:
    made = feeds.place(tmp_path, feeds.table(), feeds.table("allegations"))
    made.put(feeds.HEADER + feeds.many(3), "allegations.csv")
    first, second = checking.checked(made.contracts, made.settings)
    assert not first.is_well
    assert "complaints.csv" in first.answer
    assert second.is_well


def test_a_feed_that_is_gone_or_absent_is_listed_and_not_asked(tmp_path: Path) -> None:
    gone = feeds.table(tombstone={"since": "2020-01-01", "why": "Taken away by the city."})
    made = feeds.place(tmp_path, gone, feeds.table("allegations"))
    file = tmp_path / "locations.yml"
    file.write_text("locations:\n  larkhaven.allegations: {absent: true}\n")
    settings = replace(made.settings, locations=file)
    first, second = checking.checked(made.contracts, settings)
    assert (first.is_asked, first.is_well, first.answer) == (False, True, "gone since 2020-01-01")
    assert (second.is_asked, second.is_well) == (False, True)


def test_check_ends_in_0_or_20_and_prints_a_line_for_each_feed(
    oversight: Run, tmp_path: Path
) -> None:
    code, told = oversight("demo", "--scale", "0.02", data=tmp_path)
    code, told = oversight("sources", "check", "-j", "larkhaven", data=tmp_path)
    assert code == 0, told
    assert "larkhaven.complaints" in told
    assert "all as declared" in told
    (tmp_path / "demo" / "complaints.csv").unlink()
    code, told = oversight("sources", "check", "-j", "larkhaven", data=tmp_path)
    assert code == 20
    assert "1 not as declared" in told


def test_new_source_without_a_place_says_what_is_needed(oversight: Run, tmp_path: Path) -> None:
    code, told = oversight("new-source", "--jurisdiction", "harrow_point", data=tmp_path)
    assert code == 78
    assert "--from-catalogue" in told


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = "import sys, pipelines.cli; print([m for m in ('duckdb', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# The walk-through of CONTRIBUTING.md.


@dataclass(frozen=True)
class Walk:
    """A copy of the project in which the commands of the walk-through are run as they stand."""

    project: Path
    data: Path
    table: Path

    def run(self, command: str) -> tuple[int, str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.project),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": f"{self.project}:{os.environ['PATH']}",
            "OVERSIGHT_DATA": str(self.data),
            "OVERSIGHT_NOW": NIGHT,
            "OVERSIGHT_CATALOGUE": str(self.table),
            "COLUMNS": "200",
        }
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.project, env=environment, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def walk(project_copy: Callable[[], Path], tmp_path: Path, table: Path) -> Walk:
    project = project_copy()
    shim = project / "oversight"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m pipelines "$@"\n')
    shim.chmod(0o755)
    return Walk(project, tmp_path / "data", table)


def steps() -> dict[int, list[str]]:
    """The commands of each step, as they stand in the text."""
    parts = re.split(r"^### (\d+)\. ", CONTRIBUTING, flags=re.MULTILINE)[1:]
    blocks = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
    return {
        number: [c for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
                 for c in block.strip().splitlines()]
        for number, text in blocks.items()
    }  # fmt: skip


def test_the_walk_through_has_ten_steps_each_with_a_command() -> None:
    assert list(steps()) == list(range(1, 11))
    assert all(steps().values())
    assert ",".join(harrow_point.HEADINGS) in CONTRIBUTING


def test_every_command_of_the_walk_through_does_what_the_text_says(walk: Walk) -> None:
    harrow_point.write(walk.data / harrow_point.CITY / "complaints.csv")
    staging = walk.project / "dbt_project/models/staging" / harrow_point.CITY
    contract = staging / f"_{harrow_point.CITY}__sources.yml"
    answers: dict[int, Callable[[], None]] = {
        5: lambda: harrow_point.answer_contract(contract),
        7: lambda: harrow_point.answer_withheld(contract),
        8: lambda: harrow_point.answer_model(staging / f"stg_{harrow_point.CITY}__complaints.sql"),
        9: lambda: [
            harrow_point.answer_words(walk.project / "dbt_project/seeds" / f"{seed}.csv")
            for seed in ("categories", "dispositions")
        ] and None,
    }  # fmt: skip
    expected = {**dict.fromkeys(range(1, 11), 0), **dict.fromkeys(range(4, 9), 78)}
    left: list[int] = []
    for number, commands in steps().items():
        answers.get(number, lambda: None)()
        for command in commands:
            code, told = walk.run(command)
            assert code == expected[number], f"step {number}: {command}\n{told}"
            left += [int(n) for n in re.findall(r"must say (\d+) thing", told)]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) >= 4
