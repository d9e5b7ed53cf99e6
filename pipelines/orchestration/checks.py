"""Every expectation as an asset check of the candidate; the critical ones block the release."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    multi_asset_check,
)

from pipelines.checks.judge import CheckResult, refuse_on_failure
from pipelines.checks.suites import Expectation, Suite
from pipelines.orchestration.assets import CANDIDATE
from pipelines.orchestration.night import in_plain_words

if TYPE_CHECKING:
    from pipelines.refresh import Refresh


def candidate_checks(suites: tuple[Suite, ...]) -> AssetChecksDefinition:
    """One check an expectation, judged together on the candidate's own bytes."""

    @multi_asset_check(
        name="expectations",
        specs=[_spec(suite, one) for suite in suites for one in suite.expectations],
        required_resource_keys={"refresh"},
    )
    def expectations(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        refresh: Refresh = context.resources.refresh
        with in_plain_words(refresh):
            results = refresh.judge()
        yield from map(_result, results)
        with in_plain_words(refresh):
            refuse_on_failure(results)

    return expectations


def _spec(suite: Suite, one: Expectation) -> AssetCheckSpec:
    return AssetCheckSpec(
        name=check_name(suite.mart, one.id),
        asset=CANDIDATE,
        description=one.why,
        blocking=one.severity == "critical",
        metadata={"table": suite.mart, "expectation": one.type},
    )


def _result(result: CheckResult) -> AssetCheckResult:
    metadata: dict[str, Any] = {"table": result.table, "why": result.why}
    critical = result.severity == "critical"
    return AssetCheckResult(
        asset_key=CANDIDATE,
        check_name=check_name(result.table, result.name),
        passed=result.has_passed,
        severity=AssetCheckSeverity.ERROR if critical else AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def check_name(table: str, expectation: str) -> str:
    """The name of a check in the graph: the table and the expectation's own id."""
    return f"{table}__{expectation}"
