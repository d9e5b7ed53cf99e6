"""The ledger of takedowns: what was ordered and what was done, without saying about whom.

One line when a takedown is ordered and one when it is carried out. The lines hold tombstones, by
which a record is known again, and never the record, its number or a value of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import appended
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.settings import Settings

REASONS = ("court_order", "expunged", "sealed", "request", "published_in_error")
"""Why a record is taken down, in words that say nothing of the record: they are public."""

TABLE = (
    "takedown_id varchar, takedown_date date, jurisdiction varchar, source_table varchar, "
    "reason varchar, records_count integer, releases_reissued_count integer"
)
REISSUED = "reissued"
"""The file that the site looks at; it names the last takedown and nothing else."""


@dataclass(frozen=True)
class Takedown:
    """One takedown; `records` and `releases` are null until it is carried out.

    `order_ref` says where the order lies and is private; `at` and `done_at` are ISO in UTC.
    """

    id: str
    at: str
    jurisdiction: str
    source_table: str
    reason: str
    order_ref: str
    records: int | None = None
    releases: int | None = None
    done_at: str | None = None


def folder_of(settings: Settings) -> Path:
    """Where the ledger lies; private."""
    return settings.data / "takedowns"


def lines(settings: Settings) -> list[dict[str, Any]]:
    """The whole lines, oldest first. Raises `StorageFailed` when they cannot be read."""
    try:
        return [line for line in appended.read(_file(settings)) if "event" in line]
    except OSError as error:
        raise _disk("read", error) from None


def append(settings: Settings, line: Mapping[str, Any]) -> None:
    """Add one line and flush it. Raises `StorageFailed` when the disk does not take it."""
    try:
        make_folder(settings)
        appended.append(settings, _file(settings), line)
        _file(settings).chmod(0o600)
    except OSError as error:
        raise _disk("written", error) from None
    reached(f"takedown {line['event']}")


def make_folder(settings: Settings) -> Path:
    """The folder of the ledger, for the account of the refresh alone."""
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def all_takedowns(settings: Settings) -> list[Takedown]:
    """Every takedown, oldest first."""
    found: dict[str, Takedown] = {}
    for line in lines(settings):
        if line["event"] == "ordered":
            names = ("id", "at", "jurisdiction", "source_table", "reason", "order_ref")
            found[line["id"]] = Takedown(**{name: line[name] for name in names})
        elif line["event"] == "done" and line["id"] in found:
            found[line["id"]] = _done(found[line["id"]], line)
    return list(found.values())


def next_id(settings: Settings) -> str:
    """The number of the next takedown; one that was ordered keeps its number for good."""
    ordered = {line["id"] for line in lines(settings)}
    return f"T-{len(ordered) + 1:04d}"


def public_rows(settings: Settings, feeds: Collection[str]) -> list[tuple[Any, ...]]:
    """What the public is told of the takedowns in some feeds that are carried out."""
    return [
        (
            one.id,
            (one.done_at or one.at)[:10],
            one.jurisdiction,
            one.source_table,
            one.reason,
            one.records,
            one.releases,
        )
        for one in all_takedowns(settings)
        if one.done_at and one.source_table in feeds
    ]


def mark_reissued(settings: Settings, takedown: str) -> None:
    """Let the site know that releases were issued again: it reads them anew."""
    place = settings.data / REISSUED
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_text(f"{takedown}\n", encoding="ascii")
    fresh.replace(place)


def reissued(settings: Settings) -> str:
    """The last takedown for which releases were issued again; empty when there was none."""
    try:
        return (settings.data / REISSUED).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def stamp(settings: Settings) -> str:
    """A word that every new line changes; empty where nothing was ever taken down."""
    try:
        return hashlib.sha256(_file(settings).read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _disk("read", error) from None


def tombstones(settings: Settings) -> Sequence[Mapping[str, Any]]:
    """All tombstones of all takedowns, each with the id of the key it was made with."""
    return [
        {**stone, "key_id": line["key_id"]}
        for line in lines(settings)
        if line["event"] == "ordered"
        for stone in line["tombstones"]
    ]


def _done(ordered: Takedown, line: Mapping[str, Any]) -> Takedown:
    return Takedown(
        **{name: getattr(ordered, name) for name in Takedown.__dataclass_fields__}
        | {"records": line["records"], "releases": line["releases"], "done_at": line["at"]}
    )


def _file(settings: Settings) -> Path:
    return folder_of(settings) / "ledger.ndjson"


def _disk(what: str, error: OSError) -> StorageFailed:
    told = f"The ledger of takedowns could not be {what} ({error.strerror or error})."
    return StorageFailed(told, place="takedowns")
