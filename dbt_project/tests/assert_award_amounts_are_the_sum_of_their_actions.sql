{{ config(severity='warn') }}

select
    award_id,
    obligated_usd,
    actions_obligated_usd
from {{ ref('stg_us_doj__cops_awards_16710') }}
where start_date >= date '2007-10-01' and obligated_usd != actions_obligated_usd
