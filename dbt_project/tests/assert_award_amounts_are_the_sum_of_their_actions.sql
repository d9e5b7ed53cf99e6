{{ config(severity='warn') }}

select
    jurisdiction,
    award_id,
    net_obligated_usd,
    obligated_usd,
    deobligated_usd
from {{ ref('cops_award_money') }}
where start_date >= date '2007-10-01' and not is_sum_of_actions
