"""The power fails at each step of a refresh: the live release stays valid, and a plain rerun
succeeds. The steps are discovered by running once, not typed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import manifest, shelf, snapshots
from pipelines.contracts import load_contracts
from pipelines.settings import Settings
from tests.conftest import Installation, settings_at

pytestmark = pytest.mark.soak

# Forked from a process that has these imported already: a run then costs seconds, not tens.
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(
    ["pipelines.orchestration.run", "dbt.cli.main", "dbt.adapters.duckdb", "great_expectations"]
)


def _refresh(data: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    from pipelines.orchestration.run import run

    raise SystemExit(run("nightly_refresh", settings_at(Path(data))).exit_code)


def refresh(settings: Settings, **environment: str) -> int:
    """Refresh in a process of its own; its exit code, or minus the signal that ended it."""
    process = SPAWN.Process(target=_refresh, args=(str(settings.data), environment))
    process.start()
    process.join(300)
    assert process.exitcode is not None
    return process.exitcode


@dataclass(frozen=True)
class Lane:
    """A place where one refresh after another is killed, and what it looks like before each."""

    before: Path
    data: Path

    def fresh(self) -> Settings:
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.before, self.data, symlinks=True)
        return settings_at(self.data)


def lane(released: Installation, room: Path) -> Lane:
    """Yesterday's release, and feeds that have changed since."""
    shutil.copytree(released.settings.data, room / "data", symlinks=True)
    for name in ("complaints.csv", "bwc_reviews.csv"):
        file = room / "data" / "demo" / name
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))
    return Lane(room / "before", room / "data")


def test_kill_at_each_step_leaves_the_release_valid_and_a_rerun_succeeds(
    released: Installation, tmp_path: Path, is_brief: bool
) -> None:
    lanes = [lane(released, tmp_path / str(number)) for number in range(2)]
    logs = [tmp_path / f"{number}.tsv" for number in range(2)]
    for one, log in zip(lanes, logs, strict=True):
        settings = settings_at(one.data)
        shutil.copytree(one.data, one.before, symlinks=True)
        assert refresh(settings, OVERSIGHT_STEP_LOG=str(log)) == 0
        # dbt's parsing is cached for this place, as it is on every night but the first.
        shutil.rmtree(one.before / "dbt", ignore_errors=True)
        shutil.copytree(one.data / "dbt", one.before / "dbt", symlinks=True)
    wanted = manifest.verify(lanes[0].data / "current").content_id
    steps = _steps(logs[0])
    assert len(steps) > 15
    wanted_steps = list(range(1, len(steps) + 1))
    if is_brief:
        # Many steps are one step of each feed in turn; the last of them stands for the others.
        wanted_steps = sorted({name: number for number, name in enumerate(steps, 1)}.values())
    with ThreadPoolExecutor(2) as pool:
        halves = [wanted_steps[start::2] for start in range(2)]
        done = list(pool.map(lambda n: _kill_each(lanes[n], halves[n], steps, wanted), range(2)))
    assert sum(done) == len(wanted_steps) > 15
    print(f"\n{len(steps)} steps, {sum(done)} kills, 0 invalid releases, 0 failed reruns")


def _steps(log: Path) -> list[str]:
    """The steps of a night whose project is parsed already: the first one has no parsing."""
    named = [line.split("\t")[1] for line in log.read_text().splitlines()]
    return [name for name in named if name != "dbt project parsed"]


def _kill_each(lane: Lane, numbers: list[int], steps: list[str], wanted: str) -> int:
    for number in numbers:
        name = steps[number - 1]
        settings = lane.fresh()
        assert refresh(settings, OVERSIGHT_KILL_AT=str(number)) == -signal.SIGKILL, name
        assert manifest.verify(settings.current).number in (1, 2), name
        _nothing_kept_is_damaged(settings)
        assert refresh(settings) == 0, name
        assert manifest.verify(settings.current).content_id == wanted, name
        assert shelf.numbers(settings) == [1, 2], name
        assert not list(settings.releases.glob(".*")), name
        print(f"{number:>3} {name}", flush=True)
    return len(numbers)


def _nothing_kept_is_damaged(settings: Settings) -> None:
    for contract in load_contracts(settings.dbt_project, settings.jurisdictions):
        kept = snapshots.latest(settings, contract)
        assert kept is not None, contract.name
        for part in kept.parts:
            assert snapshots.part_path(settings, part).is_file(), contract.name
