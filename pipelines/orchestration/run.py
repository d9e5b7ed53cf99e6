"""Run a job of the graph in this process, as the command line does."""

from __future__ import annotations

import logging

from dagster import DagsterInstance

from pipelines.failures import OversightError
from pipelines.lock import refresh_lock
from pipelines.orchestration.location import build_definitions
from pipelines.refresh import Refresh, Tell, silent
from pipelines.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(job: str, settings: Settings, tell: Tell = silent, progress: Tell = silent) -> Refresh:
    """Execute `job` and return what it did; its failures are in the record, not raised.

    Raises `LockHeld` when another refresh runs, and `Misconfigured` when nothing can start.
    With a Dagster home the run is recorded there, so that staff see it beside the nightly ones.
    """
    with refresh_lock(settings.lock):
        pass
    # On an unchanged night Dagster warns, for each check, that it skipped it.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    seen: list[Refresh] = []
    definitions = build_definitions(settings, tell, progress, seen.append)
    with _instance(settings) as instance:
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance, run_config=QUIET, raise_on_error=False
        )
    if not seen:
        raise OversightError("The run ended before its first step.", place=job)
    refresh = seen[0]
    if not result.success and not refresh.failures:
        refresh.failures.append(OversightError("A step failed without words.", place=job))
    return refresh


def _instance(settings: Settings) -> DagsterInstance:
    return DagsterInstance.get() if settings.dagster_home else DagsterInstance.ephemeral()
