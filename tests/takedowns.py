"""What the tests of takedowns share: a shelf of releases, a record on it, and the orders."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl

from pipelines import manifest, readers, shelf, signing, snapshots
from pipelines.contracts import load_contracts
from pipelines.locations import load_locations, locate
from pipelines.readers.parts import FetchedPart
from pipelines.settings import Settings
from pipelines.takedown import carry_out
from pipelines.takedown.plan import Plan

SOURCE = "larkhaven.complaints"
MOST = 8
"""Texts of a record that are looked for, besides its number."""
SHOWN = """
    select complaint_id from complaints c
    where exists (select 1 from allegations where complaint_id = c.complaint_id)
      and exists (select 1 from bwc_reviews where complaint_id = c.complaint_id)
      and exists (select 1 from hearing_items where complaint_id = c.complaint_id)
    order by exists (select 1 from discipline_steps where complaint_id = c.complaint_id) desc,
      complaint_id
    limit 1
"""


def refreshed(settings: Settings, days: int = 0) -> Settings:
    """The installation after one more night. Fails the test when the night does."""
    from pipelines.orchestration.run import run

    later = replace(settings, now=settings.now + timedelta(days=days))
    done = run("nightly_refresh", later)
    assert [failure.told() for failure in done.failures] == []
    return later


def filled(settings: Settings, releases: int) -> None:
    """Put copies of the last release on the shelf, each with a number and a signature of its own,
    and as many deliveries of complaints below them, packed as old ones are."""
    last = shelf.numbers(settings)[-1]
    for number in range(last + 1, releases + 1):
        folder = shelf.folder(settings, number)
        before = shelf.folder(settings, number - 1)
        shutil.copytree(before, folder)
        told = manifest.read(folder)
        (folder / manifest.NAME).chmod(0o644)
        chained = manifest.record(before / manifest.NAME).sha256
        manifest.write(
            folder,
            replace(told, number=number, previous=number - 1, previous_manifest_sha256=chained),
        )
        signing.sign(settings, folder)
        _deliver(settings, number)
    shelf.flip(settings, releases)


def _deliver(settings: Settings, number: int) -> None:
    """One more accepted delivery of the complaints, with the last lines missing."""
    contract = next(
        c for c in load_contracts(settings.dbt_project, ["larkhaven"]) if c.name == SOURCE
    )
    location = locate(contract, settings.data, load_locations(settings.locations))
    file = settings.data / "demo" / "complaints.csv"
    kept = settings.data / "work" / f"{number}.csv"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-number]))
    last = snapshots.latest(settings, contract)
    part = FetchedPart("complaints.csv", kept, "complaints.csv", place="complaints.csv")
    snapshot, _ = snapshots.keep(settings, contract, location, [part])
    snapshots.accept(settings, snapshot, 1)
    assert last is not None
    snapshots.compress(settings, last, snapshot)
    snapshots.accept(settings, last, last.received or 0)


def fetched_as_sent(settings: Settings, source_table: str, folder: Path) -> snapshots.Snapshot:
    """Keep what a source sends with nothing taken out, as if its bytes had slipped through."""
    contracts = load_contracts(settings.dbt_project, ["larkhaven"])
    contract = next(c for c in contracts if c.name == source_table)
    location = locate(contract, settings.data, load_locations(settings.locations))
    parts = readers.fetch(contract, location, folder, settings)
    return snapshots.keep(settings, contract, location, parts)[0]


def keep_as_workbook(settings: Settings, record: str) -> None:
    """One more accepted delivery of the complaints, as a workbook with one record in it."""
    contracts = load_contracts(settings.dbt_project, ["larkhaven"])
    contract = next(c for c in contracts if c.name == SOURCE)
    with (settings.data / "demo" / "complaints.csv").open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(heading)
    sheet.append(next(row for row in rows if record in row))
    kept = settings.data / "workbook.xlsx"
    book.save(kept)
    location = locate(contract, settings.data, load_locations(settings.locations))
    location = location.model_copy(update={"reader": "xlsx"})
    part = FetchedPart("complaints.xlsx", kept, "complaints.xlsx", place="complaints.xlsx")
    snapshot, _ = snapshots.keep(settings, contract, location, [part])
    snapshots.accept(settings, snapshot, 1)


def a_record(settings: Settings) -> str:
    """A complaint with allegations, reviews and a hearing."""
    with closing(sqlite3.connect(settings.current / "oversight.db")) as database:
        return str(database.execute(SHOWN).fetchone()[0])


def texts_of(settings: Settings, record: str) -> list[str]:
    """What the sources say of a complaint and of nothing else, protected words included."""
    rows = list(_rows(settings.data / "demo"))
    counted = Counter(cell for row in rows for cell in set(row))
    mine = {cell for row in rows if record in row for cell in row}
    own = sum(record in row for row in rows)
    longer = sorted(cell for cell in mine if len(cell) >= 12 and counted[cell] <= own)
    others = "\n".join(cell for row in rows if record not in row for cell in row)
    return [record, *[cell for cell in longer if cell != record and cell not in others][:MOST]]


def _rows(feeds: Path) -> Iterator[list[str]]:
    for file in ("complaints", "allegations", "bwc_reviews", "discipline"):
        with (feeds / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            yield from csv.reader(lines)
    for line in (feeds / "hearings.ndjson").read_text(encoding="utf-8").splitlines():
        for item in json.loads(line).get("Items") or []:
            yield [str(value) for value in item.values() if isinstance(value, str | int)]


def take_down(settings: Settings, record: str, source: str = SOURCE) -> Plan:
    """Order a takedown and carry it out."""
    plan = carry_out.planned(settings, source, [record], [], "sealed", "Docket 12/26")
    carry_out.order(settings, plan)
    carry_out.finish(settings)
    return plan
