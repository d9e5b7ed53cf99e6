with

counted as (

    select
        'complaints_received' as metric,
        jurisdiction,
        'calendar_year' as period_kind,
        cast({{ dbt.date_trunc('year', 'received_date') }} as date) as period_start,
        count(*) as numerator,
        count(*) as cohort_count,
        count(*) filter (where status not in ('open', 'reopened', 'tolled'))
            as cohort_decided_count
    from {{ ref('complaints') }}
    where received_date is not null
    group by all

)

{{ as_measures('counted', ['metric', 'jurisdiction', 'period_kind', 'period_start', 'numerator',
    'cohort_count', 'cohort_decided_count']) }}
