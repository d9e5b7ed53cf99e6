{{ config(materialized='table') }}

-- How many business days there were up to each day, in each state: Monday to Friday without public
-- holidays. The business days after one day and through another are the difference of two rows.
with

states as (

    select distinct coalesce(state, 'US') as state
    from {{ source('pipeline', 'feeds') }}

),

days as (

    {{ every_day() }}

),

marked as (

    select
        states.state,
        days.day,
        case
            when extract(isodow from days.day) <= 5 and holidays.day is null then 1
            else 0
        end as is_business_day
    from states
    cross join days
    left join {{ source('pipeline', 'holidays') }} as holidays
        on states.state = holidays.state and days.day = holidays.day

)

select
    state,
    day,
    cast(sum(is_business_day) over (partition by state order by day) as integer)
        as business_day_number
from marked
