"""The line from source to site as assets: the one place where the order of steps is written."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    Output,
    asset,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from pipelines import transform
from pipelines.contracts import Contract
from pipelines.orchestration.night import in_plain_words
from pipelines.transform import Node

if TYPE_CHECKING:
    from pipelines.refresh import Refresh

TRANSLATOR = DagsterDbtTranslator()
INPUTS = AssetKey(["release", "inputs"])
PROTECTED = AssetKey(["release", "protected_counts"])
CANDIDATE = AssetKey(["release", "candidate"])
CURRENT = AssetKey(["release", "current"])
SITE = AssetSpec(
    ["site", "open_data_site"],
    deps=[CURRENT],
    group_name="site",
    description="Datasette on the current release; it follows the link by itself.",
)


def snapshot_key(contract: Contract) -> AssetKey:
    """Where the kept bytes of a feed stand in the graph."""
    return AssetKey(["snapshots", f"{contract.jurisdiction}__{contract.table.name}"])


def snapshot_asset(contract: Contract) -> AssetsDefinition:
    """Fetch one feed and keep its bytes."""

    @asset(
        key=snapshot_key(contract),
        group_name="snapshot",
        description=f"Bytes as received: {contract.table.description}",
        metadata={
            "publisher": contract.publisher,
            "page": MetadataValue.url(contract.landing_page),
        },
        required_resource_keys={"refresh"},
        kinds={contract.meta.reader},
    )
    def snapshot(context: AssetExecutionContext) -> MaterializeResult[Any]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            fetched = refresh.fetch(contract)
        kept = fetched.snapshot
        return MaterializeResult(
            metadata={
                "snapshot": kept.id,
                "changed": fetched.changed,
                "held at last good snapshot": fetched.held or "no",
                "bytes": sum(part.size for part in kept.parts),
                "parts": len(kept.parts),
                "fetched at": kept.fetched_at,
            }
        )

    return snapshot


def inputs_asset(contracts: tuple[Contract, ...]) -> AssetsDefinition:
    """The gate of an unchanged night: without an output, everything after it is skipped."""

    @asset(
        key=INPUTS,
        deps=[snapshot_key(contract) for contract in contracts],
        group_name="snapshot",
        description="What this refresh would be made of. Skips the rest when nothing differs.",
        output_required=False,
        required_resource_keys={"refresh"},
    )
    def inputs(context: AssetExecutionContext) -> Iterator[Output[None]]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            changed = refresh.changed()
        if changed:
            yield Output(None, metadata={"fingerprint": refresh.fingerprint()})

    return inputs


def raw_asset(contract: Contract) -> AssetsDefinition:
    """Load one feed as text and account for each row of it."""

    @asset(
        key=AssetKey([contract.jurisdiction, contract.table.name]),
        deps=[snapshot_key(contract), INPUTS, *_parent(contract)],
        group_name="raw",
        description=contract.table.description,
        metadata={"contract": contract.file.name, "privacy": "only declared columns land"},
        required_resource_keys={"refresh"},
        kinds={"duckdb"},
    )
    def raw(context: AssetExecutionContext) -> MaterializeResult[Any]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            rows = refresh.land(contract)
        return MaterializeResult(
            metadata={
                "dagster/row_count": rows.loaded,
                "received": rows.received,
                "quarantined": rows.quarantined,
                "dropped as identical": rows.dropped_identical,
                "withheld": rows.withheld,
                "held at last good snapshot": refresh.fetched[contract.name].held or "no",
            }
        )

    return raw


def dbt_asset(manifest: Mapping[str, Any]) -> AssetsDefinition:
    """All models of the public tables, built and tested by dbt inside this process."""
    models = transform.upstream(transform.EXPOSURE, manifest, ("model", "seed"))
    tests = transform.tests_of(models, manifest)
    checks = {test: check for test in tests if (check := _check(test, manifest))}

    @multi_asset(
        name="dbt_build",
        specs=[TRANSLATOR.get_asset_spec(manifest, model, None) for model in models],
        check_specs=list(checks.values()),
        can_subset=True,
        required_resource_keys={"refresh"},
    )
    def dbt_build(context: AssetExecutionContext) -> Iterator[Any]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            nodes = refresh.build()
        for node in nodes:
            if node.unique_id in models:
                key = TRANSLATOR.get_asset_key(manifest["nodes"][node.unique_id])
                yield MaterializeResult(asset_key=key, metadata={"seconds": node.seconds})
        yield from (
            _verdict(node, checks[node.unique_id]) for node in nodes if node.unique_id in checks
        )

    return dbt_build


def _check(test: str, manifest: Mapping[str, Any]) -> AssetCheckSpec | None:
    key = get_asset_check_key_for_test(manifest, TRANSLATOR, test, project=None)
    if key is None:
        return None
    described = manifest["nodes"][test].get("description") or None
    return AssetCheckSpec(name=key.name, asset=key.asset_key, description=described)


def _verdict(node: Node, check: AssetCheckSpec) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=node.status == "pass",
        severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={"rows": node.failures or 0},
    )


def protected_asset(marts: list[AssetKey]) -> AssetsDefinition:
    """The counts of people, each made once and then only copied."""

    @asset(
        key=PROTECTED,
        deps=marts,
        group_name="release",
        description="Counts of people with small ones hidden: cut once a quarter, then frozen.",
        metadata={"privacy": "protected columns are read on the day of a cut alone"},
        required_resource_keys={"refresh"},
    )
    def protected(context: AssetExecutionContext) -> MaterializeResult[Any]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            cuts = refresh.protect()
        hidden = sum(cut.hidden_cells_count for cut in cuts)
        return MaterializeResult(metadata={"frozen cuts": len(cuts), "hidden cells": hidden})

    return protected


def candidate_asset(marts: list[AssetKey]) -> AssetsDefinition:
    """The files that would be published."""

    @asset(
        key=CANDIDATE,
        deps=[*marts, PROTECTED],
        group_name="release",
        description="The public files, written but not yet shown: one SQLite file, Parquet, CSV.",
        required_resource_keys={"refresh"},
        kinds={"sqlite", "parquet"},
    )
    def candidate(context: AssetExecutionContext) -> MaterializeResult[Any]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            written = refresh.export()
        rows = {name: table.rows for name, table in written.tables.items()}
        return MaterializeResult(
            metadata={"dagster/row_count": sum(rows.values()), "rows": MetadataValue.json(rows)}
        )

    return candidate


@asset(
    key=CURRENT,
    deps=[CANDIDATE],
    group_name="release",
    description="The release that the site shows: numbered, immutable, flipped by one rename.",
    required_resource_keys={"refresh"},
)
def current_release(context: AssetExecutionContext) -> MaterializeResult[Any]:
    """Publish the candidate when all blocking checks have passed."""
    refresh: Refresh = context.resources.refresh
    with in_plain_words(refresh):
        released = refresh.publish()
    return MaterializeResult(
        metadata={
            "release": released.number,
            "new": released.is_new,
            "folder": MetadataValue.path(str(released.folder)),
        }
    )


def mart_keys(manifest: Mapping[str, Any]) -> list[AssetKey]:
    """The graph keys of the public tables, taken from dbt and never typed."""
    nodes = sorted(manifest["exposures"][transform.EXPOSURE]["depends_on"]["nodes"])
    return [TRANSLATOR.get_asset_key(manifest["nodes"][node]) for node in nodes]


def _parent(contract: Contract) -> list[AssetKey]:
    linked = contract.meta.withhold_with
    return [AssetKey([contract.jurisdiction, linked.table])] if linked else []
