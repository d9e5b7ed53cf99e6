"""How many complaints and reviews each day brings: seasons, weekdays, years, a late last month."""

from __future__ import annotations

import duckdb

from pipelines.demo.words import AS_OF, FIRST_DAY

COMPLAINTS_AT_SCALE_ONE = 5_000
# Three reviews of five officer lines in all: see `reviews.py`.
REVIEW_GROUPS_AT_SCALE_ONE = 10_000

DAYS = """
create table days as
with calendar as (
    select cast(moment as date) as day
    from range(date '{first}', date '{last}' + interval 1 day, interval 1 day) as span(moment)
),
weighed as (
    select day,
        [80, 82, 95, 100, 110, 120, 125, 122, 108, 100, 90, 78][month(day)]
        * [100, 80, 88, 97, 100, 105, 108, 110][year(day) - 2018]
        * [105, 104, 103, 104, 112, 96, 76][isodow(day)]
        * case when day between date '2020-03-20' and date '2020-06-01' then 5
            when day >= date '{last}' - interval 30 day then 5
            when day >= date '{last}' - interval 60 day then 8 else 10 end as weight
    from calendar
),
summed as (
    select day, weight, sum(weight) over (order by day) as upto, sum(weight) over () as total
    from weighed
)
select day,
    cast({complaints} * (upto - weight) // total as bigint) as first_complaint,
    cast({complaints} * upto // total as bigint) as next_complaint,
    cast({groups} * (upto - weight) // total as bigint) as first_group,
    cast({groups} * upto // total as bigint) as next_group
from summed
order by day
"""


def make_days(connection: duckdb.DuckDBPyConnection, scale: float) -> None:
    """Create `days`: the share of the numbered complaints and reviews that falls on each day."""
    sql = DAYS.format(
        first=FIRST_DAY,
        last=AS_OF,
        complaints=max(1, round(COMPLAINTS_AT_SCALE_ONE * scale)),
        groups=max(1, round(REVIEW_GROUPS_AT_SCALE_ONE * scale)),
    )
    connection.execute(sql)
