"""What was received is kept byte for byte, noticed when it rots, and never lost."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import ingest, snapshots
from pipelines.failures import StorageFailed
from tests.feeds import HEADER, Place, many, place


@pytest.fixture
def here(tmp_path: Path) -> Place:
    made = place(tmp_path)
    made.put(HEADER + many(3))
    return made


def receipts(here: Place) -> list[str]:
    file = here.settings.snapshots / "receipts" / "larkhaven" / "complaints.ndjson"
    return [
        json.loads(line)["outcome"] for line in file.read_text().splitlines() if line[-1] == "}"
    ]


def test_bytes_are_kept_as_received_read_only_and_named_by_hash(here: Place) -> None:
    snapshot = ingest.fetch_snapshot(here.contract, here.settings).snapshot
    path = snapshots.part_path(here.settings, snapshot.parts[0])
    assert path.read_bytes() == (HEADER + many(3)).encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.name == snapshot.parts[0].sha256
    assert len(snapshot.id) == 16
    assert snapshot.location == "complaints.csv"


def test_receipts_tell_new_accepted_and_no_change(here: Place) -> None:
    here.load()
    here.load()
    assert receipts(here) == ["new", "accepted", "no_change"]


def test_only_what_loaded_well_becomes_the_latest(here: Place) -> None:
    first = ingest.fetch_snapshot(here.contract, here.settings).snapshot
    assert snapshots.latest(here.settings, here.contract) is None
    accepted = snapshots.accept(here.settings, first, 3)
    assert snapshots.latest(here.settings, here.contract) == accepted
    here.put(HEADER + many(5))
    second = ingest.fetch_snapshot(here.contract, here.settings)
    snapshots.refuse(here.settings, second.snapshot, "planted")
    assert snapshots.latest(here.settings, here.contract) == accepted
    assert second.changed
    assert ingest.fetch_snapshot(here.contract, here.settings).changed


def test_the_name_and_order_of_parts_are_part_of_the_identity() -> None:
    a, b = (snapshots.Part(name, "0" * 64, 1, name) for name in "ab")
    assert snapshots._identity([a, b]) != snapshots._identity([b, a])
    assert snapshots._identity([a]) == snapshots._identity([replace(a, url="elsewhere")])


def test_bytes_that_rotted_are_noticed_and_mended_by_the_next_fetch(here: Place) -> None:
    snapshot = ingest.fetch_snapshot(here.contract, here.settings).snapshot
    path = snapshots.part_path(here.settings, snapshot.parts[0])
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"K1", b"K9"))
    with pytest.raises(StorageFailed, match="no longer what was received"):
        ingest.load_raw(here.contract, snapshot, here.settings)
    assert here.load().loaded == 3
    path.unlink()
    with pytest.raises(StorageFailed, match="gone"):
        snapshots.part_path(here.settings, snapshot.parts[0])


def test_a_receipt_cut_short_by_a_crash_is_passed_over(here: Place) -> None:
    here.load()
    file = here.settings.snapshots / "receipts" / "larkhaven" / "complaints.ndjson"
    file.write_bytes(file.read_bytes() + b'{"outcome": "accep')
    assert snapshots.latest(here.settings, here.contract) is not None
    here.load()
    assert receipts(here) == ["new", "accepted", "no_change"]
