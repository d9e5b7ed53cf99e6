"""How complete each month was when a snapshot was taken: records received, and those decided."""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.history.canonical import day, words
from pipelines.history.compare import declared
from pipelines.parsers.parsed import literal, quoted


def append(connection: duckdb.DuckDBPyConnection, contract: Contract, sequence: int) -> None:
    """Write the months whose numbers differ from the last ones written; zeros for one that is gone.

    A feed without a declared date has no months.
    """
    matures = contract.meta.matures
    date = declared(contract, matures.date) if matures else None
    if matures is None or date is None:
        return
    month = f"date_trunc('month', {day(date, quoted(matures.date))})::date"
    word = words(quoted(matures.decided))
    pending = ", ".join(f"{words(literal(one))}" for one in matures.pending) or "null"
    decided = f"{word} is not null and coalesce({word} not in ({pending}), true)"
    connection.execute(
        f"insert into store.cohorts with now as (select {month} as cohort_month, "
        f"count(*) as records_count, count(*) filter ({decided}) as decided_count "
        f"from {contract.raw_table} group by 1), "
        "were as (select cohort_month, max_by(records_count, sequence) as records_count, "
        "max_by(decided_count, sequence) as decided_count from store.cohorts group by 1) "
        f"select {sequence}, cohort_month, coalesce(now.records_count, 0), "
        "coalesce(now.decided_count, 0) from now full join were using (cohort_month) "
        "where cohort_month is not null and (coalesce(now.records_count, 0), "
        "coalesce(now.decided_count, 0)) is distinct from "
        "(were.records_count, were.decided_count) order by cohort_month"
    )
