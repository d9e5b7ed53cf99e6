"""Pages of a sorted table join without a gap, and no visitor's query lands in a log.

Datasette orders the first page by the chosen column alone and the later ones by column and key,
so rows that share a value at the seam are lost, in the pages and in the CSV. Here the first page
gets the same order as the others.
"""

from __future__ import annotations

import re
from functools import wraps

from datasette import hookimpl

from pipelines import databases

SORTED = re.compile(
    r"^select (?:\[?\w+\]?, )*\[?\w+\]? from \[?(?P<table>\w+)\]? (?:where .*)?"
    r"order by (?P<order>\[?\w+\]?(?: desc)?)(?P<limit> limit \d+(?: offset \d+)?)$",
    re.DOTALL,
)


@hookimpl
def startup(datasette):
    """Put the order of the key behind the order of the column, in every release."""
    for name in databases.databases(datasette.shown):
        _order(datasette.get_database(name))


def _order(database):
    execute = database.execute

    @wraps(execute)
    async def ordered(sql, *arguments, **options):
        found = SORTED.match(sql)
        if found:
            keys = await database.primary_keys(found["table"]) or ["rowid"]
            names = ", ".join(f"[{key}]" if key != "rowid" else key for key in keys)
            sql = f"{sql[: found.start('limit')]}, {names}{found['limit']}"
        return await execute(sql, *arguments, **{**options, "log_sql_errors": False})

    database.execute = ordered
