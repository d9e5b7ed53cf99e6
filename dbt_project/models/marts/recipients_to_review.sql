select
    jurisdiction,
    recipient_name,
    recipient_state,
    cast(count(*) as integer) as awards_count,
    cast(sum(net_obligated_usd) as decimal(18, 2)) as net_obligated_usd,
    min(start_date) as first_start_date,
    max(start_date) as last_start_date
from {{ ref('cops_award_money') }}
where agency = 'not_reviewed'
group by jurisdiction, recipient_name, recipient_state
