with

received as (

    select
        received_month as month,
        jurisdiction,
        coalesce(category, 'not_stated') as category,
        count(*) as complaints_received_count,
        count(*) filter (where status in ('open', 'reopened', 'tolled'))
            as complaints_received_still_open_count
    from {{ ref('complaints') }}
    where received_month is not null
    group by all

),

closed as (

    select
        {{ month_of('investigation_closed_date') }} as month,
        jurisdiction,
        coalesce(category, 'not_stated') as category,
        count(*) as complaints_closed_count
    from {{ ref('complaints') }}
    where investigation_closed_date is not null
    group by all

),

alleged as (

    select
        received_month as month,
        jurisdiction,
        coalesce(category, 'not_stated') as category,
        count(*) as allegations_received_count
    from {{ ref('allegations') }}
    where received_month is not null
    group by all

),

months as (

    select
        *,
        coalesce(complaints_received_count, 0) as received_count,
        coalesce(complaints_received_still_open_count, 0) as still_open_count
    from received
    full outer join closed using (month, jurisdiction, category)
    full outer join alleged using (month, jurisdiction, category)

),

measured as (

    select
        *,
        100.0 * (received_count - still_open_count) / nullif(received_count, 0) as closed_pct
    from months

)

select
    month,
    jurisdiction,
    category,
    cast(received_count as integer) as complaints_received_count,
    cast(coalesce(complaints_closed_count, 0) as integer) as complaints_closed_count,
    cast(still_open_count as integer) as complaints_received_still_open_count,
    cast(round(closed_pct, 1) as decimal(4, 1)) as complaints_received_closed_pct,
    case
        when closed_pct < 50 then 'immature'
        when closed_pct < 90 then 'maturing'
        when closed_pct >= 90 then 'mature'
    end as maturity,
    cast(coalesce(allegations_received_count, 0) as integer) as allegations_received_count
from measured
