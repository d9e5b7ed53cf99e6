"""Great Expectations' "no such rows", without fetching the rows: a verdict needs their number."""

from __future__ import annotations

from typing import Any

from great_expectations.expectations import UnexpectedRowsExpectation

TYPE = "counted_rows_expectation"


class CountedRowsExpectation(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Passes when the query gives no row; the table is read once instead of twice."""

    metric_dependencies = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, bool]:
        return {"success": metrics["unexpected_rows_query.row_count"] == 0}
