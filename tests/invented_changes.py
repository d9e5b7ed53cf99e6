"""Releases of the invented city with a history: deliveries, single changes, absences and holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import duckdb

from pipelines.candidate import append_quality, build_candidate
from pipelines.release import Released, code_version, fingerprint, release
from pipelines.settings import Settings
from tests import invented_marts as invented

Row = dict[str, Any]
COMPLAINTS, HEARINGS = "larkhaven.complaints", "larkhaven.hearings"
COUNTS = (
    *("added", "removed", "restored", "value_changed", "blanked", "filled"),
    *("recoded", "key_migrated", "reformatted"),
)
HISTORY = ("revisions", "missing_records", "source_changes", "holds")


def delivery(source: str, sequence: int, at: str, rows: int = 100, **more: Any) -> Row:
    """One accepted snapshot; numbers of changes are given by kind."""
    counts = {f"{kind}_count": more.pop(kind, 0) for kind in COUNTS}
    substantive = sum(counts[f"{kind}_count"] for kind in COUNTS[:6])
    return {
        "source_table": source,
        "snapshot_sequence": sequence,
        "jurisdiction": "larkhaven",
        "feed": source.partition(".")[2],
        "snapshot_id": f"{source}-s{sequence}",
        "previous_snapshot_id": f"{source}-s{sequence - 1}" if sequence > 1 else None,
        "first_seen_at": at,
        "accepted_at": at,
        "rows_count": rows,
        "ever_published_count": rows,
        "absent_count": 0,
        **counts,
        "substantive_count": substantive,
        "changed_records_count": substantive,
        **more,
    }


def revision(source: str, sequence: int, kind: str, label: str, **more: Any) -> Row:
    """One change of one record."""
    key = f"{source}|{sequence}|{kind}|{label}|{more.get('column_name')}"
    return {
        "revision_id": _id(key),
        "jurisdiction": "larkhaven",
        "source_table": source,
        "feed": source.partition(".")[2],
        "record_id": _id(f"{source}|{label}"),
        "record_label": label,
        "change_kind": kind,
        "is_substantive": kind in COUNTS[:6],
        "first_seen_at": "2026-11-01 04:15:00",
        "snapshot_sequence": sequence,
        "snapshot_id": f"{source}-s{sequence}",
        "previous_snapshot_id": f"{source}-s{sequence - 1}",
        **more,
    }


def hold(source: str, number: int, opened: str, **more: Any) -> Row:
    """A held delivery, open unless it is said how it ended."""
    return {
        "hold_id": f"{source}-{number}",
        "jurisdiction": "larkhaven",
        "source_table": source,
        "kinds": "mass_removal",
        "explanation": "40 of 100 records are gone; 1 % is expected at most.",
        "snapshot_id": f"{source}-h{number}",
        "last_good_snapshot_id": f"{source}-s1",
        "opened_at": opened,
        "decision": "open",
        **more,
    }


def absent(source: str, label: str, state: str, since: str | None = None) -> Row:
    """A record that the last delivery does not have."""
    return {
        "record_id": _id(f"{source}|{label}"),
        "jurisdiction": "larkhaven",
        "source_table": source,
        "feed": source.partition(".")[2],
        "record_label": None if state == "withheld" else label,
        "record_state": state,
        "missing_since_date": since,
        "last_values": "{}",
    }


def publish(
    of: Settings,
    at: datetime,
    *,
    deliveries: Iterable[Row] = (),
    revisions: Iterable[Row] = (),
    missing: Iterable[Row] = (),
    holds: Iterable[Row] = (),
    complaints: int = 5,
    without: Sequence[str] = (),
) -> Released:
    """Release the invented city with this history at that moment; `without` drops sources."""
    settings = replace(of, now=at)
    tables = {
        "sources": invented.ROWS["sources"],
        "complaints": invented.ROWS["complaints"][:complaints],
        "source_changes": list(deliveries),
        "revisions": list(revisions),
        "missing_records": list(missing),
        "holds": list(holds),
    }
    _warehouse(settings, tables)
    candidate = append_quality(build_candidate(settings, invented.marts()), invented.PASSED)
    contracts = [c for c in invented.contracts_of_larkhaven() if c.name not in without]
    last = {row["source_table"]: row["snapshot_id"] for row in tables["source_changes"]}
    fetched: Any = {c.name: _fetched(c, last.get(c.name, f"{c.name}-s1"), at) for c in contracts}
    counted: Any = {c.name: _accounting() for c in contracts}
    return release(
        settings,
        candidate,
        checks=invented.PASSED,
        fetched=fetched,
        accountings=counted,
        fingerprint=fingerprint({"at": at}, code_version(settings)),
        marts=invented.marts(),
    )


def night(day: int, month: int = 11) -> datetime:
    """A quarter past four in the morning, UTC."""
    return datetime(2026, month, day, 4, 15, tzinfo=UTC)


def _fetched(contract: Any, snapshot: str, at: datetime) -> SimpleNamespace:
    told = SimpleNamespace(id=snapshot, fetched_at=at.isoformat(), as_of=None, parts=())
    return SimpleNamespace(contract=contract, snapshot=told, changed=True, held=None)


def _accounting() -> SimpleNamespace:
    names = ("received_in_public", "loaded", "quarantined", "dropped_identical")
    return SimpleNamespace(**dict.fromkeys(names, 5), withheld_band="none")


def _warehouse(of: Settings, tables: dict[str, list[Row]]) -> None:
    of.work.mkdir(parents=True, exist_ok=True)
    of.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(of.warehouse)) as duck:
        duck.execute("create schema marts")
        for mart in invented.marts():
            columns = ", ".join(f'"{c.name}" {c.data_type}' for c in mart.columns)
            duck.execute(f"create table marts.{mart.name} ({columns})")
            rows = tables.get(mart.name, [])
            values = [[row.get(c.name) for c in mart.columns] for row in rows]
            if values:
                places = ", ".join("?" for _ in mart.columns)
                duck.executemany(f"insert into marts.{mart.name} values ({places})", values)


def _id(key: str) -> str:
    return hashlib.md5(key.encode()).hexdigest()[:16]
