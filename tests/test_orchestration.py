"""The graph that Dagster shows and runs, and the instance that it runs on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from dagster import AssetKey, DagsterInstance, DefaultScheduleStatus, Definitions

from pipelines.contracts import load_contracts
from pipelines.orchestration.assets import CANDIDATE, CURRENT, SITE, snapshot_key
from pipelines.orchestration.location import build_definitions
from pipelines.settings import PROJECT
from tests.conftest import settings_at


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    return build_definitions(settings_at(tmp_path_factory.mktemp("graph")))


def test_one_graph_leads_from_each_source_to_the_site(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(AssetKey(["site", "open_data_site"]))
    for contract in load_contracts(PROJECT / "dbt_project", ["larkhaven"]):
        assert snapshot_key(contract) in upstream
        assert AssetKey([contract.jurisdiction, contract.table.name]) in upstream
    assert {CANDIDATE, CURRENT, AssetKey(["marts", "complaints"])} <= upstream
    assert SITE.key not in upstream


def test_every_check_is_attached_to_something_that_can_run(definitions: Definitions) -> None:
    """A check on a mistyped key would never run, in a job that is green."""
    graph = definitions.resolve_asset_graph()
    checks = graph.asset_check_keys
    assert len(checks) > 100
    executable = graph.executable_asset_keys
    assert {check.asset_key for check in checks} <= executable
    critical = [key for key in checks if key.asset_key == CANDIDATE and graph.get(key).blocking]
    assert len(critical) > 40


def test_the_nightly_job_runs_at_a_quarter_past_four_without_being_switched_on(
    definitions: Definitions,
) -> None:
    schedule = definitions.resolve_schedule_def("nightly_refresh_at_0415")
    assert schedule.cron_schedule == "15 4 * * *"
    assert schedule.execution_timezone == "America/New_York"
    assert schedule.default_status == DefaultScheduleStatus.RUNNING
    assert schedule.job_name == "nightly_refresh"


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_the_hour_exists_once_on_every_day_of_the_year(zone: str) -> None:
    """Where clocks change, an hour is missing or doubled; a quarter past four never is."""
    here = ZoneInfo(zone)
    for day in range(366):
        moment = datetime(2026, 1, 1, 4, 15, tzinfo=here) + timedelta(days=day)
        assert moment.astimezone(ZoneInfo("UTC")).astimezone(here) == moment
        assert moment.replace(fold=1).utcoffset() == moment.utcoffset()


def test_a_killed_run_is_ended_by_the_instance_and_a_second_one_waits(tmp_path: Path) -> None:
    configured = PROJECT / "pipelines" / "orchestration" / "dagster.yaml"
    (tmp_path / "dagster.yaml").write_text(configured.read_text())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 3600
        assert instance.get_concurrency_config().run_queue_config is not None
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
        assert not instance.telemetry_enabled


def test_the_workspace_finds_the_code_location_from_the_root() -> None:
    (module,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    place: dict[str, Any] = module["python_module"]
    assert place["module_name"] == "pipelines.definitions"
    assert place["working_directory"] == "."


SCHEDULES = """{ workspaceOrError { ... on Workspace { locationEntries {
  name
  locationOrLoadError {
    ... on PythonError { message }
    ... on RepositoryLocation { repositories { schedules { name scheduleState { status } } } }
  }
} } } }"""


def test_dagster_dev_from_the_root_shows_the_location_and_its_running_schedule(
    tmp_path: Path,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "home").mkdir()
    environment = {
        **os.environ,
        "OVERSIGHT_DATA": str(tmp_path / "data"),
        "DAGSTER_HOME": str(tmp_path / "home"),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        command, cwd=PROJECT, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        (location,) = asked(f"http://127.0.0.1:{port}/graphql")
    finally:
        end(server)
    (repository,) = location["locationOrLoadError"]["repositories"]
    assert location["name"] == "oversight"
    running = {"name": "nightly_refresh_at_0415", "scheduleState": {"status": "RUNNING"}}
    assert repository["schedules"] == [running]


def end(server: subprocess.Popen[bytes]) -> None:
    """Ask the server and its children to end; they take their time, and need not be given it."""
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def asked(address: str) -> list[dict[str, Any]]:
    """The code locations of a Dagster server, as soon as it has loaded them."""
    body = json.dumps({"query": SCHEDULES}).encode()
    request = urllib.request.Request(address, body, {"content-type": "application/json"})
    for _ in range(120):
        time.sleep(1)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                entries = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
        except OSError:
            continue
        if entries and all(entry["locationOrLoadError"] for entry in entries):
            return list(entries)
    raise AssertionError("Dagster showed no code location within two minutes")


def test_dagster_validates_the_definitions_as_a_server_would(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT,
        env={**os.environ, "OVERSIGHT_DATA": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
