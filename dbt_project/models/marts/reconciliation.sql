-- Published totals beside ours. A difference is shown, never explained away.
with

built as (

    select distinct jurisdiction
    from {{ source('pipeline', 'feeds') }}

),

compared as (

    select
        official.*,
        measures.unit,
        measures.value as our_value,
        coalesce(measures.value_state, 'not_computed') as our_state
    from {{ ref('official_totals') }} as official
    inner join built on official.jurisdiction = built.jurisdiction
    left join {{ ref('int_measures__judged') }} as measures
        on
            official.jurisdiction = measures.jurisdiction
            and official.metric = measures.metric
            and official.period_kind = measures.period_kind
            and official.period = measures.period
            and official.dimension = measures.dimension
            and official.dimension_value = measures.dimension_value
            and not measures.is_naive

)

select
    jurisdiction,
    metric,
    period_kind,
    period,
    dimension,
    dimension_value,
    published_by,
    published_on as published_date,
    unit,
    published_value,
    our_value,
    round(our_value - published_value, 10) as difference,
    round(100.0 * (our_value - published_value) / nullif(published_value, 0), 1)
        as difference_percent,
    case
        when our_value is null then 'not_computed'
        when our_value = published_value then 'agrees'
        else 'differs'
    end as state,
    case
        when our_state not in ('shown', 'not_computed')
            then 'Ours is not shown (' || replace(our_state, '_', ' ') || '). '
        else ''
    end || why as why,
    source,
    url
from compared
