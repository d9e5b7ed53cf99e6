"""What runs, and when: the nightly refresh, and the parts of it that staff ask for by name."""

from __future__ import annotations

from typing import Any

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    ScheduleDefinition,
    define_asset_job,
)

from pipelines.orchestration.assets import CANDIDATE, CURRENT

# A refresh of an hour is far beyond any measured one: longer means a dead process.
TAGS = {"dagster/max_runtime": "3600"}
# Before the clocks of no time zone in use change, and after the nightly loads of the portals.
EVERY_NIGHT = "15 4 * * *"

Job = Any


def jobs() -> list[Job]:
    """`nightly_refresh` is the whole line; the others end earlier."""
    parts = {
        "nightly_refresh": AssetSelection.assets(CURRENT).upstream(),
        "ingest": AssetSelection.groups("snapshot", "raw"),
        "build": AssetSelection.assets(CANDIDATE).upstream() - AssetSelection.all_asset_checks(),
        "check": AssetSelection.assets(CANDIDATE).upstream(),
    }
    return [define_asset_job(name, selection, tags=TAGS) for name, selection in parts.items()]


def nightly(job: Job, time_zone: str) -> ScheduleDefinition:
    """Every night at 04:15 on the agency's own clock, also on the days when it changes."""
    return ScheduleDefinition(
        name="nightly_refresh_at_0415",
        job=job,
        cron_schedule=EVERY_NIGHT,
        execution_timezone=time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
    )
