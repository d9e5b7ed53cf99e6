"""The code location: everything that Dagster shows and runs, made from the contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dagster import Definitions, in_process_executor

from pipelines import transform
from pipelines.checks.suites import load_suites
from pipelines.contracts import load_contracts
from pipelines.onboarding.questions import check_answered
from pipelines.orchestration import assets
from pipelines.orchestration.checks import candidate_checks
from pipelines.orchestration.jobs import jobs, nightly
from pipelines.orchestration.night import night
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.refresh import Refresh, Tell


def build_definitions(
    settings: Settings,
    tell: Tell | None = None,
    progress: Tell | None = None,
    watch: Callable[[Refresh], None] | None = None,
) -> Definitions:
    """Definitions for the jurisdictions of `settings`; factories over contracts, nothing live.

    One process runs all steps: DuckDB allows one writer, and the lock belongs to a process.
    """
    contracts = load_contracts(settings.dbt_project, settings.jurisdictions)
    check_answered(settings.dbt_project, settings.jurisdictions)
    manifest = transform.manifest(settings)
    marts = transform.marts(manifest)
    all_jobs = jobs()
    return Definitions(
        assets=[
            *map(assets.snapshot_asset, contracts),
            assets.inputs_asset(contracts),
            *map(assets.raw_asset, contracts),
            assets.dbt_asset(manifest),
            assets.protected_asset(assets.mart_keys(manifest)),
            assets.candidate_asset(assets.mart_keys(manifest)),
            assets.current_release,
            assets.SITE,
        ],
        asset_checks=[candidate_checks(load_suites(settings.expectations, marts))],
        jobs=all_jobs,
        schedules=[nightly(all_jobs[0], settings.time_zone)],
        resources={"refresh": night(settings, tell, progress, watch)},
        executor=in_process_executor,
    )
