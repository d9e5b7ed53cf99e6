"""Real files served as Legistar and USAspending give the raw tables that the files give.

Needs the files; prints one line a feed, with counts and hashes and never a row.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.contracts import Contract, check_contracts, source_files
from pipelines.settings import PROJECT, Settings
from tests import feeds
from tests.wire.fetching import landed, raw_hash, settings_for
from tests.wire.legistar import Legistar, tenant_of
from tests.wire.legistar_objects import EVENT, ITEM, events_from_archive
from tests.wire.server import Service, serving
from tests.wire.usaspending import USAspending
from tests.wire.usaspending_objects import awards_of

FILES = PROJECT.parent / "shared" / "data"
COUNCIL = FILES / "meetings_nyc_council" / "events_public_safety.ndjson.gz"
CAPTURES = FILES / "legistar_raw"
AWARDS = FILES / "cops_grants" / "usaspending_16710_wa_p1.json"
TOKEN = "a-token-for-the-council"
ROWS = {"events": 1_000, "event_items": 54_312, "roll_calls": 19_914}

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]
Places = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    read, problems = check_contracts(source_files(PROJECT / "dbt_project"))
    assert not problems
    return {contract.name: contract for contract in read}


@pytest.fixture(scope="module")
def council() -> Legistar:
    with gzip.open(COUNCIL) as lines:
        found = events_from_archive(lines)
    items, calls = found.items, found.roll_calls
    service = Legistar("nyc", found.events, items, roll_calls=calls, token=TOKEN)
    counts = (len(found.events), *(sum(map(len, by.values())) for by in (items, calls)))
    assert counts == tuple(ROWS.values())
    return service


def located(folder: Path, contract: Contract, place: dict[str, Any]) -> Settings:
    """An installation of its own that reads this feed from that place."""
    folder.mkdir(parents=True)
    file = folder / "locations.yml"
    file.write_text(yaml.safe_dump({"locations": {contract.name: place}}), encoding="utf-8")
    return replace(settings_for(folder), locations=file, tokens={"legistar_nyc": TOKEN})


def check(
    folder: Path,
    contract: Contract,
    file: dict[str, Any],
    service: Service,
    served: Places,
    count: int,
) -> None:
    """The raw table has as many rows by the file as are known, and by the service the same.

    One line is printed of it.
    """
    on_disk = located(folder / "file", contract, file)
    by_file = raw_hash(contract, on_disk)
    found = len(landed(contract, on_disk))
    start = time.monotonic()
    with serving(service) as wire:
        settings = located(folder / "served", contract, served(wire.address))
        by_service = raw_hash(contract, settings)
        asked = len(wire.asked)
    took = f"{asked:>6,} requests {time.monotonic() - start:>6.1f} s"
    verdict = "the same" if by_file == by_service else "different"
    told = f"{contract.name:<34}{found:>7,} rows  {by_file[:12]}  {by_service[:12]}"
    print(f"\n{told}  {took}  {verdict}", end="")
    assert found == count
    assert by_file == by_service


@pytest.mark.parametrize("table", list(ROWS))
def test_the_council_gives_by_legistar_what_its_archive_gives(
    tmp_path: Path, contracts: dict[str, Contract], council: Legistar, table: str
) -> None:
    contract = contracts[f"new_york_council.{table}"]
    query = {"roll_calls": True} if table == "roll_calls" else {}

    def served(address: str) -> dict[str, Any]:
        return {"url": f"{address}/v1/nyc", "reader": "legistar", "query": query}

    file = {"path": str(COUNCIL), "reader": "ndjson", "query": {}}
    check(tmp_path, contract, file, council, served, ROWS[table])


@pytest.mark.parametrize(
    ("table", "capture", "count"),
    [
        ("events", "convene_phila_events.json", 3),
        ("event_items", "convene_phila_event_6376_items.json", 21),
    ],
)
def test_captured_answers_give_by_legistar_what_they_give_from_disk(
    tmp_path: Path, contracts: dict[str, Contract], table: str, capture: str, count: int
) -> None:
    contract = contracts[f"philadelphia_council.{table}"]
    names = ("convene_phila_events.json", "convene_phila_event_6376_items.json")
    captures = [json.loads((CAPTURES / name).read_bytes()) for name in names]

    def served(address: str) -> dict[str, Any]:
        return {"url": f"{address}/v1/phila", "reader": "legistar", "query": {}}

    file = {"path": str(CAPTURES / capture), "reader": "legistar", "query": {}}
    service = tenant_of("phila", captures)
    check(tmp_path, contract, file, service, served, count)


def test_captured_votes_give_by_legistar_what_they_give_from_disk(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    """The capture does not say at which meeting it was voted, so that column is left out."""
    whole = contracts["seattle_council.votes"]
    columns = [c.model_dump(by_alias=True) for c in whole.columns if c.name != "event_id"]
    meta = {"key": ["id"], "records": "Items.Votes", "inherit": {"event_item_id": "^ID"}}
    table = feeds.table("votes", columns, reader="legistar", location="votes.json", **meta)
    (contract,) = feeds.contracts(tmp_path, table)
    capture = CAPTURES / "convene_seattle_votes_123047.json"
    votes = json.loads(capture.read_bytes())
    item = {**dict.fromkeys(ITEM), "EventItemId": 123047, "EventItemEventId": 1}
    meeting = {**dict.fromkeys(EVENT), "EventId": 1, "EventDate": "2026-05-12T00:00:00"}

    def served(address: str) -> dict[str, Any]:
        return {"url": f"{address}/v1/seattle", "reader": "legistar", "query": {"votes": True}}

    service = tenant_of("seattle", [[meeting], [item], votes])
    file = {"path": str(capture), "reader": "legistar", "query": {}}
    check(tmp_path, contract, file, service, served, len(votes))


def test_the_awards_give_by_usaspending_what_their_file_gives(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    contract = contracts["us_doj.cops_awards_16710"]
    awards = awards_of(json.loads(AWARDS.read_bytes()))
    assert len(awards) == 100
    query = {
        "program_numbers": ["16.710"],
        "award_type_codes": ["02", "03", "04", "05"],
        "states": ["WA"],
        "since": "2007-10-01",
    }

    def served(address: str) -> dict[str, Any]:
        url = f"{address}/api/v2/search/spending_by_award/"
        return {"url": url, "reader": "usaspending", "query": query}

    file = {"path": str(AWARDS), "reader": "json", "records": "results", "query": {}}
    check(tmp_path, contract, file, USAspending(awards), served, 100)
