"""A tiny invented warehouse with every public table, typed and described as the real marts are."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines import signing
from pipelines.candidate import Candidate, append_quality, build_candidate
from pipelines.checks.judge import CheckResult
from pipelines.contracts import Contract, load_contracts
from pipelines.release import Released, code_version, fingerprint, release
from pipelines.settings import PROJECT, Settings, load_settings
from pipelines.transform import Mart, mart_column
from tests import invented_history, invented_measures

MARTS = PROJECT / "dbt_project" / "models" / "marts"
NIGHT = datetime(2026, 11, 2, 9, 15, tzinfo=UTC)
PASSED = [CheckResult("complaints", "has_rows", "critical", True, "There is at least one row.")]

ROWS: dict[str, list[dict[str, Any]]] = {
    "complaints": [
        {
            "jurisdiction": "larkhaven",
            "complaint_id": f"LH-{n:04d}",
            "received_date": f"2026-0{1 + n % 9}-15",
            "received_month": f"2026-0{1 + n % 9}-01",
            "district": "North" if n % 2 else "=1+1",
            "category": "force" if n % 3 else "neglect",
            "category_local": 'Use of force, "minor"' if n % 3 else "Failed to act\non a call",
            "status": "closed" if n % 2 else "open",
            "resolution_class": "investigated" if n % 2 else "open",
            "finding": "sustained" if n % 2 else None,
            "days_to_close": 40 + n if n % 2 else None,
            "is_closed_before_received": False,
            "allegations_count": 1,
            "officers_count": 1,
            "unidentified_officers_count": 0,
            "sources_count": 1,
            "source_table": "larkhaven.complaints",
            "rollup_rule_version": "1",
        }
        for n in range(1, 121)
    ],
    "bwc_reviews": [
        {
            "jurisdiction": "larkhaven",
            "bwc_review_id": f"R{n}",
            "reviewed_date": "2026-05-04",
            "footage": "recorded",
            "violations_count": 0,
            "bwc_sampling": "random",
            "source_table": "larkhaven.bwc_reviews",
        }
        for n in range(1, 4)
    ],
    "hearings": [
        {
            "jurisdiction": "larkhaven",
            "hearing_id": "H1",
            "body_name": "Oversight Board",
            "starts_at": "2026-10-01 18:30:00",
            "hearing_status": "held",
            "notice_hours": 96.5,
            "items_count": 1,
            "roll_call_items_count": 0,
            "source_table": "larkhaven.hearings",
        }
    ],
    "hearing_items": [
        {
            "jurisdiction": "larkhaven",
            "hearing_id": "H1",
            "hearing_item_id": "I1",
            "item_sequence": 1,
            "title": "Report of the director",
            "source_table": "larkhaven.hearing_items",
        }
    ],
    "cops_awards": [
        {
            "jurisdiction": "larkhaven",
            "award_id": "A1",
            "recipient_name": "City of Larkhaven",
            "recipient_state": "CA",
            "program": "CHP",
            "obligated_usd": "125000.50",
            "is_zero_amount": False,
            "is_negative_amount": False,
            "start_date": "2025-11-01",
            "federal_fiscal_year": 2026,
            "source_table": "larkhaven.cops_awards",
        }
    ],
    "cops_awards_by_year": [
        {
            "recipient_state": "CA",
            "federal_fiscal_year": 2026,
            "program": "CHP",
            "awards_count": 1,
            "obligated_usd": "125000.50",
            "outlay_not_reported_count": 1,
        }
    ],
    "data_quality": [
        {
            "table_name": "larkhaven.complaints",
            "check_name": "every_row_is_accounted_for",
            "kind": "accounting",
            "severity": "error",
            "has_passed": True,
            "observed_count": 0,
            "explanation": "Received 120; loaded 120.",
        }
    ],
    "quarantine_summary": [],
    "cops_award_money": [
        {
            "jurisdiction": "larkhaven",
            "award_id": "15JCOPS-26-GG-0001",
            "recipient_name": "CITY OF LARKHAVEN",
            "program": "CHP",
            "federal_fiscal_year": 2026,
            "obligated_usd": "125000.50",
            "is_outlay_reported": False,
        }
    ],
    "cops_money_by_year": [
        {
            "jurisdiction": "larkhaven",
            "federal_fiscal_year": 2026,
            "agency": "larkhaven",
            "program": "CHP",
            "obligated_usd": "125000.50",
            "net_obligated_usd": "125000.50",
            "awards_count": 1,
        }
    ],
    "discipline_outcomes": [
        {
            "jurisdiction": "larkhaven",
            "complaint_id": "LH-0001",
            "case_ordinal": 1,
            "received_year": 2026,
            "board_severity": 3,
            "chief_severity": 3,
            "concurrence": "same",
            "source_table": "larkhaven.discipline",
        }
    ],
}
_CUT = {"jurisdiction": "larkhaven", "cut": "2026-Q1/2026-Q2", "role": "complainant"}
ROWS["demographic_counts"] = [
    {
        **_CUT,
        "attribute": attribute,
        "attribute_value": value,
        "people_count": people,
        "dimension": "all",
        "dimension_value": "all",
        "value_state": "suppressed" if people is None else "shown",
    }
    for attribute, value, people in (
        *(("all", "all", 90), ("sex", "female", 50), ("sex", "male", 40)),
        *(("race", "black", 70), ("race", "asian", None), ("race", "white", None)),
    )
]
ROWS["demographic_cuts"] = [
    {
        **_CUT,
        "cut_date": "2026-08-14",
        "period_start": "2026-01-01",
        "period_end": "2026-06-30",
        "threshold": 11,
        "people_count": 90,
        "cells_count": 6,
        "hidden_cells_count": 2,
        "pooled_values_count": 0,
        "sha256": "0" * 64,
    }
]
ROWS["allegations"] = [
    {
        "jurisdiction": "larkhaven",
        "allegation_id": f"A-{row['complaint_id']}",
        "officer_ordinal": 1,
        **{
            key: row[key]
            for key in (
                *("complaint_id", "category", "category_local", "status", "finding"),
                *("resolution_class", "received_date", "received_month"),
            )
        },
        "source_table": "larkhaven.allegations",
    }
    for row in ROWS["complaints"]
]
ROWS["complaint_outcomes"] = [
    {
        "jurisdiction": "larkhaven",
        "received_year": 2026,
        "resolution_class": resolution,
        "finding": finding,
        "complaints_count": 60,
        "allegations_count": 60,
    }
    for resolution, finding in (("investigated", "sustained"), ("open", None))
]
ROWS["complaint_trends"] = [
    {
        "month": f"2026-0{month}-01",
        "jurisdiction": "larkhaven",
        "category": category,
        "complaints_received_count": count,
        "complaints_closed_count": 0,
        "complaints_received_still_open_count": 0,
        "complaints_received_closed_pct": 100,
        "maturity": "mature",
        "allegations_received_count": count,
    }
    for month in range(1, 10)
    for category in ("force", "neglect")
    if (
        count := sum(
            row["received_month"] == f"2026-0{month}-01" and row["category"] == category
            for row in ROWS["complaints"]
        )
    )
]
ROWS["sources"] = [
    {
        "jurisdiction": "larkhaven",
        "jurisdiction_title": "Larkhaven",
        "is_invented": True,
        "source_table": f"larkhaven.{feed}",
        "feed": feed,
        "description": "One row is one record of the invented city.",
        "publisher": "City of Larkhaven",
        "license": "CC0-1.0",
        "landing_page": "https://example.org/larkhaven",
        "cadence": "daily",
        "as_of_date": "2026-10-31",
        "stale_after_date": "2026-11-03",
        "population": "all",
        "received_count": len(ROWS[feed]),
        "loaded_count": len(ROWS[feed]),
        "quarantined_count": 0,
        "dropped_identical_count": 0,
        "withheld_band": "none",
        "snapshots_count": 4 if feed == "complaints" else 1,
        "revisions_note": "Its rows have no number of their own."
        if feed == "allegations"
        else None,
    }
    for feed in ("complaints", "allegations", "bwc_reviews", "hearings", "cops_awards")
]
ROWS.update(invented_measures.rows())
ROWS.update(invented_history.rows({feed: len(ROWS[feed]) for feed in invented_history.OTHERS}))


@dataclass(frozen=True)
class _Snapshot:
    id: str
    fetched_at: str
    as_of: str | None = "2026-10-31"
    parts: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Fetched:
    contract: Contract
    snapshot: _Snapshot
    changed: bool = True
    held: str | None = None


@dataclass(frozen=True)
class _Accounting:
    received_in_public: int = 120
    loaded: int = 120
    quarantined: int = 0
    dropped_identical: int = 0
    withheld_band: str = "none"


@functools.cache
def marts() -> tuple[Mart, ...]:
    """Every mart as its yml describes it."""
    read = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(MARTS.glob("*.yml"))]
    return tuple(_mart(model) for document in read for model in document.get("models", ()))


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings of an installation of its own in `folder`."""
    return load_settings({}, data=folder / "data", now=NIGHT, **changes)


def signed_again(folder: Path) -> None:
    """Sign a release of `settings` that a test has altered into what an earlier one was."""
    signing.sign(settings(folder.resolve().parents[2]), folder)


def warehouse(of: Settings, rows: dict[str, list[dict[str, Any]]] | None = None) -> None:
    """A warehouse whose marts hold the invented rows, some of them replaced by `rows`."""
    of.work.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_whole_warehouse(), of.warehouse)
    with duckdb.connect(str(of.warehouse)) as duck:
        for mart in marts():
            if rows and mart.name in rows:
                duck.execute(f"delete from marts.{mart.name}")
                _insert(duck, mart, rows[mart.name])


@functools.cache
def _whole_warehouse() -> Path:
    """Written once a process, because DuckDB takes single rows slowly."""
    file = Path(tempfile.mkdtemp()) / "warehouse.duckdb"
    atexit.register(shutil.rmtree, file.parent)
    held = {**ROWS, "data_dictionary": _dictionary()}
    with duckdb.connect(str(file)) as duck:
        duck.execute("create schema marts")
        for mart in marts():
            columns = ", ".join(f'"{c.name}" {c.data_type}' for c in mart.columns)
            duck.execute(f"create table marts.{mart.name} ({columns})")
            _insert(duck, mart, held.get(mart.name, []))
    return file


def _insert(duck: duckdb.DuckDBPyConnection, mart: Mart, rows: list[dict[str, Any]]) -> None:
    values = [[row.get(c.name) for c in mart.columns] for row in rows]
    if values:
        places = ", ".join("?" for _ in mart.columns)
        duck.executemany(f"insert into marts.{mart.name} values ({places})", values)


def candidate(of: Settings, rows: dict[str, list[dict[str, Any]]] | None = None) -> Candidate:
    """The candidate of such a warehouse, before any check."""
    warehouse(of, rows)
    return build_candidate(of, marts())


def complaints(count: int) -> dict[str, list[dict[str, Any]]]:
    """The first `count` complaints, to make releases of different content."""
    return {"complaints": ROWS["complaints"][:count]}


def publish(
    of: Settings,
    rows: dict[str, list[dict[str, Any]]] | None = None,
    *,
    checks: list[CheckResult] | None = None,
    fetched_at: str = "2026-11-02T04:15:00Z",
) -> Released:
    """Build, mark as checked and release."""
    built = append_quality(candidate(of, rows), PASSED if checks is None else checks)
    contracts = contracts_of_larkhaven()
    snapshot = _Snapshot(id="s1", fetched_at=fetched_at)
    return release(
        of,
        built,
        checks=PASSED if checks is None else checks,
        fetched={c.name: _Fetched(c, snapshot) for c in contracts},  # type: ignore[misc]
        accountings={c.name: _Accounting() for c in contracts},  # type: ignore[misc]
        fingerprint=fingerprint({"snapshot": len(rows or ())}, code_version(of)),
        marts=marts(),
    )


@functools.cache
def contracts_of_larkhaven() -> tuple[Contract, ...]:
    """The contracts of the invented jurisdiction, read once."""
    return load_contracts(PROJECT / "dbt_project", ["larkhaven"])


def _dictionary() -> list[dict[str, Any]]:
    return [
        {
            "table_name": mart.name,
            "column_name": column.name,
            "data_type": column.data_type,
            "description": column.description,
            "sources": "",
        }
        for mart in marts()
        for column in mart.columns
    ]


def _mart(model: dict[str, Any]) -> Mart:
    meta = model["config"]["meta"]
    site = meta["datasette"]
    mart = Mart(
        name=model["name"],
        title=meta["title"],
        description=model["description"].strip(),
        key=tuple(meta["key"]),
        columns=tuple(mart_column(column) for column in model["columns"]),
        facets=tuple(site.get("facets", ())),
        sort_desc=site.get("sort_desc"),
        label_column=site.get("label_column"),
        search=tuple(site.get("search", ())),
        indexes=tuple(tuple(index) for index in meta.get("indexes", ())),
    )
    feeds = {row["source_table"] for row in ROWS["sources"]}
    return replace(mart, sources=tuple(sorted(feeds)) if mart.search else ())
