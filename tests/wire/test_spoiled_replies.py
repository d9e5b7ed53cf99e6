"""Faults of the wire: asked again when they pass, a failure when they do not, never a part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import ingest, snapshots, warehouse
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, Misconfigured, OversightError, SourceFailed
from pipelines.settings import Settings
from tests.wire.faults import FAULTS, leading_to, on
from tests.wire.fetching import contract_for, hurried, landed, rows, settings_for
from tests.wire.files import Files
from tests.wire.server import Service, Wire, serving
from tests.wire.socrata import Socrata
from tests.wire.tables import Field, Table

pytestmark = pytest.mark.behaviour(26)
PLACES = {"socrata": "/resource/abcd-1234.json", "csv": "/complaints.csv"}
ROWS = [(f"K{number:04d}", "Open" if number % 2 else "") for number in range(1, 121)]


def service(reader: str) -> Service:
    if reader == "socrata":
        fields = [Field("id", "Id"), Field("status", "Status")]
        records = [{"id": key, "status": status or None} for key, status in ROWS]
        return Socrata([Table("abcd-1234", fields, records)], clip=50)
    lines = [f"{key},{status}\n" for key, status in ROWS]
    return Files({PLACES["csv"]: "".join(["Id,Status\n", *lines]).encode()})


@dataclass
class Feed:
    """A feed of a served data set."""

    wire: Wire
    contract: Contract
    settings: Settings

    def load(self) -> None:
        fetched = ingest.fetch_snapshot(self.contract, self.settings)
        ingest.load_raw(self.contract, fetched.snapshot, self.settings)


@contextmanager
def feed(folder: Path, reader: str, **meta: object) -> Iterator[Feed]:
    with serving(service(reader)) as wire:
        contract = contract_for(folder, reader, wire.url(PLACES[reader]), ("id", "status"), **meta)
        settings = hurried(settings_for(folder), read=0.25, attempts=3)
        warehouse.create(settings)
        yield Feed(wire, contract, settings)


@pytest.mark.parametrize("reader", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_fault_that_passes_costs_nothing(
    tmp_path: Path, reader: str, fault: str, number: int
) -> None:
    with feed(tmp_path, reader) as at:
        at.wire.faults = on(range(number, number + 1), FAULTS[fault])
        assert rows(at.contract, at.settings) == ROWS


@pytest.mark.parametrize("reader", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("start", [1, 4])
def test_a_fault_that_stays_is_a_failure_and_never_a_part_of_the_data(
    tmp_path: Path, reader: str, fault: str, start: int
) -> None:
    if reader == "csv" and start > 1:
        pytest.skip("a file is one answer")
    with feed(tmp_path, reader) as at:
        at.wire.faults = on(range(start, 10_000), FAULTS[fault])
        with pytest.raises(SourceFailed):
            at.load()
        assert snapshots.latest(at.settings, at.contract) is None
        assert len(at.wire.asked) < 40


@pytest.mark.parametrize("reader", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_last_good_rows_are_used_while_a_fault_stays(
    tmp_path: Path, reader: str, fault: str
) -> None:
    with feed(tmp_path, reader) as at:
        at.load()
        at.wire.faults = on(range(1, 10_000), FAULTS[fault])
        fetched = ingest.fetch_snapshot(at.contract, at.settings)
        assert fetched.held
        ingest.load_raw(at.contract, fetched.snapshot, at.settings)
        assert landed(at.contract, at.settings) == ROWS


@pytest.mark.parametrize("reader", PLACES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_another_host_is_visited_only_if_the_contract_names_it(
    tmp_path: Path, reader: str, number: int
) -> None:
    if reader == "csv" and number > 1:
        pytest.skip("a file is one answer")
    with feed(tmp_path, reader) as at, serving(service(reader)) as elsewhere:
        port = elsewhere.address.rsplit(":", 1)[1]
        other = leading_to(f"http://localhost:{port}{PLACES[reader]}")
        at.wire.faults = on(range(number, 10_000), other)
        with pytest.raises((SourceFailed, Misconfigured)) as failed:
            at.load()
        assert elsewhere.asked == []
        assert snapshots.latest(at.settings, at.contract) is None
        assert isinstance(failed.value, OversightError)
        assert "localhost" in failed.value.told()


def test_a_host_that_the_contract_names_is_followed(tmp_path: Path) -> None:
    with (
        feed(tmp_path, "csv", redirect_hosts=["localhost"]) as at,
        serving(service("csv")) as elsewhere,
    ):
        port = elsewhere.address.rsplit(":", 1)[1]
        at.wire.faults = on(range(1, 2), leading_to(f"http://localhost:{port}{PLACES['csv']}"))
        assert rows(at.contract, at.settings) == ROWS
        assert len(elsewhere.asked) == 1


@pytest.mark.parametrize("reader", PLACES)
@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "//", "http://["])
def test_a_redirect_out_of_the_web_is_refused(tmp_path: Path, reader: str, target: str) -> None:
    with feed(tmp_path, reader) as at:
        at.wire.faults = on(range(1, 10_000), leading_to(target))
        with pytest.raises((SourceFailed, Misconfigured)):
            at.load()
        assert snapshots.latest(at.settings, at.contract) is None


@pytest.mark.parametrize("reader", PLACES)
def test_redirects_in_a_ring_end(tmp_path: Path, reader: str) -> None:
    with feed(tmp_path, reader) as at:
        at.wire.faults = on(range(1, 10_000), leading_to(at.wire.url(PLACES[reader])))
        with pytest.raises(SourceFailed):
            at.load()
        assert len(at.wire.asked) < 40


@pytest.mark.parametrize("reader", PLACES)
def test_loopback_is_refused_unless_the_operator_allows_it(tmp_path: Path, reader: str) -> None:
    with feed(tmp_path, reader) as at:
        strict = hurried(settings_for(tmp_path, allow_private_hosts=False))
        with pytest.raises((Misconfigured, SourceFailed, DataRefused)):
            ingest.fetch_snapshot(at.contract, strict)
        assert at.wire.asked == []
