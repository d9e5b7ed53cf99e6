"""One refresh: what it has done so far, and how each step is done once.

The order of the steps lives in the asset graph. This record carries what one step leaves for
the next, so that the steps stay plain functions which neither know Dagster nor each other.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from pipelines import (
    candidate,
    ingest,
    protection,
    release,
    shelf,
    signing,
    status,
    transform,
    warehouse,
)
from pipelines.accounting import Accounting
from pipelines.candidate import Candidate
from pipelines.checks import judge, suites
from pipelines.checks.judge import CheckResult
from pipelines.contracts import Contract, load_contracts
from pipelines.disclosure.frozen import Frozen
from pipelines.failpoints import reached
from pipelines.failures import DEGRADED, PUBLISHED, DataRefused, OversightError
from pipelines.history.published import write_history_tables
from pipelines.holds import ledger
from pipelines.ingest import Fetched
from pipelines.lock import refresh_lock
from pipelines.pipeline_tables import write_pipeline_tables
from pipelines.release import Released
from pipelines.settings import Settings
from pipelines.takedown import carry_out, expunged, register

Tell = Callable[[str], None]


def silent(_: str) -> None:
    """The progress listener of those who do not listen."""


class Refresh:
    """The state of one refresh. Steps may be asked for in any order and are done once."""

    def __init__(self, settings: Settings, tell: Tell = silent, progress: Tell = silent) -> None:
        """`tell` hears each step, `progress` how far the step is."""
        self.settings = settings
        self.tell = tell
        self.progress = progress
        self.contracts = load_contracts(settings.dbt_project, settings.jurisdictions)
        self.fetched: dict[str, Fetched] = {}
        self.landed: dict[str, Accounting] = {}
        self.nodes: list[transform.Node] = []
        self.candidate: Candidate | None = None
        self.checks: list[CheckResult] = []
        self.released: Released | None = None
        self.unchanged = False
        self.failures: list[OversightError] = []

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """dbt's manifest, read once a refresh."""
        return transform.manifest(self.settings)

    @cached_property
    def marts(self) -> tuple[transform.Mart, ...]:
        """The public tables, in dbt's own words."""
        return transform.marts(self.manifest)

    def fetch(self, contract: Contract) -> Fetched:
        """Keep what the source answers now as a snapshot, or fall back on the last good one."""
        if contract.name not in self.fetched:
            self.tell(f"fetching {contract.name}")
            self.fetched[contract.name] = ingest.fetch_snapshot(
                contract, self.settings, self.progress
            )
        return self.fetched[contract.name]

    def fingerprint(self) -> str:
        """Identifies all that the release depends on: snapshots, decisions, code and words."""
        inputs = {c.name: self.fetch(c).snapshot for c in self.contracts}
        due = protection.due(self.settings, self.contracts)
        taken = register.stamp(self.settings)
        return release.fingerprint(
            {
                name: (snapshot.id, snapshot.as_of, ledger.stamp(self.settings, name))
                for name, snapshot in inputs.items()
            }
            | ({"people": due} if due else {})
            | ({"takedowns": taken} if taken else {}),
            release.code_version(self.settings),
        )

    def changed(self) -> bool:
        """Whether anything differs from what the current release was made of."""
        same = release.is_current(self.settings, self.fingerprint())
        self.unchanged = same and not self.settings.force
        return not self.unchanged

    def land(self, contract: Contract) -> Accounting:
        """Load one feed into the warehouse as text, and account for each of its rows."""
        if contract.name not in self.landed:
            fetched = self.fetch(contract)
            self.tell(f"loading {contract.name}")
            done = ingest.load(fetched, self.settings)
            self.fetched[contract.name], self.landed[contract.name] = done
        return self.landed[contract.name]

    def build(self) -> list[transform.Node]:
        """Build and test the public tables with dbt."""
        for contract in self.contracts:
            self.land(contract)
        write_history_tables(self.settings, self.contracts)
        expunged.take_out(self.settings, self.contracts, self.tell)
        write_pipeline_tables(
            self.settings,
            self.contracts,
            list(self.landed.values()),
            list(self.fetched.values()),
            transform.dictionary(self.manifest),
        )
        self.tell("building the public tables")
        self.nodes = transform.build(self.settings)
        return self.nodes

    def protect(self) -> list[Frozen]:
        """Cut the counts of people that are due, and put all frozen ones before their tables."""
        return protection.protect(self.settings, self.contracts, self.fetched, self.tell)

    def export(self) -> Candidate:
        """Write the files that would be published, to be judged before they are."""
        self.tell("writing the candidate files")
        self.candidate = candidate.build_candidate(self.settings, self.marts)
        return self.candidate

    def judge(self) -> list[CheckResult]:
        """Judge the candidate's own bytes, and write the verdicts into its quality table."""
        assert self.candidate is not None
        self.tell("checking the candidate")
        declared = suites.load_suites(self.settings.expectations, self.marts)
        self.checks = judge.judge(self.candidate.database, declared)
        self.candidate = candidate.append_quality(self.candidate, self.checks)
        return self.checks

    def publish(self) -> Released:
        """Give the candidate a number and make it the release that the site shows."""
        assert self.candidate is not None
        if not self.checks:
            raise DataRefused("The candidate has not been judged.", place="release")
        self.tell("releasing")
        self.released = release.release(
            self.settings,
            self.candidate,
            checks=self.checks,
            fetched=self.fetched,
            accountings=self.landed,
            fingerprint=self.fingerprint(),
            marts=self.marts,
        )
        return self.released

    @property
    def held(self) -> dict[str, str]:
        """Feeds shown at their last good snapshot because the source failed, with the reason."""
        return {name: f.held for name, f in self.fetched.items() if f.held}

    @property
    def exit_code(self) -> int:
        """What a scheduler sees: the gravest failure, degraded when a feed is held, else 0."""
        if self.failures:
            return min((f.exit_code for f in self.failures), key=_gravity)
        return DEGRADED if self.held else PUBLISHED


@contextmanager
def opened(settings: Settings, tell: Tell = silent, progress: Tell = silent) -> Iterator[Refresh]:
    """Hold the lock, start on an empty warehouse, and leave a status behind, whatever happens."""
    with refresh_lock(settings.lock):
        refresh = Refresh(settings, tell, progress)
        signing.prepare(settings)
        status.started(settings)
        reached("lock held")
        _sweep(settings)
        carry_out.finish(settings, tell)
        warehouse.create(settings)
        reached("warehouse created")
        try:
            yield refresh
        finally:
            status.ended(settings, refresh)
            reached("status written")


@contextmanager
def recorded(refresh: Refresh) -> Iterator[None]:
    """Remember a failure for the status and the exit code, and let it pass.

    Of an unforeseen one only its kind is kept: its text may quote a value.
    """
    try:
        yield
    except OversightError as failure:
        refresh.failures.append(failure)
        raise
    except Exception as error:
        unforeseen = f"An unforeseen {type(error).__name__} stopped the refresh."
        refresh.failures.append(OversightError(unforeseen))
        raise


def _sweep(settings: Settings) -> None:
    """What an interrupted refresh left behind goes first, so that nothing of it is reused.

    What may hold personal data is for the account of the refresh alone.
    """
    shutil.rmtree(settings.work, ignore_errors=True)
    kept = (settings.snapshots, settings.history, settings.holds, settings.protected)
    for private in (settings.work, *kept):
        private.mkdir(parents=True, exist_ok=True)
        private.chmod(0o700)
    shelf.sweep(settings)


def _gravity(exit_code: int) -> int:
    """Private before wrong before broken before late."""
    order = (5, 3, 78, 74, 75, 4)
    return order.index(exit_code) if exit_code in order else len(order)
