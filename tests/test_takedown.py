"""A record is taken down: no byte of it is left, it stays out, and the log names no one."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import httpx
import pytest

from pipelines import ingest, manifest, serve, shelf, signing, snapshots, warehouse
from pipelines.contract_file import Dialect
from pipelines.contracts import load_contracts
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.history import store
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot
from pipelines.takedown import carry_out, plan, redaction, register, search, tombstones
from tests.conftest import Installation, settings_at
from tests.takedowns import (
    SOURCE,
    a_record,
    fetched_as_sent,
    filled,
    keep_as_workbook,
    refreshed,
    take_down,
    texts_of,
)

RELEASES = 13
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.takedowns"])


@pytest.fixture(scope="module")
def two_nights(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two deliveries and two releases; copy it before changing it."""
    from pipelines.demo.generate import generate

    data = tmp_path_factory.mktemp("takedown") / "data"
    shutil.copytree(released.settings.data, data, symlinks=True)
    generate(data / "demo", scale=0.04, delivery=2)
    return refreshed(settings_at(data), days=1)


@pytest.fixture
def here(two_nights: Settings, tmp_path: Path) -> Settings:
    """A copy that a test may take a record out of."""
    shutil.copytree(two_nights.data, tmp_path / "data", symlinks=True)
    return replace(two_nights, data=tmp_path / "data")


def places(settings: Settings, texts: list[str]) -> set[str]:
    """Where any of the texts is found, by the first folder."""
    return {one.file.split("/")[0] for one in search.search(settings.data, texts).places}


def test_thirteen_releases_and_all_that_is_kept_lose_every_byte_of_a_record(
    here: Settings,
) -> None:
    filled(here, RELEASES)
    record = a_record(here)
    texts = texts_of(here, record)
    assert len(texts) > 3
    found = places(here, texts)
    assert {"releases", "snapshots", "history", "work"} <= found
    before = {n: _lines(here, n) for n in shelf.numbers(here)}
    done = take_down(here, record)
    assert places(here, texts) == set()
    assert not list(register.folder_of(here).glob("*.plan*"))
    assert shelf.numbers(here) == list(range(1, RELEASES + 1))
    for number in shelf.numbers(here):
        _is_whole(here, number, done)
        gone = [line for line in before[number] if record in line]
        assert gone, number
        assert _lines(here, number) == [line for line in before[number] if record not in line]


def _lines(settings: Settings, number: int) -> list[str]:
    folder = shelf.folder(settings, number) / "csv"
    files = ("complaints", "allegations", "bwc_reviews", "discipline_steps", "hearing_items")
    return [
        line
        for name in files
        for line in (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    ]


def _is_whole(settings: Settings, number: int, done: plan.Plan) -> None:
    """A release that was issued again is signed, chained, told of, and can be searched."""
    folder = shelf.folder(settings, number)
    told = manifest.verify(folder)
    assert signing.is_ours(settings, folder)
    assert [one["takedown"] for one in told.removed] == [done.id]
    assert told.removed[0]["records"] == done.records > 1
    before = shelf.folder(settings, told.previous or 0) / manifest.NAME
    if before.is_file():
        assert told.previous_manifest_sha256 == manifest.record(before).sha256
    with closing(sqlite3.connect(f"file:{folder}/oversight.db?mode=ro", uri=True)) as database:
        assert database.execute("pragma freelist_count").fetchone()[0] == 0
        assert database.execute("pragma integrity_check").fetchone()[0] == "ok"
        rows = database.execute("select count(*) from complaints").fetchone()[0]
        assert rows == told.tables["complaints"]["rows"]
        (index,) = database.execute(
            "select name from sqlite_master where sql like '%fts5%' and name like 'compl%'"
        ).fetchone()
        database.execute(f"select count(*) from {index} where {index} match 'lh'")


def test_a_record_that_is_sent_again_stays_out_and_the_log_names_no_one(here: Settings) -> None:
    record = a_record(here)
    texts = texts_of(here, record)
    done = take_down(here, record)
    assert record in (here.data / "demo" / "complaints.csv").read_text(encoding="utf-8")
    later = refreshed(here, days=1)
    assert places(later, texts) == set()
    folder = later.current.resolve()
    assert int(folder.name) == 3
    changes = json.loads((folder / "CHANGES.json").read_text(encoding="utf-8"))
    assert changes["totals"]["substantive"] == changes["totals"]["uncounted"] == 0
    with (folder / "csv" / "takedowns.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "takedown_id": "T-0001",
        "takedown_date": here.now.date().isoformat(),
        "jurisdiction": "larkhaven",
        "source_table": SOURCE,
        "reason": "sealed",
        "records_count": str(done.records),
        "releases_reissued_count": "2",
    }


def test_a_hearing_that_only_lost_the_case_is_not_called_changed(here: Settings) -> None:
    take_down(here, a_record(here))
    file = here.data / "demo" / "hearings.ndjson"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    contracts = load_contracts(here.dbt_project, ["larkhaven"])
    contract = next(c for c in contracts if c.name == "larkhaven.hearings")
    warehouse.create(here)
    ingest.load(ingest.fetch_snapshot(contract, here), here)
    with store.opened(here, contract.name) as connection:
        last = store.last(connection)[0]
        told = connection.execute(
            f"select distinct change_kind, column_name from changes where sequence = {last}"
        ).fetchall()
    assert told
    assert {column for _, column in told} == {None}


def test_bytes_that_slip_through_do_not_land_nor_do_those_of_its_children(
    here: Settings, tmp_path: Path
) -> None:
    record = a_record(here)
    take_down(here, record)
    warehouse.create(here)
    contracts = load_contracts(here.dbt_project, ["larkhaven"])
    followers = [c for c in contracts if c.name == SOURCE or c.meta.withhold_with]
    assert len(followers) == 5
    for contract in followers:
        snapshot = fetched_as_sent(here, contract.name, tmp_path / contract.table.name)
        rows = ingest.load_raw(contract, snapshot, here)
        named = contract.meta.withhold_with.column if contract.meta.withhold_with else None
        with warehouse.connect(here) as connection:
            left = connection.execute(
                f"select count(*) from {contract.raw_table} "
                f"where trim({named or 'complaint_id'}) = '{record}'"
            ).fetchone()
        assert left == (0,)
        assert rows.withheld > 0
        with store.opened(here, contract.name) as connection:
            told = connection.execute(
                f"select count(*) from versions where {named or 'complaint_id'} = '{record}'"
            ).fetchone()
        assert told == (0,)


def test_a_running_site_stops_showing_the_record_at_once(here: Settings) -> None:
    record = a_record(here)
    with serve.listening(here) as site:
        page = f"{site.address}oversight/complaints/larkhaven,{record}.json"
        old = f"{site.address}r0001/complaints/larkhaven,{record}.json"
        assert httpx.get(page).status_code == 200
        assert httpx.get(old).status_code == 200
        take_down(here, record)
        ends = time.monotonic() + 30
        while httpx.get(page).status_code == 200 and time.monotonic() < ends:
            time.sleep(0.2)
        assert httpx.get(page).status_code == 404
        assert httpx.get(old).status_code == 404


def _carry_out(data: str, record: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    take_down(settings_at(Path(data)), record)


def _killed(settings: Settings, record: str, **environment: str) -> int | None:
    process = SPAWN.Process(target=_carry_out, args=(str(settings.data), record, environment))
    process.start()
    process.join(300)
    return process.exitcode


def _steps(settings: Settings, record: str, room: Path) -> dict[str, int]:
    """Each kind of step with the number at which it is reached last."""
    shutil.copytree(settings.data, room / "once", symlinks=True)
    log = room / "steps.tsv"
    once = replace(settings, data=room / "once")
    assert _killed(once, record, OVERSIGHT_STEP_LOG=str(log)) == 0
    return {name: int(n) for n, name in (line.split("\t") for line in log.read_text().splitlines())}


def _rerun_finishes(settings: Settings, record: str, texts: list[str], step: int) -> None:
    assert _killed(settings, record, OVERSIGHT_KILL_AT=str(step)) == -signal.SIGKILL
    carry_out.finish(settings)
    if not register.all_takedowns(settings):
        take_down(settings, record)
    assert places(settings, texts) == set()
    (told,) = register.all_takedowns(settings)
    assert told.releases == 2
    assert told.done_at
    assert shelf.numbers(settings) == [1, 2]
    for number in shelf.numbers(settings):
        manifest.verify(shelf.folder(settings, number))
        assert signing.is_ours(settings, shelf.folder(settings, number))


CRITICAL = ("takedown: bytes planned", "takedown: old release aside")


def test_a_takedown_that_was_interrupted_is_ended_by_the_next_run(
    here: Settings, tmp_path: Path
) -> None:
    record = a_record(here)
    texts = texts_of(here, record)
    steps = _steps(here, record, tmp_path)
    for name in CRITICAL:
        shutil.copytree(here.data, tmp_path / name, symlinks=True)
        _rerun_finishes(replace(here, data=tmp_path / name), record, texts, steps[name])
        shutil.rmtree(tmp_path / name)


@pytest.mark.soak
def test_killed_at_each_step_a_takedown_still_leaves_no_byte(
    here: Settings, tmp_path: Path, is_brief: bool
) -> None:
    record = a_record(here)
    texts = texts_of(here, record)
    last = _steps(here, record, tmp_path)
    steps = sorted(last.values()) if is_brief else range(1, max(last.values()) + 1)
    for step in steps:
        shutil.copytree(here.data, tmp_path / str(step), symlinks=True)
        _rerun_finishes(replace(here, data=tmp_path / str(step)), record, texts, step)
        shutil.rmtree(tmp_path / str(step))
    print(f"\n{len(steps)} kills, 0 bytes left")


def test_a_source_that_cannot_be_rewritten_refuses_the_order_before_it_is_written_down(
    here: Settings,
) -> None:
    record = a_record(here)
    keep_as_workbook(here, record)
    ledger = snapshots.ledger_of(here, SOURCE).read_bytes()
    before = {n: _lines(here, n) for n in shelf.numbers(here)}
    done = carry_out.planned(here, SOURCE, [record], [], "sealed", "Docket 12/26")
    with pytest.raises(StorageFailed, match="nothing was changed"):
        carry_out.order(here, done)
    assert not [f for f in register.folder_of(here).rglob("*") if f.is_file()]
    assert tombstones.all_tombstones(here) == []
    assert snapshots.ledger_of(here, SOURCE).read_bytes() == ledger
    assert not (here.work / "takedown").exists()
    assert carry_out.finish(here) == []
    assert {n: _lines(here, n) for n in shelf.numbers(here)} == before


def test_a_source_that_cannot_be_rewritten_stops_no_other_record(here: Settings) -> None:
    record = a_record(here)
    keep_as_workbook(here, record)
    other = next(one for one in _complaints(here) if one != record)
    take_down(here, other)
    assert [line for line in _lines(here, 1) if other in line] == []


def _complaints(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.current / "oversight.db")) as database:
        return [str(row[0]) for row in database.execute("select complaint_id from complaints")]


@pytest.mark.parametrize(
    ("source", "values", "columns", "reason", "order", "told"),
    [
        ("larkhaven.nothing", ["A1"], [], "sealed", "12/26", "No contract"),
        ("larkhaven.allegations", ["A1"], [], "sealed", "12/26", "--column"),
        ("larkhaven.allegations", ["A1"], ["officer_name"], "sealed", "12/26", "no such column"),
        ("larkhaven.discipline", ["A1"], [], "sealed", "12/26", "2 value"),
        (SOURCE, [" "], [], "sealed", "12/26", "blank"),
        (SOURCE, ["A1"], [], "because", "12/26", "The reason is one of"),
        (SOURCE, ["A1"], [], "sealed", "", "Cite the order"),
        (SOURCE, ["LH-2019-1"], [], "sealed", "Order on LH-2019-1", "Cite the order"),
    ],
)
def test_an_order_that_cannot_be_right_changes_nothing(
    here: Settings,
    source: str,
    values: list[str],
    columns: list[str],
    reason: str,
    order: str,
    told: str,
) -> None:
    with pytest.raises(Misconfigured, match=told):
        carry_out.planned(here, source, values, columns, reason, order)
    assert not register.folder_of(here).exists()


def test_without_the_key_of_the_tombstones_nothing_lands(here: Settings) -> None:
    record = a_record(here)
    take_down(here, record)
    (here.keys / tombstones.KEY).unlink()
    contract = next(c for c in load_contracts(here.dbt_project, ["larkhaven"]) if c.name == SOURCE)
    with pytest.raises(StorageFailed, match="another key"):
        tombstones.condition(here, contract)


def test_the_search_finds_a_text_in_every_form(tmp_path: Path) -> None:
    text = "Persimmon Quill-71"
    planted = {
        "plain.csv": text.encode(),
        "upper.txt": text.upper().encode(),
        "wide.txt": text.encode("utf-16"),
        "url.txt": b"q=Persimmon%20Quill-71",
        "base.txt": base64.b64encode(b"a word before " + text.encode() + b" and after"),
        "packed.gz": gzip.compress(text.encode()),
    }
    for name, content in planted.items():
        (tmp_path / name).write_bytes(b"x" * 100 + content if name[-1] != "z" else content)
    with duckdb.connect(str(tmp_path / "rows.duckdb")) as duck:
        duck.execute(f"create table t as select '{text}' as a, range from range(3000)")
        duck.execute(f"copy t to '{tmp_path}/rows.parquet'")
    with closing(sqlite3.connect(tmp_path / "free.db")) as lite:
        lite.execute("pragma secure_delete = off")
        lite.execute("create table t (a)")
        lite.executemany("insert into t values (?)", [[text * 50]] * 100)
        lite.execute("delete from t")
        lite.commit()
    (tmp_path / "clean.txt").write_text("nothing here", encoding="utf-8")
    found = {one.file for one in search.search(tmp_path, [text]).places}
    assert found == {*planted, "rows.duckdb", "rows.parquet", "free.db"}


def _redacted(tmp_path: Path, content: bytes, reader: str, gone: set[int], **how: object) -> bytes:
    records, dialect = str(how.get("records", "")), Dialect(**how.get("dialect", {}))  # type: ignore[arg-type]
    snapshot = Snapshot("s", "a.b", "", (), None, "", None, reader, records, dialect)
    (tmp_path / "file").write_bytes(content)
    redaction.without(snapshot, tmp_path / "file", tmp_path / "target", frozenset(gone))
    return (tmp_path / "target").read_bytes()


def test_a_record_goes_out_of_each_format_and_leaves_the_others_as_they_were(
    tmp_path: Path,
) -> None:
    table = 'id,told\r\n1,"two\nlines, ""so"""\r\n\r\n2,plain\r\n3,last'
    left = "id,told\r\n\r\n2,plain\r\n3,last"
    assert _redacted(tmp_path, table.encode(), "csv", {1}) == left.encode()
    packed = _redacted(tmp_path, gzip.compress(table.encode()), "csv", {1})
    assert gzip.decompress(packed) == left.encode()
    wide = _redacted(tmp_path, table.encode("utf-16"), "csv", {1}, dialect={"encoding": "utf-16"})
    assert wide.decode("utf-16") == left
    bare = _redacted(tmp_path, b"1;a\n2;b\n", "csv", {2}, dialect={"header": False})
    assert bare == b"1;a\n"
    lines = b'{"a": 1.10}\n{"a": 2}\n\n{"a": 3}\n'
    assert _redacted(tmp_path, lines, "ndjson", {2}) == b'{"a": 1.10}\n\n{"a": 3}\n'
    nested = b'{"n": 1.50, "in": [{"x": 1}, {"x": 2}]}\n{"in": [{"x": 3}]}\n'
    told = _redacted(tmp_path, nested, "ndjson", {2}, records="in")
    assert told == b'{"n":1.50,"in":[{"x":1}]}\n{"in": [{"x": 3}]}\n'
    page = b'{"rows": [{"a": 1.10, "b": "\xc3\xa9"}, {"a": 2}], "time": 0.10}'
    assert _redacted(tmp_path, page, "carto", {2}) == (
        b'{"rows":[{"a":1.10,"b":"\xc3\xa9"}],"time":0.10}'
    )
    duckdb.sql("select range as a from range(5)").write_parquet(str(tmp_path / "p"))
    kept = _redacted(tmp_path, (tmp_path / "p").read_bytes(), "parquet", {2, 5})
    (tmp_path / "q.parquet").write_bytes(kept)
    assert duckdb.sql(f"select a from '{tmp_path}/q.parquet'").fetchall() == [(0,), (2,), (3,)]
    with pytest.raises(StorageFailed, match="cannot be taken out"):
        _redacted(tmp_path, b"PK", "xlsx", {1})


@pytest.mark.soak
def test_a_takedown_over_thirteen_releases_ends_within_a_quarter_of_an_hour(
    tmp_path: Path, is_brief: bool
) -> None:
    from pipelines.demo.generate import generate

    scale = 1 if is_brief else 20
    settings = settings_at(tmp_path / "data")
    generate(settings.data / "demo", scale=scale)
    refreshed(settings)
    filled(settings, RELEASES)
    record = a_record(settings)
    # Each text is looked for in ten forms, in gigabytes.
    texts = texts_of(settings, record)[:3]
    size = sum(f.stat().st_size for f in settings.data.rglob("*") if f.is_file()) / 1e6
    started = time.monotonic()
    take_down(settings, record)
    seconds = time.monotonic() - started
    started = time.monotonic()
    left = search.search(settings.data, texts)
    searched = time.monotonic() - started
    print(
        f"\nscale {scale}: {size:,.0f} MB, {RELEASES} releases, takedown {seconds:.0f} s "
        f"(bar 900 s), {left.files:,} files searched in {searched:.0f} s, "
        f"{len(left.places)} places left"
    )
    assert left.places == ()
    assert seconds < 900
