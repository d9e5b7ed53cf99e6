"""Judges a candidate's SQLite file with Great Expectations, on the very bytes to be shown.

A check that could not run is an error of ours and never a verdict on the data; a check that
did not run is noticed by counting. Results say yes or no: no value of a row ever leaves here.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.checks.suites import Expectation, Suite
from pipelines.failures import DataRefused


@dataclass(frozen=True)
class CheckResult:
    """The verdict of one expectation; `name` is its id within the table."""

    table: str
    name: str
    severity: str
    has_passed: bool
    why: str


def judge(database: Path, suites: Sequence[Suite]) -> list[CheckResult]:
    """Run every declared expectation against the file, opened read-only.

    Raises `DataRefused` when an expectation could not be evaluated or fewer ran than declared.
    """
    with _quiet():
        context = _context()
        source = context.data_sources.add_sqlite(
            name="candidate",
            connection_string=f"sqlite:///file:{database.resolve()}?mode=ro&immutable=1&uri=true",
        )
        results = [result for suite in suites for result in _judged(context, source, suite)]
    _all_ran(suites, results)
    return results


def refuse_on_failure(results: Iterable[CheckResult]) -> None:
    """Raise `DataRefused`, naming each critical check that failed and why it exists."""
    failed = [r for r in results if r.severity == "critical" and not r.has_passed]
    if failed:
        told = " ".join(f"Table {r.table}, check {r.name}: {r.why}" for r in failed)
        raise DataRefused(
            f"{len(failed)} critical check(s) failed. {told}",
            place="candidate",
            next_step=(
                "Open the table named in the candidate's oversight.db and compare it with the "
                f"expectation in expectations/{failed[0].table}.yml."
            ),
        )


def _context() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    _when_first_used("scipy", "stats")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _when_first_used(package: str, module: str) -> None:
    """Load a module only when something in it is asked for, by the means Python has for it.

    Great Expectations imports the statistics of scipy for tests of distributions. None of ours is
    one, and they are a third of its start.
    """
    name = f"{package}.{module}"
    if name in sys.modules:
        return
    parent = importlib.import_module(package)
    if (spec := importlib.util.find_spec(name)) and spec.loader:
        loader = spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules[name] = later = importlib.util.module_from_spec(spec)
        loader.exec_module(later)
        setattr(parent, module, later)


def _judged(context: Any, source: Any, suite: Suite) -> Iterator[CheckResult]:
    """Each expectation goes in under our id, so that none can stand for another."""
    import great_expectations as gx

    asset = source.add_table_asset(name=suite.mart, table_name=suite.mart)
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    declared = {one.id: one for one in suite.expectations}
    listed = [_configuration(one) for one in suite.expectations]
    verdicts = batch.validate(
        gx.ExpectationSuite(name=suite.mart, expectations=listed), result_format="BOOLEAN_ONLY"
    )
    order = list(declared)
    for verdict in sorted(verdicts.results, key=lambda one: order.index(_id(one))):
        expectation = declared[_id(verdict)]
        _evaluated(suite.mart, expectation, verdict.exception_info)
        yield CheckResult(
            table=suite.mart,
            name=expectation.id,
            severity=expectation.severity,
            has_passed=bool(verdict.success),
            why=expectation.why,
        )


def _id(verdict: Any) -> str:
    return str(verdict.expectation_config.meta["id"])


def _configuration(one: Expectation) -> dict[str, Any]:
    from pipelines.checks import counted_rows

    is_counted = one.type == "unexpected_rows_expectation"
    return {
        "type": counted_rows.TYPE if is_counted else one.type,
        "kwargs": dict(one.kwargs),
        "severity": one.severity,
        "meta": {"id": one.id, "why": one.why},
    }


def _evaluated(table: str, expectation: Expectation, info: Any) -> None:
    """`info` is one record or one a metric; its text may quote values, so only the kind is told."""
    records = [info] if "raised_exception" in info else list(info.values())
    if any(record.get("raised_exception") for record in records):
        raise DataRefused(
            f"Check {expectation.id} ({expectation.type}) could not be evaluated.",
            place=f"table {table}",
            next_step=f"Compare its columns and SQL in expectations/{table}.yml with the table.",
        )


def _all_ran(suites: Sequence[Suite], results: Sequence[CheckResult]) -> None:
    declared = [f"{suite.mart}.{one.id}" for suite in suites for one in suite.expectations]
    ran = [f"{result.table}.{result.name}" for result in results]
    if sorted(declared) != sorted(ran):
        missing = ", ".join(sorted(set(declared) - set(ran))) or "some ran twice"
        raise DataRefused(
            f"Checks declared {len(declared)}, ran {len(ran)}: {missing}.",
            place="candidate",
            next_step="Two expectations of one table may be equal; make them differ or drop one.",
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations logs the failing SQL and its values; nobody may read those."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
