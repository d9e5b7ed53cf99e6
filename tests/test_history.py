"""The history of a feed: what changed is told once and rightly, and what is private never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines import blobs, history_commands, ingest, snapshots, warehouse
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured, SnapshotHeld, StorageFailed
from pipelines.history import as_of, erase, identity, rebuild, store
from pipelines.holds import ledger
from tests.feeds import HEADER, Place, column, many, place, table

BEGAN = datetime(2026, 3, 1, 5, tzinfo=UTC)
WITHHOLD = {"withhold": {"column": "status", "values": {"Expunged": "expunged"}}}
SPARSE = {"max_removed_pct": 100, "max_drop_pct": 100}


def told(here: Place, columns: str = "sequence, record_label, column_name, change_kind") -> Any:
    with store.opened(here.settings, here.contract.name) as connection:
        return connection.execute(f"select {columns} from changes order by all").fetchall()


def night(here: Place, number: int, text: str, contract: Contract | None = None) -> Place:
    """Deliver `text` on the night of that number, and take it in."""
    moved = here.at(now=BEGAN + timedelta(days=number))
    moved.put(text)
    moved.load(contract)
    return moved


def test_each_difference_is_told_once_with_its_kind(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, f"{HEADER}K1,Open,Ann,1\nK2,Open,Bo,2\nK3,,Cy,3\nK4,Open,Di,4\n")
    night(here, 2, f"{HEADER}K2,Closed,Bo,2\nK3,Open,Cy,3\nK1,,Ann,1\nK5,Open,Ed,5\n")
    night(here, 3, f"{HEADER}K1, open ,Ann,1\nK2,CLOSED,Bo,2\nK3,Open,Cy,3\nK4,Open,Di,4\n")
    assert told(here) == [
        (2, "K1", "status", "blanked"),
        (2, "K2", "status", "value_changed"),
        (2, "K3", "status", "filled"),
        (2, "K4", None, "removed"),
        (2, "K5", None, "added"),
        (3, "K1", "status", "filled"),
        (3, "K2", "status", "reformatted"),
        (3, "K4", None, "restored"),
        (3, "K5", None, "removed"),
    ]


def test_of_what_is_not_public_only_the_change_is_told_and_no_value_is_kept(
    tmp_path: Path,
) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, f"{HEADER}K1,Open,Marigold Quill,1\n")
    night(here, 2, f"{HEADER}K1,Open,Peregrine Ash,2\n")
    shown = told(here, "column_name, change_kind, old_value, new_value")
    assert shown == [
        ("badge", "value_changed", None, None),
        ("officer_name", "value_changed", None, None),
    ]
    kept = store.file_of(here.settings, here.contract.name).read_bytes()
    for name in (b"Marigold", b"Quill", b"Peregrine", b"marigold"):
        assert name not in kept


def test_a_new_order_and_another_way_of_writing_change_nothing(tmp_path: Path) -> None:
    lines = [f"K{n},Open,Ann Example,{n}\n" for n in range(50)]
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, HEADER + "".join(lines))
    night(here, 2, HEADER + "".join(reversed(lines)))
    night(here, 3, HEADER + "".join(line.replace("Open", " OPEN ") for line in lines))
    assert {kind for *_, kind in told(here)} == {"reformatted"}


def test_a_record_that_is_withheld_is_not_called_removed(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE, **WITHHOLD))
    night(here, 1, f"{HEADER}K1,Open,Ann,1\nK2,Open,Bo,2\n")
    last = night(here, 2, f"{HEADER}K1,Expunged,Ann,1\nK2,Open,Bo,2\n")
    assert told(last) == []
    with store.opened(last.settings, last.contract.name) as connection:
        found = connection.execute(
            "select record_key, missing_since, withheld_since from current order by 1"
        ).fetchall()
    assert found == [("K1", None, 2), ("K2", None, None)]


def test_a_record_that_arrives_unreadable_is_not_called_removed(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE, max_quarantined_pct=100))
    night(here, 1, f"{HEADER}K1,Open,Ann,1\nK2,Open,Bo,2\n")
    last = night(here, 2, f"{HEADER}K1,Open,Ann,1\nK1,Closed,Ann,1\nK2,Open,Bo,2\n")
    assert told(last) == []


def test_a_column_declared_later_is_no_change_of_any_record(tmp_path: Path) -> None:
    few = [column("id", required=True), column("status")]
    here = place(tmp_path, table(columns=few, **SPARSE))
    night(here, 1, "Id,Status,Ward\nK1,Open,North\nK2,Open,South\n")
    more = replace(
        place(tmp_path / "more", table(columns=[*few, column("ward")], **SPARSE)),
        settings=here.settings,
    )
    night(more, 2, "Id,Status,Ward\nK1,Open,North\nK2,Closed,South\n")
    night(more, 3, "Id,Status,Ward\nK1,Open,West\nK2,Closed,South\n")
    assert told(here) == [(2, "K2", "status", "value_changed"), (3, "K1", "ward", "value_changed")]


def test_an_optional_column_left_out_does_not_empty_every_record(tmp_path: Path) -> None:
    columns = [column("id", required=True), column("status"), column("ward", optional=True)]
    here = place(tmp_path, table(columns=columns, **SPARSE))
    night(here, 1, "Id,Status,Ward\nK1,Open,North\nK2,Open,South\n")
    night(here, 2, "Id,Status\nK1,Closed\nK2,Open\n")
    night(here, 3, "Id,Status,Ward\nK1,Closed,North\nK2,Open,South\n")
    assert told(here) == [(2, "K1", "status", "value_changed")]
    with store.opened(here.settings, here.contract.name) as connection:
        missing = connection.execute("select columns_missing from observations").fetchall()
    assert missing == [(None,), ("ward",), (None,)]


def test_rows_without_a_key_are_told_apart_by_content_and_count(tmp_path: Path) -> None:
    here = place(tmp_path, table(key=None, identical_rows="keep", **SPARSE))
    night(here, 1, f"{HEADER}A,Open,Ann,1\nA,Open,Ann,1\nB,Open,Bo,2\n")
    night(here, 2, f"{HEADER}B,Open,Bo,2\nA,Open,Ann,1\n")
    night(here, 3, f"{HEADER}B, OPEN,Bo,2\nA,Closed,Ann,1\n")
    assert told(here, "sequence, column_name, change_kind") == [
        (2, None, "removed"),
        (3, "status", "reformatted"),
        (3, None, "added"),
        (3, None, "removed"),
    ]


def test_a_crash_between_acceptance_and_history_is_made_good_the_next_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place(tmp_path, table(**SPARSE))
    whole = place(tmp_path / "whole", table(**SPARSE))
    texts = [HEADER + many(20), HEADER + many(21), HEADER + many(22, start=2)]
    for number, text in enumerate(texts):
        night(whole, number, text)
    night(here, 0, texts[0])
    with monkeypatch.context() as power:
        power.setattr("pipelines.history.observe.record", _failing)
        with pytest.raises(OSError, match="power"):
            night(here, 1, texts[1])
    night(here, 2, texts[2])
    ours, theirs = (told(one) for one in (here, whole))
    assert ours == theirs
    assert len(ours) == 4


def _failing(*_: object) -> None:
    raise OSError("the power failed")


def test_the_history_made_again_from_the_snapshots_is_the_same(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    for number in range(6):
        night(here, number, HEADER + many(30 + number, start=1 + number // 2))
    before = rebuild.table_hashes(here.settings, here.contract)
    assert rebuild.rebuild(here.settings, here.contract) == 6
    assert rebuild.table_hashes(here.settings, here.contract) == before


def test_a_rebuild_that_fails_leaves_the_history_as_it_was(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, HEADER + many(5))
    night(here, 2, HEADER + many(6))
    before = rebuild.table_hashes(here.settings, here.contract)
    first = snapshots.accepted(here.settings, here.contract.name)[0][1]
    packed = blobs.path_of(here.settings, first.parts[0].sha256)
    packed.with_name(f"{packed.name}.gz").unlink()
    with pytest.raises(StorageFailed, match="gone"):
        rebuild.rebuild(here.settings, here.contract)
    assert rebuild.table_hashes(here.settings, here.contract) == before


def test_a_history_that_was_lost_is_made_again_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, HEADER + many(5))
    night(here, 2, HEADER + many(6))
    before = rebuild.table_hashes(here.settings, here.contract)
    monkeypatch.setattr("pipelines.contracts.load_contracts", lambda *_: here.contracts)
    asked = ["rebuild", here.contract.name, "--data", str(here.settings.data)]
    same = CliRunner().invoke(history_commands.app, asked)
    assert "the same, table for table" in same.stdout
    store.file_of(here.settings, here.contract.name).unlink()
    again = CliRunner().invoke(history_commands.app, asked)
    assert "made from 2 snapshot(s), where there was none" in again.stdout
    assert rebuild.table_hashes(here.settings, here.contract) == before
    strange = CliRunner().invoke(history_commands.app, ["rebuild", "nowhere.none", *asked[2:]])
    assert isinstance(strange.exception, Misconfigured)


def test_old_snapshots_are_packed_and_still_readable(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, HEADER + many(500))
    night(here, 2, HEADER + many(501))
    (_, first), (_, second) = snapshots.accepted(here.settings, here.contract.name)
    plain = blobs.path_of(here.settings, first.parts[0].sha256)
    assert not plain.exists()
    assert blobs.path_of(here.settings, second.parts[0].sha256).exists()
    read = snapshots.part_path(here.settings, first.parts[0])
    assert read.read_text() == HEADER + many(500)
    assert plain.with_name(f"{plain.name}.gz").stat().st_size < read.stat().st_size / 3


def test_the_raw_table_of_a_day_is_what_was_delivered_up_to_then(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    texts = {n: HEADER + many(40 - n, start=n) + f"X{n},Closed,Ann,1\n" for n in range(1, 5)}
    for number, text in texts.items():
        night(here, 2 * number, text)
    wanted = {}
    for number, text in texts.items():
        fresh = place(tmp_path / str(number), table(**SPARSE))
        fresh.put(text)
        fresh.load()
        wanted[number] = fresh.rows(
            "select id, status, badge from raw_larkhaven.complaints order by all"
        )
    for days, number in ((2, 1), (3, 1), (4, 2), (7, 3), (30, 4)):
        day = (BEGAN + timedelta(days=days)).date()
        with warehouse.connect(here.settings) as connection:
            sequence = as_of.raw_as_of(connection, here.settings, here.contract, day)
        assert sequence == number
        assert wanted[number] == here.rows(
            "select id, status, badge from raw_larkhaven.complaints order by all"
        )
    with warehouse.connect(here.settings) as connection:
        early = as_of.raw_as_of(connection, here.settings, here.contract, date(2025, 1, 1))
    assert early is None


def test_an_erased_record_leaves_no_byte_behind(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, f"{HEADER}Persimmon7,Open,Ann,1\nK2,Open,Bo,2\n")
    night(here, 2, f"{HEADER}Persimmon7,Settled,Ann,1\nK2,Closed,Bo,2\n")
    with store.opened(here.settings, here.contract.name) as connection:
        found = connection.execute(
            "select distinct record_id from versions where record_key = 'Persimmon7'"
        ).fetchall()
    assert erase.erase(here.settings, here.contract, [found[0][0]]) == 1
    assert told(here) == [(2, "K2", "status", "value_changed")]
    kept = store.file_of(here.settings, here.contract.name).read_bytes()
    assert b"Persimmon7" not in kept
    assert b"Settled" not in kept
    night(here, 3, f"{HEADER}K2,Open,Bo,2\n")
    assert len(told(here)) == 2


def test_ids_stay_through_a_new_key_and_nobody_can_work_them_out(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, HEADER + many(40))
    moved = here.at(now=BEGAN + timedelta(days=2))
    moved.put(HEADER + many(40).replace("K", "Z"))
    with pytest.raises(SnapshotHeld, match="equal in everything except id"):
        moved.load()
    hold = ledger.find(moved.settings, moved.contract.name)
    decided = ledger.decide(moved.settings, hold, "accepted", "R. Clerk", "New numbers.")
    ingest.load_held(moved.contract, moved.settings, decided)
    assert {kind for *_, kind in told(here)} == {"key_migrated"}
    night(here, 3, HEADER + many(40).replace("K", "Z").replace("Z7,Open", "Z7,Closed"))
    with store.opened(here.settings, here.contract.name) as connection:
        ids = connection.execute(
            "select distinct record_id from versions where record_key in ('K7', 'Z7')"
        ).fetchall()
    assert len(ids) == 1
    other = place(tmp_path / "other", table(**SPARSE))
    night(other, 1, HEADER + many(40))
    with store.opened(other.settings, other.contract.name) as connection:
        theirs = connection.execute(
            "select distinct record_id from versions where record_key = 'K7'"
        ).fetchall()
    assert theirs != ids


def test_a_secret_that_others_can_read_stops_the_refresh(tmp_path: Path) -> None:
    here = place(tmp_path)
    night(here, 1, HEADER + many(3))
    key = here.settings.history / "key"
    assert key.stat().st_mode & 0o077 == 0
    key.chmod(0o644)
    with pytest.raises(StorageFailed, match="read by others"):
        night(here, 2, HEADER + many(4))


def test_a_version_has_a_span_of_days_and_a_span_of_knowing(tmp_path: Path) -> None:
    here = place(tmp_path, table(**SPARSE))
    night(here, 1, f"{HEADER}K1,Open,Ann,1\n")
    night(here, 5, f"{HEADER}K1,Closed,Ann,1\n")
    with store.opened(here.settings, here.contract.name) as connection:
        found = connection.execute(
            "select status, valid_from, valid_to, recorded_from, recorded_to from versions "
            "order by valid_from"
        ).fetchall()
    first, second = BEGAN + timedelta(days=1), BEGAN + timedelta(days=5)
    plain = [moment.replace(tzinfo=None) for moment in (first, second)]
    assert found == [
        ("Open", first.date(), second.date(), plain[0], plain[1]),
        ("Closed", second.date(), None, plain[1], None),
    ]


def test_labels_are_what_is_public_of_the_key(tmp_path: Path) -> None:
    here = place(tmp_path)
    assert identity.label_columns(here.contract) == ("id",)
