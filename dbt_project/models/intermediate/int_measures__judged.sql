{{ config(materialized='table') }}

-- Each number with what the register says of it. What is no number is told in `value_state`.
with

as_of as (

    select
        jurisdiction,
        feed,
        max(as_of) as as_of_date
    from {{ ref('int_feeds__measured') }}
    group by jurisdiction, feed

),

registered as (

    select
        measures.*,
        metrics.* exclude (metric),
        as_of.as_of_date,
        disabled.population as wrong_population,
        coalesce(measures.denominator, 0) as cases
    from {{ ref('int_measures__stacked') }} as measures
    inner join {{ source('pipeline', 'metrics') }} as metrics on measures.metric = metrics.metric
    left join {{ ref('int_metrics__disabled') }} as disabled
        on measures.metric = disabled.metric and measures.jurisdiction = disabled.jurisdiction
    left join as_of
        on measures.jurisdiction = as_of.jurisdiction and metrics.feed = as_of.feed

),

stated as (

    select
        *,
        case
            when wrong_population is not null then 'not_valid'
            when kind in ('count', 'amount') then 'shown'
            when cases = 0 then 'no_cases'
            when kind in ('share', 'estimate') and cases < smallest_denominator then 'too_few'
            when kind = 'estimate' and estimate is null then 'not_reached'
            else 'shown'
        end as value_state
    from registered

),

computed as (

    select
        *,
        case
            when value_state != 'shown' then null
            when kind in ('count', 'amount') then numerator
            when kind = 'share' then 100.0 * numerator / denominator
            when kind = 'ratio' then numerator / denominator
            else estimate
        end as full_value,
        case
            when value_state != 'shown' then null
            when interval_method = 'wilson'
                then 100.0 * ({{ wilson_lower('numerator', 'denominator') }})
            else estimate_lower
        end as full_lower,
        case
            when value_state != 'shown' then null
            when interval_method = 'wilson'
                then 100.0 * ({{ wilson_upper('numerator', 'denominator') }})
            else estimate_upper
        end as full_upper
    from stated

)

select
    jurisdiction,
    metric,
    period_kind,
    case period_kind
        when 'all' then 'all'
        when 'month' then strftime(period_start, '%Y-%m')
        when 'fiscal_year_us_federal'
            then 'FY' || cast(extract(year from period_start) + 1 as integer)
        else cast(extract(year from period_start) as varchar)
    end as period,
    period_start,
    coalesce(dimension, 'all') as dimension,
    coalesce(dimension_value, 'all') as dimension_value,
    unit,
    round(full_value, 10) as value,
    case when value_state != 'not_valid' then round(numerator, 10) end as numerator,
    case when value_state != 'not_valid' then round(denominator, 10) end as denominator,
    round(full_lower, 10) as lower,
    round(full_upper, 10) as upper,
    interval_method,
    case
        when value_state = 'not_valid' or maturity_rule = 'none' then 'not_applicable'
        else coalesce({{ maturity_of('cohort_decided_count', 'cohort_count') }}, 'not_applicable')
    end as maturity,
    value_state,
    case value_state
        when 'not_valid'
            then concat(
                'Not every record is in the source (', replace(wrong_population, '_', ' '),
                '), so that this number would be wrong.'
            )
        when 'too_few' then 'Out of fewer than ' || smallest_denominator || ' cases.'
        when 'no_cases' then 'No case to count.'
        when 'not_reached' then 'Too few cases have ended to tell.'
    end as note,
    date_role,
    day_basis,
    as_of_date,
    is_naive,
    counterpart,
    family,
    comparability_hash
from computed
