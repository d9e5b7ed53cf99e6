"""Real files served as Socrata, and as files over HTTP, give the raw tables of the file readers.

Needs the files; prints hashes and counts and never a row.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import ingest, warehouse
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import DataRefused, SnapshotHeld, SourceFailed
from pipelines.holds import ledger
from pipelines.locations import load_locations
from pipelines.settings import PROJECT, Settings
from tests.wire.fetching import hurried, landed, settings_for
from tests.wire.files import Files
from tests.wire.server import Wire, serving
from tests.wire.socrata import Socrata
from tests.wire.tables import Field, Table, table_of

FILES = PROJECT.parent / "shared" / "data"
LOCATIONS = Path(__file__).with_name("locations.yml")
HISTORY = FILES / "nyc_ccrb" / "penalties_history"
ID = "abcd-1234"
RESOURCE = f"/resource/{ID}.json"

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


def contracts(jurisdiction: str) -> list[Contract]:
    """The feeds of which the real files are there, parents first."""
    found = load_contracts(PROJECT / "dbt_project", [jurisdiction])
    known = load_locations(LOCATIONS)
    return [c for c in found if c.name in known and known[c.name][0].path]


def penalties() -> Contract:
    return next(c for c in contracts("new_york") if c.table.name == "penalties")


def installation(folder: Path) -> Settings:
    """Waits long enough for a busy machine to render fifty thousand rows."""
    return hurried(settings_for(folder), read=120, one_answer=300)


def paths_of(contract: Contract) -> list[str]:
    """Where the files of a feed lie below the folder of real files."""
    place, _ = load_locations(LOCATIONS)[contract.name]
    return [place.path] if isinstance(place.path, str) else list(place.path)


def pointed(settings: Settings, folder: Path, contract: Contract, **place: Any) -> Settings:
    """The same installation, with one feed at another place."""
    file = folder / f"{contract.name}.yml"
    file.write_text(yaml.safe_dump({"locations": {contract.name: place}}), encoding="utf-8")
    return replace(settings, locations=file)


def loaded(contract: Contract, settings: Settings) -> tuple[str, int]:
    """A hash of the feed's raw table, and its number of rows."""
    fetched = ingest.fetch_snapshot(contract, settings)
    assert fetched.held is None, fetched.held
    account = ingest.load_raw(contract, fetched.snapshot, settings)
    digest = hashlib.sha256()
    rows = landed(contract, settings)
    assert len(rows) == account.loaded
    for row in rows:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()[:16], len(rows)


def taken_in(contract: Contract, settings: Settings) -> None:
    """Load what the source sends, and accept it as a person would when it is held."""
    try:
        loaded(contract, settings)
    except SnapshotHeld:
        hold = ledger.find(settings, contract.name)
        decided = ledger.decide(settings, hold, "accepted", "A tester", "As the city announced.")
        ingest.load_held(contract, settings, decided)


@contextmanager
def as_socrata(contract: Contract) -> Iterator[tuple[Socrata, Wire]]:
    """The one file of a feed as a data set of a portal; numbers are numbers where that is exact."""
    (path,) = paths_of(contract)
    names = [column.name for column in contract.columns]
    table = table_of(FILES / path, ID, dict.fromkeys(names, "number"))
    portal = Socrata([table], shuffles=True, clip=50_000, zipped=True)
    table.rows.clear()
    with serving(portal) as wire:
        yield portal, wire


def compare(folder: Path, served: Sequence[Contract], kind: str) -> None:
    """Load each feed from its files and from the wire; the raw tables must be equal."""
    by_file = replace(installation(folder / "file"), locations=LOCATIONS)
    by_wire = installation(folder / "wire")
    warehouse.create(by_file)
    warehouse.create(by_wire)
    print(f"\n{'feed':<32}{'served as':<20}{'file reader':<20}{'wire':<20}{'rows':>9}")
    for contract in served:
        wanted = loaded(contract, by_file)
        found = through(folder, contract, by_wire, kind)
        typed = f"{kind}, {found[2]} typed" if found[2] else kind
        print(f"{contract.name:<32}{typed:<20}{wanted[0]:<20}{found[0]:<20}{found[1]:>9,}")
        assert found[:2] == wanted, contract.name


def through(
    folder: Path, contract: Contract, settings: Settings, kind: str
) -> tuple[str, int, int]:
    """Hash, rows and number of typed columns of a feed that is read over the wire."""
    if kind == "files":
        with serving(Files(folder=FILES, etags=True, zipped=True)) as wire:
            places = [wire.url(f"/{path}") for path in paths_of(contract)]
            settings = pointed(settings, folder, contract, path=places)
            return *loaded(contract, settings), 0
    with as_socrata(contract) as (portal, wire):
        typed = sum(field.type != "text" for field in portal.tables[0].fields)
        address = wire.url(RESOURCE)
        settings = pointed(settings, folder, contract, url=address, reader="socrata")
        return *loaded(contract, settings), typed


def test_chicago_as_socrata_is_the_same_raw_tables(tmp_path: Path) -> None:
    served = contracts("chicago")
    assert len(served) == 5
    compare(tmp_path, served, "socrata")


def test_new_york_penalties_as_socrata_are_the_same_raw_table(tmp_path: Path) -> None:
    compare(tmp_path, [penalties()], "socrata")


def test_new_orleans_as_socrata_is_the_same_raw_table(tmp_path: Path) -> None:
    served = contracts("new_orleans")
    assert len(served) == 1
    compare(tmp_path, served, "socrata")


def test_san_diego_as_files_over_http_is_the_same_raw_tables(tmp_path: Path) -> None:
    served = contracts("san_diego")
    assert len(served) == 4
    compare(tmp_path, served, "files")


def versions() -> list[Path]:
    return sorted(HISTORY.glob("*.csv"))


def truth(table: Table, contract: Contract) -> set[tuple[str, ...]]:
    """The declared columns of a version, taken from its file without the project's readers."""
    names = [column.name for column in contract.landed]
    return {tuple(row.get(name) or "" for name in names) for row in table.rows}


def test_a_publisher_that_replaces_everything_changes_only_what_changed(tmp_path: Path) -> None:
    feed = penalties()
    first, *later = [table_of(path, ID) for path in versions()[1:]]
    portal = Socrata([first], shuffles=True, clip=5_000)
    settings = installation(tmp_path)
    with serving(portal) as wire:
        address = wire.url(RESOURCE)
        settings = pointed(settings, tmp_path, feed, url=address, reader="socrata")
        warehouse.create(settings)
        loaded(feed, settings)
        before, old = set(landed(feed, settings)), truth(first, feed)
        assert before == old
        print(f"\n{'version':<12}{'rows':>8}{'new':>8}{'gone':>8}{'moved stamps':>14}")
        for path, table in zip(versions()[2:], later, strict=True):
            portal.replace(table.rows)
            taken_in(feed, settings)
            after, new = set(landed(feed, settings)), truth(table, feed)
            counts = len(after), len(after - before), len(before - after)
            assert counts == (len(new), len(new - old), len(old - new)), path.name
            moved = len(portal.rows[ID])
            print(f"{path.stem:<12}{counts[0]:>8,}{counts[1]:>8,}{counts[2]:>8,}{moved:>14,}")
            before, old = after, new


def test_the_version_without_a_heading_closes_the_gate(tmp_path: Path) -> None:
    feed = penalties()
    bare, good = versions()[0], versions()[1]
    files = Files({"/rows.csv": good.read_bytes()})
    with serving(files) as wire:
        address = wire.url("/rows.csv")
        settings = pointed(installation(tmp_path), tmp_path, feed, url=address, reader="csv")
        warehouse.create(settings)
        last = loaded(feed, settings)
        files.contents["/rows.csv"] = bare.read_bytes()
        fetched = ingest.fetch_snapshot(feed, settings)
        held, accounting = ingest.load(fetched, settings)
        assert "without headings" in str(held.held)
        assert accounting.loaded == len(landed(feed, settings)) == last[1]


def test_the_version_without_a_heading_as_a_data_set_closes_the_gate(tmp_path: Path) -> None:
    """A portal that took the first record for the heading: other columns, and no way in."""
    feed = penalties()
    with versions()[0].open(encoding="utf-8-sig", newline="") as text:
        width = len(next(csv.reader(text)))
    fields = [Field(f"column_{number}", f"Column {number}") for number in range(width)]
    good = table_of(versions()[1], ID)
    portal = Socrata([good])
    with serving(portal) as wire:
        settings = pointed(
            installation(tmp_path), tmp_path, feed, url=wire.url(RESOURCE), reader="socrata"
        )
        warehouse.create(settings)
        last = loaded(feed, settings)
        good.fields[:] = fields
        portal.replace([{field.name: "1" for field in fields}] * last[1])
        with pytest.raises((DataRefused, SourceFailed)):
            loaded(feed, settings)
        assert len(landed(feed, settings)) == last[1]
