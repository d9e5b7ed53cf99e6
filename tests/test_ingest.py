"""From a file to raw rows: every record is accounted for, and every gate closes."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import ingest, snapshots
from pipelines.failures import DataRefused, SnapshotHeld, SourceFailed
from pipelines.holds import ledger
from pipelines.pipeline_tables import write_pipeline_tables
from tests.feeds import HEADER, many, place, table

RAW = "raw_larkhaven.complaints"
WITHHOLD = {"withhold": {"column": "status", "values": {"Expunged": "expunged"}}}


def test_protected_columns_never_land_and_lineage_does(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(3))
    account = here.load()
    assert (account.received, account.loaded) == (3, 3)
    described = [row[0] for row in here.rows(f"describe {RAW}")]
    lineage = ["_snapshot_id", "_row_number", "_as_of", "_part", "_mark_officer_name"]
    assert described == ["id", "status", "badge", *lineage]
    assert here.rows(f"select id, _row_number, _part from {RAW} limit 1") == [
        ("K1", 1, "complaints.csv")
    ]


@pytest.mark.parametrize("text", [HEADER + many(3), HEADER + many(3).strip()])
@pytest.mark.parametrize("written", ["bom", "crlf", "gz", "blank lines", "mixed ends"])
def test_the_same_records_however_they_are_written(tmp_path: Path, text: str, written: str) -> None:
    content = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "gz": gzip.compress(text.encode()),
        "blank lines": text.replace("\n", "\n\n").encode(),
        "mixed ends": text.replace("\n", "\r\n", 1).encode(),
    }[written]
    here = place(tmp_path)
    here.put(content)
    assert here.load().loaded == 3
    assert here.rows(f"select id, status, badge from {RAW} order by _row_number") == [
        (f"K{n}", "Open", str(n)) for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    here = place(tmp_path, table(dialect={"encoding": encoding, "delimiter": ";"}))
    here.put((HEADER + "K1,José,Ann,1\n").replace(",", ";").encode(encoding))
    here.load()
    assert here.rows(f"select status from {RAW}") == [("José",)]


def test_a_file_without_headings_is_read_in_contract_order(tmp_path: Path) -> None:
    here = place(tmp_path, table(dialect={"header": False}))
    here.put("\ufeff" + many(3))
    assert here.load().loaded == 3
    assert here.rows(f"select id, badge from {RAW} limit 1") == [("K1", "1")]


def test_columns_are_matched_by_name_and_new_ones_reported(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put("Badge,Home Phone,Officer Name,Status,ID\n9,555,Ann,Open,K1\n")
    assert here.load().unknown_columns == ("home_phone",)
    assert here.rows(f"select id, status, badge from {RAW}") == [("K1", "Open", "9")]


def test_a_missing_column_is_refused_with_what_was_found(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put("Id,State,Officer Name,Badge\nK1,Open,Ann,1\n")
    with pytest.raises(DataRefused, match=r"lacks the column 'status'. Found: id, state"):
        here.load()
    assert snapshots.latest(here.settings, here.contract) is None


def test_an_optional_column_may_be_missing_from_a_part(tmp_path: Path) -> None:
    columns = ["id", {**table()["columns"][1]}, "officer_name", "badge"]
    columns[1]["config"]["meta"]["optional"] = True
    here = place(tmp_path, table(columns=columns, location=["fy*.csv"], key=None))
    here.put("Id,Officer Name,Badge\nK1,Ann,1\n", "fy19.csv")
    here.put(HEADER + "K1,Open,Ann,1\n", "fy20.csv")
    assert here.load().loaded == 2
    found = here.rows(f"select _part, _row_number, status from {RAW} order by 2")
    assert found == [("fy19.csv", 1, None), ("fy20.csv", 2, "Open")]


def test_a_doubled_heading_is_refused(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put("Id,Status,status,Officer Name,Badge\nK1,Open,Open,Ann,1\n")
    with pytest.raises(DataRefused, match="'status' more than once"):
        here.load()


BAD_LINES = {
    "stray quote": (b'KX,"Open,Ann,1\n', "a quote that is not closed"),
    "ragged": (b"KX,Open\n", "not as many fields"),
    "trailing field": (b"KX,Open,Ann,1,\n", "not as many fields"),
    "nul": (b"KX,Op\0en,Ann,1\n", "a NUL character"),
    "latin-1": (b"KX,Jos\xe9,Ann,1\n", "bytes that are not UTF-8"),
    "latin-1 in a column that does not land": (b"KX,Open,Jos\xe9,1\n", "bytes that are not UTF-8"),
    "headings again": (HEADER.encode(), "the headings again"),
    "blank key": (b"  ,Open,Ann,1\n", "a required value is blank"),
}


@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("where", [0, 150, 400])
def test_one_bad_line_costs_one_line(tmp_path: Path, bad: str, where: int) -> None:
    line, reason = BAD_LINES[bad]
    here = place(tmp_path)
    before, after = many(where).encode(), many(400 - where, where + 1).encode()
    quoted = b'K0,"two\nlines, ""quoted""",Ann,1\n'
    here.put(HEADER.encode() + quoted + before + line + after)
    account = here.load()
    assert (account.received, account.loaded, account.quarantined) == (402, 401, 1)
    ((number, _, told),) = here.quarantine()
    assert number == 1 + 2 + where + 1
    assert told.startswith(reason)
    assert here.rows(f"select status from {RAW} where id = 'K0'") == [('two\nlines, "quoted"',)]


def test_too_many_bad_lines_refuse_the_feed_and_land_nothing(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(300) + "KX,Open\nKY,Open\n")
    with pytest.raises(DataRefused, match=r"2 of 302 records would be quarantined, above 0.5 ?%"):
        here.load()
    assert (
        here.rows("select * from information_schema.tables where table_name = 'complaints'") == []
    )
    assert '"refused"' in _receipts(here.settings.snapshots)


def test_identical_records_drop_once_and_conflicting_ones_are_all_set_aside(
    tmp_path: Path,
) -> None:
    here = place(tmp_path)
    twice = "K1,Open,Ann Example,1\n"
    conflict = "K900,Open,Ann,1\nK900,Open,Bob,1\n"
    here.put(HEADER + many(899) + twice + conflict)
    account = here.load()
    assert (account.received, account.loaded) == (902, 899)
    assert (account.dropped_identical, account.quarantined) == (1, 2)
    assert [row[0] for row in here.quarantine()] == [902, 903]
    assert here.rows(f"select _row_number from {RAW} where id = 'K1'") == [(1,)]


def test_rows_without_a_key_are_kept_and_numbered_within_equal_content(tmp_path: Path) -> None:
    here = place(tmp_path, table(key=None))
    same = "K1,Open,Ann,1\n"
    here.put(HEADER + same + "K2,Open,Ann,1\n" + same + same)
    assert here.load().loaded == 4
    found = here.rows(f"select id, _row_ordinal, length(_row_hash) from {RAW} order by _row_number")
    assert found == [("K1", 1, 32), ("K2", 1, 32), ("K1", 2, 32), ("K1", 3, 32)]


def test_identical_rows_without_a_key_are_dropped_where_the_contract_says_so(
    tmp_path: Path,
) -> None:
    here = place(tmp_path, table(key=None, identical_rows="drop"))
    here.put(HEADER + "K1,Open,Ann,1\nK1,Open,Bob,1\nK1,Open,Ann,1\n")
    account = here.load()
    assert (account.loaded, account.dropped_identical) == (2, 1)
    assert here.rows(f"select _row_ordinal from {RAW} order by _row_number") == [(1,), (2,)]


def test_expunged_records_never_land_and_neither_do_their_allegations(tmp_path: Path) -> None:
    child = table(
        "allegations",
        ["id", "complaint"],
        feed="allegations",
        key=None,
        withhold_with={"table": "complaints", "column": "complaint", "their_column": "id"},
    )
    here = place(tmp_path, table(**WITHHOLD), child)
    here.put(HEADER + many(2) + "K3, EXPUNGED ,Ann,1\n")
    here.put("Id,Complaint\n1,K1\n2,K3 \n3,K3\n4,\n", "allegations.csv")
    parent, allegations = here.contracts
    with pytest.raises(DataRefused, match="follows 'complaints', which has not been loaded"):
        here.load(allegations)
    assert here.load(parent).withheld == 1
    account = here.load(allegations)
    assert (account.received, account.loaded, account.withheld) == (4, 2, 2)
    assert here.rows("select id from raw_larkhaven.allegations") == [("1",), ("4",)]
    assert here.quarantine() == []


def test_a_withholding_column_is_never_optional(tmp_path: Path) -> None:
    columns = table()["columns"]
    columns[1]["config"]["meta"]["optional"] = True
    here = place(tmp_path, table(columns=columns, **WITHHOLD))
    here.put("Id,Officer Name,Badge\nK1,Ann,1\n")
    with pytest.raises(DataRefused, match="'status'"):
        here.load()


def test_a_collapse_of_rows_is_held_until_a_person_decides(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(100))
    here.load()
    here.put(HEADER + many(80))
    with pytest.raises(SnapshotHeld, match=r"20 % smaller than the last accepted one"):
        here.load()
    again = ingest.fetch_snapshot(here.contract, here.settings)
    assert again.held
    fetched, accounting = ingest.load(again, here.settings)
    assert (fetched.held, accounting.loaded) == (again.held, 100)
    assert here.rows(f"select count(*) from {RAW}") == [(100,)]
    assert len(ledger.all_holds(here.settings)) == 1


def test_nothing_can_be_built_from_a_held_delivery(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(100))
    here.load()
    here.put(HEADER + many(80))
    with pytest.raises(SnapshotHeld):
        here.load()
    with pytest.raises(duckdb.CatalogException):
        here.rows(f"select count(*) from {RAW}")


def test_an_explosion_of_rows_is_refused_and_the_table_stays_as_it_was(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(100))
    here.load()
    here.put(HEADER + many(301))
    with pytest.raises(DataRefused, match="3 times the 100"):
        here.load()
    last = snapshots.latest(here.settings, here.contract)
    assert last is not None
    assert last.received == 100
    assert here.rows(f"select count(*) from {RAW}") == [(100,)]


def test_an_ordinary_fall_in_rows_is_accepted(tmp_path: Path) -> None:
    here = place(tmp_path)
    for lines in (1000, 991):
        here.put(HEADER + many(lines))
        assert here.load().loaded == lines


def test_a_source_that_is_gone_is_held_at_its_last_good_snapshot(tmp_path: Path) -> None:
    here = place(tmp_path)
    file = here.put(HEADER + many(3))
    with pytest.raises(SourceFailed):
        ingest.fetch_snapshot(here.contract, here.at(offline=True).settings)
    here.load()
    first = ingest.fetch_snapshot(here.contract, here.settings)
    assert (first.changed, first.held) == (False, None)
    file.write_bytes(b"<!doctype html><title>Sign in</title>")
    held = ingest.fetch_snapshot(here.contract, here.settings)
    assert held.held
    assert "a web page" in held.held
    assert held.snapshot.id == first.snapshot.id
    assert list((here.settings.snapshots / "refused").iterdir())
    assert ingest.load_raw(here.contract, held.snapshot, here.settings).loaded == 3
    offline = ingest.fetch_snapshot(here.contract, here.at(offline=True).settings)
    assert (offline.snapshot.id, offline.held) == (first.snapshot.id, None)


def test_a_source_that_never_answered_fails(tmp_path: Path) -> None:
    here = place(tmp_path)
    with pytest.raises(SourceFailed, match=r"no file 'complaints.csv'"):
        ingest.fetch_snapshot(here.contract, here.settings)
    assert '"failed"' in _receipts(here.settings.snapshots)


def test_a_refresh_may_be_repeated_on_the_same_warehouse(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(400) + "KX,Open\n")
    assert here.load() == here.load()
    assert len(here.quarantine()) == 1
    leftovers = [p for p in here.settings.work.rglob("*") if p.is_file() and p.suffix != ".duckdb"]
    assert leftovers == []


def test_the_pipeline_tables_say_where_rows_came_from_and_went(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER.replace("Badge", "Badge,Extra") + many(400).replace("\n", ",x\n") + "KX,Open\n")
    fetched = ingest.fetch_snapshot(here.contract, here.settings)
    account = ingest.load_raw(here.contract, fetched.snapshot, here.settings)
    words = [("complaints", "id", "text", "The id; it's one.", "larkhaven.complaints")]
    for held in (None, "gone"):
        told = replace(fetched, held=held)
        write_pipeline_tables(here.settings, here.contracts, [account], [told], words)
    figures = "received, loaded, quarantined, is_held, location"
    assert here.rows(f"select {figures} from pipeline.feeds") == [
        (401, 400, 1, True, "complaints.csv")
    ]
    assert here.rows("select part, line from pipeline.quarantine") == [("complaints.csv", 402)]
    assert here.rows("select column_name from pipeline.unknown_columns") == [("extra",)]
    assert here.rows("select * from pipeline.dictionary") == words


def test_quarantine_and_receipts_never_hold_a_value(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.put(HEADER + many(400) + 'KX,Open,"Secret Name,1\n')
    here.load()
    assert "Secret" not in str(here.rows("select * from private.quarantined"))
    assert "Secret" not in _receipts(here.settings.snapshots)


def _receipts(folder: Path) -> str:
    text = (folder / "receipts" / "larkhaven" / "complaints.ndjson").read_text()
    assert all(json.loads(line) for line in text.splitlines())
    return text
