"""What Datasette is told of the release shown, and of each earlier one that may still be asked.

`oversight` is the release shown. Every release, that one too, is a database of its own as well,
named for its number (`r0007`), so that an address can be cited and never changes its answer.
"""

from __future__ import annotations

from typing import Any

from pipelines.shown import Shown

LARGE_TABLE_ROWS = 200_000
"""Above this, counting by column would run into the time limit, so pages do not offer it."""

LIMITS: dict[str, Any] = {
    "sql_time_limit_ms": 500,
    "facet_time_limit_ms": 200,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "num_sql_threads": 3,
    "suggest_facets": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "default_cache_ttl": 60,
    "template_debug": False,
    "trace_debug": False,
}


def databases(shown: Shown) -> dict[str, Shown]:
    """The releases by the names of their databases; the first is the one shown."""
    return {shown.database: shown, **shown.releases}


def inspected(shown: Shown) -> dict[str, Any]:
    """Exact counts and hashes, so that Datasette need not count at the start."""
    return {name: _counted(one) for name, one in databases(shown).items()}


def metadata(shown: Shown) -> dict[str, Any]:
    """The words of the release shown, and for each database the tables and questions it has."""
    described = {name: _described(one) for name, one in databases(shown).items()}
    return {**shown.words, "databases": described}


def _described(shown: Shown) -> dict[str, Any]:
    described = shown.words["databases"]["oversight"]
    tables = {name: dict(table) for name, table in described["tables"].items()}
    for name, table in tables.items():
        if shown.manifest.tables[name]["rows"] > LARGE_TABLE_ROWS:
            table.pop("facets", None)
    return {**described, "tables": tables}


def _counted(shown: Shown) -> dict[str, Any]:
    file = shown.manifest.files["oversight.db"]
    tables = {name: {"count": table["rows"]} for name, table in shown.manifest.tables.items()}
    return {"hash": file.sha256, "size": file.bytes, "tables": tables}
