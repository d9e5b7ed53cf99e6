"""dbt, run inside this process, and what its manifest says of the public tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.failpoints import reached
from pipelines.failures import DataRefused, Misconfigured
from pipelines.own_project import others, own_project
from pipelines.settings import Settings

EXPOSURE = "exposure.oversight.open_data_site"
PUBLIC = "+exposure:open_data_site"
UNIT_TESTS = "test_type:unit"
OURS = ("pipeline.", "history.")
"""Sources that the pipeline itself writes: not a publisher's."""
MOST_ROWS = 5
# What dbt has just parsed, by stamp, until the build of the same process takes it: reading it
# back from dbt's cache costs a second.
_PARSED: dict[str, Any] = {}


@dataclass(frozen=True)
class MartColumn:
    """A published column: its name, type and public description.

    A number names its `metric` in the register, or what it `measures` when that is no metric.
    """

    name: str
    data_type: str
    description: str
    metric: str | None = None
    measures: str | None = None


@dataclass(frozen=True)
class Mart:
    """A published table in dbt's own words, with the sources it was made from.

    `key` is a unique total order of the rows; `sources` are `jurisdiction.table` names.
    """

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: tuple[MartColumn, ...]
    facets: tuple[str, ...] = ()
    sort_desc: str | None = None
    label_column: str | None = None
    search: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """What became of one dbt node: `status` in dbt's words, `failures` rows for a test.

    `kept_in` is the table with the offending rows, for the tests that keep them.
    """

    unique_id: str
    status: str
    message: str | None
    failures: int | None
    seconds: float
    kept_in: str | None = None


def dbt_arguments(command: str, settings: Settings, *more: str) -> list[str]:
    """The arguments of one dbt call, on the project as this installation reads it."""
    project = str(own_project(settings))
    return [
        *("--quiet", "--no-print", "--log-level-file", "none", "--no-version-check"),
        command,
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(settings.dbt_target), "--log-path", str(settings.dbt_target)),
        *("--vars", json.dumps(_variables(settings))),
        *more,
    ]


def _variables(settings: Settings) -> dict[str, Any]:
    return {
        "jurisdictions": list(settings.jurisdictions),
        "warehouse": str(settings.warehouse),
    }


def manifest(settings: Settings) -> Mapping[str, Any]:
    """dbt's manifest of the project as it stands, parsed anew only when something changed."""
    stamp = settings.dbt_target / "manifest.stamp"
    file = settings.dbt_target / "manifest.json"
    wanted = _project_stamp(settings)
    if not (file.is_file() and stamp.is_file() and stamp.read_text() == wanted):
        stamp.unlink(missing_ok=True)
        settings.dbt_target.mkdir(parents=True, exist_ok=True)
        _PARSED[wanted] = _invoke(dbt_arguments("parse", settings))
        stamp.write_text(wanted)
        reached("dbt project parsed")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def build(settings: Settings, *more: str) -> list[Node]:
    """Build and test everything that a public table needs, in the refresh's own warehouse.

    Raises `DataRefused` naming each failed test or model in words.
    """
    arguments = dbt_arguments(
        "build", settings, "--no-write-json", "--select", PUBLIC, "--exclude", UNIT_TESTS, *more
    )
    parsed = _PARSED.pop(_project_stamp(settings), None)
    nodes = [_node(result) for result in _invoke(arguments, parsed)]
    reached("dbt built")
    failed = [node for node in nodes if node.status in ("error", "fail")]
    if failed:
        of = manifest(settings)
        told = "; ".join(explain(node, of) + _evidence(node, settings) for node in failed)
        raise DataRefused(f"dbt refused the data: {told}.", place="dbt build")
    return nodes


def unit_test(settings: Settings) -> list[Node]:
    """Run the unit tests of the models, beside a warehouse in which they have been built."""
    return [_node(r) for r in _invoke(dbt_arguments("test", settings, "--select", UNIT_TESTS))]


def explain(node: Node, of: Mapping[str, Any]) -> str:
    """One failed node in words: what it promises, and how many rows broke the promise."""
    about = of["nodes"].get(node.unique_id, {})
    name = node.unique_id.split(".")[2]
    if node.status == "fail":
        promise = about.get("description") or name
        return f"{promise} ({name}: {node.failures} row(s))"
    return f"{name} could not be built: {(node.message or '').strip().splitlines()[0]}"


def _evidence(node: Node, settings: Settings) -> str:
    """The first offending rows of a test that keeps them; only tests about words do."""
    if node.status != "fail" or node.kept_in is None:
        return ""
    from pipelines import warehouse

    with warehouse.connect(settings, read_only=True) as connection:
        found = connection.execute(f"select * from {node.kept_in} limit {MOST_ROWS}")
        names = [column[0] for column in found.description]
        rows = found.fetchall()
    told = (", ".join(f"{n} {v!s}" for n, v in zip(names, row, strict=True)) for row in rows)
    return ": " + " | ".join(told)


def marts(of: Mapping[str, Any]) -> tuple[Mart, ...]:
    """The public tables: those that the exposure `open_data_site` names."""
    exposure = of["exposures"][EXPOSURE]
    named = sorted(exposure["depends_on"]["nodes"])
    return tuple(_mart(of["nodes"][unique_id], of) for unique_id in named)


def dictionary(of: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Rows of the data dictionary: table, column, type, description, sources."""
    return [
        (mart.name, column.name, column.data_type, column.description, ", ".join(mart.sources))
        for mart in marts(of)
        for column in mart.columns
    ]


def upstream(unique_id: str, of: Mapping[str, Any], kinds: Sequence[str]) -> tuple[str, ...]:
    """All nodes of some kinds (model, seed, source) that a node is made from."""
    waiting, seen = [unique_id], set()
    while waiting:
        child = waiting.pop()
        if child not in seen:
            seen.add(child)
            waiting += of["parent_map"].get(child, [])
    return tuple(sorted(node for node in seen if node.split(".")[0] in kinds))


def tests_of(models: Sequence[str], of: Mapping[str, Any]) -> tuple[str, ...]:
    """The data tests that look at nothing but these models."""
    known = set(models)
    tests = ((name, node) for name, node in of["nodes"].items() if name.startswith("test."))
    return tuple(name for name, node in tests if _models_of(node) and _models_of(node) <= known)


def _models_of(test: Mapping[str, Any]) -> set[str]:
    return {node for node in test["depends_on"]["nodes"] if not node.startswith("source.")}


def _mart(node: Mapping[str, Any], of: Mapping[str, Any]) -> Mart:
    meta = node["config"]["meta"]
    site = meta.get("datasette", {})
    return Mart(
        name=node["name"],
        title=meta["title"],
        description=node["description"].strip(),
        key=tuple(meta["key"]),
        columns=tuple(mart_column(column) for column in node["columns"].values()),
        facets=tuple(site.get("facets", ())),
        sort_desc=site.get("sort_desc"),
        label_column=site.get("label_column"),
        search=tuple(site.get("search", ())),
        indexes=tuple(tuple(index) for index in meta.get("indexes", ())),
        sources=_sources(node["unique_id"], of),
    )


def mart_column(column: Mapping[str, Any]) -> MartColumn:
    """A column as the yml of its mart describes it."""
    meta = column.get("config", {}).get("meta", {})
    return MartColumn(
        column["name"],
        column["data_type"],
        column["description"].strip(),
        metric=meta.get("metric"),
        measures=meta.get("measures"),
    )


def _sources(unique_id: str, of: Mapping[str, Any]) -> tuple[str, ...]:
    """The contracts upstream of a node, following dbt's own lineage."""
    names = {".".join(one.split(".")[2:4]) for one in upstream(unique_id, of, ("source",))}
    return tuple(sorted(name for name in names if not name.startswith(OURS)))


def _invoke(arguments: Sequence[str], parsed: Any = None) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner(manifest=parsed).invoke(list(arguments))
    # The adapter would keep the warehouse open, and the next step needs it for itself.
    DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise Misconfigured(f"dbt stopped: {outcome.exception}", place="dbt_project")
    return outcome.result


def _node(result: Any) -> Node:
    return Node(
        unique_id=result.node.unique_id,
        status=str(result.status),
        message=result.message,
        failures=result.failures,
        seconds=round(result.execution_time, 3),
        kept_in=result.node.relation_name if result.node.config.get("store_failures") else None,
    )


def _project_stamp(settings: Settings) -> str:
    """Changes when a file of the dbt project or a setting that dbt sees changes."""
    digest = hashlib.sha256(json.dumps(_variables(settings)).encode())
    for file in sorted(_project_files(settings)):
        digest.update(str(file.relative_to(settings.dbt_project)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _project_files(settings: Settings) -> list[Path]:
    folder = settings.dbt_project
    unread = {folder / name for name in others(settings)}
    kept = ("models", "macros", "metrics", "seeds", "tests")
    files = [f for part in kept for f in (folder / part).rglob("*") if f.is_file()]
    return [*(f for f in files if unread.isdisjoint(f.parents)), *folder.glob("*.yml")]
