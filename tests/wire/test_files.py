"""Files as agencies write them, over HTTP: declared, never guessed, and never shifted."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from pipelines import ingest, snapshots, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, OversightError, SourceFailed
from pipelines.settings import Settings
from tests.wire.fetching import contract_for, landed, rows, settings_for
from tests.wire.files import Files
from tests.wire.server import serving

COLUMNS = ("id", "status", "district")
HEADING = ("Id", "Status", "District")
ROWS = [
    ("K1", "Closed, Señal", "Río Norte"),
    ("K2", "Open; again", "3"),
    ("K3", 'said "no"', ""),
    ("K4", "two\nlines", "4"),
]


def written(
    records: Any = ROWS, delimiter: str = ",", end: str = "\n", heading: Any = HEADING
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([heading, *records] if heading else records)
    return text.getvalue()


def read(
    folder: Path, name: str, content: bytes, reader: str = "csv", **meta: Any
) -> list[tuple[str, ...]]:
    """The raw rows of a file that is served under this name."""
    with serving(Files({f"/{name}": content})) as wire:
        contract = contract_for(folder, reader, wire.url(f"/{name}"), COLUMNS, **meta)
        return rows(contract, settings_for(folder))


@pytest.mark.behaviour(25)
@pytest.mark.parametrize(
    ("text", "encoding", "dialect"),
    [
        (written(), "utf-8", {}),
        (written(), "utf-8-sig", {}),
        (written(end="\r\n"), "utf-8", {}),
        (written(end="\r\n"), "utf-8-sig", {}),
        (written().rstrip("\n"), "utf-8", {}),
        (written(), "latin-1", {"encoding": "latin-1"}),
        (written(end="\r\n"), "latin-1", {"encoding": "latin-1"}),
        (written(), "utf-16", {"encoding": "utf-16"}),
        (written(delimiter=";"), "utf-8", {"delimiter": ";"}),
        (written(delimiter=";", end="\r\n"), "utf-8-sig", {"delimiter": ";"}),
        (written(delimiter="\t"), "utf-16", {"delimiter": "\t", "encoding": "utf-16"}),
        (written(delimiter="|"), "latin-1", {"delimiter": "|", "encoding": "latin-1"}),
        (written(heading=None), "utf-8", {"header": False}),
        (written(heading=None), "utf-8-sig", {"header": False}),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_is_read_as_its_dialect_is_declared(
    tmp_path: Path, text: str, encoding: str, dialect: Any, pack: Callable[[bytes], bytes]
) -> None:
    name = "complaints.csv" if pack is bytes else "complaints.csv.gz"
    assert read(tmp_path, name, pack(text.encode(encoding)), dialect=dialect) == ROWS


@pytest.mark.behaviour(25)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_first_quoted_field_may_come_after_25_000_rows(tmp_path: Path, end: str) -> None:
    many = [(f"K{number:06d}", "Open", "3") for number in range(26_000)]
    late = [("K026000", "Closed, later", 'in the "old" district'), ("K026001", "a\nb", "")]
    found = read(tmp_path, "complaints.csv", written(many + late, end=end).encode())
    assert found == many + late


@pytest.mark.behaviour(25)
def test_a_mark_at_the_start_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    quoted = '"Id","Status","District"\n"K1","Open","3"\n'
    assert read(tmp_path, "complaints.csv", quoted.encode("utf-8-sig")) == [("K1", "Open", "3")]


@pytest.mark.behaviour(25)
@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("header", [True, False])
def test_a_heading_one_column_short_never_shifts_the_columns(
    tmp_path: Path, delimiter: str, header: bool
) -> None:
    """Statistics programs write a number in front of each row, and no heading for it."""
    records = [(str(number), f"K{number}", "Open", "3") for number in range(1, 400)]
    text = written(records, delimiter, heading=HEADING)
    dialect = {"delimiter": delimiter, "header": header}
    with pytest.raises((DataRefused, SourceFailed)):
        read(tmp_path, "complaints.csv", text.encode(), dialect=dialect)


@pytest.mark.behaviour(25)
def test_a_file_with_row_numbers_is_read_once_they_are_declared(tmp_path: Path) -> None:
    """The line that is one field short is set aside and counted; nothing is shifted or lost."""
    records = [(str(number), f"K{number:03d}", "Open", "3") for number in range(1, 400)]
    text = written(records, ";", heading=HEADING)
    account, contract, settings = accounted(
        tmp_path,
        text.encode(),
        ("row_number", *COLUMNS),
        dialect={"delimiter": ";", "header": False},
    )
    assert (account.received, account.loaded, account.quarantined) == (400, 399, 1)
    assert sorted(landed(contract, settings), key=lambda row: row[1]) == records


def accounted(
    folder: Path, content: bytes, columns: Any, **meta: Any
) -> tuple[Accounting, Contract, Settings]:
    with serving(Files({"/complaints.csv": content})) as wire:
        contract = contract_for(folder, "csv", wire.url("/complaints.csv"), columns, **meta)
        settings = settings_for(folder)
        warehouse.create(settings)
        fetched = ingest.fetch_snapshot(contract, settings)
        return ingest.load_raw(contract, fetched.snapshot, settings), contract, settings


@pytest.mark.behaviour(25)
@pytest.mark.parametrize(
    ("content", "dialect"),
    [
        (written([("K1", "Señal", ""), ("K2", "Río", "")]).encode("latin-1"), {}),
        (written().encode("utf-16"), {}),
        (written(delimiter=";").encode(), {}),
        (written().encode(), {"delimiter": ";"}),
        (written().encode(), {"encoding": "utf-16"}),
    ],
    ids=["latin-1 as utf-8", "utf-16 as utf-8", "; as comma", "comma as ;", "utf-8 as utf-16"],
)
def test_a_dialect_that_is_not_the_declared_one_is_refused(
    tmp_path: Path, content: bytes, dialect: Any
) -> None:
    with pytest.raises(OversightError) as failed:
        read(tmp_path, "complaints.csv", content, dialect=dialect)
    assert isinstance(failed.value, DataRefused | SourceFailed)
    assert "larkhaven.complaints" in failed.value.told()


@pytest.mark.behaviour(25)
def test_one_record_in_another_encoding_is_set_aside_and_counted(tmp_path: Path) -> None:
    account, contract, settings = accounted(tmp_path, written().encode("latin-1"), COLUMNS)
    assert (account.received, account.loaded, account.quarantined) == (4, 3, 1)
    assert landed(contract, settings) == ROWS[1:]


@pytest.mark.behaviour(25)
def test_a_zip_gives_each_of_its_files_as_a_part(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("of/2025.csv", written(ROWS[:2]).encode("utf-8-sig"))
        archive.writestr("of/2026.csv", written(ROWS[2:], end="\r\n"))
        archive.writestr("__MACOSX/._2026.csv", b"clutter")
    assert read(tmp_path, "complaints.zip", packed.getvalue()) == ROWS


@pytest.mark.behaviour(25)
@pytest.mark.parametrize("sheet", [None, "Cases"])
def test_a_workbook_is_read_by_the_sheet_that_is_declared(
    tmp_path: Path, sheet: str | None
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cases" if sheet is None else "About"
    wanted = book.active if sheet is None else book.create_sheet("Cases")
    if sheet:
        book["About"].append(["This workbook holds the cases of 2026."])
    for record in (HEADING, *ROWS):
        wanted.append([value or None for value in record])
    content = io.BytesIO()
    book.save(content)
    meta = {"sheet": sheet} if sheet else {}
    assert read(tmp_path, "complaints.xlsx", content.getvalue(), "xlsx", **meta) == ROWS


DOCUMENTS = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


@pytest.mark.behaviour(25)
@pytest.mark.parametrize(
    ("name", "reader", "content", "meta"),
    [
        ("c.json", "json", json.dumps(DOCUMENTS), {}),
        ("c.json", "json", json.dumps({"found": {"cases": DOCUMENTS}}), {"records": "found.cases"}),
        ("c.ndjson", "ndjson", "\n".join(map(json.dumps, DOCUMENTS)), {}),
        ("c.ndjson", "ndjson", "\r\n".join(map(json.dumps, DOCUMENTS)) + "\r\n", {}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_json_files_give_the_same_table(
    tmp_path: Path, name: str, reader: str, content: str, meta: Any, encoding: str
) -> None:
    assert read(tmp_path, name, content.encode(encoding), reader, **meta) == ROWS


@pytest.mark.behaviour(25)
def test_a_parquet_file_gives_the_same_table(tmp_path: Path) -> None:
    file = tmp_path / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute("create table made (id varchar, status varchar, district varchar)")
        connection.executemany("insert into made values (?, ?, ?)", ROWS)
        connection.execute(f"copy made to '{file}' (format parquet)")
    assert read(tmp_path, "complaints.parquet", file.read_bytes(), "parquet") == ROWS


@pytest.mark.behaviour(25)
def test_files_of_several_years_are_one_table_although_their_columns_move(tmp_path: Path) -> None:
    turned = [(status, district, key) for key, status, district in ROWS[2:]]
    heading = ("Status", "District", "Id")
    contents = {
        "/fy25.csv": written(ROWS[:2]).encode(),
        "/fy26.csv": written(turned, heading=heading).encode("utf-8-sig"),
    }
    with serving(Files(contents)) as wire:
        places = [wire.url(path) for path in contents]
        contract = contract_for(tmp_path, "csv", places, COLUMNS)
        assert rows(contract, settings_for(tmp_path)) == ROWS


@pytest.mark.behaviour(8)
@pytest.mark.parametrize("toggles", [{"etags": True}, {"stamp": 1_767_225_600}])
def test_a_file_that_has_not_changed_is_not_sent_again(tmp_path: Path, toggles: Any) -> None:
    files = Files({"/complaints.csv": written().encode()}, **toggles)
    with serving(files) as wire:
        contract = contract_for(tmp_path, "csv", wire.url("/complaints.csv"), COLUMNS)
        settings = settings_for(tmp_path)
        assert rows(contract, settings) == ROWS
        asked = len(wire.statuses)
        assert rows(contract, settings) == ROWS
        assert wire.statuses[asked:] == [304]
        files.contents["/complaints.csv"] = written([*ROWS[:-1], ("K5", "", "")]).encode()
        files.stamp = files.stamp and files.stamp + 60
        assert rows(contract, settings) == [*ROWS[:-1], ("K5", "", "")]
        assert set(wire.statuses[asked + 1 :]) == {200}


@pytest.mark.behaviour(4)
def test_a_busy_file_server_is_asked_again(tmp_path: Path) -> None:
    busy: list[tuple[int, str | None]] = [(503, None), (429, "0"), (500, None)]
    with serving(Files({"/c.csv": written().encode()}, busy=busy)) as wire:
        contract = contract_for(tmp_path, "csv", wire.url("/c.csv"), COLUMNS)
        assert rows(contract, settings_for(tmp_path)) == ROWS
        assert wire.statuses[:4] == [503, 429, 500, 200]


@pytest.mark.behaviour(9)
@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("c.csv", "csv"),
        ("c.json", "json"),
        ("c.ndjson", "ndjson"),
        ("c.xlsx", "xlsx"),
        ("c.parquet", "parquet"),
    ],
)
@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>Sign in", b"\n <html>late</html>", b""])
def test_a_web_page_instead_of_a_file_is_refused_and_kept(
    tmp_path: Path, name: str, reader: str, page: bytes
) -> None:
    with serving(Files({f"/{name}": b"data"}, as_page=page)) as wire:
        contract = contract_for(tmp_path, reader, wire.url(f"/{name}"), COLUMNS)
        settings = settings_for(tmp_path)
        with pytest.raises(SourceFailed):
            rows(contract, settings)
        assert snapshots.latest(settings, contract) is None
        assert list((settings.snapshots / "refused").iterdir())


@pytest.mark.behaviour(26)
def test_a_file_that_moved_within_its_host_is_followed(tmp_path: Path) -> None:
    moved = {"/old.csv": "/new.csv"}
    with serving(Files({"/new.csv": written().encode()}, moved=moved)) as wire:
        contract = contract_for(tmp_path, "csv", wire.url("/old.csv"), COLUMNS)
        assert rows(contract, settings_for(tmp_path)) == ROWS


@pytest.mark.behaviour(25)
def test_a_large_file_comes_whole_through_gzip_on_the_wire(tmp_path: Path) -> None:
    many = [(f"K{number:06d}", "Open", "3") for number in range(20_000)]
    with serving(Files({"/c.csv": written(many).encode()}, zipped=True)) as wire:
        contract = contract_for(tmp_path, "csv", wire.url("/c.csv"), COLUMNS)
        assert rows(contract, settings_for(tmp_path)) == many
