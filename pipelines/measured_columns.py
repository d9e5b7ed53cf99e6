"""Which public columns hold numbers, and what the register says of each.

A column whose name says that it holds a count, a share, money or a span of time names its metric,
or says that it is a fact of one record or of the pipeline itself. Otherwise nobody could say what
it counts, and it cannot be published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipelines.failures import Misconfigured
from pipelines.transform import Mart, MartColumn

NUMBERS = re.compile(r"_(?:count|pct|percent|usd|days|hours|share)$|^days_to_")
TEXTS = frozenset({"varchar", "date", "timestamp", "boolean"})
OURS = frozenset({"pipeline", "record"})
"""What a number may be besides a metric: of the pipeline's own work, or a fact of one record."""


def refuse_unnamed(marts: Sequence[Mart], metrics: Collection[str]) -> None:
    """Raise `Misconfigured` with each column of numbers that `metrics` does not explain."""
    wrong = [
        f"{mart.name}.{column.name} {problem}"
        for mart in marts
        for column in mart.columns
        if is_number(column) and (problem := _problem(column, metrics))
    ]
    if wrong:
        raise Misconfigured(
            f"Nobody can tell what these columns count: {'; '.join(wrong)}.",
            place="dbt_project/models/marts",
            next_step="Give each column `config: {meta: {metric: …}}` with a metric of the "
            "register, or `measures: record` or `measures: pipeline` for a fact that is none.",
        )


def is_number(column: MartColumn) -> bool:
    """Whether the name of the column says that it holds a number that could be quoted."""
    return bool(NUMBERS.search(column.name)) and column.data_type.lower() not in TEXTS


def _problem(column: MartColumn, metrics: Collection[str]) -> str | None:
    if column.metric is not None and column.measures is not None:
        return "names a metric and says that it is none"
    if column.metric is not None:
        known = column.metric in metrics
        return None if known else f"names {column.metric!r}, which is not in the register"
    if column.measures is None:
        return "names no metric"
    return None if column.measures in OURS else f"says measures: {column.measures!r}"
