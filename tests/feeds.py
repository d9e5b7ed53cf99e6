"""A small invented feed in a folder: a contract, a file, and the steps that load it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from pipelines import ingest, warehouse
from pipelines.accounting import Accounting
from pipelines.contracts import Contract, check_contracts
from pipelines.settings import Settings
from tests.conftest import settings_at

COLUMNS = ("id", "status", "officer_name", "badge")
KLASS = {"officer_name": "protected", "badge": "internal"}


def column(name: str, **meta: Any) -> dict[str, Any]:
    klass = KLASS.get(name, "public")
    return {
        "name": name,
        "description": f"The {name}.",
        "config": {"meta": {"class": klass, "required": name == "id", **meta}},
    }


def table(name: str = "complaints", columns: Sequence[Any] = COLUMNS, **meta: Any) -> Any:
    settled = {
        "feed": "complaints",
        "reader": "csv",
        "location": f"{name}.csv",
        "cadence": "daily",
        "key": ["id"],
        "population": "all",
        **meta,
    }
    return {
        "name": name,
        "description": "One row is one complaint.",
        "config": {"meta": settled},
        "columns": [c if isinstance(c, dict) else column(c) for c in columns],
    }


def contracts(folder: Path, *tables: Any) -> tuple[Contract, ...]:
    source = {
        "name": "larkhaven",
        "schema": "raw_larkhaven",
        "description": "An invented city.",
        "config": {
            "meta": {
                "title": "Larkhaven",
                "time_zone": "America/Los_Angeles",
                "publisher": "City of Larkhaven",
                "license": "CC0-1.0",
                "landing_page": "https://example.org",
            }
        },
        "tables": list(tables),
    }
    file = folder / "larkhaven" / "_larkhaven__sources.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"version": 2, "sources": [source]}), encoding="utf-8")
    read, problems = check_contracts([file])
    assert not problems, [str(problem) for problem in problems]
    return tuple(read)


@dataclass(frozen=True)
class Place:
    """An installation with one source, whose files lie in its data folder."""

    settings: Settings
    contracts: tuple[Contract, ...]

    @property
    def contract(self) -> Contract:
        return self.contracts[0]

    def put(self, content: bytes | str, name: str = "complaints.csv") -> Path:
        file = self.settings.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def load(self, contract: Contract | None = None) -> Accounting:
        chosen = contract or self.contract
        fetched = ingest.fetch_snapshot(chosen, self.settings)
        return ingest.load_raw(chosen, fetched.snapshot, self.settings)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.settings, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.rows("select line, column_name, reason from private.quarantined order by all")

    def at(self, **changes: Any) -> Place:
        return replace(self, settings=replace(self.settings, **changes))


def place(folder: Path, *tables: Any) -> Place:
    made = Place(settings_at(folder / "data"), contracts(folder, *(tables or (table(),))))
    warehouse.create(made.settings)
    return made


def many(lines: int, start: int = 1) -> str:
    """Good records, so that a planted bad one stays below the quarantine limit."""
    return "".join(f"K{n},Open,Ann Example,{n}\n" for n in range(start, start + lines))


HEADER = "Id,Status,Officer Name,Badge\n"
