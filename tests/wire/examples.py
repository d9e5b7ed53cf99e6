"""One small feed of each protocol, on which every reader meets the same misfortunes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.contracts import Contract
from pipelines.settings import Settings
from tests import feeds
from tests.wire import fetching
from tests.wire.arcgis import ArcGIS
from tests.wire.carto import Carto
from tests.wire.ckan import CKAN
from tests.wire.legistar import Legistar
from tests.wire.legistar_objects import events_from_archive
from tests.wire.scripted import Scripted
from tests.wire.server import Reply, Service, Wire
from tests.wire.socrata import Socrata
from tests.wire.tables import Field, Table
from tests.wire.usaspending import USAspending
from tests.wire.usaspending_objects import award

ROWS = 23
COLUMNS = ("id", "status", "badge")
WORDS = ("Open", "Closed", "Sustained")


@dataclass
class Example:
    """A service, and the contract's words for a feed of it."""

    service: Service
    reader: str
    path: str
    columns: Sequence[Any] = COLUMNS
    meta: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def contract(self, wire: Wire, folder: Path) -> Contract:
        """The contract of the feed, at the address of the server."""
        place = wire.url(self.path)
        return fetching.contract_for(folder, self.reader, place, self.columns, **self.meta)

    def settings(self, folder: Path) -> Settings:
        """An installation in `folder` that has what the service asks for."""
        return fetching.settings_for(folder, tokens=self.tokens)


def _table(name: str, kind: str = "text") -> Table:
    fields = [Field("id", "Id"), Field("status", "Status"), Field("badge", "Badge", kind)]
    rows = [
        {"id": f"K{n:03d}", "status": WORDS[n % 3], "badge": n if kind == "integer" else str(n)}
        for n in range(ROWS)
    ]
    return Table(name, fields, rows)


def _socrata() -> Example:
    service = Socrata([_table("abcd-1234")], clip=7)
    return Example(service, "socrata", "/resource/abcd-1234.json")


def _soda3() -> Example:
    service = Socrata([_table("abcd-1234")], tokens=frozenset({"known"}))
    path = "/api/v3/views/abcd-1234/query.json"
    return Example(service, "socrata", path, tokens={"socrata": "known"})


def _arcgis() -> Example:
    service = ArcGIS(_table("0", "integer"), most=7)
    return Example(service, "arcgis", service.path)


def _ckan() -> Example:
    resource = "0c9d7c1e-0000-4000-8000-000000000001"
    service = CKAN(_table(resource), most=7)
    path = "/api/3/action/datastore_search"
    return Example(service, "ckan", path, meta={"query": {"resource_id": resource}})


def _carto() -> Example:
    service = Carto(_table("complaints"), slow_above=7)
    return Example(service, "carto", "/api/v2/sql", meta={"query": {"table": "complaints"}})


def _legistar() -> Example:
    lines = [json.dumps(_meeting(number)) for number in range(1, 6)]
    found = events_from_archive(lines)
    service = Legistar("larkhaven", found.events, found.items, roll_calls=found.roll_calls, cap=2)
    columns = [feeds.column("id"), feeds.column("event_id"), feeds.column("value")]
    nested = {"records": "Items.RollCall", "inherit": {"event_id": "^^ID"}, "key": None}
    query = {"roll_calls": True, "votes": False}
    return Example(service, "legistar", "/v1/larkhaven", columns, {**nested, "query": query})


def _meeting(number: int) -> dict[str, Any]:
    stamp = {"GUID": f"G{number}", "LastModified": "2026-05-01T10:00:00.123Z"}
    members = [{"ID": n, "FullName": f"Member {n}", "Value": "Present"} for n in range(1, 4)]
    items = [
        {"ID": number * 10 + n, "Title": f"Report {n}", "RollCallFlag": n, "RollCall": members * n}
        for n in range(2)
    ]
    return {
        "ID": number,
        "BodyName": "Oversight Board",
        "Date": f"2026-05-{number:02d}T18:00:00-07:00",
        "Items": [{**item, **stamp} for item in items],
        **stamp,
    }


def _usaspending() -> Example:
    awards = [award(f"2020UMWX{n:04d}", 1000.0 * (n - 3)) for n in range(230)]
    query = {"program_numbers": ["16.710"], "award_type_codes": ["02", "03", "04", "05"]}
    return Example(
        USAspending(awards),
        "usaspending",
        "/api/v2/search/spending_by_award/",
        ("award_id", "recipient_name", "award_amount"),
        {"query": query, "key": ["award_id"]},
    )


def _file() -> Example:
    lines = [f"K{n:03d},{WORDS[n % 3]},{n}" for n in range(ROWS)]
    body = "\n".join(["id,status,badge", *lines, ""]).encode()
    headers = {"Content-Type": "text/csv", "ETag": '"1"'}
    service = Scripted({"/complaints.csv": [Reply(200, body, headers)]})
    return Example(service, "csv", "/complaints.csv")


EXAMPLES: dict[str, Callable[[], Example]] = {
    "socrata": _socrata,
    "socrata 3": _soda3,
    "arcgis": _arcgis,
    "ckan": _ckan,
    "carto": _carto,
    "legistar": _legistar,
    "usaspending": _usaspending,
    "file": _file,
}
