select
    recipient_state,
    federal_fiscal_year,
    program,
    cast(count(*) as integer) as awards_count,
    cast(sum(obligated_usd) as decimal(18, 2)) as obligated_usd,
    cast(sum(outlayed_usd) as decimal(18, 2)) as outlayed_usd,
    cast(count(*) filter (where outlayed_usd is null) as integer) as outlay_not_reported_count
from {{ ref('cops_awards') }}
group by all
